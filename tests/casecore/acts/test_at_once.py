"""Two people act on one case at the same instant: one wins, the other is told plainly (reliability A10)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from casecore import cases
from casecore.acts import handle, rate
from casecore.clock import ScriptClock
from casecore.errors import Outdated, VersionConflict
from casecore.store.engine import open_record
from casecore.vocabulary import State

ROUNDS = 50


async def two_scenes(shared_url: str, clock: ScriptClock, scene_of: Callable[..., Any]) -> tuple[Any, Any]:
    """Two processes on one record, with the same people."""
    first, second = (scene_of(open_record(shared_url, clock=clock), clock) for _ in range(2))
    await first.set_up()
    second.people = first.people
    return first, second


async def test_two_handlers_accept_at_once_and_one_wins(
    shared_url: str, clock: ScriptClock, scene_of: Callable[..., Any]
) -> None:
    first, second = await two_scenes(shared_url, clock, scene_of)
    winners = []
    for number in range(ROUNDS):
        case_id = await first.open()
        pair = [first.act(handle.accept, case_id, "li"), second.act(handle.accept, case_id, "bao")]
        results = await asyncio.gather(*(pair if number % 2 else reversed(pair)), return_exceptions=True)
        [loss] = [result for result in results if result is not None]
        assert isinstance(loss, Outdated) and loss.facts["state"] == "accepted"
        assert await first.kinds(case_id) == ["submitted", "dispatched", "accepted"]
        case = await first.case(case_id)
        [accepted] = [event.actor for event in await first.file(case_id) if event.kind == "accepted"]
        assert accepted == case.person_id
        winners.append(case.person_id)
    assert len(winners) == ROUNDS
    for scene in (first, second):
        await scene.record.close()


async def test_a_double_click_rates_once_and_closes_once(
    shared_url: str, clock: ScriptClock, scene_of: Callable[..., Any]
) -> None:
    first, second = await two_scenes(shared_url, clock, scene_of)
    case_id = await first.open()
    await first.act(handle.accept, case_id, "li")
    await first.act(handle.finish, case_id, "li", text="lamp replaced")
    await asyncio.gather(
        *(scene.act(rate.rate, case_id, "wang", stars=5) for scene in (first, second, first, second))
    )
    kinds = await first.kinds(case_id)
    assert kinds.count("closed") == 1
    for scene in (first, second):
        await scene.record.close()


async def test_an_act_on_a_case_that_changed_meanwhile_is_a_version_conflict(
    shared_url: str, clock: ScriptClock, scene_of: Callable[..., Any]
) -> None:
    """Who reads without a lock and writes later finds out; nothing of the late act stays."""
    if shared_url.startswith("sqlite"):
        pytest.skip("SQLite lets in one writer at a time, from its first reading on")
    first, second = await two_scenes(shared_url, clock, scene_of)
    case_id = await first.open()
    with pytest.raises(VersionConflict):
        async with second.record.begin() as uow:
            case = await cases.load(uow.session, case_id, for_update=False)
            await first.act(handle.accept, case_id, "li")
            await handle.accept(uow, second.territory, case, await second.actor(uow, "bao"))
    assert await first.kinds(case_id) == ["submitted", "dispatched", "accepted"]
    assert (await first.case(case_id)).state is State.ACCEPTED
    for scene in (first, second):
        await scene.record.close()


async def test_case_numbers_are_given_once_under_load(
    shared_url: str, clock: ScriptClock, scene_of: Callable[..., Any]
) -> None:
    first, second = await two_scenes(shared_url, clock, scene_of)
    ids = await asyncio.gather(*((first, second)[n % 2].submit() for n in range(12)))
    numbers = sorted([(await first.case(case_id)).number for case_id in ids])
    assert numbers == [f"MH-20240304-{n:06d}" for n in range(1, 13)]
    for scene in (first, second):
        await scene.record.close()
