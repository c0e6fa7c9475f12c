"""Assignments of the record as the measures see them (`kpi.Stay`): who held each when, and how it was rated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
                # R15-2: what a merged request's resident says is said of the master's work.
                Case.id.in_(select(Case.master_id).where(_within(Case.rated_at, window))),
            )
        )
        .order_by(Assignment.arrived_at, Assignment.id)
    )  # fmt: skip
    found = [(row[0], row[1]) for row in rows]
    taken = await _taken(session, {case.id for _, case in found})
    last = _last_done(stay for stay, _ in found)
    children = await _children(session, {case.id for _, case in found})
    return [
        _stay(
            stay, case, taken.get(case.id, ()), rated=last.get(case.id) == stay.id,
            children=children.get(case.id, ()), own=last,
        )
        for stay, case in found
    ]  # fmt: skip


async def _children(session: AsyncSession, case_ids: set[str]) -> dict[str, list[Case]]:
    """Case → the requests that were merged into it and not parted again (R8.3)."""
    rows = await session.scalars(
        select(Case).where(Case.master_id.in_(case_ids)).order_by(Case.t0, Case.number)
    )
    children: dict[str, list[Case]] = {}
    for child in rows:
        if child.master_id is not None and child.close_reason is not CloseReason.INVALID:
            children.setdefault(child.master_id, []).append(child)
    return children


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


def _stay(
    row: Assignment, case: Case, taken: Sequence[tuple[datetime, str]], *, rated: bool, children: Sequence[Case],
    own: Mapping[str, str],
) -> Stay:  # fmt: skip
    until = row.ended_at or datetime.max.replace(tzinfo=row.arrived_at.tzinfo)
    holders = [(row.arrived_at, row.first_person)] if row.first_person else []
    holders += [(at, who) for at, who in taken if row.arrived_at <= at <= until]
    # A child that was reopened alone and finished is rated for that work, not for its master's (R8.4).
    judges = (case, *(child for child in children if child.id not in own)) if rated else ()
    return Stay(
        unit=row.unit_id, round=row.round, arrived_at=row.arrived_at, due_at=row.due_at, outcome=row.outcome,
        done_at=row.done_at, ended_at=row.ended_at, holders=tuple(holders),
        refused_return_by=row.return_asked_by if row.return_state == "refused" else None,
        verdicts=tuple(verdict for judge in judges if (verdict := _verdict(judge)) is not None),
        demands=1 + len(children), suspended=row.outcome is Outcome.OPEN and case.state is State.SUSPENDED,
    )  # fmt: skip


def _verdict(case: Case) -> Verdict | None:
    if case.rating is None or case.rated_at is None or case.close_reason in UNRATED:
        return None
    return Verdict(stars=case.rating, at=case.rated_at)
