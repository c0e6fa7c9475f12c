"""Who sees which case, and how much of it (R12.1, roles.csv)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from casecore.reading.cases import Filter, list_cases
from casecore.reading.file import read_file
from casecore.reading.scope import Scope, seats
from casecore.store.tables import Case
from casecore.territory.model import Territory
from casecore.vocabulary import LEVEL_OF_ROLE, Role
from tests.casecore.reading.conftest import seen_by
from tests.console.world import World


@pytest.fixture
async def numbers(world: World) -> dict[str, str]:
    """One case in each village, one at a department, one without a place, one sensitive."""
    await world.staff("grid", Role.GRID_FULL, "LB")
    await world.staff("town", Role.TOWN_DESK, "LB")
    return {
        "mill": await world.case("leaves on the lane", item="ST-01", place="LB-T1-V1-G01"),
        "ferry": await world.case("lamp out at the ferry", item="ST-02", place="LB-T1-V2-G01"),
        "department": await world.case("how long is the bridge closed", item="ST-03", place="LB-T1-V2-G01"),
        "nowhere": await world.case("something is wrong", item=None, place=None, needs_triage=True),
        "sensitive": await world.case("she is beaten at night", item="CR-01", place="LB-T1-V1-G02"),
    }


async def seen(world: World, scope: Scope, **wanted: object) -> dict[str, bool]:
    """Numbers of the visible cases → masked?"""
    async with world.record.read() as session:
        listed = await list_cases(session, world.territory, scope, Filter(**wanted), world.clock.now())  # type: ignore[arg-type]
    return {line.number: line.masked for line in listed.lines}


MATRIX = {
    "district_desk": ([(Role.DISTRICT_DESK, "LB")], {"mill", "ferry", "department", "nowhere", "sensitive"}),
    "assessor": ([(Role.ASSESSOR, "LB")], {"mill", "ferry", "department", "nowhere", "sensitive"}),
    "town_desk": ([(Role.TOWN_DESK, "LB-T1")], {"mill", "ferry", "department", "sensitive"}),
    "village_desk": ([(Role.VILLAGE_DESK, "LB-T1-V1")], {"mill", "sensitive"}),
    "village_desk_of_all": ([(Role.VILLAGE_DESK, "LB")], {"mill", "ferry", "department", "sensitive"}),
    "village_sec": ([(Role.VILLAGE_SEC, "LB-T1-V2")], {"ferry", "department"}),
    "department": ([(Role.DEPT_LIAISON, "HWY")], {"department"}),
    "another_department": ([(Role.DEPT_LIAISON, "WTR")], set()),
    "sensitive_officer": ([(Role.SENSITIVE_OFF, "LB")], {"sensitive"}),
    "district_desk_of_a_town": ([(Role.DISTRICT_DESK, "LB-T1")], set()),
    "grid_worker": ([(Role.GRID_FULL, "LB")], set()),
    "administrator": ([(Role.ADMIN, "LB")], set()),
    "nobody": ([], set()),
}


@pytest.mark.parametrize("who", MATRIX)
async def test_each_role_sees_what_its_posts_serve_and_a_sensitive_case_only_masked(
    world: World, numbers: dict[str, str], who: str
) -> None:
    posts, expected = MATRIX[who]
    scope = seen_by(world.territory, *posts)
    found = await seen(world, scope)
    assert {name for name, number in numbers.items() if number in found} == expected
    masked = {number for number, is_masked in found.items() if is_masked}
    assert masked == ({numbers["sensitive"]} & found.keys() if who != "sensitive_officer" else set())


@pytest.mark.parametrize("who", MATRIX)
async def test_the_file_opens_exactly_when_the_list_shows_the_case(
    world: World, numbers: dict[str, str], who: str
) -> None:
    scope = seen_by(world.territory, *MATRIX[who][0])
    listed = await seen(world, scope)
    async with world.record.read() as session:
        files = {
            number: await read_file(session, world.territory, scope, number, world.clock.now())
            for number in numbers.values()
        }
    assert {number for number, file in files.items() if file is not None} == listed.keys()
    for number, masked in listed.items():
        file = files[number]
        assert file is not None and (file.details is None) == masked


async def test_a_masked_file_holds_number_town_category_and_clocks_and_nothing_else(
    world: World, numbers: dict[str, str]
) -> None:
    scope = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    async with world.record.read() as session:
        file = await read_file(session, world.territory, scope, numbers["sensitive"], world.clock.now())
    assert file is not None and file.line.place_unit == "LB-T1" and file.line.category == "CR"
    assert not (file.events or file.stays or file.files or file.letters or file.told or file.head_hash)
    assert "beaten" not in repr(file) and "Robin" not in repr(file) and "CR-01" not in repr(file)


async def test_who_handles_a_sensitive_case_reads_it_in_full(world: World, numbers: dict[str, str]) -> None:
    async with world.record.read() as session:
        case = await session.scalar(select(Case).where(Case.number == numbers["sensitive"]))
        assert case is not None
        holder = case.person_id
    scope = seen_by(world.territory, person=holder)
    assert (await seen(world, scope))[numbers["sensitive"]] is False


async def test_no_filter_tells_what_a_masked_case_says(world: World, numbers: dict[str, str]) -> None:
    """Text, matter and a place finer than the town find a sensitive case for its readers only."""
    desk = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"))
    officer = seen_by(world.territory, (Role.SENSITIVE_OFF, "LB"))
    for wanted in ({"text": "beaten"}, {"item_code": "CR-01"}, {"unit_id": "LB-T1-V1-G02"}):
        assert numbers["sensitive"] not in await seen(world, desk, **wanted), wanted
        assert numbers["sensitive"] in await seen(world, officer, **wanted), wanted
    assert numbers["sensitive"] in await seen(world, desk, text=numbers["sensitive"])


async def test_a_department_keeps_sight_of_a_case_that_it_has_passed_on(
    world: World, numbers: dict[str, str]
) -> None:
    from casecore.acts.move import designate
    from casecore.cases import load

    await world.staff("district", Role.DISTRICT_DESK, "LB")
    async with world.record.begin() as uow:
        case = await load(uow.session, numbers["department"])
        by = await world.actor(uow.session, "district")
        await designate(uow, world.territory, case, by, to="WTR", reason="pipes")
    scope = seen_by(world.territory, (Role.DEPT_LIAISON, "HWY"))
    assert numbers["department"] in await seen(world, scope)


@pytest.mark.parametrize("role", LEVEL_OF_ROLE)
def test_a_post_serves_only_units_of_its_roles_level(territory: Territory, role: Role) -> None:
    for seat in seats(territory, role, ["LB"]):
        assert territory.unit(seat).level is LEVEL_OF_ROLE[role]
