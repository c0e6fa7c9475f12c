"""How a case goes elsewhere: returned, escalated, sent down, transferred, designated, put right, passed on by time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casecore.acts import giveback, handle, move
from casecore.errors import NotAllowed, Outdated, Refusal
from casecore.vocabulary import Level, Notice, Outcome, Stage, State

N = Notice
O = Outcome  # noqa: E741 (the table of outcomes reads like the rules)


async def outcomes(scene: Any, case_id: str) -> list[tuple[str, Outcome]]:
    return [(stay.unit_id, stay.outcome) for stay in await scene.stays(case_id)]


async def due(scene: Any, case_id: str) -> str:
    return (await scene.case(case_id)).due_at.astimezone(scene.territory.zone).strftime("%m-%d %H:%M")


async def stay_due(scene: Any, case_id: str) -> str:
    return (await scene.stays(case_id))[-1].due_at.astimezone(scene.territory.zone).strftime("%m-%d %H:%M")


def local(scene: Any, timers: dict[str, Any]) -> dict[str, str]:
    return {name: f"{at.astimezone(scene.territory.zone):%m-%d %H:%M:%S}" for name, at in timers.items()}


WHY = {"tried": "rang twice", "reason": "needs a crane"}


# -- R2: clocks of the stages


async def test_t2_5_t2_6_each_stage_its_clock_and_48_hours_for_a_receiving_unit(scene: Any) -> None:
    case_id = await scene.open()
    assert await due(scene, case_id) == "03-05 09:20"
    scene.at("03-04 20:00")
    await scene.act(move.escalate, case_id, "li", **WHY)
    assert await due(scene, case_id) == "03-07 20:00"
    scene.at("03-06 08:00")
    await scene.act(move.escalate, case_id, "eva", **WHY)
    assert await due(scene, case_id) == "03-13 08:00"
    scene.at("03-11 15:00")
    await scene.act(move.escalate, case_id, "tao", to="UCB", **WHY)
    assert await due(scene, case_id) == "03-13 15:00"
    case = await scene.case(case_id)
    assert f"{case.stage_due.astimezone(scene.territory.zone):%m-%d %H:%M}" == "03-13 08:00", (
        "feedback is owed then"
    )
    assert await outcomes(scene, case_id) == [
        ("east/1", O.ESCALATED_OK), ("east", O.ESCALATED_OK), ("town", O.ESCALATED_OK), ("UCB", O.OPEN),
    ]  # fmt: skip


async def test_t2_7_no_unit_has_more_than_48_hours_past_the_stage(scene: Any) -> None:
    scene.at("03-06 08:00")
    case_id = await scene.open("INF-01", "town")
    scene.at("03-12 20:00")
    await scene.act(handle.accept, case_id, "tao")
    await scene.act(move.transfer, case_id, "tao", to="UCB", reason="theirs")
    assert await due(scene, case_id) == "03-14 20:00"
    scene.at("03-14 10:00")
    await scene.act(handle.accept, case_id, "ucb")
    await scene.act(move.transfer, case_id, "ucb", to="HUB", reason="theirs")
    assert await stay_due(scene, case_id) == "03-15 08:00"


async def test_t2_9_an_unclaimed_microgrid_case_passes_to_the_grid_under_the_same_clock(scene: Any) -> None:
    case_id = await scene.open("BLD-01", "east/1/a")
    await scene.owed()
    await scene.until("03-04 11:20")
    case = await scene.case(case_id)
    assert (case.level, case.unit_id, case.state) == (Level.GRID, "east/1", State.DISPATCHED)
    assert await due(scene, case_id) == "03-05 09:20"
    assert await outcomes(scene, case_id) == [("east/1/a", O.ESCALATED_OK), ("east/1", O.OPEN)]
    assert [notices[-1] for name, notices in (await scene.owed()).items() if name in {"li", "mei"}] == [
        N.TASK_MOVED, N.TASK_CARD,
    ]  # fmt: skip
    reminders = {
        name: at for name, at in local(scene, await scene.timers(case_id)).items() if "remind" in name
    }
    assert reminders == {
        "remind half": "03-04 21:20:00", "remind three_quarters": "03-05 03:20:00", "remind last": "03-05 07:20:00",
    }, "the reminders are those of the one clock"  # fmt: skip


@pytest.mark.parametrize("claimed_at", ["03-04 09:25", "03-04 10:30"])
async def test_a_claimed_microgrid_case_stays(scene: Any, claimed_at: str) -> None:
    """Claimed in time, or taken up after silence had accepted it: nobody takes it away."""
    case_id = await scene.open("BLD-01", "east/1/a")
    await scene.until(claimed_at)
    await scene.act(handle.accept, case_id, "mei")
    await scene.until("03-04 12:00")
    assert (await scene.case(case_id)).unit_id == "east/1/a"


# -- R4: escalation and overdue


async def test_t4_1_an_overdue_grid_case_moves_to_the_village_at_its_due(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.until("03-05 09:20")
    assert (await scene.case(case_id)).unit_id == "east/1", "at the limit it may still be finished in time"
    await scene.owed()
    await scene.until("03-05 09:21")
    case = await scene.case(case_id)
    assert (case.unit_id, case.state, case.stage) == ("east", State.DISPATCHED, Stage.V)
    assert await due(scene, case_id) == "03-08 09:20"
    stays = await scene.stays(case_id)
    assert [stay.outcome for stay in stays] == [O.ESCALATED_OVERDUE, O.OPEN]
    assert stays[0].ended_at == stays[1].arrived_at == stays[0].due_at
    assert await scene.owed() == {"eva": [N.TASK_CARD], "li": [N.TASK_MOVED], "wang": [N.MOVED]}


async def test_t4_1_a_village_case_moves_to_the_town_and_a_town_case_stays(scene: Any) -> None:
    case_id = await scene.open()
    await scene.until("03-08 09:21")
    assert (await scene.case(case_id)).unit_id == "town"
    assert await due(scene, case_id) == "03-15 09:20"
    await scene.until("03-15 09:21")
    assert (await scene.case(case_id)).unit_id == "town"


async def test_an_overdue_microgrid_case_skips_the_grid_that_shares_its_clock(scene: Any) -> None:
    case_id = await scene.open("BLD-01", "east/1/a")
    await scene.act(handle.accept, case_id, "mei")
    await scene.until("03-05 09:21")
    assert (await scene.case(case_id)).unit_id == "east"


async def test_t4_2_sent_back_in_time_the_lower_clock_never_stopped(scene: Any) -> None:
    case_id = await scene.open()
    scene.at("03-04 20:00")
    await scene.act(move.escalate, case_id, "li", tried="nothing", reason="too hard")
    await scene.owed()
    scene.at("03-04 22:00")
    await scene.act(move.send_down, case_id, "eva", to="east/1", reason="nothing was tried")
    assert await due(scene, case_id) == await stay_due(scene, case_id) == "03-05 09:20"
    card = (await scene.new_rows("li"))[0]
    assert (card.notice, card.facts["due"]) == (N.TASK_CARD, (await scene.case(case_id)).due_at.isoformat())
    said = (await scene.file(case_id))[-1].data
    assert said["due"] == card.facts["due"], "card, event and clock say the same"
    assert await outcomes(scene, case_id) == [
        ("east/1", O.ESCALATED_OK), ("east", O.SENT_DOWN), ("east/1", O.OPEN),
    ]  # fmt: skip
    await scene.until("03-05 09:21")
    assert await due(scene, case_id) == "03-08 09:20", "T4-1 goes on from the old clock"


async def test_after_four_hours_sending_down_gives_a_clock_of_its_own(scene: Any) -> None:
    case_id = await scene.open()
    scene.at("03-04 20:00")
    await scene.act(move.escalate, case_id, "li", **WHY)
    scene.at("03-05 00:01")
    await scene.act(move.send_down, case_id, "eva", to="east/1", reason="yours")
    assert await due(scene, case_id) == "03-06 00:01"


async def test_a_case_is_sent_down_only_inside_the_unit(scene: Any) -> None:
    case_id = await scene.open("VIL-01", "east")
    for to in ("west/1", "east", "town", "no such unit"):
        with pytest.raises(Refusal, match="send_down_unit"):
            await scene.act(move.send_down, case_id, "eva", to=to, reason="yours")


async def test_r4_2_escalating_needs_what_was_tried_and_has_to_come_in_time(scene: Any) -> None:
    case_id = await scene.open()
    for said in ({"tried": " ", "reason": "x"}, {"tried": "x", "reason": ""}):
        with pytest.raises(Refusal, match="escalate_reason"):
            await scene.act(move.escalate, case_id, "li", **said)
    scene.at("03-05 09:21")
    with pytest.raises(Refusal, match="escalate_late"):
        await scene.act(move.escalate, case_id, "li", **WHY)


async def test_r4_1_no_level_is_skipped(scene: Any) -> None:
    case_id = await scene.open()
    for to in ("town", "UCB", "west", "no such unit"):
        with pytest.raises(Refusal, match="escalate_unit"):
            await scene.act(move.escalate, case_id, "li", to=to, **WHY)
    await scene.act(move.escalate, case_id, "li", to="east", **WHY)
    assert (await scene.case(case_id)).unit_id == "east"


async def test_r4_1_a_town_goes_straight_to_a_department_only_for_listed_items(scene: Any) -> None:
    listed, unlisted = await scene.open("ENV-01", "town"), await scene.open("INF-01", "town")
    await scene.act(move.escalate, listed, "tao", to="UCB", **WHY)
    assert (await scene.case(listed)).unit_id == "UCB"
    with pytest.raises(Refusal, match="escalate_unit"):
        await scene.act(move.escalate, unlisted, "tao", to="UCB", **WHY)
    await scene.act(move.escalate, unlisted, "tao", **WHY)
    await scene.act(move.escalate, unlisted, "dan", **WHY)
    assert (await scene.case(unlisted)).unit_id == "UCB", (
        "the district centre passes it to the lead department"
    )


async def test_t4_3_supervision_orders_and_the_case_does_not_move(scene: Any) -> None:
    scene.at("03-04 10:00")
    case_id = await scene.open("INF-01", "UCB")
    await scene.act(handle.accept, case_id, "ucb")
    await scene.until("03-11 10:00")
    await scene.owed()
    await scene.until("03-11 10:01")
    assert await due(scene, case_id) == "03-14 10:00"
    assert await scene.owed() == {"ucb": [N.SUPERVISION_ORDER], "dan": [N.SUPERVISION_ORDER]}
    await scene.until("03-14 10:01")
    assert await due(scene, case_id) == "03-17 10:00"
    assert await scene.owed() == {
        "ucb": [N.SUPERVISION_ORDER], "dan": [N.SUPERVISION_ORDER], "boss": [N.SUPERVISION_ORDER],
    }  # fmt: skip
    await scene.until("03-25 10:00")
    case = await scene.case(case_id)
    assert (case.unit_id, case.supervisions) == ("UCB", 2)
    assert (await scene.kinds(case_id)).count("supervised") == 2


async def test_t4_3_an_order_counts_from_the_missed_stage_not_from_the_units_grace(scene: Any) -> None:
    """T2-6: a department that came late has until 03-13 15:00, but feedback was owed at 08:00."""
    scene.at("03-06 08:00")
    case_id = await scene.open("INF-01", "town")
    scene.at("03-11 15:00")
    await scene.act(handle.accept, case_id, "tao")
    await scene.act(move.transfer, case_id, "tao", to="UCB", reason="theirs")
    assert await due(scene, case_id) == "03-13 15:00"
    await scene.until("03-13 08:01")
    assert await due(scene, case_id) == "03-16 08:00"


async def test_a_supervised_case_that_is_passed_on_keeps_its_order(scene: Any) -> None:
    """Passing it on neither takes the first order back nor issues it again."""
    scene.at("03-04 10:00")
    case_id = await scene.open("INF-01", "HUB")
    await scene.until("03-12 10:00")
    await scene.act(handle.accept, case_id, "hub")
    await scene.act(move.transfer, case_id, "hub", to="WTR", reason="theirs")
    assert await due(scene, case_id) == "03-14 10:00"
    await scene.until("03-14 10:01")
    assert ((await scene.case(case_id)).supervisions, await due(scene, case_id)) == (2, "03-17 10:00")
    assert [event.data["order"] for event in await scene.file(case_id) if event.kind == "supervised"] == [
        1,
        2,
    ]


async def test_t4_4_reminders_handler_leader_handler(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.owed()
    for moment, told in (
        ("03-04 21:20", {"li": [N.REMINDER]}),
        ("03-05 03:20", {"li": [N.REMINDER], "eva": [N.REMINDER]}),
        ("03-05 07:20", {"li": [N.REMINDER]}),
        ("03-05 09:20", {}),
    ):
        await scene.until(moment)
        assert await scene.owed() == told, moment


async def test_timers_of_an_earlier_holder_are_stale(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(move.escalate, case_id, "li", **WHY)
    assert set(await scene.timers(case_id)) == {
        "response_due", "stage_due", "remind half", "remind three_quarters", "remind last",
    }  # fmt: skip
    await scene.until("03-05 12:00")
    kinds = await scene.kinds(case_id)
    assert kinds == ["submitted", "dispatched", "escalated", "deemed_accepted"], "no word of the grid's clock"


# -- R5: return, transfer, designation


async def test_t5_1_an_upheld_return_goes_to_the_named_unit_on_the_same_clock(scene: Any) -> None:
    scene.at("03-04 10:00")
    case_id = await scene.open("VIL-01", "UCB")
    await scene.owed()
    scene.at("03-05 09:00")
    await scene.act(giveback.ask_return, case_id, "ucb", right_unit="WTR", reason="pipes")
    owed = await scene.owed()
    assert owed["dcmd"] == [N.APPROVAL_CARD]
    assert owed["ucb"][-1] is N.NOTED
    assert "ruling_due 3" in await scene.timers(case_id)
    scene.at("03-05 11:00")
    await scene.act(giveback.uphold_return, case_id, "dcmd")
    case = await scene.case(case_id)
    assert (case.unit_id, case.returns_upheld, case.state) == ("WTR", 1, State.DISPATCHED)
    assert await due(scene, case_id) == "03-11 10:00"
    assert await outcomes(scene, case_id) == [("UCB", O.RETURNED_UPHELD), ("WTR", O.OPEN)]
    told = await scene.owed()
    assert told == {"ucb": [N.TASK_MOVED, N.RULED], "wtr": [N.TASK_CARD], "wang": [N.MOVED]}
    assert (await scene.file(case_id))[-1].data["misdispatched_by"] == "minhu"


async def test_t5_2_a_return_out_of_time_is_refused(scene: Any) -> None:
    scene.at("03-04 10:00")
    case_id = await scene.open("VIL-01", "UCB")
    scene.at("03-05 10:01")
    with pytest.raises(Refusal, match="return_late"):
        await scene.act(giveback.ask_return, case_id, "ucb", right_unit="WTR", reason="pipes")
    other = await scene.open("VIL-01", "UCB")
    scene.at("03-06 10:01")
    await scene.act(giveback.ask_return, other, "ucb", right_unit="WTR", reason="the last minute is in time")


async def test_r5_2_a_refused_return_leaves_the_case_and_cannot_be_asked_again(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    await scene.owed()
    await scene.act(giveback.refuse_return, case_id, "sec")
    case = await scene.case(case_id)
    assert (case.unit_id, case.state, await due(scene, case_id)) == ("east/1", State.ACCEPTED, "03-05 09:20")
    ruled = (await scene.new_rows("li"))[0]
    assert (ruled.notice, ruled.facts["upheld"]) == (N.RULED, False)
    with pytest.raises(Refusal, match="return_twice"):
        await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    with pytest.raises(Refusal, match="nothing_to_rule"):
        await scene.act(giveback.uphold_return, case_id, "sec")


async def test_r5_2_no_ruling_in_time_is_a_refusal(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    await scene.until("03-04 13:20")
    assert (await scene.stays(case_id))[0].return_state == "asked"
    await scene.until("03-04 13:21")
    assert (await scene.stays(case_id))[0].return_state == "refused"
    assert (await scene.kinds(case_id))[-1] == "return_refused"


async def test_r5_2_only_the_unit_one_level_up_rules(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    for stranger in ("li", "lead1", "eva", "cmd", "dcmd", "wang"):
        for ruling in (giveback.uphold_return, giveback.refuse_return):
            with pytest.raises(NotAllowed):
                await scene.act(ruling, case_id, stranger)
    await scene.act(giveback.uphold_return, case_id, "sec")


async def test_where_nobody_has_the_ruling_post_whoever_got_the_card_rules(scene: Any) -> None:
    """west has a desk and no secretary: the desk gets the card and may press its buttons."""
    case_id = await scene.open("ENV-01", "west/1", place="west/1/a")
    await scene.act(giveback.ask_return, case_id, "chen", right_unit="east/1", reason="over the river")
    assert await scene.new("wei") == [N.APPROVAL_CARD]
    with pytest.raises(NotAllowed):
        await scene.act(giveback.refuse_return, case_id, "eva")
    await scene.act(giveback.refuse_return, case_id, "wei")


async def test_r5_4_r18_7_an_upheld_return_brings_a_fresh_clock_once(scene: Any) -> None:
    case_id = await scene.open()
    scene.at("03-04 11:00")
    await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    await scene.act(giveback.uphold_return, case_id, "sec")
    assert await due(scene, case_id) == "03-05 11:00"
    scene.at("03-04 12:30")
    await scene.act(giveback.ask_return, case_id, "he", right_unit="east/1", reason="not mine either")
    await scene.act(giveback.uphold_return, case_id, "sec")
    assert await due(scene, case_id) == "03-05 11:00", "no second fresh clock"


async def test_r18_7_a_return_at_u_does_not_use_the_fresh_clock_up(scene: Any) -> None:
    case_id = await scene.open("VIL-01", "UCB")
    await scene.act(giveback.ask_return, case_id, "ucb", right_unit="east/1", reason="sweeping")
    await scene.act(giveback.uphold_return, case_id, "dcmd")
    scene.at("03-04 10:20")
    await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="over there")
    await scene.act(giveback.uphold_return, case_id, "sec")
    assert await due(scene, case_id) == "03-05 09:20", "the first upheld return had given the fresh clock"


async def test_t5_3_after_two_upheld_returns_the_district_designates(scene: Any) -> None:
    case_id = await scene.open("VIL-01", "UCB")
    await scene.act(giveback.ask_return, case_id, "ucb", right_unit="WTR", reason="pipes")
    await scene.act(giveback.uphold_return, case_id, "dcmd")
    await scene.act(giveback.ask_return, case_id, "wtr", right_unit="town", reason="no pipes")
    await scene.act(giveback.uphold_return, case_id, "dcmd")
    await scene.owed()
    await scene.act(giveback.ask_return, case_id, "tao", right_unit="east", reason="a village matter")
    owed = await scene.owed()
    assert owed == {"tao": [N.RULED], "dan": [N.APPROVAL_CARD]}
    assert (await scene.case(case_id)).unit_id == "town"
    await scene.act(move.designate, case_id, "dan", to="UCB", reason="it is yours now")
    case = await scene.case(case_id)
    assert (case.unit_id, case.designated) == ("UCB", True)
    with pytest.raises(Refusal, match="return_designated"):
        await scene.act(giveback.ask_return, case_id, "ucb", right_unit="WTR", reason="pipes")


async def test_t5_4_the_lead_department_of_the_item_cannot_return_it(scene: Any) -> None:
    case_id = await scene.open("INF-01", "UCB")
    with pytest.raises(Refusal, match="return_lead"):
        await scene.act(giveback.ask_return, case_id, "ucb", right_unit="HUB", reason="not mine")


async def test_r5_1_emergencies_are_not_returned_and_the_right_unit_is_another_one(scene: Any) -> None:
    case_id = await scene.open("SAF-01")
    with pytest.raises(Refusal, match="return_emergency"):
        await scene.act(giveback.ask_return, case_id, "li", right_unit="east/2", reason="not mine")
    other = await scene.open()
    for unit in ("east/1", "no such unit"):
        with pytest.raises(Refusal, match="return_unit"):
            await scene.act(giveback.ask_return, other, "li", right_unit=unit, reason="not mine")


async def test_t1_3_the_first_receiver_answers_until_another_unit_accepts(scene: Any) -> None:
    """R18.1: the holder hands a water matter straight to the water company."""
    scene.at("03-04 10:00")
    case_id = await scene.open("UTL-01")
    await scene.act(handle.accept, case_id, "li")
    scene.at("03-04 10:05")
    await scene.act(move.transfer, case_id, "li", to="WTR", reason="main pipe")
    scene.at("03-04 10:14")
    case = await scene.case(case_id)
    assert (case.first_unit, case.answer_person) == ("east/1", scene.people["li"])
    moved = (await scene.new_rows("wang"))[-1]
    assert (moved.notice, moved.facts["person"]) == (N.MOVED, "li")
    await scene.act(handle.accept, case_id, "wtr")
    case = await scene.case(case_id)
    assert (case.first_person, case.answer_person) == (scene.people["li"], scene.people["wtr"])
    assert (await scene.new_rows("wang"))[0].facts["person"] == "wtr"


TRANSFERS: tuple[tuple[str, str, str, bool], ...] = (
    ("east/1", "li", "west/1", False),  # another village's grid
    ("east/1", "li", "WTR", False),  # a utility, but not this item's lead
    ("east/1", "li", "HUB", False),
    ("east/1", "li", "east/1", False),
    ("east/1", "li", "no such unit", False),
    ("UCB", "ucb", "east", False),
    ("east/1", "li", "east/2", True),  # a neighbour in the same village
    ("town", "tao", "HUB", True),
    ("UCB", "ucb", "HUB", True),
)


async def test_where_a_case_may_be_transferred(scene: Any) -> None:
    for unit, by, to, allowed in TRANSFERS:
        case_id = await scene.open("ENV-01", unit)
        with pytest.raises(Outdated):  # only who has taken it passes it on
            await scene.act(move.transfer, case_id, by, to=to, reason="theirs")
        await scene.act(handle.accept, case_id, by)
        if allowed:
            await scene.act(move.transfer, case_id, by, to=to, reason="theirs")
            assert (await scene.case(case_id)).unit_id == to
            continue
        with pytest.raises(Refusal, match="transfer_unit"):
            await scene.act(move.transfer, case_id, by, to=to, reason="theirs")


async def test_desks_above_designate_and_those_beside_do_not(scene: Any) -> None:
    case_id = await scene.open()
    for stranger in ("li", "lead1", "wei", "ucb", "wang"):
        with pytest.raises(NotAllowed):
            await scene.act(move.designate, case_id, stranger, to="east/2", reason="nearer")
    await scene.act(move.designate, case_id, "eva", to="east/2", reason="nearer")
    case = await scene.case(case_id)
    assert (case.unit_id, case.designated) == ("east/2", False), "binding only from the district centre"
    assert await due(scene, case_id) == "03-05 09:20"


async def test_reclassifying_keeps_the_holder_and_both_codes_in_the_file(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(move.reclassify, case_id, "eva", item_code="UTL-01", place_unit="east/2")
    case = await scene.case(case_id)
    assert (case.item_code, case.urgency, case.place_unit, case.unit_id) == (
        "UTL-01",
        "urgent",
        "east/2",
        "east/1",
    )
    said = (await scene.file(case_id))[-1].data
    assert (said["before"], said["item"]) == ({"item": "ENV-01", "place": "east/1/a"}, "UTL-01")
    await scene.act(move.reclassify, case_id, "eva", item_code="ENV-01")
    assert (await scene.case(case_id)).urgency == "urgent", "only a person's own act lowers it (R3.1)"
    with pytest.raises(Refusal, match="item_unknown"):
        await scene.act(move.reclassify, case_id, "eva", item_code="NOPE-1")


async def test_triage_is_for_desks(scene: Any) -> None:
    """A case that nobody holds is sorted by the desks of its place, not by the grid worker who lives there."""
    case_id = await scene.submit(None)
    for stranger in ("li", "mei", "wei", "wang"):
        with pytest.raises(NotAllowed):
            await scene.act(move.invalidate, case_id, stranger, reason="spam")
    await scene.act(move.reclassify, case_id, "tao", item_code="ENV-01")
    await scene.act(move.invalidate, case_id, "dan", reason="spam")
    assert (await scene.case(case_id)).close_reason == "invalid"


async def test_an_invalid_case_is_closed_and_both_sides_are_told(scene: Any) -> None:
    case_id = await scene.open()
    await scene.owed()
    await scene.act(move.invalidate, case_id, "eva", reason="a test")
    assert await scene.owed() == {"wang": [N.CLOSED], "li": [N.TASK_MOVED]}
    assert await outcomes(scene, case_id) == [("east/1", O.INVALID)]
    assert (await scene.kinds(case_id))[-2:] == ["invalidated", "closed"]


async def test_the_clock_of_an_item_that_starts_at_another_level_starts_at_dispatch(scene: Any) -> None:
    """Triage sent an ordinary grid item to the town: it works under the town's clock from t0."""
    case_id = await scene.submit()
    scene.at("03-04 10:20")
    await scene.dispatch(case_id, "town")
    case = await scene.case(case_id)
    assert case.due_at - case.t0 == timedelta(hours=168)


async def test_grid_workers_on_duty_take_turns_by_what_they_have_in_hand(scene: Any) -> None:
    """Two full-time workers of one grid: the next case goes to whoever holds fewer open ones."""
    holders = []
    for _ in range(3):
        holders.append((await scene.case(await scene.open())).person_id)
    li, bao = scene.people["li"], scene.people["bao"]
    assert holders == [li, bao, li]
