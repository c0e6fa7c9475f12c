"""Documents and the virus scanner (clamd's protocol over a loopback emulator): what is infected is not kept, what
could not be looked at is held back and looked at again, and what needs no scanner does not wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media import Archive, HeldBack, LocalStore, MediaFailure, MediaRefused, NotHeld
from media.scan import Clamd, ScannerAway, well_formed

# The harmless test string of the antivirus industry, in two halves so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ClamdEmulator:
    """Answers zPING and zINSTREAM as clamd does; `mood` makes it misbehave."""

    def __init__(self) -> None:
        self.mood = "well"
        self.seen: list[bytes] = []
        self.largest = 25 * 1024 * 1024

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = await reader.readuntil(b"\0")
            if self.mood == "hangs up":
                return
            if self.mood == "silent":
                await asyncio.sleep(600)
            answer = b"PONG" if command == b"zPING\0" else await self._look(reader)
            writer.write(answer + b"\0")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _look(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
        self.seen.append(content)
        if self.mood == "confused":
            return b"stream: cannot allocate memory ERROR"
        if len(content) > self.largest:
            return b"INSTREAM size limit exceeded. ERROR"
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"


@asynccontextmanager
async def _emulator() -> AsyncIterator[tuple[ClamdEmulator, str]]:
    made = ClamdEmulator()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    try:
        yield made, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.fixture
async def clamd() -> AsyncIterator[tuple[ClamdEmulator, str]]:
    async with _emulator() as made:
        yield made


@asynccontextmanager
async def _archive(folder: Path, address: str, *, seconds: float = 30) -> AsyncIterator[Archive]:
    made = Archive(LocalStore(folder / "store"), folder / "way", scanner=Clamd(address, seconds=seconds))
    try:
        yield made
    finally:
        await made.close()


LETTER = "尊敬的社区：三幢楼下的路灯不亮。".encode() * 20


async def test_a_clean_document_is_opened_and_the_scanner_saw_all_of_it(
    clamd: tuple[ClamdEmulator, str], tmp_path: Path
) -> None:
    emulator, address = clamd
    async with _archive(tmp_path, address) as archive:
        taken = await archive.take_in(LETTER, hint="document")
        assert not taken.facts.held
        assert (await archive.content(taken.digest))[0] == LETTER
    assert emulator.seen == [LETTER]


async def test_eicar_is_refused_and_nothing_of_it_stays(
    clamd: tuple[ClamdEmulator, str], tmp_path: Path
) -> None:
    async with _archive(tmp_path, clamd[1]) as archive:
        with pytest.raises(MediaRefused) as refused:
            await archive.take_in(b"Please look at this. " + EICAR, hint="document")
        assert refused.value.reason is MediaFailure.INFECTED
        assert [held async for held in archive.store.held()] == []


@pytest.mark.parametrize("mood", ["hangs up", "confused", "silent", "gone"])
async def test_without_an_answer_it_is_held_and_opened_to_nobody(
    mood: str, clamd: tuple[ClamdEmulator, str], tmp_path: Path
) -> None:
    emulator, address = clamd
    emulator.mood = mood
    async with _archive(tmp_path, "127.0.0.1:1" if mood == "gone" else address, seconds=0.5) as archive:
        taken = await archive.take_in(LETTER, hint="document")
        assert taken.facts.held
        for open_it in (archive.serve(taken.digest, "clean"), archive.content(taken.digest)):
            with pytest.raises(HeldBack):
                await open_it
        assert await archive.look_again(taken.digest) == "held"
        assert await archive.scanner_answers() is (mood == "confused")


async def test_when_the_scanner_is_back_the_clean_opens_and_the_infected_goes(
    clamd: tuple[ClamdEmulator, str], tmp_path: Path
) -> None:
    emulator, address = clamd
    emulator.mood = "hangs up"
    async with _archive(tmp_path, address) as archive:
        clean = await archive.take_in(LETTER, hint="document")
        infected = await archive.take_in(b"A letter. " + EICAR, hint="document")
        again = await archive.take_in(LETTER, hint="document")
        assert again.again and again.facts.held, "sent again, it waits all the same"
        emulator.mood = "well"
        assert await archive.look_again(clean.digest) == "open"
        assert (await archive.content(clean.digest))[0] == LETTER
        assert await archive.look_again(infected.digest) == "infected"
        with pytest.raises(NotHeld):
            await archive.facts(infected.digest)
        assert [held async for held in archive.store.held(infected.digest)] == []


async def test_more_than_the_scanner_takes_is_held(clamd: tuple[ClamdEmulator, str], tmp_path: Path) -> None:
    clamd[0].largest = 100
    async with _archive(tmp_path, clamd[1]) as archive:
        assert (await archive.take_in(LETTER, hint="document")).facts.held


async def test_a_photo_is_encoded_anew_and_needs_no_scanner(
    clamd: tuple[ClamdEmulator, str], tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    async with _archive(tmp_path, "127.0.0.1:1") as archive:
        assert not (await archive.take_in(picture(), hint="photo")).facts.held


async def test_over_a_unix_socket_too(tmp_path: Path) -> None:
    emulator = ClamdEmulator()
    server = await asyncio.start_unix_server(emulator.serve, str(tmp_path / "clamd.sock"))
    scanner = Clamd(f"unix:{tmp_path / 'clamd.sock'}")

    async def content() -> AsyncIterator[bytes]:
        yield EICAR[:20]
        yield EICAR[20:]

    assert await scanner.ping()
    assert await scanner.scan(content()) == "Eicar-Test-Signature"
    server.close()
    with pytest.raises(ScannerAway):
        await Clamd(f"unix:{tmp_path / 'nobody.sock'}").scan(content())


@pytest.mark.parametrize(
    ("address", "good"),
    [("127.0.0.1:3310", True), ("[::1]:3310", True), ("unix:/run/clamd.sock", True), ("clamd", False),
     ("clamd:0", False), (":3310", False), ("clamd:99999", False), ("unix:relative", False)],
)  # fmt: skip
def test_addresses(address: str, good: bool) -> None:
    assert well_formed(address) is good
