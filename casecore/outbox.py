"""The outbox tray: words owed to someone, by meaning; written in the transaction of their cause, sent in order.

owe ──► due ──(bots.deliver)──► sent
                 ├─ try later (back-off; a throttled send costs no attempt)
                 ├─ unreachable: nobody to write to; shown in the console, sent when a chat is bound
                 └─ dead: given up after ATTEMPTS_MOST; re-playable in the console
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casecore.children import echoes
from casecore.codec import buttons_from_json, buttons_to_json
from casecore.leases import Lease, backoff, finish, free_at, take, unclaimed
from casecore.messages import Owed
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Delivery, OutboxRow, OutboxState

# About 50 minutes of back-off: longer than a messenger's usual outage, short enough to be noticed the same day.
ATTEMPTS_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """An outbox row under lease."""

    lease: Lease
    attempts: int
    key: str
    created_at: datetime
    owed: Owed

    @property
    def outbox_id(self) -> int:
        return self.lease.row_id


async def owe(uow: UnitOfWork, *notices: Owed) -> None:
    """Write notices down. The same cause owes the same notice to the same recipient once.

    News of a case is owed to the residents whose requests were merged into it, too (R8.2).
    """
    merged = [echo for owed in notices for echo in await echoes(uow.session, owed)]
    for owed in (*notices, *merged):
        recipient = owed.conversation_id or owed.person_id
        if recipient is None:
            raise ValueError(f"notice {owed.notice} for nobody")
        values: dict[str, Any] = {
            "key": f"{owed.cause}/{recipient}/{owed.notice}",
            "lane": recipient,
            "notice": owed.notice,
            "person_id": owed.person_id,
            "conversation_id": owed.conversation_id,
            "case_id": owed.case_id,
            "facts": dict(owed.facts),
            "buttons": buttons_to_json(owed.buttons),
            "files": list(owed.files),
            "created_at": uow.now,
            "state": OutboxState.DUE,
            "attempts": 0,
        }
        await uow.insert_once(OutboxRow, values, OutboxRow.key)
    if notices:
        uow.ring(Tray.OUTBOX)


def _waits() -> ColumnElement[bool]:
    """Is something earlier still due in the same lane?"""
    earlier = aliased(OutboxRow)
    return exists().where(
        earlier.lane == OutboxRow.lane, earlier.id < OutboxRow.id, earlier.state == OutboxState.DUE
    )


async def claim(uow: UnitOfWork) -> ToSend | None:
    """The next row whose lane has nothing earlier due: one recipient reads in the order of writing."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.state == OutboxState.DUE, ~_waits(), unclaimed(OutboxRow, uow.now))
        .order_by(OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (row := await uow.session.scalar(query)) is not None and row.attempts >= ATTEMPTS_MOST:
        # Every sender that took it died with it: set aside, so that its lane goes on.
        row.state, row.error = OutboxState.DEAD, "its sender died again and again"
        await uow.session.flush()
    if row is None:
        return None
    attempts = row.attempts + 1
    lease = await take(uow, OutboxRow, row.id)
    owed = Owed(
        notice=row.notice, cause=row.key, person_id=row.person_id, conversation_id=row.conversation_id,
        case_id=row.case_id, facts=row.facts, buttons=buttons_from_json(row.buttons), files=tuple(row.files),
    )  # fmt: skip
    return ToSend(lease=lease, attempts=attempts, key=row.key, created_at=row.created_at, owed=owed)


async def sent(uow: UnitOfWork, row: ToSend, *, conversation_id: str, external_id: str) -> None:
    await finish(uow, OutboxRow, row.lease, state=OutboxState.SENT, sent_at=uow.now, error=None)
    _attempt(uow, row, ok=True, conversation_id=conversation_id, external_id=external_id)
    uow.ring(Tray.OUTBOX, Tray.SENT)


async def put_off(
    uow: UnitOfWork,
    row: ToSend,
    why: str,
    *,
    conversation_id: str | None,
    after: float | None,
    throttled: bool,
) -> None:
    """Try later: after `after` seconds at least, else by back-off. Dead when tried too often."""
    pause = timedelta(seconds=after) if after is not None else backoff(row.attempts)
    values: dict[str, Any] = {"not_before": uow.now + pause, "error": why[:500]}
    if throttled:
        values["attempts"] = row.attempts - 1
    elif row.attempts >= ATTEMPTS_MOST:
        values["state"] = OutboxState.DEAD
    await finish(uow, OutboxRow, row.lease, **values)
    _attempt(uow, row, ok=False, conversation_id=conversation_id, error=why)
    uow.ring(Tray.OUTBOX)


async def give_up(uow: UnitOfWork, row: ToSend, why: str, *, state: OutboxState) -> None:
    """UNREACHABLE (nobody to write to) or DEAD (the channel will never take it)."""
    await finish(uow, OutboxRow, row.lease, state=state, error=why[:500])
    _attempt(uow, row, ok=False, error=why)
    uow.ring(Tray.OUTBOX)


def _attempt(
    uow: UnitOfWork, row: ToSend, *, ok: bool, conversation_id: str | None = None,
    external_id: str | None = None, error: str | None = None,
) -> None:  # fmt: skip
    uow.session.add(
        Delivery(
            outbox_id=row.outbox_id, conversation_id=conversation_id, at=uow.now, ok=ok,
            external_id=external_id, error=error[:500] if error else None,
        )
    )  # fmt: skip


async def revive(uow: UnitOfWork, person_id: str) -> None:
    """A chat was bound to this person: what could not be delivered for want of one is due again."""
    await uow.session.execute(
        update(OutboxRow)
        .where(OutboxRow.person_id == person_id, OutboxRow.state == OutboxState.UNREACHABLE)
        .values(state=OutboxState.DUE, attempts=0, not_before=None, error=None)
    )
    uow.ring(Tray.OUTBOX)


async def replay(uow: UnitOfWork, outbox_id: int) -> None:
    """Try a dead or unreachable row once more."""
    await uow.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.state.in_((OutboxState.DEAD, OutboxState.UNREACHABLE)))
        .values(state=OutboxState.DUE, attempts=0, not_before=None, error=None)
    )
    uow.ring(Tray.OUTBOX)


async def next_due(session: AsyncSession) -> datetime | None:
    """When a row that waits for a time (a pause, a lease that runs out) may be tried; None when none does."""
    free = free_at(OutboxRow)
    return await session.scalar(
        select(func.min(free)).where(OutboxRow.state == OutboxState.DUE, free.is_not(None), ~_waits())
    )
