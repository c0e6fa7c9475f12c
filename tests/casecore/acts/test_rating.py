"""After the work (R11): the window, stars, closing, reopening and its limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casecore.acts import handle, move, rate
from casecore.errors import NotAllowed, Outdated, Refusal
from casecore.vocabulary import Notice, Outcome, State

N = Notice


async def finished(scene: Any, when: str = "03-05 08:00") -> str:
    """A grid case that li finished."""
    case_id = await scene.open()
    await scene.act(handle.accept, case_id, "li")
    await scene.until(when)
    await scene.act(handle.finish, case_id, "li", text="lamp replaced")
    await scene.owed()
    return str(case_id)


def due(case: Any, scene: Any) -> str:
    return f"{case.due_at.astimezone(scene.territory.zone):%m-%d %H:%M}"


async def test_t11_1_two_stars_offer_reopening_on_half_the_clock(scene: Any) -> None:
    case_id = await finished(scene)
    scene.at("03-05 09:00")
    await scene.act(rate.rate, case_id, "wang", stars=2)
    assert await scene.owed() == {"wang": [N.REOPEN_OFFER], "eva": [N.FOLLOW_UP]}, (
        "R11.3: the level above calls"
    )
    assert (await scene.case(case_id)).state is State.DONE
    scene.at("03-05 09:05")
    await scene.act(rate.reopen, case_id, "wang", why="still dark")
    case = await scene.case(case_id)
    assert (case.state, case.round, due(case, scene)) == (State.REOPENED, 2, "03-05 21:05")
    assert (case.done_at, case.closed_at, case.unit_id) == (None, None, "east/1")
    assert await scene.owed() == {"wang": [N.REOPENED], "li": [N.TASK_CARD], "eva": [N.REOPENED]}
    stays = await scene.stays(case_id)
    assert [(stay.round, stay.outcome) for stay in stays] == [(1, Outcome.DONE), (2, Outcome.OPEN)]
    await scene.act(handle.accept, case_id, "li")
    await scene.until("03-05 21:06")
    assert (await scene.case(case_id)).unit_id == "east", "R4.4 holds in every round"


@pytest.mark.parametrize("stars", [3, 4, 5])
async def test_r18_11_three_to_five_stars_close_at_once(scene: Any, stars: int) -> None:
    case_id = await finished(scene)
    await scene.act(rate.rate, case_id, "wang", stars=stars, words="thanks")
    case = await scene.case(case_id)
    assert (case.state, case.close_reason, case.rating) == (State.CLOSED, "resolved", stars)
    assert await scene.owed() == {"wang": [N.RATED]}


async def test_not_solved_outweighs_the_stars(scene: Any) -> None:
    case_id = await finished(scene)
    await scene.act(rate.rate, case_id, "wang", stars=5, solved=False)
    assert ((await scene.case(case_id)).state, await scene.new("wang")) == (State.DONE, [N.REOPEN_OFFER])


async def test_r11_6_the_last_rating_counts(scene: Any) -> None:
    case_id = await finished(scene)
    for stars in (2, 4, 1):
        await scene.act(rate.rate, case_id, "wang", stars=stars)
    case = await scene.case(case_id)
    assert (case.rating, case.state) == (1, State.CLOSED)
    assert await scene.new("wang") == [N.REOPEN_OFFER, N.RATED, N.REOPEN_OFFER]
    await scene.act(rate.reopen, case_id, "wang")
    assert (await scene.case(case_id)).state is State.REOPENED


async def test_there_are_five_stars(scene: Any) -> None:
    case_id = await finished(scene)
    for stars in (0, 6, -1):
        with pytest.raises(Refusal, match="rating_range"):
            await scene.act(rate.rate, case_id, "wang", stars=stars)


async def test_only_the_requester_rates_and_only_what_is_done(scene: Any) -> None:
    await scene.meet("zhou")
    case_id = await scene.open()
    with pytest.raises(Outdated):
        await scene.act(rate.rate, case_id, "wang", stars=5)
    case_id = await finished(scene)
    for stranger in ("zhou", "li", "dan"):
        with pytest.raises(NotAllowed):
            await scene.act(rate.rate, case_id, stranger, stars=5)
        with pytest.raises(NotAllowed):
            await scene.act(rate.reopen, case_id, stranger)


async def test_r11_2_asked_at_done_after_a_day_and_after_three(scene: Any) -> None:
    case_id = await finished(scene)
    for moment, told in (
        ("03-06 07:59", []), ("03-06 08:00", [N.RATING_REQUEST]), ("03-08 08:00", [N.RATING_REQUEST]),
        ("03-12 07:59", []),
    ):  # fmt: skip
        await scene.until(moment)
        assert await scene.new("wang") == told, moment
    await scene.act(rate.rate, case_id, "wang", stars=2)
    assert (await scene.case(case_id)).state is State.DONE


async def test_r11_2_who_has_rated_is_not_asked_again_until_the_next_round(scene: Any) -> None:
    case_id = await finished(scene)
    await scene.act(rate.rate, case_id, "wang", stars=1)
    await scene.act(rate.reopen, case_id, "wang")
    await scene.act(handle.accept, case_id, "li")
    await scene.act(handle.finish, case_id, "li", text="another lamp")
    await scene.owed()
    await scene.until("03-06 09:00")
    assert await scene.new("wang") == [N.RATING_REQUEST], (
        "the first round's stars do not answer for the second"
    )
    await scene.act(rate.rate, case_id, "wang", stars=2)
    await scene.owed()
    await scene.until("03-09 09:00")
    assert await scene.new("wang") == []


async def test_t11_2_reopened_within_168_hours_and_not_after(scene: Any) -> None:
    case_id = await finished(scene)
    await scene.until("03-12 08:00")
    await scene.act(rate.reopen, case_id, "wang")
    assert (await scene.case(case_id)).state is State.REOPENED

    other = await finished(scene, "03-13 07:00")
    await scene.until("03-20 07:01")
    before = await scene.new("wang")
    await scene.act(rate.reopen, other, "wang")
    assert (await scene.case(other)).state is State.CLOSED, (
        "after the window the matter is a new, linked case"
    )
    assert (before[-1:], await scene.new("wang")) == ([N.CLOSED], [N.SUBMITTED])
    with pytest.raises(Refusal, match="rating_over"):
        await scene.act(rate.rate, other, "wang", stars=5)


async def test_t11_3_unrated_it_closes_and_stays_unrated(scene: Any) -> None:
    case_id = await finished(scene)
    await scene.until("03-12 08:00")
    case = await scene.case(case_id)
    assert (case.state, case.close_reason, case.rating, case.rated_at) == (
        State.CLOSED,
        "resolved",
        None,
        None,
    )
    assert case.closed_at - case.done_at == timedelta(hours=168)


async def test_t11_4_the_third_reopening_is_for_the_district(scene: Any) -> None:
    case_id = await finished(scene)
    for _ in range(2):
        await scene.act(rate.reopen, case_id, "wang")
        await scene.act(handle.accept, case_id, "li")
        await scene.act(handle.finish, case_id, "li", text="lamp replaced again")
    await scene.owed()
    await scene.act(rate.reopen, case_id, "wang", why="dark again")
    case = await scene.case(case_id)
    assert (case.state, case.round, case.reopenings) == (State.DONE, 3, 2)
    assert await scene.owed() == {"dan": [N.FOLLOW_UP], "wang": [N.STATUS]}


async def test_r11_5_the_unit_that_finished_does_it_again(scene: Any) -> None:
    """At stage U half the stage is 84 h, and the supervision orders start anew with the round."""
    scene.at("03-04 10:00")
    case_id = await scene.open("INF-01", "UCB")
    await scene.until("03-12 10:00")
    await scene.act(handle.accept, case_id, "ucb")
    await scene.act(handle.finish, case_id, "ucb", text="paved")
    await scene.act(rate.reopen, case_id, "wang")
    case = await scene.case(case_id)
    assert (case.unit_id, due(case, scene), case.supervisions) == ("UCB", "03-15 22:00", 0)
    await scene.until("03-15 22:01")
    case = await scene.case(case_id)
    assert (case.supervisions, due(case, scene)) == (1, "03-18 22:00")


async def test_a_reopened_case_may_go_elsewhere_under_its_own_round(scene: Any) -> None:
    case_id = await finished(scene)
    await scene.act(rate.reopen, case_id, "wang")
    await scene.act(move.escalate, case_id, "li", tried="twice", reason="the pole itself")
    assert [(stay.unit_id, stay.round) for stay in await scene.stays(case_id)] == [
        ("east/1", 1), ("east/1", 2), ("east", 2),
    ]  # fmt: skip
