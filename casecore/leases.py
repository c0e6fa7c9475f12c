"""Claims on tray rows: a lease until a time, fenced by a token; a worker that dies gives its work back.

Claiming is its own short transaction. Whoever finishes says the token again in the transaction of the
effect: if the lease ran out and another worker took the row, the token differs, LeaseLost is raised and
nothing of the late worker is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, or_, update
from sqlalchemy.engine import CursorResult

from casecore.errors import LeaseLost
from casecore.ids import new_secret
from casecore.store.engine import UnitOfWork
from casecore.store.tables import InboxRow, InboxState, OutboxRow, OutboxState, TimerRow, TimerState

Leasable = type[InboxRow] | type[OutboxRow] | type[TimerRow]

# Longer than any single step of a worker (a transcription extends it), short enough that a resident
# whose worker died is answered within the minute.
LEASE = timedelta(seconds=60)
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MOST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    row_id: int
    token: str


def unclaimed(table: Leasable, now: datetime) -> ColumnElement[bool]:
    """Rows that nobody holds at `now` and whose waiting time is over."""
    free = or_(table.lease_until.is_(None), table.lease_until <= now)
    rested = or_(table.not_before.is_(None), table.not_before <= now)
    return free & rested


def free_at(table: Leasable) -> ColumnElement[datetime | None]:
    """When a row may be claimed (again): the end of its lease or of its pause; NULL when it waits for neither."""
    return case((table.lease_until.is_not(None), table.lease_until), else_=table.not_before)


async def take(uow: UnitOfWork, table: Leasable, row_id: int, *, last: timedelta = LEASE) -> Lease:
    """Put a lease on a row that was just selected in this transaction."""
    token = new_secret(16)
    await uow.session.execute(
        update(table)
        .where(table.id == row_id)
        .values(
            lease_until=uow.now + last, lease_token=token, attempts=table.attempts + 1, not_before=None
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return Lease(row_id=row_id, token=token)


async def finish(uow: UnitOfWork, table: Leasable, lease: Lease, **values: Any) -> None:
    """Write `values` and end the lease, if it is still ours; else LeaseLost."""
    result = await uow.session.execute(
        update(table)
        .where(table.id == lease.row_id, table.lease_token == lease.token)
        .values(lease_until=None, lease_token=None, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise LeaseLost(f"{table.__tablename__} row {lease.row_id} was taken over by another worker")


async def extend(uow: UnitOfWork, table: Leasable, lease: Lease, *, last: timedelta = LEASE) -> None:
    """Hold on longer (long work says so in time); LeaseLost when it is too late."""
    result = await uow.session.execute(
        update(table)
        .where(table.id == lease.row_id, table.lease_token == lease.token)
        .values(lease_until=uow.now + last)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise LeaseLost(f"{table.__tablename__} row {lease.row_id} was taken over by another worker")


async def give_back(uow: UnitOfWork) -> None:
    """End every lease: what the process before us had in hand is free at once, and not after a minute.

    Only for a process that nobody shares the record with. Each counted as a try, so that a message that
    kills its worker is still set aside in the end; a late worker's token is gone, so it can write nothing.
    """
    at_work: tuple[tuple[Leasable, ColumnElement[bool]], ...] = (
        (InboxRow, InboxRow.state.in_((InboxState.RECEIVED, InboxState.FETCHED, InboxState.READY))),
        (OutboxRow, OutboxRow.state == OutboxState.DUE),
        (TimerRow, TimerRow.state == TimerState.DUE),
    )
    for table, unfinished in at_work:
        await uow.session.execute(
            update(table)
            .where(unfinished, table.lease_token.is_not(None))
            .values(lease_until=None, lease_token=None)
            .execution_options(synchronize_session=False)
        )


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … at most 10 minutes after the given number of attempts."""
    factor: int = 1 << min(max(attempts - 1, 0), 16)
    return min(BACKOFF_FIRST * factor, BACKOFF_MOST)
