"""Time that the level above grants: extension (R6), suspension (R7), feedback with a promise (R2.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from casecore.acts import approval, extension, handle, move, promise, rate, resident, rulings, suspension
from casecore.clock import ScriptClock
from casecore.errors import NotAllowed, Refusal
from casecore.store.tables import Approval, Suspension
from casecore.vocabulary import (
    ApprovalKind,
    ApprovalState,
    CloseReason,
    Outcome,
    State,
    SuspensionReason,
    Urgency,
)
from tests.casecore.acts.conftest import instant

S1, S2, S3, S4 = SuspensionReason


@pytest.fixture
def clock() -> ScriptClock:
    return ScriptClock(instant("02-29 09:00"))


PARTS = {
    "so_far": "pump taken out and checked",
    "why": "the new pump is made to order",
    "plan": "fit it when it comes",
}


async def held(scene: Any, at: str = "03-04 09:20", **more: Any) -> str:
    """A grid case that li has taken."""
    scene.at(at)
    case_id = await scene.open("ENV-01", "east/1", **more)
    await scene.act(handle.accept, case_id, "li")
    return str(case_id)


async def at_hub(scene: Any, at: str = "03-06 08:00") -> str:
    """A case at stage U, due seven days after `at`."""
    scene.at(at)
    case_id = await scene.open("INF-01", "HUB")
    await scene.act(handle.accept, case_id, "hub")
    return str(case_id)


async def requests(scene: Any, case_id: str) -> list[Approval]:
    async with scene.record.read() as session:
        return list(await approval.approvals_of(session, case_id))


async def decide(scene: Any, case_id: str, by: str, *, yes: bool = True) -> None:
    asked = [row for row in await requests(scene, case_id) if row.state is ApprovalState.ASKED]
    await scene.act(rulings.decide, case_id, by, which=asked[-1].id[-12:], yes=yes)


async def refused(scene: Any, deed: Any, case_id: str, by: str, **said: Any) -> str:
    with pytest.raises(Refusal) as caught:
        await scene.act(deed, case_id, by, **said)
    return caught.value.reason


# -- R6


async def test_t6_1_a_day_more_counts_from_due(scene: Any) -> None:
    case_id = await held(scene)
    await scene.until("03-05 08:00")
    await scene.act(extension.ask, case_id, "li", hours=24, reason="the part comes tomorrow")
    assert (await scene.case(case_id)).due_at == instant("03-05 09:20")
    await scene.until("03-05 09:00")
    await decide(scene, case_id, "sec")
    case, [stay] = await scene.case(case_id), await scene.stays(case_id)
    assert case.due_at == stay.due_at == case.stage_due == instant("03-06 09:20")
    told = [row.notice.value for row in await scene.new_rows("wang")]
    assert "extended" in told
    await scene.until("03-06 09:20")
    await scene.act(handle.finish, case_id, "li", text="lamp replaced today")
    [stay] = await scene.stays(case_id)
    assert stay.outcome is Outcome.DONE and stay.done_at == stay.due_at


async def test_t6_1_the_old_alarms_are_void_and_the_new_end_moves_it_up(scene: Any) -> None:
    case_id = await held(scene)
    await scene.until("03-05 08:00")
    await scene.act(extension.ask, case_id, "li", hours=24, reason="the part comes tomorrow")
    await decide(scene, case_id, "sec")
    await scene.until("03-06 09:20")
    assert (await scene.case(case_id)).unit_id == "east/1"
    await scene.until("03-06 09:21")
    assert (await scene.case(case_id)).unit_id == "east"


async def test_t6_2_asked_after_due_is_refused(scene: Any) -> None:
    case_id = await at_hub(scene)
    scene.at("03-13 08:01")
    assert await refused(scene, extension.ask, case_id, "hub", hours=24, reason="late") == "extend_late"


async def test_t6_3_urgent_has_half_and_more_is_cut_to_it(scene: Any) -> None:
    case_id = await held(scene, urgency=Urgency.URGENT)
    await scene.until("03-05 08:00")
    await scene.act(extension.ask, case_id, "li", hours=24, reason="the part comes tomorrow")
    await decide(scene, case_id, "sec")
    assert (await scene.case(case_id)).due_at == instant("03-05 21:20")


async def test_t6_4_once_a_stage_whatever_the_answer(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(extension.ask, case_id, "li", hours=4, reason="rain")
    assert await refused(scene, extension.ask, case_id, "li", hours=4, reason="rain") == "extend_twice"
    await decide(scene, case_id, "sec", yes=False)
    assert (await scene.case(case_id)).due_at == instant("03-05 09:20")
    assert await refused(scene, extension.ask, case_id, "li", hours=4, reason="rain") == "extend_twice"


async def test_r6_no_answer_by_due_is_a_refusal(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(extension.ask, case_id, "li", hours=4, reason="rain")
    await scene.until("03-05 09:21")
    [asked] = await requests(scene, case_id)
    assert asked.state is ApprovalState.LAPSED
    assert (await scene.case(case_id)).unit_id == "east"
    assert (
        await refused(scene, rulings.decide, case_id, "sec", which=asked.id, yes=True) == "approval_decided"
    )


async def test_r6_emergencies_are_not_extended_and_hours_and_reason_are_said(scene: Any) -> None:
    case_id = await held(scene, urgency=Urgency.EMERGENCY)
    assert await refused(scene, extension.ask, case_id, "li", hours=4, reason="rain") == "extend_emergency"
    other = await held(scene, at="03-04 09:30")
    for said in ({"hours": 0, "reason": "rain"}, {"hours": 4, "reason": " "}):
        assert await refused(scene, extension.ask, other, "li", **said) == "extend_reason"


@pytest.mark.parametrize("who", ["li", "eva", "cmd", "wang"])
async def test_r6_only_the_level_above_grants(scene: Any, who: str) -> None:
    case_id = await held(scene)
    await scene.act(extension.ask, case_id, "li", hours=4, reason="rain")
    [asked] = await requests(scene, case_id)
    with pytest.raises(NotAllowed):
        await scene.act(rulings.decide, case_id, who, which=asked.id, yes=True)


async def test_nobody_grants_their_own_request(scene: Any) -> None:
    """The commander of the district asks for the district centre: there the desk decides."""
    scene.at("03-04 09:00")
    case_id = await scene.open("INF-01", "district")
    await scene.act(handle.accept, case_id, "dcmd")
    await scene.act(extension.ask, case_id, "dcmd", hours=4, reason="survey")
    [asked] = await requests(scene, case_id)
    assert asked.asked_of == scene.people["dan"]
    with pytest.raises(NotAllowed):
        await scene.act(rulings.decide, case_id, "dcmd", which=asked.id, yes=True)
    await decide(scene, case_id, "dan")
    assert (await scene.case(case_id)).due_at == instant("03-11 13:00")


async def test_a_request_ends_with_its_stay(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(extension.ask, case_id, "li", hours=4, reason="rain")
    await scene.act(move.escalate, case_id, "li", tried="rang", reason="crane")
    [asked] = await requests(scene, case_id)
    assert asked.state is ApprovalState.LAPSED


async def test_r6_a_new_stage_may_ask_again(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(extension.ask, case_id, "li", hours=4, reason="rain")
    await decide(scene, case_id, "sec")
    await scene.act(move.escalate, case_id, "li", tried="rang", reason="crane")
    await scene.act(handle.accept, case_id, "eva")
    await scene.act(extension.ask, case_id, "eva", hours=1000, reason="crane")
    await decide(scene, case_id, "cmd")
    assert (await scene.case(case_id)).due_at == instant("03-10 09:20")


# -- R7


async def two_tries(scene: Any, case_id: str) -> None:
    scene.at("03-04 10:30")
    await scene.act(handle.contact, case_id, "li", text="rang, nobody answered")
    scene.at("03-04 14:30")
    await scene.act(handle.contact, case_id, "li", text="rang again, nobody answered")


async def suspended_s1(scene: Any) -> str:
    case_id = await held(scene, at="03-04 09:00")
    await two_tries(scene, case_id)
    await scene.until("03-04 15:00")
    await scene.act(suspension.ask, case_id, "li", cause=S1, reason="which house is it?")
    await decide(scene, case_id, "sec")
    return case_id


async def test_t7_1_an_answer_moves_due_by_the_frozen_time(scene: Any) -> None:
    case_id = await suspended_s1(scene)
    case = await scene.case(case_id)
    assert case.state is State.SUSPENDED and case.due_at == instant("03-07 15:00")
    await scene.until("03-05 08:00")
    await scene.act(resident.add, case_id, "wang", text="number nine")
    case, [stay] = await scene.case(case_id), await scene.stays(case_id)
    assert case.state is State.IN_PROGRESS
    assert case.due_at == stay.due_at == case.stage_due == instant("03-06 02:00")
    assert {"suspended", "resumed"} <= set(await scene.kinds(case_id))
    await scene.until("03-06 02:01")
    assert (await scene.case(case_id)).unit_id == "east"


async def test_t7_2_no_answer_closes_without_a_rating(scene: Any) -> None:
    case_id = await suspended_s1(scene)
    await scene.new_rows("wang")
    await scene.until("03-07 15:01")
    case, [stay] = await scene.case(case_id), await scene.stays(case_id)
    assert (case.state, case.close_reason) == (State.CLOSED, CloseReason.NO_CONTACT)
    assert case.closed_at == instant("03-07 15:00") and stay.outcome is Outcome.DONE
    assert stay.done_at is not None and stay.done_at <= stay.due_at
    await scene.until("03-11 15:00")
    assert [row.notice.value for row in await scene.new_rows("wang")] == ["closed"]
    assert await refused(scene, rate.rate, case_id, "wang", stars=5) == "rating_no_contact"
    await scene.until("03-14 15:00")
    await scene.act(rate.reopen, case_id, "wang", why="I am back")
    case = await scene.case(case_id)
    assert (case.state, case.round) == (State.REOPENED, 2)


async def test_t7_3_asked_after_due_is_refused(scene: Any) -> None:
    case_id = await at_hub(scene)
    scene.at("03-13 08:01")
    assert await refused(scene, suspension.ask, case_id, "hub", cause=S2, reason="court") == "suspend_late"


async def test_r7_s1_needs_two_tries_four_hours_apart_and_once(scene: Any) -> None:
    case_id = await held(scene, at="03-04 09:00")
    ask = {"cause": S1, "reason": "which house?"}
    scene.at("03-04 10:30")
    await scene.act(handle.contact, case_id, "li", text="rang")
    assert await refused(scene, suspension.ask, case_id, "li", **ask) == "suspend_contacts"
    scene.at("03-04 14:29")
    await scene.act(handle.contact, case_id, "li", text="rang")
    assert await refused(scene, suspension.ask, case_id, "li", **ask) == "suspend_contacts"
    scene.at("03-04 14:30")
    await scene.act(handle.contact, case_id, "li", text="rang")
    await scene.act(suspension.ask, case_id, "li", **ask)
    await decide(scene, case_id, "sec")
    await scene.act(resident.add, case_id, "wang", text="number nine")
    assert await refused(scene, suspension.ask, case_id, "li", **ask) == "suspend_once"


async def test_r7_s4_needs_a_dated_plan_of_thirty_days_at_most(scene: Any) -> None:
    case_id = await held(scene)
    said = {"cause": S4, "reason": "the lamp is made to order, fitted when it comes"}
    assert await refused(scene, suspension.ask, case_id, "li", **said) == "suspend_plan"
    late = instant("04-05 00:00")
    assert await refused(scene, suspension.ask, case_id, "li", **said, until=late) == "suspend_long"
    await scene.act(suspension.ask, case_id, "li", **said, until=instant("04-04 00:00"))
    await decide(scene, case_id, "sec")
    await scene.until("04-04 00:01")
    case = await scene.case(case_id)
    assert case.state is State.IN_PROGRESS and case.due_at == instant("04-04 00:00") + (
        instant("03-05 09:20") - instant("03-04 09:20")
    )


async def test_r7_s2_is_reviewed_and_silence_starts_the_clock(scene: Any) -> None:
    case_id = await held(scene, at="03-01 09:00")
    await scene.act(suspension.ask, case_id, "li", cause=S2, reason="the court decides whose wall it is")
    await decide(scene, case_id, "sec")
    await scene.until("03-16 10:00")
    await decide(scene, case_id, "sec")
    assert (await scene.case(case_id)).state is State.SUSPENDED
    await scene.until("04-01 09:01")
    assert (await scene.case(case_id)).state is State.IN_PROGRESS
    async with scene.record.read() as session:
        row = (await session.scalars(select(Suspension).where(Suspension.case_id == case_id))).one()
    assert row.ended_how == "review"
    kinds = [row.kind for row in await requests(scene, case_id)]
    assert kinds == [ApprovalKind.SUSPENSION, ApprovalKind.REVIEW, ApprovalKind.REVIEW]


async def test_r7_never_for_emergencies_and_only_for_what_was_taken(scene: Any) -> None:
    case_id = await held(scene, urgency=Urgency.EMERGENCY)
    said = {"cause": S3, "reason": "storm"}
    assert await refused(scene, suspension.ask, case_id, "li", **said) == "suspend_emergency"
    scene.at("03-04 10:00")
    waiting = await scene.open("ENV-01", "east/1")
    assert await refused(scene, suspension.ask, waiting, "li", **said) == "suspend_state"


async def test_r7_the_handler_starts_the_clock_again(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(suspension.ask, case_id, "li", cause=S3, reason="storm")
    await decide(scene, case_id, "sec")
    await scene.until("03-04 19:20")
    with pytest.raises(NotAllowed):
        await scene.act(suspension.resume, case_id, "he")
    await scene.act(suspension.resume, case_id, "li")
    assert (await scene.case(case_id)).due_at == instant("03-05 19:20")


async def test_r13_a_case_that_nobody_had_taken_is_frozen_with_its_response(scene: Any) -> None:
    """What emergency mode needs of `pause` and `resume`: a waiting case waits on, all limits later."""
    scene.at("03-04 09:20")
    case_id = await scene.open("ENV-01", "east/1")
    await scene.act(suspension.pause, case_id, "house", cause=S3, until=instant("03-05 09:20"))
    await scene.until("03-04 12:20")
    await scene.act(suspension.resume, case_id, "house", how="mode_off")
    case = await scene.case(case_id)
    assert case.state is State.DISPATCHED
    assert (case.response_due, case.due_at) == (instant("03-04 12:50"), instant("03-05 12:20"))
    await scene.until("03-04 12:51")
    assert (await scene.case(case_id)).deemed


async def test_a_withdrawn_case_leaves_no_suspension_open(scene: Any) -> None:
    case_id = await suspended_s1(scene)
    await scene.act(resident.withdraw, case_id, "wang")
    async with scene.record.read() as session:
        row = (await session.scalars(select(Suspension).where(Suspension.case_id == case_id))).one()
    assert row.ended_how == "withdrawn"


# -- R2.4


async def test_t2_8_a_promise_of_thirty_days_at_most_is_due_at_midnight(scene: Any) -> None:
    case_id = await at_hub(scene)
    await scene.until("03-12 17:00")
    far = {**PARTS, "until": instant("04-21 00:00")}
    assert await refused(scene, promise.ask, case_id, "hub", **far) == "promise_far"
    await scene.act(promise.ask, case_id, "hub", **{**PARTS, "until": instant("04-11 00:00")})
    with pytest.raises(NotAllowed):
        await decide(scene, case_id, "hub")
    await decide(scene, case_id, "huang")
    case, [stay] = await scene.case(case_id), await scene.stays(case_id)
    assert case.state is State.PROMISED
    assert case.due_at == stay.due_at == instant("04-11 00:00")
    await scene.until("03-14 08:00")
    assert (await scene.case(case_id)).supervisions == 0
    await scene.until("04-11 00:01")
    case = await scene.case(case_id)
    assert (case.supervisions, case.state, case.due_at) == (1, State.PROMISED, instant("04-14 00:00"))
    await scene.act(handle.finish, case_id, "hub", text="pump fitted and tested")
    assert (await scene.case(case_id)).state is State.DONE


@pytest.mark.parametrize(
    "empty",
    ["已转办", "正在处理", "已转办，正在处理中。", "该诉求正在积极协调处理中", " ", "being processed"],
)
async def test_r2_4_passed_on_is_no_feedback(scene: Any, empty: str) -> None:
    case_id = await at_hub(scene)
    for part in PARTS:
        said = {**PARTS, part: empty, "until": instant("03-21 00:00")}
        assert await refused(scene, promise.ask, case_id, "hub", **said) == "promise_empty"


@pytest.mark.parametrize("said", ["缺配件", "已派人现场查看，水泵要更换", "road dug up for the new main"])
def test_r2_4_what_was_done_says_something(said: str) -> None:
    assert promise.says_something(said)


async def test_r2_4_only_at_u_and_by_the_end_of_the_stage(scene: Any) -> None:
    grid = await held(scene)
    said = {**PARTS, "until": instant("03-21 00:00")}
    assert await refused(scene, promise.ask, grid, "li", **said) == "promise_stage"
    case_id = await at_hub(scene)
    past = {**PARTS, "until": instant("03-05 00:00")}
    assert await refused(scene, promise.ask, case_id, "hub", **past) == "promise_past"
    scene.at("03-13 08:01")
    assert await refused(scene, promise.ask, case_id, "hub", **said) == "promise_late"


async def test_r2_4_one_new_promise_by_the_district_commander(scene: Any) -> None:
    case_id = await at_hub(scene)
    await scene.act(promise.ask, case_id, "hub", **PARTS, until=instant("04-11 00:00"))
    await decide(scene, case_id, "huang")
    await scene.until("04-10 12:00")
    far = {**PARTS, "until": instant("05-12 00:00")}
    assert await refused(scene, promise.ask, case_id, "hub", **far) == "promise_far"
    await scene.act(promise.ask, case_id, "hub", **PARTS, until=instant("05-11 00:00"))
    with pytest.raises(NotAllowed):
        await decide(scene, case_id, "huang")
    await decide(scene, case_id, "dcmd")
    assert (await scene.case(case_id)).due_at == instant("05-11 00:00")
    again = {**PARTS, "until": instant("05-13 00:00")}
    assert await refused(scene, promise.ask, case_id, "hub", **again) == "promise_twice"


async def test_r2_4_unanswered_feedback_is_none_and_the_order_comes(scene: Any) -> None:
    case_id = await at_hub(scene)
    await scene.act(promise.ask, case_id, "hub", **PARTS, until=instant("04-11 00:00"))
    await scene.until("03-13 08:01")
    [asked] = await requests(scene, case_id)
    case = await scene.case(case_id)
    assert (asked.state, case.supervisions) == (ApprovalState.LAPSED, 1)


# -- R4.2, R4.4 with R18.2


async def test_r18_2_a_late_unit_that_finishes_after_all_is_done_late_on_its_own_stay(scene: Any) -> None:
    """Row 2 of the worked example of R15: due 10:00, done 12:00."""
    case_id = await held(scene)
    await scene.until("03-05 12:00")
    assert (await scene.case(case_id)).unit_id == "east"
    with pytest.raises(NotAllowed):
        await scene.act(handle.finish, case_id, "he", text="lamp replaced")
    await scene.act(handle.finish, case_id, "li", text="lamp replaced")
    below, above = await scene.stays(case_id)
    assert (below.unit_id, below.outcome, below.done_at) == ("east/1", Outcome.DONE, instant("03-05 12:00"))
    assert below.done_at > below.due_at and above.outcome is Outcome.DONE
    assert (await scene.case(case_id)).state is State.DONE
    assert "task_moved" in [row.notice.value for row in await scene.new_rows("eva")]


async def test_r4_2_what_was_tried_is_not_sent_back_as_untried(scene: Any) -> None:
    case_id = await held(scene)
    await scene.act(handle.progress, case_id, "li", text="fuse changed, still dark")
    await scene.act(move.escalate, case_id, "li", tried="fuse changed", reason="cable")
    said = {"to": "east/1", "reason": "try again"}
    assert await refused(scene, move.send_down, case_id, "eva", **said) == "send_down_tried"


def test_every_kind_of_ruling_that_the_rules_ask_for_is_there() -> None:
    rules_of_this_family = {
        ApprovalKind.EXTENSION, ApprovalKind.SUSPENSION, ApprovalKind.REVIEW, ApprovalKind.PROMISE,
        ApprovalKind.PROMISE_AGAIN,
    }  # fmt: skip
    assert rules_of_this_family <= set(rulings.KINDS)


def test_instants_are_of_the_year_that_the_rules_use() -> None:
    assert instant("03-01 00:00").isoweekday() == 5 and isinstance(instant("03-01 00:00"), datetime)
