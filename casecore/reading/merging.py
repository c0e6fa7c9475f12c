"""What a case has to do with others (R8), for its page: master, children, proposals, and its hard matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.acts.propose import proposals_of
from casecore.children import children_of
from casecore.reading.scope import Scope, reads_in_full
from casecore.store.tables import Case, HardMatter, Milestone, Person
from casecore.vocabulary import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another case as this page names it; its words only for who may read it."""

    number: str
    state: State
    text: str
    place_text: str
    filed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An open proposal: the newer case's number (its form goes there), the other one, and what speaks for it."""

    id: str
    number: str
    other: Other
    score: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    n: int
    text: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hard:
    """The hard matter: who leads it since when, its plan and its steps."""

    why: str
    leader: str
    opened_at: datetime
    plan_due: datetime
    plan: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    master: Other | None = None
    children: tuple[Other, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    hard: Hard | None = None


async def read_merging(session: AsyncSession, scope: Scope, case: Case) -> Merging:
    """Nothing of a sensitive case: it goes with nobody (R12.2)."""
    if case.sensitive:
        return Merging()
    master = await session.get(Case, case.master_id) if case.master_id else None
    return Merging(
        master=_other(scope, master) if master is not None else None,
        children=tuple(_other(scope, child) for child in await children_of(session, case.id)),
        proposed=await _proposed(session, scope, case),
        hard=await _hard(session, case),
    )


def _other(scope: Scope, case: Case) -> Other:
    full = reads_in_full(scope, case)
    return Other(
        number=case.number, state=case.state, text=case.text if full else "",
        place_text=case.place_text if full else "", filed=case.t0,
    )  # fmt: skip


async def _proposed(session: AsyncSession, scope: Scope, case: Case) -> tuple[Proposed, ...]:
    found = []
    for row in await proposals_of(session, case.id):
        newer = await session.get_one(Case, row.case_id)
        other = await session.get_one(Case, row.master_id if row.case_id == case.id else row.case_id)
        if not other.sensitive:
            found.append(
                Proposed(
                    id=row.id,
                    number=newer.number,
                    other=_other(scope, other),
                    score=row.score,
                    facts=row.facts,
                )
            )
    return tuple(found)


async def _hard(session: AsyncSession, case: Case) -> Hard | None:
    row = await session.get(HardMatter, case.hard_id) if case.hard_id else None
    if row is None:
        return None
    steps = await session.scalars(select(Milestone).where(Milestone.hard_id == row.id).order_by(Milestone.n))
    leader = await session.scalar(select(Person.name).where(Person.id == row.leader_id))
    return Hard(
        why=row.why, leader=leader or "", opened_at=row.opened_at, plan_due=row.plan_due, plan=row.plan,
        steps=tuple(Step(n=each.n, text=each.text, due_at=each.due_at, done_at=each.done_at) for each in steps),
    )  # fmt: skip
