"""What waits for a person's look: doubtful cases, messages set aside, lost notices, stuck timers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.reading.cases import Filter, Line, list_cases
from casecore.reading.scope import Scope
from casecore.store.tables import (
    Case,
    Conversation,
    InboxRow,
    InboxState,
    OutboxRow,
    OutboxState,
    Person,
    TimerRow,
    TimerState,
)
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Notice, TimerKind

# More than this in one tray is an outage, not a pile of single cases: the page says how many it leaves out.
ROWS_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A message that failed too often."""

    inbox_id: int
    channel: str
    kind: MessageKind
    received_at: datetime
    attempts: int
    error: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A notice that was given up, or that has nobody to go to."""

    outbox_id: int
    notice: Notice
    state: OutboxState
    to: str
    case: str
    created_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A timer that should have fired and failed."""

    kind: TimerKind
    case: str
    due_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """All queues. The trays are None for people who may not read messages of the whole district."""

    cases: tuple[Line, ...]
    case_total: int
    aside: tuple[SetAside, ...] | None = None
    undelivered: tuple[Undelivered, ...] | None = None
    stuck: tuple[Stuck, ...] | None = None


async def read_waiting(session: AsyncSession, territory: Territory, scope: Scope, now: datetime) -> Waiting:
    """The queues of one person's scope, the oldest first."""
    wanted = Filter(triage=True, open_only=True, sort="oldest")
    listed = await list_cases(session, territory, scope, wanted, now)
    if not scope.messages:
        return Waiting(cases=listed.lines, case_total=listed.total)
    return Waiting(
        cases=listed.lines,
        case_total=listed.total,
        aside=await _aside(session),
        undelivered=await _undelivered(session),
        stuck=await _stuck(session),
    )


async def _aside(session: AsyncSession) -> tuple[SetAside, ...]:
    rows = await session.scalars(
        select(InboxRow)
        .where(InboxRow.state == InboxState.QUARANTINED)
        .order_by(InboxRow.id)
        .limit(ROWS_MOST)
    )
    return tuple(
        SetAside(
            inbox_id=row.id,
            channel=row.channel,
            kind=row.kind,
            received_at=row.received_at,
            attempts=row.attempts,
            error=row.error or "",
            text=str(row.body.get("text") or ""),
        )
        for row in rows
    )


async def _undelivered(session: AsyncSession) -> tuple[Undelivered, ...]:
    rows = await session.execute(
        select(OutboxRow, Person.name, Case.number, Conversation.channel)
        .outerjoin(Person, Person.id == OutboxRow.person_id)
        .outerjoin(Case, Case.id == OutboxRow.case_id)
        .outerjoin(Conversation, Conversation.id == OutboxRow.conversation_id)
        .where(OutboxRow.state.in_((OutboxState.DEAD, OutboxState.UNREACHABLE)))
        .order_by(OutboxRow.id)
        .limit(ROWS_MOST)
    )
    return tuple(
        Undelivered(
            outbox_id=row.id,
            notice=row.notice,
            state=row.state,
            to=person or channel or "",
            case=number or "",
            created_at=row.created_at,
            attempts=row.attempts,
            error=row.error or "",
        )
        for row, person, number, channel in rows
    )


async def _stuck(session: AsyncSession) -> tuple[Stuck, ...]:
    rows = await session.execute(
        select(TimerRow, Case.number)
        .join(Case, Case.id == TimerRow.case_id)
        .where(TimerRow.state == TimerState.DUE, TimerRow.error.is_not(None))
        .order_by(TimerRow.due_at)
        .limit(ROWS_MOST)
    )
    return tuple(
        Stuck(kind=row.kind, case=number, due_at=row.due_at, attempts=row.attempts, error=row.error or "")
        for row, number in rows
    )
