"""A unit that lost a case by being late stays with it (R4.4): what it finishes counts, as late (R18.2)."""

from __future__ import annotations

from sqlalchemy import select

from casecore.authority import HANDLING, Actor
from casecore.store.engine import Reading
from casecore.store.tables import Assignment, Case
from casecore.territory.model import Territory
from casecore.vocabulary import Outcome, Role, Side


async def late_stay(session: Reading, territory: Territory, case: Case, actor: Actor) -> Assignment | None:
    """The overdue stay of this round at a unit that the actor handles for; the newest. None for anybody else."""
    if actor.side is Side.RESIDENT:
        return None
    rows = await session.scalars(
        select(Assignment)
        .where(
            Assignment.case_id == case.id, Assignment.round == case.round,
            Assignment.outcome == Outcome.ESCALATED_OVERDUE,
        )
        .order_by(Assignment.arrived_at.desc(), Assignment.id.desc())
    )  # fmt: skip
    return next((stay for stay in rows if _handles(territory, stay, actor)), None)


def _handles(territory: Territory, stay: Assignment, actor: Actor) -> bool:
    return any(
        post.role in HANDLING[stay.level]
        and territory.serves(post.role, post.unit_id, stay.unit_id)
        and (post.role is not Role.GRID_PART or stay.person_id == actor.person_id)
        for post in actor.posts
    )
