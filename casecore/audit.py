"""The whole record's files checked, case by case: every event chain, and events that belong to no case.

A page of cases and its events are read in one view, so that a record in use is checked too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import ChainBroken
from casecore.events import verify
from casecore.store.engine import Record
from casecore.store.tables import Case, CaseEvent

# Cases in memory at a time: with some twenty events each, about ten megabytes.
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file that is not what was written: the case's number (its id when the case itself is gone), and why."""

    case: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was checked and what was found."""

    cases: int
    events: int
    broken: tuple[Broken, ...]


async def audit(record: Record) -> Audit:
    """Check every case's file in the record."""
    cases = events = 0
    broken: list[Broken] = []
    last = ""
    while True:
        async with record.read() as session:
            page = (
                await session.scalars(select(Case).where(Case.id > last).order_by(Case.id).limit(PAGE))
            ).all()
            if not page:
                broken += await _of_no_case(session)
                return Audit(cases=cases, events=events, broken=tuple(broken))
            written = await _events(session, [case.id for case in page])
        for case in page:
            file = written.get(case.id, [])
            broken += _checked(case, file)
            cases, events = cases + 1, events + len(file)
        last = page[-1].id


async def _events(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[CaseEvent]]:
    rows = await session.scalars(
        select(CaseEvent).where(CaseEvent.case_id.in_(ids)).order_by(CaseEvent.case_id, CaseEvent.n)
    )
    return {case_id: list(file) for case_id, file in groupby(rows, key=lambda row: row.case_id)}


def _checked(case: Case, file: Sequence[CaseEvent]) -> list[Broken]:
    try:
        verify(case, file)
    except ChainBroken as error:
        return [Broken(case=case.number, why=str(error))]
    return []


async def _of_no_case(session: AsyncSession) -> list[Broken]:
    """A case that was cut out of the record leaves its events behind."""
    rows = await session.scalars(
        select(CaseEvent.case_id)
        .outerjoin(Case, Case.id == CaseEvent.case_id)
        .where(Case.id.is_(None))
        .distinct()
        .order_by(CaseEvent.case_id)
    )
    return [
        Broken(case=case_id, why=f"case {case_id}: the case is gone, its events are there")
        for case_id in rows
    ]
