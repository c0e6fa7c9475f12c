"""The timer tray: what falls due first comes first, once, and only in the epoch it was set in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from casecore import timers
from casecore.clock import ScriptClock
from casecore.errors import LeaseLost
from casecore.ids import new_id
from casecore.leases import LEASE
from casecore.messages import InboundMessage
from casecore.parties import conversation_for
from casecore.store.engine import Record
from casecore.store.tables import Case, TimerRow, TimerState
from casecore.vocabulary import State, TimerKind, Urgency

HOUR = timedelta(hours=1)


@pytest.fixture
async def case(record: Record, say: Callable[..., InboundMessage]) -> Case:
    async with record.begin() as uow:
        chat = await conversation_for(uow, say("0"))
        made = Case(
            id=new_id(), number="MH-1", state=State.SUBMITTED, urgency=Urgency.NORMAL, kind="request", lang="en",
            text="x", requester_id=chat.person_id, conversation_id=chat.id, t0=uow.now, due_at=uow.now, epoch=3,
            created_at=uow.now, updated_at=uow.now,
        )  # fmt: skip
        uow.session.add(made)
    return made


async def claim(record: Record) -> timers.Due | None:
    async with record.begin() as uow:
        return await timers.claim(uow)


async def next_due(record: Record) -> object:
    async with record.read() as session:
        return await timers.next_due(session)


async def test_timers_fire_in_the_order_of_their_time(record: Record, case: Case, clock: ScriptClock) -> None:
    now = clock.now()
    async with record.begin() as uow:
        await timers.set_timer(uow, case, TimerKind.REMIND, now + 2 * HOUR, name="late", which="late")
        await timers.set_timer(uow, case, TimerKind.STAGE_DUE, now + HOUR)
    assert await next_due(record) == now + HOUR
    assert await claim(record) is None
    clock.set(now + 3 * HOUR)
    first, second = await claim(record), await claim(record)
    assert first and second and await claim(record) is None
    assert (first.kind, first.epoch, first.due_at) == (TimerKind.STAGE_DUE, 3, now + HOUR)
    assert (second.kind, dict(second.data)) == (TimerKind.REMIND, {"which": "late"})


async def test_a_timer_is_set_once_an_epoch(record: Record, case: Case, clock: ScriptClock) -> None:
    for epoch in (3, 3, 4):
        case.epoch = epoch
        async with record.begin() as uow:
            await timers.set_timer(uow, case, TimerKind.STAGE_DUE, clock.now() + HOUR)
    async with record.read() as session:
        assert await session.scalar(select(func.count()).select_from(TimerRow)) == 2


async def test_a_fired_timer_is_over_and_a_stale_one_is_told_apart(
    record: Record, case: Case, clock: ScriptClock
) -> None:
    async with record.begin() as uow:
        for name in ("a", "b"):
            await timers.set_timer(uow, case, TimerKind.REMIND, clock.now(), name=name)
    for stale in (False, True):
        due = await claim(record)
        assert due is not None
        async with record.begin() as uow:
            await timers.fired(uow, due, stale=stale)
    async with record.read() as session:
        states = list(await session.scalars(select(TimerRow.state).order_by(TimerRow.id)))
    assert states == [TimerState.FIRED, TimerState.STALE]
    assert await next_due(record) is None


async def test_a_timer_that_cannot_fire_rests_without_keeping_the_worker_awake(
    record: Record, case: Case, clock: ScriptClock
) -> None:
    """`next_due` names the end of the pause or the lease, never a time at which there is nothing to claim."""
    now = clock.now()
    async with record.begin() as uow:
        await timers.set_timer(uow, case, TimerKind.STAGE_DUE, now)
    due = await claim(record)
    assert due is not None
    assert await next_due(record) == now + LEASE
    async with record.begin() as uow:
        await timers.failed(uow, due, "no such unit")
    assert await claim(record) is None
    assert await next_due(record) == now + timedelta(seconds=1)
    clock.set(now + timedelta(seconds=1))
    again = await claim(record)
    assert again is not None and again.attempts == 2


async def test_a_timer_is_never_given_up(record: Record, case: Case, clock: ScriptClock) -> None:
    async with record.begin() as uow:
        await timers.set_timer(uow, case, TimerKind.STAGE_DUE, clock.now())
    for attempt in range(1, 31):
        due = await claim(record)
        assert due is not None and due.attempts == attempt
        async with record.begin() as uow:
            await timers.failed(uow, due, "still not")
        clock.set(clock.now() + timedelta(minutes=10))


async def test_a_late_worker_fires_nothing(record: Record, case: Case, clock: ScriptClock) -> None:
    async with record.begin() as uow:
        await timers.set_timer(uow, case, TimerKind.STAGE_DUE, clock.now())
    zombie = await claim(record)
    clock.set(clock.now() + LEASE)
    heir = await claim(record)
    assert zombie and heir
    with pytest.raises(LeaseLost):
        async with record.begin() as uow:
            await timers.fired(uow, zombie)
    async with record.begin() as uow:
        await timers.fired(uow, heir)
