"""Finding cases inside a transaction: one by id or number for an act, a resident's open ones, a handler's tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import Refusal
from casecore.lifecycle import HELD_STATES
from casecore.store.tables import Assignment, Case
from casecore.territory.model import Territory
from casecore.vocabulary import Outcome, State

# A resident's chat offers this many cases to choose from; older ones are found by number.
RECENT = 8


async def load(session: AsyncSession, case_id: str, *, for_update: bool = True) -> Case:
    """The case, locked for this transaction on PostgreSQL. Refusal `case_unknown` when there is none."""
    query = select(Case).where((Case.id == case_id) | (Case.number == case_id.upper()))
    case = await session.scalar(query.with_for_update() if for_update else query)
    if case is None:
        raise Refusal("case_unknown", case=case_id[:40])
    return case


async def latest_of_resident(session: AsyncSession, person_id: str) -> Sequence[Case]:
    """The newest cases of a resident, whatever their state."""
    rows = await session.scalars(
        select(Case).where(Case.requester_id == person_id).order_by(Case.created_at.desc()).limit(RECENT)
    )
    return rows.all()


async def tasks_of(session: AsyncSession, person_id: str, *, limit: int = 20) -> Sequence[Case]:
    """What a handler holds and has not finished, the most pressing first."""
    rows = await session.scalars(
        select(Case)
        .where(Case.person_id == person_id, Case.state.in_(HELD_STATES))
        .order_by(Case.due_at, Case.id)
        .limit(limit)
    )
    return rows.all()


async def came_from(session: AsyncSession, territory: Territory, case: Case) -> str | None:
    """The unit below whose escalation brought the case to its present unit: where R4.2 sends it back to."""
    stays = await session.scalars(
        select(Assignment)
        .where(Assignment.case_id == case.id, Assignment.round == case.round)
        .order_by(Assignment.arrived_at.desc(), Assignment.id.desc())
        .limit(2)
    )
    newest = stays.all()
    if len(newest) < 2 or newest[1].outcome is not Outcome.ESCALATED_OK or case.unit_id is None:
        return None
    return newest[1].unit_id if territory.inside(newest[1].unit_id, case.unit_id) else None


async def submitted(
    session: AsyncSession, *, but: Collection[str] = (), for_update: bool = True
) -> Case | None:
    """The oldest case that waits for its unit (the dispatch worker's tray), leaving out `but`."""
    query = select(Case).where(Case.state == State.SUBMITTED).order_by(Case.id).limit(1)
    if but:
        query = query.where(Case.id.not_in(sorted(but)))
    return await session.scalar(query.with_for_update(skip_locked=True) if for_update else query)
