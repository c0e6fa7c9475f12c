"""The record's files: kept while somebody uses them, counted by day, and alike by their coarse light and dark."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from casecore import files
from casecore.clock import ScriptClock
from casecore.files import SAME_PHOTO, Kept, bands, distance
from casecore.store.engine import Record
from casecore.store.tables import FileState, KeptFile
from casecore.vocabulary import MessageKind

PHOTO = "00ff13579bdf2468"


def _kept(name: str, likeness: str | None = PHOTO, size: int = 1000) -> Kept:
    return Kept(digest=name * 64, kind=MessageKind.PHOTO, size=size, likeness=likeness, seen="三幢")


def _flipped(likeness: str, bits: int, chance: random.Random) -> str:
    changed = int(likeness, 16)
    for bit in chance.sample(range(64), bits):
        changed ^= 1 << bit
    return f"{changed:016x}"


async def test_a_file_lives_as_long_as_its_last_use(record: Record) -> None:
    async with record.begin() as uow:
        await files.keep(uow, _kept("a"), used_by="inbox/1", person=None)
        await files.keep(uow, _kept("a"), used_by="inbox/1", person=None)  # a retry counts once
        await files.use(uow, "a" * 64, used_by="case/x")
        await files.use(uow, "f" * 64, used_by="case/x")  # a file that nobody noted has no use to count
    async with record.read() as session:
        assert await files.uses(session, "a" * 64) == 2
        assert await files.in_use(session, ["a" * 64, "b" * 64]) == {"a" * 64}
    async with record.begin() as uow:
        await files.release(uow, "inbox/1")
        await files.forgotten(uow, ["a" * 64])
    async with record.read() as session:
        assert await session.get(KeptFile, "a" * 64) is not None, "one still uses it"
    async with record.begin() as uow:
        await files.release(uow, "case/x")
        await files.forgotten(uow, ["a" * 64])
    async with record.read() as session:
        assert await session.get(KeptFile, "a" * 64) is None
        assert await files.in_use(session, ["a" * 64]) == set()
        assert await files.photos_like(session, "a" * 64) == {}


async def test_a_day_counts_what_one_person_sent(record: Record, clock: ScriptClock) -> None:
    start = clock.now()
    async with record.begin() as uow:
        await files.keep(uow, _kept("a", size=300), used_by="inbox/1", person="p1")
        await files.keep(uow, _kept("a", size=300), used_by="inbox/2", person="p1")
        await files.keep(uow, _kept("b", size=500), used_by="inbox/3", person="p2")
    clock.set(start + timedelta(days=1))
    async with record.begin() as uow:
        await files.keep(uow, _kept("c", size=70), used_by="inbox/4", person="p1")
    async with record.read() as session:
        sent = await files.sent_since(session, "p1", start)
        assert (sent.files, sent.bytes) == (3, 670)
        today = await files.sent_since(session, "p1", start + timedelta(hours=12))
        assert (today.files, today.bytes) == (1, 70)
        assert (await files.sent_since(session, "nobody", start)).files == 0


async def test_photos_alike_are_found_by_their_bits_and_others_are_not(record: Record) -> None:
    chance = random.Random(7)
    near = [_flipped(PHOTO, bits, chance) for bits in range(SAME_PHOTO + 1)]
    far = [_flipped(PHOTO, bits, chance) for bits in (SAME_PHOTO + 1, 16, 32)]
    async with record.begin() as uow:
        for number, likeness in enumerate([*near, *far]):
            await files.keep(uow, _kept(f"{number:x}", likeness), used_by="inbox/1")
        await files.keep(uow, _kept("e", None), used_by="inbox/1")
    async with record.read() as session:
        alike = await files.photos_like(session, "0" * 64)
        assert alike == {f"{number:x}" * 64: number for number in range(SAME_PHOTO + 1)}
        assert await files.photos_like(session, "e" * 64) == {"e" * 64: 0}, (
            "a dark photo is like itself alone"
        )


@pytest.mark.parametrize("seed", range(200))
def test_hashes_within_seven_bits_share_a_band(seed: int) -> None:
    """The pigeonhole that the index stands on."""
    chance = random.Random(seed)
    one = f"{chance.getrandbits(64):016x}"
    other = _flipped(one, chance.randint(0, 7), chance)
    assert set(bands(one)) & set(bands(other))
    assert distance(one, other) <= 7
    assert distance(one, "") == 64


async def test_what_waits_for_the_scanner_is_listed_until_it_has_looked(record: Record) -> None:
    async with record.begin() as uow:
        held = Kept(digest="d" * 64, kind=MessageKind.DOCUMENT, size=9, held=True)
        await files.keep(uow, held, used_by="inbox/1")
        await files.keep(uow, _kept("a"), used_by="inbox/1")
    async with record.read() as session:
        assert await files.held(session) == ["d" * 64]
    async with record.begin() as uow:
        await files.scanned(uow, "d" * 64, infected=True)
    async with record.read() as session:
        assert await files.held(session) == []
        row = await session.get(KeptFile, "d" * 64)
        assert row is not None and row.state is FileState.INFECTED
