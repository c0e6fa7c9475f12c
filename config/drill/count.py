"""What a drill left in the record, counted: which message is lost, which is doubled, which case's file is broken.

A message is whole when it is in the inbox once and worked off, said once in its conversation, and ended as one
case with one SUBMITTED, one DISPATCHED, one open stay, one of each notice, and a chain that verifies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.audit import audit
from casecore.events import events_of
from casecore.store.engine import Record
from casecore.store.tables import (
    Assignment,
    Case,
    Correspondence,
    Delivery,
    Direction,
    InboxRow,
    InboxState,
    OutboxRow,
    OutboxState,
)
from casecore.vocabulary import HOLDING, EventKind, Notice, Outcome

# A case that stays with its first holder is told of so often; EMERGENCY_HELP goes to a chat of one message.
ONCE_A_CASE = (Notice.SUBMITTED, Notice.EMERGENCY_HELP, Notice.TASK_CARD)


@dataclass(slots=True)
class Tally:
    """What happened and what was found. The promise is kept when `lost`, `doubled` and `broken` are empty."""

    kills: int = 0
    said: int = 0
    acknowledged: list[str] = field(default_factory=list)
    inbox: int = 0
    cases: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    repeated_sends: int = 0

    @property
    def kept(self) -> bool:
        return not (self.lost or self.doubled or self.broken) and self.kills > 0 and bool(self.acknowledged)


async def count(record: Record, tally: Tally) -> None:
    """Fill in what is found for the messages that `tally.acknowledged` names (external ids)."""
    async with record.read() as session:
        await _count_messages(session, tally)
        await _count_lines(session, tally)
        await _count_notices(session, tally)
        for case in (await session.scalars(select(Case))).all():
            await _check_case(session, case, tally)
    tally.broken += [each.why for each in (await audit(record)).broken]


async def _count_messages(session: AsyncSession, tally: Tally) -> None:
    rows = (
        await session.execute(select(InboxRow.external_id, InboxRow.state, InboxRow.conversation_id))
    ).all()
    names = [name for name, _, _ in rows]
    chats = Counter(await session.scalars(select(Case.conversation_id)))
    tally.inbox, tally.cases = len(names), chats.total()
    tally.doubled += [f"message {name}" for name in _repeated(names)]
    tally.doubled += [f"case of chat {chat}" for chat in _repeated(chats.elements())]
    tally.lost += [f"message {name}" for name in sorted(set(tally.acknowledged) - set(names))]
    tally.lost += [f"case of message {name}" for name, _, chat in rows if chat not in chats]
    tally.lost += [
        f"work on message {name} ({state.value})" for name, state, _ in rows if state is not InboxState.DONE
    ]


async def _count_lines(session: AsyncSession, tally: Tally) -> None:
    """Each message is one line of its conversation."""
    said = Counter(
        await session.scalars(select(Correspondence.inbox_id).where(Correspondence.direction == Direction.IN))
    )
    for row_id, name in await session.execute(select(InboxRow.id, InboxRow.external_id)):
        if said[row_id] == 0:
            tally.lost.append(f"line of message {name}")
        elif said[row_id] > 1:
            tally.doubled.append(f"line of message {name}")


async def _count_notices(session: AsyncSession, tally: Tally) -> None:
    """One notice of each kind a case and recipient, all of them gone out or given up where people see it."""
    rows = (
        await session.execute(select(OutboxRow.case_id, OutboxRow.lane, OutboxRow.notice, OutboxRow.state))
    ).all()
    once = [
        f"notice {notice.value} of {case or lane}" for case, lane, notice, _ in rows if notice in ONCE_A_CASE
    ]
    told = {(case, notice) for case, _, notice, _ in rows}
    tally.doubled += _repeated(once)
    tally.lost += [f"notice of case {case}" for case, _, _, state in rows if state is OutboxState.DUE]
    tally.lost += [
        f"notice submitted of case {case}"
        for case in await session.scalars(select(Case.id))
        if (case, Notice.SUBMITTED) not in told
    ]
    sends = select(func.count()).where(Delivery.ok).group_by(Delivery.outbox_id)
    tally.repeated_sends = sum(n - 1 for n in await session.scalars(sends))


async def _check_case(session: AsyncSession, case: Case, tally: Tally) -> None:
    kinds = [event.kind for event in await events_of(session, case.id)]
    for once in (EventKind.SUBMITTED, EventKind.DISPATCHED):
        if kinds.count(once) != 1:
            tally.broken.append(f"case {case.number}: {kinds.count(once)} x {once.value}")
    stays = await session.scalar(
        select(func.count()).where(
            Assignment.case_id == case.id, Assignment.outcome == Outcome.OPEN, Assignment.kind.in_(HOLDING)
        )
    )
    if stays != 1:
        tally.broken.append(f"case {case.number}: {stays} open stays")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
