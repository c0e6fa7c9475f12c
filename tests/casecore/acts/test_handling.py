"""The straight road and what a holder does on it: submit, accept, work, finish; and who may not."""

from __future__ import annotations

from typing import Any

import pytest

from casecore.acts import handle, resident
from casecore.errors import NotAllowed, Outdated, Refusal
from casecore.messages import FileRef
from casecore.vocabulary import EventKind, MessageKind, Notice, Outcome, State, Urgency

N = Notice
PHOTO = FileRef(kind=MessageKind.PHOTO, ref="r", digest="d1")


async def test_the_road_from_submission_to_a_rated_case(scene: Any) -> None:
    """Every step: state, event, stay, and each notice once to whom it is owed."""
    from casecore.acts import rate

    case_id = await scene.submit(files=(FileRef(kind=MessageKind.PHOTO, ref="e", digest="seen"),))
    assert (await scene.case(case_id)).state is State.SUBMITTED
    assert await scene.owed() == {"wang": [N.SUBMITTED]}
    await scene.dispatch(case_id, "east/1")
    card = (await scene.new_rows("li"))[0]
    assert (card.notice, card.files) == (N.TASK_CARD, ["seen"])
    await scene.act(handle.accept, case_id, "li")
    assert await scene.owed() == {"wang": [N.ACCEPTED], "li": [N.NOTED]}
    await scene.act(handle.progress, case_id, "li", text="on my way", files=(PHOTO,))
    assert await scene.owed() == {"wang": [N.PROGRESS], "li": [N.NOTED]}
    scene.at("03-05 09:20")
    await scene.act(handle.finish, case_id, "li", text="lamp replaced")
    done = (await scene.new_rows("wang"))[0]
    assert (done.notice, done.files, done.facts["result"]) == (N.DONE, ["d1"], "lamp replaced")
    await scene.act(rate.rate, case_id, "wang", stars=5)
    case = await scene.case(case_id)
    assert (case.state, case.close_reason, case.rating) == (State.CLOSED, "resolved", 5)
    assert await scene.kinds(case_id) == [
        "submitted",
        "dispatched",
        "accepted",
        "progress",
        "done",
        "rated",
        "closed",
    ]
    [stay] = await scene.stays(case_id)
    assert (stay.outcome, stay.done_at) == (Outcome.DONE, stay.due_at)
    assert not (await scene.file(case_id))[4].data["late"], "T2-1: at the limit is timely"


async def test_case_numbers_run_by_the_local_day(scene: Any) -> None:
    scene.at("03-04 23:59")
    first = await scene.case(await scene.submit())
    second = await scene.case(await scene.submit())
    scene.at("03-05 00:00")
    third = await scene.case(await scene.submit())
    assert [case.number for case in (first, second, third)] == [
        "MH-20240304-000001", "MH-20240304-000002", "MH-20240305-000001",
    ]  # fmt: skip


async def test_t1_2_an_emergency_alerts_desks_and_departments_at_once(scene: Any) -> None:
    """R1.6: the grid gets the card; town desk, district desk, lead and co-department are alerted, each once."""
    scene.at("03-04 21:03")
    await scene.open("SAF-01")
    owed = await scene.owed()
    assert owed == {
        "wang": [N.SUBMITTED], "li": [N.TASK_CARD], "tao": [N.ALERT], "dan": [N.ALERT], "hub": [N.ALERT],
        "wtr": [N.ALERT],
    }  # fmt: skip


async def test_t3_1_deemed_accepted_then_taken_up_one_minute_late(scene: Any) -> None:
    """Accepted by silence at 14:30; the person who comes at 14:31 still takes it, and is one minute late."""
    scene.at("03-04 14:00")
    case_id = await scene.open()
    await scene.owed()
    await scene.until("03-04 14:31")
    case = await scene.case(case_id)
    assert (case.state, case.deemed, case.responded_at) == (State.ACCEPTED, True, None)
    [stay] = await scene.stays(case_id)
    assert stay.deemed and stay.accepted_at == case.response_due
    assert await scene.new("wang") == [N.ACCEPTED]
    assert "accept" in await scene.buttons("li"), "the late card still offers to accept"
    due = case.due_at
    await scene.act(handle.accept, case_id, "bao")
    case = await scene.case(case_id)
    assert (case.responded_at - case.response_due).total_seconds() == 60
    assert (case.person_id, case.deemed, case.due_at) == (scene.people["bao"], False, due)
    with pytest.raises(Outdated):
        await scene.act(handle.accept, case_id, "li")


async def test_t3_3_key_groups_are_answered_in_half_the_time(scene: Any) -> None:
    scene.at("03-04 14:00")
    await scene.meet("zhou", "KG-99", "KG-01")
    case_id = await scene.open(by="zhou")
    case = await scene.case(case_id)
    assert (case.response_due - case.t0).total_seconds() == 15 * 60
    assert (case.due_at - case.t0).total_seconds() == 24 * 3600, "only the first response is halved"


async def test_silence_is_no_response(scene: Any) -> None:
    """R3: a response is a human acceptance; whoever finishes without accepting has responded then."""
    case_id = await scene.open()
    await scene.until("03-04 11:00")
    assert (await scene.case(case_id)).responded_at is None
    await scene.act(handle.finish, case_id, "li", text="lamp replaced")
    assert (await scene.case(case_id)).responded_at == scene.clock.now()


async def test_who_does_not_hold_the_case_may_not_handle_it(scene: Any) -> None:
    case_id = await scene.open()
    before = await scene.kinds(case_id)
    for stranger in ("chen", "he", "eva", "dan", "wang", "mei"):
        for deed in (handle.accept, handle.finish):
            with pytest.raises(NotAllowed):
                await scene.act(deed, case_id, stranger)
    assert await scene.kinds(case_id) == before


async def test_what_is_not_in_the_state_table_is_outdated(scene: Any) -> None:
    case_id = await scene.open()
    for deed in (handle.finish, handle.progress, handle.ask):
        with pytest.raises(Outdated) as refused:
            await scene.act(deed, case_id, "li", text="lamp replaced")
        assert refused.value.facts["state"] == "dispatched"
    await scene.act(handle.accept, case_id, "li")
    with pytest.raises(Outdated):
        await scene.act(handle.accept, case_id, "bao")


async def test_a_question_goes_to_the_resident_and_the_case_stays(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.owed()
    with pytest.raises(Refusal, match="question_empty"):
        await scene.act(handle.ask, case_id, "li", text="  ")
    await scene.act(handle.ask, case_id, "li", text="which lamp?")
    asked = (await scene.new_rows("wang"))[0]
    assert (asked.notice, asked.facts["question"]) == (N.ASKED, "which lamp?")
    case = await scene.case(case_id)
    assert (case.unit_id, case.state) == ("east/1", State.IN_PROGRESS)


async def test_r11_1_a_result_says_what_was_done(scene: Any) -> None:
    """What is refused leaves nothing behind: no proof, no event."""
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    for text, files in (("", ()), ("ok", ()), ("", (PHOTO,))):
        with pytest.raises(Refusal, match="result_missing"):
            await scene.act(handle.finish, case_id, "li", text=text, files=files)
    assert (await scene.case(case_id)).state is State.ACCEPTED
    assert await scene.kinds(case_id) == ["submitted", "dispatched", "accepted"]
    await scene.act(handle.finish, case_id, "li", text="ok", files=(PHOTO,))
    assert (await scene.case(case_id)).state is State.DONE
    other = await scene.open()
    await scene.act(handle.accept, other, "li")
    await scene.act(handle.finish, other, "li", text="lamp replaced")
    assert (await scene.case(other)).state is State.DONE


async def test_notes_of_this_stay_are_the_result_when_none_is_said(scene: Any) -> None:
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.act(handle.progress, case_id, "li", text="fetched a ladder")
    await scene.act(handle.progress, case_id, "li", text="", files=(PHOTO,))
    await scene.act(handle.progress, case_id, "li", text="lamp replaced")
    await scene.act(handle.finish, case_id, "li")
    assert (await scene.case(case_id)).result == "fetched a ladder\nlamp replaced"


async def test_additions_reach_the_holder_in_every_open_state(scene: Any) -> None:
    case_id = await scene.submit()
    await scene.act(resident.add, case_id, "wang", text="it is the third lamp")
    assert await scene.owed() == {"wang": [N.SUBMITTED, N.ADDED]}
    await scene.dispatch(case_id, "east/1")
    await scene.act(resident.add, case_id, "wang", text="", files=(PHOTO,))
    rows = await scene.new_rows("li")
    assert [row.notice for row in rows] == [N.TASK_CARD, N.ADDITION]
    assert rows[1].files == ["d1"]
    with pytest.raises(NotAllowed):
        await scene.act(resident.add, case_id, "li", text="not mine to say")


async def test_r4_3_a_resident_urges_once_a_day_and_the_third_is_copied_up(scene: Any) -> None:
    scene.at("03-04 10:00")
    case_id = await scene.open("INF-01", "UCB")
    await scene.owed()
    await scene.act(resident.urge, case_id, "wang")
    assert await scene.owed() == {"wang": [N.URGED], "ucb": [N.URGE]}
    scene.at("03-05 09:59")
    with pytest.raises(Refusal, match="urged_already"):
        await scene.act(resident.urge, case_id, "wang")
    scene.at("03-05 10:00")
    await scene.act(resident.urge, case_id, "wang")
    assert await scene.owed() == {"wang": [N.URGED], "ucb": [N.URGE]}
    scene.at("03-06 10:00")
    await scene.act(resident.urge, case_id, "wang")
    assert await scene.owed() == {"wang": [N.URGED], "ucb": [N.URGE], "dan": [N.URGE]}


async def test_a_withdrawn_case_is_closed_and_its_holder_told(scene: Any) -> None:
    from casecore.acts import rate

    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.owed()
    await scene.act(resident.withdraw, case_id, "wang")
    assert await scene.owed() == {"wang": [N.CLOSED], "li": [N.WITHDRAWN]}
    case = await scene.case(case_id)
    assert (case.state, case.close_reason) == (State.CLOSED, "withdrawn")
    assert [stay.outcome for stay in await scene.stays(case_id)] == [Outcome.WITHDRAWN]
    assert await scene.timers(case_id) == {}
    for deed, said in ((rate.rate, {"stars": 5}), (rate.reopen, {})):
        with pytest.raises(Refusal, match="never"):
            await scene.act(deed, case_id, "wang", **said)


async def test_urgent_cases_have_the_urgent_clock_and_the_same_stage(scene: Any) -> None:
    case_id = await scene.open("UTL-01", urgency=Urgency.URGENT)
    case = await scene.case(case_id)
    assert (case.response_due - case.t0).total_seconds() == 15 * 60
    assert (await scene.file(case_id))[1].kind is EventKind.DISPATCHED
