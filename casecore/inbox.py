"""The inbox tray: messages received, each once for ever, worked off in order within each conversation.

receive ──► received ──(files fetched)──► ready ──(intake)──► done
                │                           ▲       └──(poison)──► quarantined, shown in the console
                └──► fetched ──(listened)───┘
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casecore.codec import message_from_json, message_to_json, storable
from casecore.leases import LEASE, Lease, backoff, extend, finish, free_at, take, unclaimed
from casecore.messages import FileRef, InboundMessage
from casecore.parties import address_of, conversations_for
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Conversation, InboxRow, InboxState
from casecore.vocabulary import MessageKind

# A message that has failed this often is poison: it is set aside so that the conversation goes on.
ATTEMPTS_MOST = 5

OPEN = (InboxState.RECEIVED, InboxState.FETCHED, InboxState.READY)

SOUNDS = frozenset({MessageKind.VOICE, MessageKind.VIDEO})

# Whoever spoke last still looks at the screen and is heard first; who has waited as long as this goes before.
WAITED_LONG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a message at the door: its row, and whether it had been there before."""

    inbox_id: int
    conversation_id: str
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An inbox row under lease."""

    lease: Lease
    conversation_id: str
    attempts: int
    received_at: datetime
    message: InboundMessage

    @property
    def inbox_id(self) -> int:
        return self.lease.row_id


async def receive(uow: UnitOfWork, message: InboundMessage) -> Received:
    """Write a message down. A redelivery meets the unique key and changes nothing."""
    return (await receive_all(uow, [message]))[0]


async def receive_all(uow: UnitOfWork, messages: Sequence[InboundMessage]) -> list[Received]:
    """Write many messages down in a handful of statements; the answers are in the messages' order."""
    kept = [_storable(message) for message in messages]
    chats = await conversations_for(uow, [message for message, _ in kept])
    rows = [_row(uow, message, body, chats[address_of(message)]) for message, body in kept]
    fresh = await uow.insert_new(
        InboxRow, rows, (InboxRow.channel, InboxRow.account, InboxRow.external_id),
        (InboxRow.id, InboxRow.channel, InboxRow.account, InboxRow.external_id),
    )  # fmt: skip
    new: dict[tuple[str, str, str], int] = {(row[1], row[2], row[3]): row[0] for row in fresh}
    if new:
        heard = {row["conversation_id"] for row in rows if _name(row) in new}
        await uow.session.execute(
            update(Conversation)
            .where(Conversation.id.in_(sorted(heard)))
            .values(last_in_at=uow.now, reachable=True)
        )
        fetched_already = any(row["state"] is InboxState.FETCHED for row in rows)
        uow.ring(Tray.INBOX, *([Tray.SOUNDS] if fetched_already else []))
    return [await _received(uow, row, new) for row in rows]


def _row(
    uow: UnitOfWork, message: InboundMessage, body: dict[str, Any], conversation_id: str
) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "account": message.account,
        "external_id": message.external_id,
        "conversation_id": conversation_id,
        "kind": message.kind,
        "body": body,
        "received_at": uow.now,
        "state": _state_of(message),
        "attempts": 0,
    }


def _name(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["channel"], row["account"], row["external_id"]


async def _received(uow: UnitOfWork, row: dict[str, Any], new: dict[tuple[str, str, str], int]) -> Received:
    """The first of several with one name is the new one; any other had been there before."""
    row_id = new.pop(_name(row), None)
    if row_id is not None:
        return Received(inbox_id=row_id, conversation_id=row["conversation_id"], again=False)
    found = await uow.session.execute(
        select(InboxRow.id, InboxRow.conversation_id).where(
            InboxRow.channel == row["channel"],
            InboxRow.account == row["account"],
            InboxRow.external_id == row["external_id"],
        )
    )
    existing = found.one()
    return Received(inbox_id=existing.id, conversation_id=existing.conversation_id, again=True)


def _storable(message: InboundMessage) -> tuple[InboundMessage, dict[str, Any]]:
    """The message as the record can hold it, and its row's body."""
    channel, account, external_id = (
        storable(part) for part in (message.channel, message.account, message.external_id)
    )
    body = message_to_json(message)
    return message_from_json(channel, account, external_id, message.kind, body), body


def _to_fetch(message: InboundMessage) -> bool:
    return any(file.digest is None and file.failure is None for file in message.files)


def to_hear(message: InboundMessage) -> bool:
    """Is there a sound that nobody has listened to yet? In a group nobody listens: it may be anybody's talk."""
    return not message.in_group and any(is_unheard(file) for file in message.files)


def is_unheard(file: FileRef) -> bool:
    """A sound that is here, neither heard nor given up."""
    return file.kind in SOUNDS and file.digest is not None and file.words is None and file.unheard is None


def _state_of(message: InboundMessage) -> InboxState:
    if _to_fetch(message):
        return InboxState.RECEIVED
    return InboxState.FETCHED if to_hear(message) else InboxState.READY


async def claim_unfetched(uow: UnitOfWork) -> Claimed | None:
    """The oldest message whose files are still with the channel. Order does not matter for fetching."""
    return await _claim(uow, (InboxRow.state == InboxState.RECEIVED,))


async def claim_ready(uow: UnitOfWork, *, last: timedelta = LEASE) -> Claimed | None:
    """The next message of a conversation in which nothing earlier is open: order within a conversation."""
    return await _claim(uow, (InboxRow.state == InboxState.READY, ~_waits()), last=last)


async def claim_unheard(uow: UnitOfWork, *, last: timedelta = LEASE) -> Claimed | None:
    """The next message to listen to: in each conversation the first, among conversations the newest.

    It is never poison: what cannot be listened to goes on unheard. `attempts` may pass ATTEMPTS_MOST.
    """
    waited = InboxRow.received_at <= uow.now - WAITED_LONG
    order = (case((waited, 0), else_=1), case((waited, InboxRow.id), else_=-InboxRow.id))
    first = ~_waits(InboxState.FETCHED)
    return await _claim(uow, (InboxRow.state == InboxState.FETCHED, first), last=last, order=order, most=None)


async def unfetched(session: AsyncSession, *, most: int) -> int:
    """How many messages wait for their files, claimed or not, counted up to `most`."""
    some = select(InboxRow.id).where(InboxRow.state == InboxState.RECEIVED).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def somebody_waits(session: AsyncSession) -> bool:
    """Is any message ready to be worked off, claimed or not?"""
    return (
        await session.scalar(select(InboxRow.id).where(InboxRow.state == InboxState.READY).limit(1))
        is not None
    )


def _waits(*states: InboxState) -> ColumnElement[bool]:
    """Is an earlier message of the same conversation still open (or in one of these states)?"""
    earlier = aliased(InboxRow)
    return exists().where(
        earlier.conversation_id == InboxRow.conversation_id,
        earlier.id < InboxRow.id,
        earlier.state.in_(states or OPEN),
    )


async def _claim(
    uow: UnitOfWork, conditions: tuple[ColumnElement[bool], ...], *, last: timedelta = LEASE,
    order: tuple[ColumnElement[Any], ...] = (), most: int | None = ATTEMPTS_MOST,
) -> Claimed | None:  # fmt: skip
    query = (
        select(InboxRow)
        .where(*conditions, unclaimed(InboxRow, uow.now))
        .order_by(*order, InboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (row := await uow.session.scalar(query)) is not None:
        if most is None or row.attempts < most:
            return await _leased(uow, row, last)
        # Whoever worked on it died each time without a word: what kills workers is poison too.
        row.state, row.done_at, row.lease_until, row.lease_token = InboxState.QUARANTINED, uow.now, None, None
        row.error = row.error or f"{row.attempts} workers died over it"
        await uow.session.flush()
        uow.ring(Tray.INBOX)
    return None


async def _leased(uow: UnitOfWork, row: InboxRow, last: timedelta) -> Claimed:
    attempts = row.attempts + 1
    return Claimed(
        lease=await take(uow, InboxRow, row.id, last=last),
        conversation_id=row.conversation_id,
        attempts=attempts,
        received_at=row.received_at,
        message=message_from_json(row.channel, row.account, row.external_id, row.kind, row.body),
    )


async def fetched(uow: UnitOfWork, claimed: Claimed, files: tuple[FileRef, ...]) -> None:
    """The files are in `media` (or known to have failed): the message is to be listened to, or ready for intake."""
    message = replace(claimed.message, files=files)
    state, body = _state_of(message), message_to_json(message)
    await finish(uow, InboxRow, claimed.lease, state=state, body=body, attempts=0, error=None)
    uow.ring(Tray.INBOX, *([Tray.SOUNDS] if state is InboxState.FETCHED else []))


async def heard(uow: UnitOfWork, claimed: Claimed, files: tuple[FileRef, ...]) -> None:
    """Every sound has its words, or the reason why not: the message is ready for intake."""
    await fetched(uow, claimed, files)


async def hold(uow: UnitOfWork, claimed: Claimed, *, last: timedelta = LEASE) -> None:
    """Long work goes on; LeaseLost when somebody else has it by now."""
    await extend(uow, InboxRow, claimed.lease, last=last)


async def done(uow: UnitOfWork, claimed: Claimed) -> None:
    """Worked off; in the same transaction as its effects."""
    await finish(uow, InboxRow, claimed.lease, state=InboxState.DONE, done_at=uow.now, error=None)
    uow.ring(Tray.INBOX)


async def failed(uow: UnitOfWork, claimed: Claimed, why: str) -> bool:
    """Give it back for a later try, or set it aside when it is poison (True)."""
    poison = claimed.attempts >= ATTEMPTS_MOST
    values: dict[str, Any] = {"error": storable(why)[:500]}
    if poison:
        values |= {"state": InboxState.QUARANTINED, "done_at": uow.now}
    else:
        values["not_before"] = uow.now + backoff(claimed.attempts)
    await finish(uow, InboxRow, claimed.lease, **values)
    uow.ring(Tray.INBOX)
    return poison


async def replay(uow: UnitOfWork, inbox_id: int) -> None:
    """Put a message that was set aside back to where it stood: to be fetched or to be worked off."""
    row = await uow.session.get(InboxRow, inbox_id, with_for_update=True)
    if row is None or row.state is not InboxState.QUARANTINED:
        return
    message = message_from_json(row.channel, row.account, row.external_id, row.kind, row.body)
    row.state = _state_of(message)
    row.attempts, row.not_before, row.error, row.done_at = 0, None, None, None
    await uow.session.flush()
    uow.ring(Tray.INBOX, Tray.SOUNDS)


async def next_due(session: AsyncSession) -> datetime | None:
    """When a message that waits for a time (a pause, a lease that runs out) may be tried; None when none does."""
    free = free_at(InboxRow)
    return await session.scalar(
        select(func.min(free)).where(
            InboxRow.state.in_((InboxState.RECEIVED, InboxState.READY)),
            free.is_not(None),
            or_(InboxRow.state == InboxState.RECEIVED, ~_waits()),
        )
    )


async def next_unheard_due(session: AsyncSession) -> datetime | None:
    """When a message that waits for its time may be listened to (again); None when none does."""
    free = free_at(InboxRow)
    return await session.scalar(
        select(func.min(free)).where(
            InboxRow.state == InboxState.FETCHED, free.is_not(None), ~_waits(InboxState.FETCHED)
        )
    )
