"""The timer tray: something due at a time, as a row. A timer set in an earlier epoch of its case does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case as either
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.leases import Lease, backoff, finish, free_at, take, unclaimed
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case, TimerRow, TimerState
from casecore.vocabulary import TimerKind

# What falls due for a row that knows itself whether it is still open: the case's epoch says nothing about it.
OF_A_ROW = frozenset({TimerKind.APPROVAL_DUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer under lease."""

    lease: Lease
    kind: TimerKind
    case_id: str
    epoch: int
    due_at: datetime
    attempts: int
    data: Mapping[str, Any]


async def set_timer(
    uow: UnitOfWork, case: Case, kind: TimerKind, due_at: datetime, *, name: str = "", **data: Any
) -> None:
    """Set a timer in the case's present epoch; `name` tells several of one kind apart."""
    values: dict[str, Any] = {
        "key": f"{case.id}/{case.epoch}/{kind}/{name}",
        "kind": kind,
        "case_id": case.id,
        "epoch": case.epoch,
        "due_at": due_at,
        "data": data,
        "state": TimerState.DUE,
        "attempts": 0,
    }
    await uow.insert_once(TimerRow, values, TimerRow.key)
    uow.ring(Tray.TIMERS)


async def claim(uow: UnitOfWork) -> Due | None:
    """The timer that fell due first."""
    row = await uow.session.scalar(
        select(TimerRow)
        .where(
            TimerRow.state == TimerState.DUE, TimerRow.due_at <= uow.now, unclaimed(TimerRow, uow.now)
        )
        .order_by(TimerRow.due_at, TimerRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    if row is None:
        return None
    attempts = row.attempts + 1
    lease = await take(uow, TimerRow, row.id)
    return Due(
        lease=lease, kind=row.kind, case_id=row.case_id, epoch=row.epoch, due_at=row.due_at,
        attempts=attempts, data=row.data,
    )  # fmt: skip


def is_stale(due: Due, case: Case) -> bool:
    """Was it set under another holder or clock?"""
    return case.epoch != due.epoch and due.kind not in OF_A_ROW


async def fired(uow: UnitOfWork, due: Due, *, stale: bool = False) -> None:
    """Done with, in the same transaction as its effects."""
    state = TimerState.STALE if stale else TimerState.FIRED
    await finish(uow, TimerRow, due.lease, state=state, fired_at=uow.now, error=None)


async def failed(uow: UnitOfWork, due: Due, why: str) -> None:
    """Try again after a pause. A timer is never given up: a deadline that cannot fire must be seen (console)."""
    await finish(uow, TimerRow, due.lease, not_before=uow.now + backoff(due.attempts), error=why[:500])


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next timer may be claimed: it is due, nobody holds it, and its pause after a failure is over."""
    free = free_at(TimerRow)
    claimable = either((free > TimerRow.due_at, free), else_=TimerRow.due_at)
    found: datetime | None = await session.scalar(
        select(func.min(claimable)).where(TimerRow.state == TimerState.DUE)
    )
    return found
