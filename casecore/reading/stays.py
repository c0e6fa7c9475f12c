"""Assignments of the record as the measures see them (`kpi.Stay`): who held each when, and how it was rated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from casecore.reading.kpi import Stay, Verdict, Window
from casecore.store.tables import Assignment, Case, CaseEvent
from casecore.vocabulary import CloseReason, EventKind, Outcome, State

# R15, S: nobody was reached, or nothing was done: such a rating says nothing about the work.
UNRATED = frozenset({CloseReason.NO_CONTACT, CloseReason.WITHDRAWN})
Instants = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
# Who does one of these has taken the case over.
TAKING = (EventKind.ACCEPTED, EventKind.DONE)


async def read_stays(session: AsyncSession, window: Window) -> list[Stay]:
    """Every stay that arrived, fell due or was rated in the window."""
    rows = await session.execute(
        select(Assignment, Case)
        .join(Case, Case.id == Assignment.case_id)
        .where(
            or_(
                _within(Assignment.arrived_at, window), _within(Assignment.due_at, window),
                _within(Case.rated_at, window),
            )
        )
        .order_by(Assignment.arrived_at, Assignment.id)
    )  # fmt: skip
    found = [(row[0], row[1]) for row in rows]
    taken = await _taken(session, {case.id for _, case in found})
    last = _last_done(stay for stay, _ in found)
    return [
        _stay(stay, case, taken.get(case.id, ()), rated=last.get(case.id) == stay.id) for stay, case in found
    ]


def _within(column: Instants, window: Window) -> ColumnElement[bool]:
    return and_(column >= window.start, column < window.end)


async def _taken(session: AsyncSession, case_ids: set[str]) -> dict[str, list[tuple[datetime, str]]]:
    """Case → (when, who) of each taking over, oldest first."""
    rows = await session.execute(
        select(CaseEvent.case_id, CaseEvent.at, CaseEvent.actor)
        .where(
            CaseEvent.case_id.in_(case_ids), CaseEvent.kind.in_(TAKING)
        )
        .order_by(CaseEvent.seq)
    )  # fmt: skip
    taken: dict[str, list[tuple[datetime, str]]] = {}
    for case_id, at, actor in rows:
        if actor is not None:
            taken.setdefault(case_id, []).append((at, actor))
    return taken


def _last_done(stays: Iterable[Assignment]) -> dict[str, str]:
    """Case → the stay that finished last: a resident's last rating is of its work."""
    done = sorted((stay.done_at, stay.case_id, stay.id) for stay in stays if stay.done_at is not None)
    return {case_id: stay_id for _, case_id, stay_id in done}


def _stay(row: Assignment, case: Case, taken: Sequence[tuple[datetime, str]], *, rated: bool) -> Stay:
    until = row.ended_at or datetime.max.replace(tzinfo=row.arrived_at.tzinfo)
    holders = [(row.arrived_at, row.first_person)] if row.first_person else []
    holders += [(at, who) for at, who in taken if row.arrived_at <= at <= until]
    verdicts: tuple[Verdict, ...] = ()
    if rated and case.rating is not None and case.rated_at is not None and case.close_reason not in UNRATED:
        verdicts = (Verdict(stars=case.rating, at=case.rated_at),)
    return Stay(
        unit=row.unit_id, round=row.round, arrived_at=row.arrived_at, due_at=row.due_at, outcome=row.outcome,
        done_at=row.done_at, ended_at=row.ended_at, holders=tuple(holders),
        refused_return_by=row.return_asked_by if row.return_state == "refused" else None, verdicts=verdicts,
        suspended=row.outcome is Outcome.OPEN and case.state is State.SUSPENDED,
    )  # fmt: skip
