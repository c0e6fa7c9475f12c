"""Where is my message? One message's way through the trays, from the channel that brought it to the answers.

    inbox ──► draft ──► case ──► outbox ──► deliveries
                          └──► timers

Asked by a case's number, by the channel's id of a message, or (only by those who may read messages) by a
piece of its text and about when. Administrators see the way without any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.reading.scope import Scope, reads_in_full, visible
from casecore.store.tables import (
    Case,
    Correspondence,
    Delivery,
    DraftRow,
    InboxRow,
    OutboxRow,
    TimerRow,
    TimerState,
)

# A resident remembers the day, hardly the hour.
ABOUT = timedelta(days=1)
WITHOUT_TIME = timedelta(days=7)
# Ways shown for one search; whoever finds more knows a better word or the time.
WAYS_MOST = 10
# Messages before a case that may have led to it: a draft lives at most this long (R1.2).
DRAFT_LIVES = timedelta(hours=72)
ROWS_MOST = 60


class Tray(StrEnum):
    """Where a step was taken; the id is also the key of its name."""

    INBOX = "inbox"
    DRAFT = "draft"
    CASE = "case"
    OUTBOX = "outbox"
    DELIVERY = "delivery"
    TIMER = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row on the way. `what` is the row's kind or notice, `state` its state, both as ids."""

    tray: Tray
    at: datetime
    what: str
    state: str
    until: datetime | None = None
    ref: str = ""
    attempts: int = 0
    error: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The ordered steps of one message or one case. `case` is blank when no case came of it."""

    case: str
    steps: tuple[Step, ...]
    likely: bool = False
    """The case was found by time and conversation, not by a written reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked; `about` is when the message was sent, as far as the person remembers."""

    text: str
    about: datetime | None = None


async def find_ways(
    session: AsyncSession, scope: Scope, question: Question, now: datetime, *, blind: bool
) -> tuple[Way, ...]:
    """The ways that fit, newest first. `blind` readers (administrators) get every way, but no words."""
    asked = question.text.strip()
    if not asked:
        return ()
    case, words = await _case(session, scope, blind, Case.number == asked.upper())
    if case is not None:
        return (await _way_of_case(session, case, words),)
    rows = await _named(session, asked)
    if rows:
        return await _ways_of(session, scope, rows, blind)
    if not scope.messages:
        return ()
    said = await _saying(session, question, now)
    return await _ways_of(session, scope, said, False, by_text=True)


async def _ways_of(
    session: AsyncSession, scope: Scope, rows: Sequence[InboxRow], blind: bool, *, by_text: bool = False
) -> tuple[Way, ...]:
    """A way for each message, one for all of a case. A match in a sensitive case's text is no answer."""
    ways: dict[str, Way] = {}
    for row in rows:
        case_id, likely = await _case_of(session, row)
        if case_id is None:
            if blind or scope.messages:
                ways[f"message {row.id}"] = await _way_of_message(session, row, scope.messages)
            continue
        case, words = await _case(session, scope, blind, Case.id == case_id)
        if case is not None and (words or not by_text):
            ways[case.id] = await _way_of_case(session, case, words, likely=likely)
    return tuple(ways.values())


async def _case(
    session: AsyncSession, scope: Scope, blind: bool, which: ColumnElement[bool]
) -> tuple[Case | None, bool]:
    """The case, if this reader may know of it, and whether they may read its words."""
    case: Case | None = await session.scalar(select(Case).where(which, visible(scope)))
    if case is not None:
        return case, reads_in_full(scope, case)
    return (await session.scalar(select(Case).where(which)) if blind else None), False


async def _named(session: AsyncSession, external_id: str) -> Sequence[InboxRow]:
    rows = await session.scalars(
        select(InboxRow)
        .where(InboxRow.external_id == external_id)
        .order_by(InboxRow.id.desc())
        .limit(WAYS_MOST)
    )
    return rows.all()


async def _saying(session: AsyncSession, question: Question, now: datetime) -> Sequence[InboxRow]:
    since = question.about - ABOUT if question.about else now - WITHOUT_TIME
    until = question.about + ABOUT if question.about else now
    said = InboxRow.body["text"].as_string().icontains(question.text.strip(), autoescape=True)
    rows = await session.scalars(
        select(InboxRow)
        .where(InboxRow.received_at >= since, InboxRow.received_at <= until, said)
        .order_by(InboxRow.id.desc())
        .limit(WAYS_MOST)
    )
    return rows.all()


async def _case_of(session: AsyncSession, row: InboxRow) -> tuple[str | None, bool]:
    """The case that a message belongs to, and whether that is only likely."""
    written = await session.scalar(
        select(Correspondence.case_id)
        .where(Correspondence.inbox_id == row.id, Correspondence.case_id.is_not(None))
        .limit(1)
    )
    if written is not None:
        return written, False
    near = await session.scalar(
        select(Case.id)
        .where(
            Case.conversation_id == row.conversation_id,
            Case.created_at >= row.received_at,
            Case.created_at <= row.received_at + DRAFT_LIVES,
        )
        .order_by(Case.created_at)
        .limit(1)
    )
    return near, near is not None


async def _way_of_message(session: AsyncSession, row: InboxRow, words: bool) -> Way:
    """A message that became no case: its row, the draft it waits in, and what was answered since."""
    steps = [_received(row, words)]
    draft = await session.scalar(select(DraftRow).where(DraftRow.conversation_id == row.conversation_id))
    if draft is not None:
        steps.append(
            Step(tray=Tray.DRAFT, at=draft.updated_at, what="draft", state="open", until=draft.due_at)
        )
    answers = await session.scalars(
        select(OutboxRow)
        .where(OutboxRow.conversation_id == row.conversation_id, OutboxRow.created_at >= row.received_at)
        .order_by(OutboxRow.id)
        .limit(WAYS_MOST)
    )
    steps += await _sent(session, answers.all())
    return Way(case="", steps=_in_order(steps))


async def _way_of_case(session: AsyncSession, case: Case, words: bool, *, likely: bool = False) -> Way:
    steps = [_received(row, words) for row in await _brought(session, case)]
    steps.append(
        Step(
            tray=Tray.CASE, at=case.created_at, what="registered", state=case.state.value, until=case.due_at,
            ref=case.number,
        )
    )  # fmt: skip
    notices = await session.scalars(
        select(OutboxRow).where(OutboxRow.case_id == case.id).order_by(OutboxRow.id).limit(ROWS_MOST)
    )
    steps += await _sent(session, notices.all())
    timers = await session.scalars(
        select(TimerRow).where(TimerRow.case_id == case.id).order_by(TimerRow.id).limit(ROWS_MOST)
    )
    steps += [_timer(row, case.epoch) for row in timers]
    return Way(case=case.number, steps=_in_order(steps), likely=likely)


async def _brought(session: AsyncSession, case: Case) -> Sequence[InboxRow]:
    """The messages of a case: those written down as such, and those that its draft was made of."""
    before = await session.scalar(
        select(Case.created_at)
        .where(Case.conversation_id == case.conversation_id, Case.created_at < case.created_at)
        .order_by(Case.created_at.desc())
        .limit(1)
    )
    since = max(case.created_at - DRAFT_LIVES, before or case.created_at - DRAFT_LIVES)
    written = select(Correspondence.inbox_id).where(
        Correspondence.case_id == case.id, Correspondence.inbox_id.is_not(None)
    )
    led_to_it = and_(
        InboxRow.conversation_id == case.conversation_id,
        InboxRow.received_at > since,
        InboxRow.received_at <= case.created_at,
    )
    rows = await session.scalars(
        select(InboxRow)
        .where(or_(InboxRow.id.in_(written), led_to_it))
        .order_by(InboxRow.id)
        .limit(ROWS_MOST)
    )
    return rows.all()


async def _sent(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[Step]:
    attempts = await session.scalars(
        select(Delivery).where(Delivery.outbox_id.in_([row.id for row in rows])).order_by(Delivery.id)
    )
    return [_owed(row) for row in rows] + [_attempt(row) for row in attempts]


def _received(row: InboxRow, words: bool) -> Step:
    return Step(
        tray=Tray.INBOX,
        at=row.received_at,
        what=row.kind.value,
        state=row.state.value,
        until=row.done_at,
        ref=f"{row.channel} · {row.external_id}",
        attempts=row.attempts,
        error=row.error or "",
        text=str(row.body.get("text") or "") if words else "",
    )


def _owed(row: OutboxRow) -> Step:
    return Step(
        tray=Tray.OUTBOX,
        at=row.created_at,
        what=row.notice.value,
        state=row.state.value,
        until=row.sent_at or row.not_before,
        ref=str(row.id),
        attempts=row.attempts,
        error=row.error or "",
    )


def _attempt(row: Delivery) -> Step:
    return Step(
        tray=Tray.DELIVERY,
        at=row.at,
        what="attempt",
        state="ok" if row.ok else "failed",
        ref=str(row.outbox_id),
        error=row.error or "",
    )


def _timer(row: TimerRow, epoch: int) -> Step:
    """A timer of an earlier epoch will do nothing, although its row still waits."""
    idle = row.state is TimerState.DUE and row.epoch != epoch
    return Step(
        tray=Tray.TIMER,
        at=row.fired_at or row.due_at,
        what=row.kind.value,
        state=(TimerState.STALE if idle else row.state).value,
        attempts=row.attempts,
        error=row.error or "",
    )


def _in_order(steps: list[Step]) -> tuple[Step, ...]:
    """By time; what happened in one transaction in the order of the trays."""
    trays = list(Tray)
    return tuple(sorted(steps, key=lambda step: (step.at, trays.index(step.tray))))
