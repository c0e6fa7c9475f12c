"""Pictures on their way: a resident's day is counted, what the file claims goes with the message, and the result is
shown beside what the resident had sent."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from bots.bring import day_start, within_day
from bots.deliver import DeliverWorker
from bots.receive import FetchWorker, Receiver
from bots.render import Renderer
from bots.showing import Showing
from bots.simulator import Simulator
from bots.upkeep import UpkeepWorker
from casecore import files, inbox
from casecore.clock import ScriptClock
from casecore.files import Sent
from casecore.messages import FileRef, InboundMessage, Owed
from casecore.outbox import owe
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Conversation, FileState, KeptFile
from casecore.territory import read_territory
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Notice, Side
from casecore.words import Words
from media import Archive, LocalStore, MediaFailure, MediaRefused, NotHeld, Variant
from media.scan import ScannerAway
from media.sight import Sight
from media.store import original_key

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Pipe:
    """A record, an archive and a simulated channel, with the two workers between them."""

    def __init__(self, record: Record, archive: Archive, territory: Territory, clock: ScriptClock) -> None:
        self.record, self.archive, self.territory, self.clock = record, archive, territory, clock
        self.channel = Simulator(account="residents", side=Side.RESIDENT)
        channels = {("simulator", "residents"): self.channel}
        words = Words.load(ROOT / "config" / "locales")
        self.fetch = FetchWorker(record, channels, archive, territory=territory)
        self.deliver = DeliverWorker(record, channels, Renderer(words, territory), archive)
        self.count = 0

    async def send(self, *contents: bytes, kind: MessageKind = MessageKind.PHOTO) -> tuple[FileRef, ...]:
        """A resident's message with these files, brought in: the files as intake will see them."""
        self.count += 1
        refs = [f"{self.count}-{number}" for number in range(len(contents))]
        self.channel.files |= dict(zip(refs, contents, strict=True))
        sent = tuple(FileRef(kind=kind, ref=ref, size=len(c)) for ref, c in zip(refs, contents, strict=True))
        message = InboundMessage(
            channel="simulator", account="residents", external_id=str(self.count), address="a",
            side=Side.RESIDENT, kind=kind, sent_at=self.clock.now(), files=sent,
        )  # fmt: skip
        await Receiver(self.record).take(message)
        assert await self.fetch.run_once()
        async with self.record.begin() as uow:
            claimed = await inbox.claim_ready(uow)
            assert claimed is not None
            await inbox.done(uow, claimed)
        return claimed.message.files


@pytest.fixture
async def pipe(tmp_path: Path) -> AsyncIterator[Pipe]:
    clock = ScriptClock(NOW)
    record = open_record(f"sqlite+aiosqlite:///{tmp_path / 'p.db'}", clock=clock)
    await upgrade(record)
    archive = Archive(LocalStore(tmp_path / "media"), tmp_path / "work")
    territory = read_territory(ROOT / "config" / "territory" / "littlebrook")
    yield Pipe(record, archive, territory, clock)
    await archive.close()
    await record.close()


def jpeg(colour: str = "red", *, exif: Image.Exif | None = None) -> bytes:
    image, out = Image.new("RGB", (400, 300), colour), io.BytesIO()
    image.paste("white", (40, 40, 160, 200))
    image.save(out, "JPEG", exif=exif if exif is not None else Image.Exif())
    return out.getvalue()


async def test_what_the_photo_claims_of_its_taking_goes_with_the_message(pipe: Pipe) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 3.0, 0.0), 3: "E", 4: (119.0, 57.0, 36.0)})
    exif.get_ifd(0x8769)[0x9003] = "2026:03:02 08:30:00"
    (file,) = await pipe.send(jpeg(exif=exif))
    assert file.point is not None
    assert (file.point.lat, file.point.lon) == (30.05, 119.96)
    assert file.taken_at == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    async with pipe.record.read() as session:
        kept = await session.get(KeptFile, file.digest)
        assert kept is not None and kept.likeness is not None
        assert await files.uses(session, file.digest or "") == 1


async def test_beyond_the_day_s_count_the_words_stay_and_tomorrow_is_another_day(pipe: Pipe) -> None:
    levels = replace(pipe.territory.levels, files_a_day=2)
    few = FetchWorker(
        pipe.record, {("simulator", "residents"): pipe.channel}, pipe.archive,
        territory=replace(pipe.territory, levels=levels),
    )  # fmt: skip
    pipe.fetch = few
    first = await pipe.send(jpeg("red"), jpeg("green"), jpeg("blue"))
    assert [file.failure for file in first] == [None, None, "quota"]
    assert [file.failure for file in await pipe.send(jpeg("black"))] == ["quota"]
    pipe.clock.set(NOW + timedelta(days=1))
    assert [file.failure for file in await pipe.send(jpeg("black"))] == [None]


def test_the_day_is_the_district_s_and_sizes_count_too(pipe_territory: Territory) -> None:
    levels = replace(pipe_territory.levels, files_a_day=10, files_mb_a_day=20)
    assert within_day(Sent(files=0, bytes=19_000_000), [900_000, 900_000, 50_000], levels) == [
        True,
        False,
        True,
    ]
    assert within_day(Sent(files=9, bytes=0), [0, 0], levels) == [True, False]
    midnight = day_start(datetime(2026, 3, 2, 20, 0, tzinfo=UTC), pipe_territory)
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert midnight.tzinfo == pipe_territory.zone


@pytest.fixture
def pipe_territory() -> Territory:
    return read_territory(ROOT / "config" / "territory" / "littlebrook")


async def _done(pipe: Pipe, cause: str, before: list[str], proof: tuple[str, ...]) -> None:
    async with pipe.record.begin() as uow:
        chat = await uow.session.scalar(select(Conversation.id))
        facts = {"case": "LB-1", "person": "Kim", "unit": "LB", "result": "swept", "before": before}
        await owe(uow, Owed(notice=Notice.DONE, cause=cause, conversation_id=chat, facts=facts, files=proof))
    while await pipe.deliver.run_once():
        continue


async def test_the_result_is_shown_beside_what_the_resident_had_sent(pipe: Pipe) -> None:
    (before,) = await pipe.send(jpeg("red"))
    after = (await pipe.archive.take_in(jpeg("blue"), hint="photo")).digest
    more = (await pipe.archive.take_in(jpeg("green"), hint="photo")).digest
    await _done(pipe, "1", [before.digest or ""], (after, more))
    (sent,) = pipe.channel.sent
    pair, other = sent.message.files
    assert other.digest == more
    with Image.open(io.BytesIO(pair.content)) as image:
        left, right = (image.getpixel((image.width * x // 4, image.height - 20)) for x in (1, 3))
    assert left[0] > 200 and left[2] < 60, "left as it was"
    assert right[2] > 200 and right[0] < 60, "right as it is"
    assert "right as it is now" in sent.message.text or "右边是办好以后的" in sent.message.text
    async with pipe.record.read() as session:
        assert await files.uses(session, pair.digest) == 1, "the picture made for it is not swept"


async def test_without_a_photo_on_both_sides_nothing_is_said_of_left_and_right(pipe: Pipe) -> None:
    (before,) = await pipe.send(jpeg("red"))
    letter = (await pipe.archive.take_in(b"a note of the work " * 9, hint="document")).digest
    after = (await pipe.archive.take_in(jpeg("blue"), hint="photo")).digest
    await _done(pipe, "1", [before.digest or ""], (letter,))
    await _done(pipe, "2", [], (after,))
    await _done(pipe, "3", ["f" * 64], (after,))
    for sent in pipe.channel.sent:
        assert "左边" not in sent.message.text and "left as" not in sent.message.text
    assert [f.digest for s in pipe.channel.sent for f in s.message.files if f.kind is MessageKind.PHOTO] == [
        after
    ] * 2


class HalfBlind(Sight):
    """Hides what it is told to, or fails as the real one may."""

    def __init__(
        self, archive: Archive, folder: Path, answer: Callable[[str], Awaitable[tuple[bytes, str]]]
    ) -> None:
        super().__init__(archive, folder)
        self.veils, self._answer = True, answer

    async def content(self, digest: str) -> tuple[bytes, str]:
        return await self._answer(digest)


async def test_where_faces_can_be_hidden_a_resident_sees_no_other_photo(pipe: Pipe, tmp_path: Path) -> None:
    (before,) = await pipe.send(jpeg("red"))
    after = (await pipe.archive.take_in(jpeg("blue"), hint="photo")).digest
    owed = Owed(
        notice=Notice.DONE, cause="1", conversation_id="c", facts={"before": [before.digest]}, files=(after,)
    )

    async def hidden(digest: str) -> tuple[bytes, str]:
        return jpeg("black" if digest == after else "grey"), "image/jpeg"

    async def cannot(digest: str) -> tuple[bytes, str]:
        raise MediaRefused(MediaFailure.TIMEOUT)

    sight = HalfBlind(pipe.archive, tmp_path / "sight", hidden)
    shown = await Showing(pipe.archive, sight).prepare(owed, Side.RESIDENT)
    (pair,) = shown.owed.files
    with Image.open(io.BytesIO((await pipe.archive.content(pair, Variant.CLEAN))[0])) as image:
        right = image.getpixel((image.width * 3 // 4, image.height - 20))
    assert max(right) < 40, "made of the hidden form, not of the photo"
    assert (await Showing(pipe.archive, sight).prepare(owed, Side.HANDLER)).owed == owed
    failing = HalfBlind(pipe.archive, tmp_path / "sight", cannot)
    assert (await Showing(pipe.archive, failing).prepare(owed, Side.RESIDENT)).owed.files == ()
    await sight.close()
    await failing.close()


class Away:
    """A scanner that is away until it is said to be back; then it finds what it is told to."""

    away, finds = True, None

    async def scan(self, content: object) -> str | None:
        if self.away:
            raise ScannerAway("away")
        return self.finds

    async def ping(self) -> bool:
        return not self.away


@pytest.mark.parametrize("finds", [None, "Worm"])
async def test_a_held_document_is_looked_at_again_and_opened_or_deleted(
    pipe: Pipe, tmp_path: Path, finds: str | None
) -> None:
    scanner = Away()
    pipe.archive = Archive(LocalStore(tmp_path / "held"), tmp_path / "work", scanner=scanner)
    pipe.fetch = FetchWorker(
        pipe.record, {("simulator", "residents"): pipe.channel}, pipe.archive, territory=pipe.territory
    )
    (file,) = await pipe.send(b"my letter to the village " * 9, kind=MessageKind.DOCUMENT)
    assert file.held
    upkeep = UpkeepWorker(pipe.record, pipe.archive)
    assert not await upkeep.run_once(), "a start is busy enough"
    pipe.clock.set(NOW + timedelta(minutes=2))
    assert not await upkeep.run_once(), "still away"
    scanner.away, scanner.finds = False, finds
    pipe.clock.set(NOW + timedelta(minutes=4))
    assert await upkeep.run_once()
    async with pipe.record.read() as session:
        row = await session.get(KeptFile, file.digest)
    assert row is not None
    assert row.state is (FileState.INFECTED if finds else FileState.OPEN)
    if finds:
        with pytest.raises(NotHeld):
            await pipe.archive.content(file.digest or "")
    else:
        assert (await pipe.archive.content(file.digest or ""))[0].startswith(b"my letter")
    await pipe.archive.close()


async def test_the_sweep_takes_what_nobody_uses_and_nothing_else(pipe: Pipe) -> None:
    (used,) = await pipe.send(jpeg("red"))
    await pipe.archive.store.put_bytes(original_key("e" * 64), b"an upload that no message ever named")
    upkeep = UpkeepWorker(pipe.record, pipe.archive)
    assert await upkeep.sweep(now=datetime.now(UTC)) == [], "a day is left for the message to come"
    assert await upkeep.sweep(now=datetime.now(UTC) + timedelta(days=2)) == ["e" * 64]
    assert await pipe.archive.facts(used.digest or "")
    async with pipe.record.begin() as uow:
        await files.release(uow, "inbox/1")
    assert await upkeep.sweep(now=datetime.now(UTC) + timedelta(days=2)) == [used.digest]
    async with pipe.record.read() as session:
        assert await session.get(KeptFile, used.digest) is None
