"""A few counts for the first page, of the cases that one person sees; not the measures of R15."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.lifecycle import OPEN_STATES
from casecore.reading.cases import overdue_at
from casecore.reading.scope import Scope, visible
from casecore.store.tables import Assignment, Case
from casecore.vocabulary import Level, Outcome

# A month: long enough for a small village to have due work in it, short enough to show this month's change.
SETTLED_OVER = timedelta(days=30)
# R15: what leaves the count of due work; a move to another unit is that unit's to finish.
NOT_OURS = (
    Outcome.ESCALATED_OK,
    Outcome.RETURNED_UPHELD,
    Outcome.TRANSFERRED,
    Outcome.SENT_DOWN,
    Outcome.MERGED_CHILD,
    Outcome.WITHDRAWN,
    Outcome.INVALID,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts at `now`. `due_work` and `settled` are first-round stays that fell due in the last 30 days."""

    open: int
    overdue: int
    due_today: int
    triage: int
    mine: int
    by_level: Mapping[Level, int]
    due_work: int
    settled: int

    @property
    def settle_rate(self) -> float | None:
        """Per cent with two decimals; None without any due work (R0: never 0 % or 100 %)."""
        return round(100 * self.settled / self.due_work, 2) if self.due_work else None


async def read_figures(session: AsyncSession, scope: Scope, zone: ZoneInfo, now: datetime) -> Figures:
    """One pass over the open cases, one over the stays of the last 30 days."""
    tonight = _end_of_day(zone, now)
    row = (
        await session.execute(
            select(
                func.count(),
                func.coalesce(func.sum(cast(overdue_at(now), Integer)), 0),
                func.coalesce(func.sum(cast(and_(Case.due_at >= now, Case.due_at < tonight), Integer)), 0),
                func.coalesce(func.sum(cast(Case.needs_triage, Integer)), 0),
                func.coalesce(func.sum(cast(Case.person_id == scope.person_id, Integer)), 0),
            ).where(Case.state.in_(OPEN_STATES), visible(scope))
        )
    ).one()
    levels = await session.execute(
        select(Case.level, func.count())
        .where(Case.state.in_(OPEN_STATES), Case.level.is_not(None), visible(scope))
        .group_by(Case.level)
    )
    due_work, settled = await _settled(session, scope, now)
    return Figures(
        open=row[0],
        overdue=row[1],
        due_today=row[2],
        triage=row[3],
        mine=row[4],
        by_level={level: count for level, count in levels if level is not None},
        due_work=due_work,
        settled=settled,
    )


async def _settled(session: AsyncSession, scope: Scope, now: datetime) -> tuple[int, int]:
    done = func.coalesce(func.sum(cast(Assignment.outcome == Outcome.DONE, Integer)), 0)
    row = (
        await session.execute(
            select(func.count(), done)
            .join(Case, Case.id == Assignment.case_id)
            .where(
                Assignment.round == 1,
                Assignment.due_at > now - SETTLED_OVER,
                Assignment.due_at <= now,
                Assignment.outcome.not_in(NOT_OURS),
                visible(scope),
            )
        )
    ).one()
    return row[0], row[1]


def _end_of_day(zone: ZoneInfo, now: datetime) -> datetime:
    local = now.astimezone(zone)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
