"""The desk's page of cases that belong together (R8): merging by number, parting again, hard matters; and who may."""

from __future__ import annotations

import pytest

from casecore.acts.propose import Alike, propose
from casecore.cases import load
from casecore.vocabulary import Role, State
from tests.console.conftest import Browsers
from tests.console.world import World

PLACE = "LB-T1-V1-G01"


@pytest.fixture
async def pair(world: World) -> tuple[str, str]:
    """Two cases of one item in one grid."""
    await world.staff("grid", Role.GRID_FULL, "LB", name="Gwen")
    one = await world.case("the lamp by the mill is out", item="ST-01", place=PLACE)
    other = await world.case("no light at the mill", item="ST-01", place=PLACE, by="Kim")
    return one, other


async def state(world: World, number: str) -> tuple[State, str | None]:
    async with world.record.read() as session:
        case = await load(session, number, for_update=False)
        master = await load(session, case.master_id, for_update=False) if case.master_id else None
        return case.state, master.number if master else None


async def test_a_desk_merges_by_number_and_parts_again(
    browsers: Browsers, world: World, pair: tuple[str, str]
) -> None:
    one, other = pair
    desk = await browsers.of(Role.DISTRICT_DESK)
    answer = await desk.post(f"/cases/{one}/merging", do="merge", other=other.lower())
    assert answer.headers["location"].endswith("?done=merged")
    assert await state(world, other) == (State.MERGED, one)
    page = (await desk.get(f"/cases/{one}")).text
    assert other in page
    assert "no light at the mill" in page
    assert one in (await desk.get(f"/cases/{other}")).text
    await desk.post(f"/cases/{other}/merging", do="split", back=one)
    assert await state(world, other) == (State.DISPATCHED, None)


async def test_a_proposal_is_decided_on_the_page(
    browsers: Browsers, world: World, pair: tuple[str, str]
) -> None:
    one, other = pair
    async with world.record.begin() as uow:
        master, case = await load(uow.session, one), await load(uow.session, other)
        await propose(uow, case, [Alike(case_id=master.id, score=0.91, facts={"metres": 40})])
    desk = await browsers.of(Role.DISTRICT_DESK)
    page = (await desk.get(f"/cases/{one}")).text
    assert "91" in page
    assert "40 m apart" in page
    which = page.split('name="proposal" value="')[1].split('"')[0]
    answer = await desk.post(f"/cases/{other}/merging", do="approve", proposal=which, back=one)
    assert answer.headers["location"].endswith(f"/cases/{one}?done=merged")
    assert await state(world, other) == (State.MERGED, one)
    again = await desk.post(f"/cases/{other}/merging", do="refuse", proposal=which)
    assert again.status_code >= 400
    assert "decided" in again.text


async def test_a_commander_opens_a_hard_matter_and_sets_its_plan(
    browsers: Browsers, world: World, pair: tuple[str, str]
) -> None:
    one, _ = pair
    desk = await browsers.of(Role.DISTRICT_DESK)
    assert "Open a hard matter" not in (await desk.get(f"/cases/{one}")).text
    assert (await desk.post(f"/cases/{one}/merging", do="open_hard")).status_code >= 400
    chief = await browsers.of(Role.DISTRICT_CMD)
    assert "Open a hard matter" in (await chief.get(f"/cases/{one}")).text
    await chief.post(f"/cases/{one}/merging", do="open_hard")
    assert (await state(world, one))[0] is State.PROMISED
    late = world.clock.now().date().replace(year=world.clock.now().year + 1).isoformat()
    for wrong in ({"step_0": "dig"}, {"day_0": late}, {"step_0": "dig", "day_0": "2001-01-01"}, {}):
        refused = await chief.post(f"/cases/{one}/merging", do="plan", plan="a new cable", **wrong)
        assert refused.status_code >= 400, wrong
    done = await chief.post(f"/cases/{one}/merging", do="plan", plan="a new cable", step_0="dig", day_0=late)
    assert done.headers["location"].endswith("?done=planned")
    page = (await chief.get(f"/cases/{one}")).text
    assert "a new cable" in page
    assert "dig" in page
    await chief.post(f"/cases/{one}/merging", do="milestone", n="1")
    assert "✓" in (await chief.get(f"/cases/{one}")).text


@pytest.mark.parametrize(
    "fields", [{"do": "merge", "other": "MH-20260101-000999"}, {"do": "merge"}, {"do": "burn"}, {}]
)
async def test_what_names_no_case_or_no_act_is_refused(
    browsers: Browsers, world: World, pair: tuple[str, str], fields: dict[str, str]
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    assert (await desk.post(f"/cases/{pair[0]}/merging", **fields)).status_code >= 400
    assert (await state(world, pair[0]))[0] is State.DISPATCHED
