"""Merging (R8): one matter of several residents, on both databases; wrong merges are refused with the rule's reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from casecore import cases
from casecore.acts import handle, hard, merge, move, propose, rate, resident
from casecore.acts.propose import Alike
from casecore.clock import ScriptClock
from casecore.errors import NotAllowed, Outdated, Refusal
from casecore.messages import Point
from casecore.reading.alike import Around, open_alike, units_around
from casecore.reading.kpi import Window, of_unit
from casecore.reading.stays import read_stays
from casecore.store.tables import Case, HardMatter, MergeProposal, Milestone
from casecore.vocabulary import Notice, Outcome, State

N = Notice


@pytest.fixture
def clock() -> ScriptClock:
    """The rules' own example begins at nine."""
    return ScriptClock(datetime(2024, 3, 4, 9, tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture(scope="module")
def territory(territory: Any) -> Any:
    """With a sensitive item."""
    secret = replace(territory.items["ENV-01"], code="NBR-04", sensitive=True)
    return replace(territory, items={**territory.items, "NBR-04": secret})


RESIDENTS = ("zhao", "qian", "sun", "li4", "zhou")


def local(instant: Any, scene: Any) -> str:
    return f"{instant.astimezone(scene.territory.zone):%m-%d %H:%M}"


async def lamp(
    scene: Any, by: str = "wang", *, at: str | None = None, unit: str = "east/1", item: str = "INF-01"
) -> str:
    """A lamp at a grid that somebody told us of."""
    if at is not None:
        await scene.until(at)
    if by not in scene.people:
        await scene.meet(by)
    case_id: str = await scene.open(item, unit, by=by)
    return case_id


async def merged(scene: Any) -> tuple[str, str]:
    """T8-1: A at 03-04 09:00, B at 18:30, merged 19:00 by the grid leader."""
    scene.at("03-04 09:00")
    a = await lamp(scene)
    await scene.act(handle.accept, a, "li")
    b = await lamp(scene, "zhao", at="03-04 18:30")
    await scene.until("03-04 19:00")
    await scene.owed()
    await scene.act(merge.merge, b, "lead1", other=a)
    return a, b


async def kpi(scene: Any, unit: str = "east/1") -> Any:
    async with scene.record.read() as session:
        now = scene.clock.now()
        window = Window(start=now - timedelta(days=20), end=now + timedelta(days=20), now=now)
        return of_unit(await read_stays(session, window), unit, window)


async def test_t8_1_one_clock_one_volume_two_demands(scene: Any) -> None:
    a, b = await merged(scene)
    first, second = await scene.case(a), await scene.case(b)
    assert (second.state, second.master_id) == (State.MERGED, a)
    assert local(first.due_at, scene) == local(second.due_at, scene) == "03-05 09:00"
    assert [stay.outcome for stay in await scene.stays(b)] == [Outcome.MERGED_CHILD]
    assert await scene.owed() == {"zhao": [N.MERGED], "li": [N.JOINED], "bao": [N.TASK_MOVED]}
    await scene.until("03-05 08:00")
    await scene.act(handle.finish, a, "li", text="lamp replaced")
    assert {(await scene.case(case)).state for case in (a, b)} == {State.DONE}
    counted = await kpi(scene)
    assert (counted.volume, counted.demands) == (1, 2)
    assert (counted.completion.hits, counted.timeliness.hits, counted.timeliness.of) == (1, 1, 1)
    owed = await scene.owed()
    assert N.DONE in owed["wang"]
    assert owed["zhao"][-1] is N.DONE
    assert "merged" in await scene.kinds(b)
    assert "joined" in await scene.kinds(a)


async def test_t8_2_each_rates_and_the_child_reopens_alone(scene: Any) -> None:
    a, b = await merged(scene)
    await scene.until("03-05 08:00")
    await scene.act(handle.finish, a, "li", text="lamp replaced")
    await scene.act(rate.rate, a, "wang", stars=5)
    await scene.act(rate.rate, b, "zhao", stars=2, solved=False)
    assert (await scene.case(a)).state is State.CLOSED
    satisfied = (await kpi(scene)).satisfaction
    assert (satisfied.hits, satisfied.of) == (1, 2)
    await scene.owed()
    await scene.act(rate.reopen, b, "zhao", why="still dark")
    case = await scene.case(b)
    assert (case.state, case.round, case.unit_id, case.person_id) == (
        State.REOPENED, 2, "east/1", scene.people["li"],
    )  # fmt: skip
    assert local(case.due_at, scene) == "03-05 20:00", "half the stage (R11.5)"
    assert (await scene.case(a)).round == 1
    assert "wang" not in await scene.owed()
    satisfied = (await kpi(scene)).satisfaction
    assert (satisfied.hits, satisfied.of) == (1, 2), "the rating stands until it is given anew (R11.6)"
    await scene.act(handle.accept, b, "li")
    await scene.act(handle.finish, b, "li", text="cable replaced")
    await scene.act(rate.rate, b, "zhao", stars=4)
    counted = await kpi(scene)
    assert (counted.satisfaction.hits, counted.satisfaction.of) == (2, 2)
    assert (counted.volume, counted.demands) == (1, 2), "rework is no volume"


async def test_t8_3_over_seven_days_is_not_proposed(scene: Any) -> None:
    scene.at("03-04 09:00")
    a = await lamp(scene)
    territory = scene.territory
    week = timedelta(hours=territory.levels.merge_hours)

    async def near(at: str) -> list[str]:
        scene.at(at)
        now = scene.clock.now()
        around = Around(
            items={"INF-01"}, units=units_around(territory, "east/1/a"), point=None, metres=200.0,
            since=now - week, until=now,
        )  # fmt: skip
        async with scene.record.read() as session:
            return [case.id for case in await open_alike(session, around)]

    assert await near("03-11 09:00") == [a]
    assert await near("03-12 09:01") == []


async def test_t8_4_the_fifth_resident_makes_it_a_hard_matter(scene: Any) -> None:
    scene.at("03-04 09:00")
    a = await lamp(scene)
    day = 5
    for name in RESIDENTS[:3]:
        b = await lamp(scene, name, at=f"03-{day:02} 08:00", unit=(await scene.case(a)).unit_id)
        await scene.act(merge.merge, b, "dan", other=a)
        day += 2
    assert (await scene.case(a)).hard_id is None, "four residents are not five"
    await scene.owed()
    fifth = await lamp(scene, RESIDENTS[3], at="03-14 08:00", unit=(await scene.case(a)).unit_id)
    await scene.owed()
    await scene.act(merge.merge, fifth, "dan", other=a)
    case = await scene.case(a)
    async with scene.record.read() as session:
        matter = await session.scalar(select(HardMatter))
    assert matter is not None
    assert (matter.unit_id, matter.leader_id, matter.why) == ("town", scene.people["cmd"], "residents")
    assert local(matter.plan_due, scene) == "03-21 08:00"
    assert (case.state, local(case.due_at, scene)) == (State.PROMISED, "03-21 08:00")
    owed = await scene.owed()
    assert N.HARD_MATTER in owed["cmd"]
    assert N.MOVED in owed["wang"]
    assert all(N.MOVED in owed[name] for name in RESIDENTS[:4]), "each resident hears of it"


# -- what each resident sees


async def test_news_reaches_every_resident_under_their_own_number_and_nobody_elses_words(scene: Any) -> None:
    a, b = await merged(scene)
    await scene.new_rows("zhao")
    await scene.act(handle.progress, a, "li", text="the cable is being dug out")
    (row,) = await scene.new_rows("zhao")
    child = await scene.case(b)
    assert (row.notice, row.case_id, row.facts["case"]) == (N.PROGRESS, b, child.number)
    assert row.facts["note"] == "the cable is being dug out"
    master = await scene.case(a)
    assert master.number not in str(row.facts) + str(row.buttons)
    await scene.act(handle.ask, a, "li", text="which lamp?")
    assert await scene.new("zhao") == [], "what one resident is asked is not another's to answer"
    await scene.act(resident.add, b, "zhao", text="it also buzzes")
    assert N.ADDITION in await scene.new("li")
    assert (await scene.new_rows("wang"))[-1].notice is N.ASKED, "what the other adds is not told"


async def test_urging_a_merged_request_reaches_who_works_on_it(scene: Any) -> None:
    _, b = await merged(scene)
    await scene.owed()
    await scene.act(resident.urge, b, "zhao")
    assert await scene.owed() == {"zhao": [N.URGED], "li": [N.URGE]}


async def test_withdrawing_a_child_leaves_the_master_to_its_handler(scene: Any) -> None:
    a, b = await merged(scene)
    await scene.owed()
    await scene.act(resident.withdraw, b, "zhao")
    assert (await scene.case(b)).state is State.CLOSED
    assert (await scene.case(a)).state is State.ACCEPTED
    assert await scene.owed() == {"zhao": [N.CLOSED]}


@pytest.mark.parametrize("how", ["withdrawn", "invalid", "sensitive"])
async def test_when_the_masters_own_request_goes_the_eldest_child_takes_its_place(
    scene: Any, how: str
) -> None:
    a, b = await merged(scene)
    c = await lamp(scene, "sun", at="03-04 20:00")
    await scene.act(merge.merge, c, "lead1", other=a)
    if how == "withdrawn":
        await scene.act(resident.withdraw, a, "wang")
    elif how == "invalid":
        await scene.act(move.invalidate, a, "eva", reason="a test")
    else:
        await scene.act(move.reclassify, a, "eva", item_code="NBR-04")
    heir, other = await scene.case(b), await scene.case(c)
    assert (heir.state, heir.master_id, heir.unit_id) == (State.DISPATCHED, None, "east/1")
    assert local(heir.due_at, scene) == "03-05 18:30", "its own clock, which never stopped"
    assert (other.state, other.master_id) == (State.MERGED, b)
    assert (await scene.case(a)).state in {State.CLOSED, State.ACCEPTED}


# -- parted again


async def test_r8_4_a_child_is_parted_under_its_own_clock(scene: Any) -> None:
    a, b = await merged(scene)
    await scene.owed()
    scene.at("03-04 21:00")
    await scene.act(merge.split, b, "li", reason="another lamp")
    case = await scene.case(b)
    assert (case.state, case.master_id, case.unit_id) == (State.DISPATCHED, None, "east/1")
    assert local(case.due_at, scene) == "03-05 18:30", "no edit restarts a clock"
    assert (await scene.case(a)).state is State.ACCEPTED
    owed = await scene.owed()
    assert N.MOVED in owed["zhao"]
    assert "wang" not in owed
    counted = await kpi(scene)
    assert (counted.volume, counted.demands) == (2, 2)
    with pytest.raises(Outdated):
        await scene.act(merge.split, b, "li")


async def test_a_child_without_a_unit_of_its_own_is_parted_to_where_its_item_starts(scene: Any) -> None:
    """Merged by "me too" before it was sent out; its master is still waiting for a unit as well."""
    await scene.meet("zhao")
    a = await scene.submit("BLD-01")
    b = await scene.submit("BLD-01", by="zhao")
    await scene.act(_join, b, "zhao", master_id=a)
    assert (await scene.case(b)).state is State.MERGED
    await scene.act(resident.withdraw, a, "wang")
    case = await scene.case(b)
    assert (case.state, case.master_id) == (State.SUBMITTED, None)
    await scene.dispatch(b, "east/1/a")
    assert local((await scene.case(b)).due_at, scene) == "03-05 09:00"


async def _join(uow: Any, territory: Any, case: Any, by: Any, *, master_id: str) -> bool:
    return await merge.join(uow, territory, case, master_id, by)


# -- wrong merges


async def test_sensitive_cases_never_merge(scene: Any) -> None:
    a = await lamp(scene)
    b = await lamp(scene, "zhao")
    async with scene.record.begin() as uow:
        await uow.session.execute(update(Case).where(Case.id == b).values(sensitive=True))
    for case, other in ((a, b), (b, a)):
        with pytest.raises(Refusal, match="merge_sensitive R12.2"):
            await scene.act(merge.merge, case, "lead1", other=other)
    with pytest.raises(Refusal, match="merge_sensitive"):
        await scene.act(hard.open_hard, b, "cmd")
    with pytest.raises(Refusal, match="merge_sensitive"):
        await scene.act(hard.same_cause, a, "eva", other=b)


async def test_a_case_that_is_over_takes_nobody_in(scene: Any) -> None:
    a = await lamp(scene)
    await scene.act(handle.accept, a, "li")
    await scene.act(handle.finish, a, "li", text="lamp replaced")
    b = await lamp(scene, "zhao")
    with pytest.raises(Refusal, match="merge_closed"):
        await scene.act(merge.merge, b, "lead1", other=a)
    await scene.act(_join, b, "zhao", master_id=a)
    assert (await scene.case(b)).state is State.DISPATCHED, (
        "a me-too that comes too late is a request of its own"
    )


async def test_only_who_handles_or_oversees_both_may_merge(scene: Any) -> None:
    a = await lamp(scene)
    b = await lamp(scene, "zhao", unit="east/2")
    for stranger in ("wang", "zhao", "he", "li", "chen", "wei", "wtr"):
        with pytest.raises(NotAllowed):
            await scene.act(merge.merge, b, stranger, other=a)
    await scene.act(merge.merge, b, "sec", other=a)
    assert (await scene.case(b)).master_id == a
    with pytest.raises(NotAllowed):
        await scene.act(merge.split, b, "he")


async def test_nobody_joins_for_somebody_else(scene: Any) -> None:
    a = await lamp(scene)
    b = await lamp(scene, "zhao")
    with pytest.raises(NotAllowed):
        await scene.act(_join, b, "wang", master_id=a)


async def test_a_case_is_not_merged_with_itself_nor_twice(scene: Any) -> None:
    a, b = await merged(scene)
    with pytest.raises(Refusal, match="merge_same"):
        await scene.act(merge.merge, a, "lead1", other=a)
    with pytest.raises(Refusal, match="merge_same"):
        await scene.act(merge.merge, a, "lead1", other=b)


async def test_the_elder_case_is_the_master_whichever_is_named_first(scene: Any) -> None:
    scene.at("03-04 09:00")
    a = await lamp(scene)
    b = await lamp(scene, "zhao", at="03-04 10:00")
    await scene.act(merge.merge, a, "lead1", other=b)
    assert ((await scene.case(b)).master_id, (await scene.case(a)).master_id) == (a, None)
    c = await lamp(scene, "sun", at="03-04 11:00")
    await scene.act(merge.merge, c, "lead1", other=b)
    assert (await scene.case(c)).master_id == a, "merged into a child is merged into its master"


# -- proposals


async def proposed(scene: Any) -> tuple[str, str]:
    scene.at("03-04 09:00")
    a = await lamp(scene)
    await scene.until("03-04 18:30")
    await scene.meet("zhao")
    b: str = await scene.submit("INF-01", by="zhao")
    async with scene.record.begin() as uow:
        case = await cases.load(uow.session, b)
        await propose.propose(uow, case, [Alike(case_id=a, score=0.93, facts={"metres": 80, "hours": 9.5})])
    await scene.dispatch(b, "east/1")
    await scene.owed()
    async with scene.record.begin() as uow:
        await propose.ask(uow, scene.territory, await cases.load(uow.session, b))
    return a, b


async def proposal_id(scene: Any, case_id: str) -> str:
    async with scene.record.read() as session:
        row = await session.scalar(select(MergeProposal).where(MergeProposal.case_id == case_id))
        assert row is not None
        return str(row.id[-propose.PROPOSAL_DIGITS :])


async def test_a_proposal_goes_to_the_grid_leader_once(scene: Any) -> None:
    a, b = await proposed(scene)
    (row,) = await scene.new_rows("lead1")
    assert (row.notice, row.case_id, row.facts["what"]) == (N.APPROVAL_CARD, b, "merge")
    assert row.facts["other"] == (await scene.case(a)).number
    async with scene.record.begin() as uow:
        await propose.ask(uow, scene.territory, await cases.load(uow.session, b))
    assert await scene.new("lead1") == []
    which = await proposal_id(scene, b)
    with pytest.raises(NotAllowed):
        await scene.act(propose.decide, b, "he", proposal=which, same=True)
    await scene.act(propose.decide, b, "lead1", proposal=which, same=True)
    assert (await scene.case(b)).master_id == a
    with pytest.raises(Refusal, match="merge_decided"):
        await scene.act(propose.decide, b, "lead1", proposal=which, same=False)


async def test_a_proposal_that_is_refused_leaves_both_alone(scene: Any) -> None:
    a, b = await proposed(scene)
    which = await proposal_id(scene, b)
    with pytest.raises(NotAllowed):
        await scene.act(propose.decide, b, "wang", proposal=which, same=False)
    await scene.act(propose.decide, b, "lead1", proposal=which, same=False)
    assert {(await scene.case(case)).state for case in (a, b)} == {State.DISPATCHED, State.ACCEPTED}
    assert (await scene.case(b)).master_id is None
    assert (await scene.kinds(b))[-1] == "merge_refused"
    for unknown in ("", "ffffffffffff"):
        with pytest.raises(Refusal, match="merge_decided"):
            await scene.act(propose.decide, b, "lead1", proposal=unknown, same=True)


# -- the look-up


async def test_the_lookup_finds_by_village_or_by_point_and_leaves_out_what_may_not_be_shown(
    scene: Any,
) -> None:
    here = Point(lat=30.0, lon=119.9)
    a = await lamp(scene)
    far = await lamp(scene, "zhao", unit="west/1")
    child = await lamp(scene, "sun")
    hidden = await lamp(scene, "li4")
    other = await lamp(scene, "zhou", item="ENV-01")
    await scene.act(merge.merge, child, "lead1", other=a)
    async with scene.record.begin() as uow:
        await uow.session.execute(update(Case).where(Case.id == hidden).values(sensitive=True))
        await uow.session.execute(
            update(Case).where(Case.id == far).values(place_unit="west/1/a", lat=30.001, lon=119.9005)
        )
    now = scene.clock.now()

    async def near(point: Point | None, *items: str) -> set[str]:
        around = Around(
            items=set(items), units=units_around(scene.territory, "east/1/b"), point=point, metres=200.0,
            since=now - timedelta(days=7), until=now + timedelta(hours=1),
        )  # fmt: skip
        async with scene.record.read() as session:
            return {case.id for case in await open_alike(session, around)}

    assert await near(None, "INF-01") == {a}
    assert await near(here, "INF-01") == {a, far}
    assert await near(None, "INF-01", "ENV-01") == {a, other}


# -- hard matters


async def test_three_separate_cases_of_one_cause_within_thirty_days(scene: Any) -> None:
    scene.at("03-04 09:00")
    a = await lamp(scene)
    b = await lamp(scene, "zhao", at="03-04 10:00", unit="west/1")
    c = await lamp(scene, "sun", at="03-04 11:00")
    await scene.act(hard.same_cause, a, "tao", other=b)
    assert (await scene.case(a)).hard_id is None
    await scene.act(hard.same_cause, c, "tao", other=a)
    matters = {(await scene.case(case)).hard_id for case in (a, b, c)}
    assert len(matters) == 1
    assert matters != {None}
    assert {(await scene.case(case)).state for case in (a, b, c)} == {State.PROMISED}
    with pytest.raises(NotAllowed):
        await scene.act(hard.same_cause, a, "li", other=b)


async def opened(scene: Any) -> tuple[str, str]:
    a, b = await merged(scene)
    await scene.act(hard.open_hard, a, "cmd")
    await scene.owed()
    return a, b


async def test_r18_3_a_commander_opens_it_and_nobody_else(scene: Any) -> None:
    a, b = await merged(scene)
    for other in ("li", "lead1", "eva", "tao", "dan", "wang"):
        with pytest.raises(NotAllowed):
            await scene.act(hard.open_hard, a, other)
    await scene.act(hard.open_hard, b, "cmd")
    case = await scene.case(a)
    assert (case.state, case.unit_id) == (State.PROMISED, "town"), "opened on a child, it is the master's"
    with pytest.raises(Refusal, match="hard_already"):
        await scene.act(hard.open_hard, a, "dcmd")


async def test_the_plan_promises_its_last_date_to_every_resident(scene: Any) -> None:
    a, b = await opened(scene)
    day = scene.clock.now() + timedelta(days=10)
    steps = [
        hard.Step(text="dig", due_at=day),
        hard.Step(text="lay the cable", due_at=day + timedelta(days=5)),
    ]
    for other in ("li", "eva", "tao"):
        with pytest.raises(NotAllowed):
            await scene.act(hard.plan, a, other, text="new cable", steps=steps)
    for wrong in ((), [hard.Step(text="dig", due_at=scene.clock.now())], [hard.Step(text=" ", due_at=day)]):
        with pytest.raises(Refusal, match="plan_"):
            await scene.act(hard.plan, a, "cmd", text="new cable", steps=wrong)
    await scene.act(hard.plan, a, "cmd", text="new cable", steps=steps)
    case = await scene.case(a)
    assert case.due_at == day + timedelta(days=5)
    owed = await scene.owed()
    assert (owed["wang"], owed["zhao"]) == ([N.PLANNED], [N.PLANNED])
    await scene.until(scene.clock.now() + timedelta(days=8))
    assert N.SUPERVISION_ORDER not in await scene.new("cmd"), (
        "the plan's day took the place of the first limit"
    )
    await scene.act(hard.milestone, a, "cmd", n=1)
    assert N.PROGRESS in await scene.new("zhao")
    with pytest.raises(Refusal, match="milestone_none"):
        await scene.act(hard.milestone, a, "cmd", n=1)
    await scene.owed()
    await scene.until(day + timedelta(days=5, minutes=1))
    assert N.HARD_MATTER in await scene.new("dan"), "the step that was missed reaches the district desk"
    await scene.act(handle.finish, a, "tao", text="the cable is laid")
    assert {(await scene.case(each)).state for each in (a, b)} == {State.DONE}


async def test_no_plan_in_seven_days_is_told_upwards(scene: Any) -> None:
    await opened(scene)
    await scene.until(scene.clock.now() + timedelta(days=7, minutes=1))
    owed = await scene.owed()
    assert N.HARD_MATTER in owed["cmd"]
    assert N.HARD_MATTER in owed["dan"]


async def test_another_leader_must_serve_the_town(scene: Any) -> None:
    a, _ = await opened(scene)
    with pytest.raises(Refusal, match="hard_leader"):
        await scene.act(hard.name_leader, a, "cmd", person=scene.people["li"])
    await scene.act(hard.name_leader, a, "cmd", person=scene.people["tao"])
    assert N.HARD_MATTER in await scene.new("tao")
    steps = [hard.Step(text="dig", due_at=scene.clock.now() + timedelta(days=3))]
    await scene.act(hard.plan, a, "tao", text="new cable", steps=steps)
    async with scene.record.read() as session:
        assert [step.text for step in await session.scalars(select(Milestone))] == ["dig"]
