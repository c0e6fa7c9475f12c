"""The case's facts, append-only and hash-chained: one complete file a case (一事一档, R12.4).

Each event's hash covers the hash before it; the case row keeps the newest hash and the count, so that a
changed, removed, inserted or cut-off row is found. The hash is SHA-256 over canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.clock import require_aware
from casecore.errors import ChainBroken
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case, CaseEvent
from casecore.vocabulary import EventKind


async def record(
    uow: UnitOfWork,
    case: Case,
    kind: EventKind,
    *,
    actor: str | None = None,
    unit_id: str | None = None,
    at: datetime | None = None,
    **data: Any,
) -> CaseEvent:
    """Append a fact. `at` differs from now only for facts that rules date back (R1.5, R4.4)."""
    row = CaseEvent(
        case_id=case.id, n=case.events + 1, kind=kind, at=require_aware(at or uow.now), actor=actor,
        unit_id=unit_id, data={key: value for key, value in data.items() if value is not None},
        prev_hash=case.head_hash, hash="",
    )  # fmt: skip
    row.hash = digest(row)
    uow.session.add(row)
    case.events = row.n
    case.head_hash = row.hash
    case.updated_at = uow.now
    await uow.session.flush()
    return row


def digest(event: CaseEvent) -> str:
    """SHA-256 over everything that the event says and the hash before it."""
    said = [
        event.case_id, event.n, event.kind.value, event.at.isoformat(), event.actor, event.unit_id,
        _as_read(event.data), event.prev_hash,
    ]  # fmt: skip
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _as_read(value: Any) -> Any:
    """The value as either database gives it back: keys are text, and 1.0, 1e22 and -0.0 may return as integers."""
    if isinstance(value, Mapping):
        return {str(key): _as_read(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_read(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


async def events_of(session: AsyncSession, case_id: str) -> Sequence[CaseEvent]:
    rows = await session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.n))
    return rows.all()


def verify(case: Case, events: Sequence[CaseEvent]) -> None:
    """ChainBroken, naming the event, when the file is not what was written."""
    before = ""
    for expected, event in enumerate(events, start=1):
        where = f"case {case.number}, event {event.n} ({event.kind.value})"
        if event.n != expected:
            raise ChainBroken(f"{where}: event {expected} is missing")
        if event.prev_hash != before or event.hash != digest(event):
            raise ChainBroken(f"{where}: was changed after it was written")
        before = event.hash
    if len(events) != case.events or before != case.head_hash:
        raise ChainBroken(f"case {case.number}: {case.events} events were written, {len(events)} are there")


async def waiting_for_answer(session: AsyncSession, case_ids: Sequence[str]) -> set[str]:
    """Cases in which a handler asked something after the resident last added anything."""
    if not case_ids:
        return set()
    rows = await session.execute(
        select(CaseEvent.case_id, CaseEvent.kind, func.max(CaseEvent.n))
        .where(CaseEvent.case_id.in_(case_ids), CaseEvent.kind.in_((EventKind.ASKED, EventKind.ADDITION)))
        .group_by(CaseEvent.case_id, CaseEvent.kind)
    )
    asked: dict[str, int] = {}
    answered: dict[str, int] = {}
    for case_id, kind, n in rows:
        (asked if kind is EventKind.ASKED else answered)[case_id] = n
    return {case_id for case_id, n in asked.items() if n > answered.get(case_id, 0)}


async def noted_this_round(session: AsyncSession, case: Case) -> bool:
    """Has a handler noted progress since the case was last sent out or reopened?"""
    began = (
        select(func.coalesce(func.max(CaseEvent.n), 0))
        .where(CaseEvent.case_id == case.id, CaseEvent.kind.in_((EventKind.DISPATCHED, EventKind.REOPENED)))
        .scalar_subquery()
    )
    found = await session.scalar(
        select(CaseEvent.n)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.PROGRESS, CaseEvent.n > began)
        .limit(1)
    )
    return found is not None
