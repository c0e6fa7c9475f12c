"""The list of cases: filters, search, order and pages."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from casecore.reading.cases import PAGE_ROWS, Filter, Listed, list_cases
from casecore.reading.figures import Figures, read_figures
from casecore.reading.units import find_units
from casecore.territory.model import Territory
from casecore.vocabulary import Level, Role, State, Urgency
from tests.casecore.reading.conftest import seen_by
from tests.console.world import World


async def listed(world: World, **wanted: object) -> Listed:
    scope = seen_by(world.territory, (Role.DISTRICT_DESK, "LB"), person=world.people.get("me", "me"))
    async with world.record.read() as session:
        return await list_cases(session, world.territory, scope, Filter(**wanted), world.clock.now())  # type: ignore[arg-type]


async def texts(world: World, **wanted: object) -> list[str]:
    return [line.text for line in (await listed(world, **wanted)).lines]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("%", ["100% wet"]), ("_", ["a_b"]), ("/", ["x/y"]), ("\\", ["back\\slash"]), ("WET", ["100% wet"])],
)
async def test_wildcards_are_letters_in_a_search(world: World, typed: str, found: list[str]) -> None:
    for text in ("100% wet", "a_b", "x/y", "back\\slash", "plain"):
        await world.case(text, item="ST-01", place="LB-T1-V1-G01", send=False)
    assert await texts(world, text=typed) == found


async def test_a_payload_in_a_search_is_only_a_word(world: World) -> None:
    await world.case("plain", item="ST-01", place="LB-T1-V1-G01", send=False)
    for payload in ("' OR 1=1 --", '"; DROP TABLE cases; --', "') UNION SELECT 1 --"):
        assert await texts(world, text=payload) == []
    assert await texts(world, item_code="' OR 1=1 --") == []
    assert await texts(world) == ["plain"]


async def test_filters_narrow_by_state_level_urgency_item_and_place(world: World) -> None:
    await world.staff("grid", Role.GRID_FULL, "LB")
    await world.case("mill", item="ST-01", place="LB-T1-V1-G01")
    await world.case("ferry", item="ST-02", place="LB-T1-V2-G01", urgency=Urgency.URGENT)
    await world.case("waits", item="ST-01", place="LB-T1-V2-G01", send=False)
    assert await texts(world, states=frozenset({State.SUBMITTED})) == ["waits"]
    assert await texts(world, level=Level.GRID) == ["mill", "ferry"]
    assert await texts(world, urgency=Urgency.URGENT) == ["ferry"]
    assert await texts(world, item_code="ST-02") == ["ferry"]
    assert await texts(world, unit_id="LB-T1-V1") == ["mill"]
    assert len(await texts(world, unit_id="LB-T1")) == 3


async def test_overdue_begins_just_after_the_limit(world: World) -> None:
    """R0: finishing at the limit is in time."""
    await world.case("mill", item="ST-01", place="LB-T1-V1-G01", send=False)
    due = (await listed(world)).lines[0].due_at
    assert due is not None
    world.clock.set(due)
    assert await texts(world, overdue=True) == []
    world.clock.set(due + timedelta(seconds=1))
    assert await texts(world, overdue=True) == ["mill"]
    assert (await listed(world)).lines[0].overdue


async def test_pages_hold_every_case_once(world: World) -> None:
    for n in range(PAGE_ROWS + 3):
        await world.case(f"case {n}", item="ST-01", place="LB-T1-V1-G01", send=False)
    first, second = await listed(world, page=1), await listed(world, page=2)
    assert (first.total, first.pages, len(first.lines), len(second.lines)) == (33, 2, 30, 3)
    assert len({line.number for line in (*first.lines, *second.lines)}) == 33
    assert (await listed(world, page=10**9)).lines == ()
    assert (await listed(world, page=-5)).page == 1


async def test_newest_and_oldest_are_each_others_reverse(world: World) -> None:
    for n in range(4):
        await world.case(f"case {n}", item="ST-01", place="LB-T1-V1-G01", send=False)
        world.clock.set(world.clock.now() + timedelta(minutes=1))
    assert await texts(world, sort="newest") == list(reversed(await texts(world, sort="oldest")))


async def figures(world: World, role: Role = Role.DISTRICT_DESK, unit: str = "LB") -> Figures:
    scope = seen_by(world.territory, (role, unit))
    async with world.record.read() as session:
        return await read_figures(session, scope, world.territory.zone, world.clock.now())


async def test_without_due_work_there_is_no_rate(world: World) -> None:
    """R0: a denominator of nothing gives no figure, never 0 % or 100 %."""
    empty = await figures(world)
    assert empty.settle_rate is None and not any(asdict(empty)["by_level"])
    assert (empty.open, empty.overdue, empty.due_today) == (0, 0, 0)


async def test_the_figures_count_open_late_and_settled_work(world: World) -> None:
    await world.staff("grid", Role.GRID_FULL, "LB")
    done = await world.case("done", item="ST-01", place="LB-T1-V1-G01")
    await world.case("open", item="ST-01", place="LB-T1-V1-G01")
    await world.accept(done, "grid")
    await world.finish(done, "grid", "swept the whole lane")
    world.clock.set(world.clock.now() + timedelta(hours=25))
    counted = await figures(world)
    assert (counted.open, counted.overdue, counted.by_level) == (1, 1, {Level.GRID: 1})
    assert (counted.settled, counted.due_work, counted.settle_rate) == (1, 2, 50.0)


async def test_a_departments_figures_are_its_own(world: World) -> None:
    await world.case("bridge", item="ST-03", place="LB-T1-V1-G01")
    await world.case("leaves", item="ST-01", place="LB-T1-V1-G01")
    world.clock.set(world.clock.now() + timedelta(hours=169))
    counted = await figures(world, Role.DEPT_LIAISON, "HWY")
    assert (counted.open, counted.overdue, counted.due_work, counted.settled) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("LB-T1-V1", ["LB-T1-V1"]),
        ("Mill Lane", ["LB-T1-V1"]),
        ("upper mill", ["LB-T1-V1"]),
        ("Grid 1, Ferry Green, Brookside", ["LB-T1-V2-G01"]),
        ("  ", []),
        ("nowhere at all", []),
        ("%", []),
    ],
)
def test_a_unit_is_found_by_id_name_alias_or_path(territory: Territory, typed: str, found: list[str]) -> None:
    assert [unit.id for unit in find_units(territory, typed)] == found


def test_a_name_that_fits_several_units_gives_them_all(territory: Territory) -> None:
    assert {unit.id for unit in find_units(territory, "Grid 1")} >= {"LB-T1-V1-G01", "LB-T1-V2-G01"}
