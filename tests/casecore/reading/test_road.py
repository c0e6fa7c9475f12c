"""Where is my message? The way through the trays, and who may read its words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from casecore.reading.road import Question, Tray, Way, find_ways
from casecore.reading.scope import Scope
from casecore.reading.triage import read_waiting
from casecore.store.tables import InboxRow, InboxState, OutboxRow, OutboxState
from casecore.vocabulary import Role
from tests.casecore.reading.conftest import seen_by
from tests.console.world import World


@pytest.fixture
async def number(world: World) -> str:
    await world.staff("grid", Role.GRID_FULL, "LB")
    return await world.case("leaves on the lane", item="ST-01", place="LB-T1-V1-G01")


def desk(world: World) -> Scope:
    return seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))


async def ways(world: World, scope: Scope, text: str, *, blind: bool = False) -> tuple[Way, ...]:
    async with world.record.read() as session:
        return await find_ways(session, scope, Question(text=text), world.clock.now(), blind=blind)


async def test_a_cases_way_goes_through_the_trays_in_order(world: World, number: str) -> None:
    (way,) = await ways(world, desk(world), number.lower())
    assert way.case == number
    order = [step.tray for step in way.steps]
    assert order[:2] == [Tray.INBOX, Tray.CASE] and {Tray.OUTBOX, Tray.TIMER} <= set(order)
    assert [step.at for step in way.steps] == sorted(step.at for step in way.steps)
    assert way.steps[0].text == "hello"


async def test_a_message_is_found_by_its_channels_id_and_leads_to_its_case(world: World, number: str) -> None:
    (way,) = await ways(world, desk(world), "m1")
    assert way.case == number and way.likely


async def test_a_message_without_a_case_is_found_by_its_words_by_the_district_desk_only(world: World) -> None:
    await world.resident("Sam")
    (way,) = await ways(world, desk(world), "hell")
    assert way.case == "" and way.steps[0].text == "hello"
    town = seen_by(world.territory, (Role.TOWN_DESK, "LB-T1"))
    assert await ways(world, town, "hell") == ()
    assert await ways(world, town, "m1") == ()


async def test_an_administrator_sees_the_way_without_words_and_cannot_search_them(
    world: World, number: str
) -> None:
    admin = seen_by(world.territory, (Role.ADMIN, "LB"))
    (way,) = await ways(world, admin, number, blind=True)
    assert way.steps and all(step.text == "" for step in way.steps)
    assert await ways(world, admin, "hell", blind=True) == ()
    assert (await ways(world, admin, "m1", blind=True))[0].steps[0].text == ""


async def test_an_administrator_with_a_desk_in_one_village_reads_words_of_that_village_only(
    world: World, number: str
) -> None:
    both = seen_by(world.territory, (Role.ADMIN, "LB"), (Role.VILLAGE_DESK, "LB-T1-V2"))
    (way,) = await ways(world, both, number, blind=True)
    assert all(step.text == "" for step in way.steps)


async def test_another_villages_way_is_not_there(world: World, number: str) -> None:
    assert await ways(world, seen_by(world.territory, (Role.VILLAGE_DESK, "LB-T1-V2")), number) == ()


async def test_words_of_a_sensitive_case_find_nothing(world: World) -> None:
    await world.case("hurt", item="CR-01", place="LB-T1-V1-G01")
    assert await ways(world, desk(world), "hello") == ()
    (way,) = await ways(world, desk(world), "m1")
    assert way.case and all(step.text == "" for step in way.steps)


async def test_wildcards_and_old_messages_are_not_found(world: World) -> None:
    await world.resident("Sam")
    assert await ways(world, desk(world), "%") == ()
    world.clock.set(world.clock.now() + timedelta(days=8))
    assert await ways(world, desk(world), "hello") == ()


async def test_triage_shows_what_the_trays_gave_up_to_the_district_only(world: World, number: str) -> None:
    async with world.record.begin() as uow:
        message = (await uow.session.scalars(select(InboxRow))).one()
        message.state, message.error = InboxState.QUARANTINED, "ValueError: odd"
        notice = (await uow.session.scalars(select(OutboxRow).order_by(OutboxRow.id))).first()
        assert notice is not None
        notice.state, notice.error = OutboxState.DEAD, "blocked"
    async with world.record.read() as session:
        whole = await read_waiting(session, world.territory, desk(world), world.clock.now())
        town = seen_by(world.territory, (Role.TOWN_DESK, "LB-T1"))
        part = await read_waiting(session, world.territory, town, world.clock.now())
    assert whole.aside is not None and [row.error for row in whole.aside] == ["ValueError: odd"]
    assert whole.undelivered is not None and [row.case for row in whole.undelivered] == [number]
    assert (part.aside, part.undelivered, part.stuck) == (None, None, None)
