"""The case's file: whole, with names, and telling when it was tampered with."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from casecore.reading.contents import CaseFile
from casecore.reading.file import masked_phone, may_see_file, read_file
from casecore.vocabulary import EventKind, Outcome, Role
from tests.casecore.reading.conftest import seen_by
from tests.console.world import World, photo

BEFORE, AFTER = "a" * 64, "b" * 64


@pytest.fixture
async def number(world: World) -> str:
    await world.staff("grid", Role.GRID_FULL, "LB", name="Gwen")
    number = await world.case(
        "leaves on the lane", item="ST-01", place="LB-T1-V1-G01", by="Robin", files=(photo(BEFORE),)
    )
    await world.accept(number, "grid")
    await world.finish(number, "grid", "swept the whole lane", files=(photo(AFTER),))
    return number


async def read(world: World, number: str) -> CaseFile:
    scope = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    async with world.record.read() as session:
        file = await read_file(session, world.territory, scope, number, world.clock.now())
    assert file is not None and file.details is not None
    return file


async def test_the_file_tells_who_did_what_in_order(world: World, number: str) -> None:
    file = await read(world, number)
    assert [(event.kind, event.who) for event in file.events] == [
        (EventKind.SUBMITTED, "Robin"),
        (EventKind.DISPATCHED, ""),
        (EventKind.ACCEPTED, "Gwen"),
        (EventKind.DONE, "Gwen"),
    ]
    assert file.events[1].data["person"] == "Gwen"
    assert [(stay.unit_id, stay.person, stay.outcome) for stay in file.stays] == [
        ("LB-T1-V1-G01", "Gwen", Outcome.DONE)
    ]
    assert [(shown.digest, shown.role, shown.by) for shown in file.files] == [
        (BEFORE, "evidence", "Robin"),
        (AFTER, "proof", "Gwen"),
    ]
    assert file.details is not None and file.details.result == "swept the whole lane"
    assert file.broken is None and file.event_count == 4 and file.told


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_changed_event_is_named(world: World, number: str, kind: str) -> None:
    """Whoever gets past the triggers is still found by the chain."""
    async with world.record.begin() as uow:
        for name in (
            await uow.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        ).scalars():
            await uow.session.execute(text(f'DROP TRIGGER "{name}"'))
        await uow.session.execute(text("UPDATE case_events SET actor = NULL WHERE n = 3"))
    broken = (await read(world, number)).broken
    assert broken is not None and "event 3 (accepted)" in broken


async def test_a_file_is_seen_only_by_readers_of_the_case_that_it_belongs_to(
    world: World, number: str
) -> None:
    other = await world.case("another", item="ST-01", place="LB-T1-V1-G01", by="Sam")
    desk = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    elsewhere = seen_by(world.territory, (Role.VILLAGE_DESK, "LB-T1-V2"))
    async with world.record.read() as session:
        assert await may_see_file(session, desk, number, BEFORE)
        assert not await may_see_file(session, desk, other, BEFORE)
        assert not await may_see_file(session, elsewhere, number, BEFORE)


async def test_a_picture_of_a_sensitive_case_is_for_its_readers(world: World) -> None:
    number = await world.case("hurt", item="CR-01", place="LB-T1-V1-G01", files=(photo(BEFORE),))
    desk = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    officer = seen_by(world.territory, (Role.SENSITIVE_OFF, "LB"))
    async with world.record.read() as session:
        assert not await may_see_file(session, desk, number, BEFORE)
        assert await may_see_file(session, officer, number, BEFORE)


@pytest.mark.parametrize(
    ("phone", "shown"), [("13812345678", "138****78"), ("110", "***"), ("", ""), (None, "")]
)
def test_a_phone_number_is_recognised_but_not_read(phone: str | None, shown: str) -> None:
    assert masked_phone(phone) == shown
