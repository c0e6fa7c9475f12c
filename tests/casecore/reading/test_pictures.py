"""The case file says what was read in a photo, where else the same photo lies, and what the scanner holds back."""

from __future__ import annotations

from casecore import files
from casecore.files import Kept
from casecore.messages import FileRef
from casecore.reading.file import read_file
from casecore.vocabulary import MessageKind, Role
from tests.casecore.reading.conftest import seen_by
from tests.console.world import World

LIKE, ALSO, OTHER = "00ff13579bdf2468", "00ff13579bdf2469", "ff00eca86420db97"


def _photo(name: str) -> FileRef:
    return FileRef(kind=MessageKind.PHOTO, ref=name, digest=name * 64)


async def _note(world: World, name: str, likeness: str | None, **more: object) -> None:
    kind = MessageKind.PHOTO if likeness else MessageKind.DOCUMENT
    async with world.record.begin() as uow:
        kept = Kept(digest=name * 64, kind=kind, size=1000, likeness=likeness, **more)  # type: ignore[arg-type]
        await files.keep(uow, kept, used_by=f"inbox/{name}")


async def _file(world: World, number: str) -> tuple[object, ...]:
    everything = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    async with world.record.read() as session:
        found = await read_file(session, world.territory, everything, number, world.clock.now())
    assert found is not None
    return found.files


async def test_the_same_photo_is_named_in_both_cases_and_another_in_none(world: World) -> None:
    for name, likeness in (("a", LIKE), ("b", ALSO), ("c", OTHER)):
        await _note(world, name, likeness, seen="UNIT 3" if name == "a" else None)
    place = next(unit.id for unit in world.territory.units.values() if unit.level.value == "grid")
    first, second, third = [
        await world.case("rubbish at the gate", item=None, place=place, files=(_photo(name),), send=False)
        for name in "abc"
    ]
    assert [shown.same for shown in await _file(world, first)] == [(second,)]
    assert [shown.same for shown in await _file(world, second)] == [(first,)]
    assert [shown.same for shown in await _file(world, third)] == [()]
    assert [shown.seen for shown in await _file(world, first)] == ["UNIT 3"]
    async with world.record.read() as session:
        found = await files.same_photo(session, "b" * 64, now=world.clock.now(), days=30)
    (same,) = [one for one in found if one.number == first]
    assert (same.digest, same.distance) == ("a" * 64, 1)


async def test_a_document_that_is_held_back_says_so(world: World) -> None:
    await _note(world, "d", None, held=True)
    letter = FileRef(kind=MessageKind.DOCUMENT, ref="d", digest="d" * 64)
    number = await world.case("see my letter", item=None, place=None, files=(letter,), send=False)
    assert [shown.state.value for shown in await _file(world, number)] == ["held"]
    async with world.record.begin() as uow:
        await files.scanned(uow, "d" * 64, infected=False)
    assert [shown.state.value for shown in await _file(world, number)] == ["open"]
