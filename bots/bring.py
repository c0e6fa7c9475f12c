"""The files of one message brought into media: within the sender's day, cleaned, looked at, and noted in the record.

    channel ─► media (kept, or refused with a reason) ─► words in a photo ─► note: who uses it, what it is like

A file that is not kept never costs the message: it goes on with the reason, which its sender is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bots.channel import Channel, Rejected, TooLarge, Unreachable
from casecore import files, inbox
from casecore.files import Kept, Sent
from casecore.inbox import Claimed
from casecore.messages import FileRef, Point
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Conversation
from casecore.territory.model import ServiceLevels, Territory
from casecore.vocabulary import MessageKind, Side
from media import Archive, MediaFailure, MediaKind, MediaRefused, Taken
from media.sight import Sight, words_of

PATIENCE = 5.0
"""Seconds that a photo waits for its words to be read: they help, and nobody is kept waiting for them longer."""
CROWD = 3
"""Messages that wait for their files, this one among them, from which on photos come first and go on unread."""
MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file as the message names it from now on; `taken` when media keeps it since just now."""

    file: FileRef
    taken: Taken | None = None


class Bringer:
    """`sight` reads what is written in residents' photos; without a `territory` nobody's day is counted."""

    def __init__(
        self, record: Record, channels: Mapping[tuple[str, str], Channel], archive: Archive,
        *, sight: Sight | None = None, territory: Territory | None = None,
    ) -> None:  # fmt: skip
        self._record = record
        self._channels = channels
        self._archive = archive
        self._sight = sight
        self._territory = territory

    async def bring(self, claimed: Claimed) -> tuple[Brought, ...]:
        """Raises ChannelError and MediaFault when it is worth another try."""
        allowed = await self._allowed(claimed)
        return tuple(
            await asyncio.gather(
                *(
                    self._one(claimed, file, may)
                    for file, may in zip(claimed.message.files, allowed, strict=True)
                )
            )
        )

    async def note(self, uow: UnitOfWork, claimed: Claimed, brought: tuple[Brought, ...]) -> None:
        """In the transaction that finishes the message: the record knows its files, and that it uses them."""
        person = await _sender(uow, claimed)
        for one in brought:
            if one.taken is not None:
                facts = one.taken.facts
                kept = Kept(
                    digest=one.taken.digest, kind=MessageKind(facts.kind.value), size=facts.size,
                    likeness=facts.phash, seen=one.file.seen, held=facts.held,
                )  # fmt: skip
                await files.keep(uow, kept, used_by=f"inbox/{claimed.inbox_id}", person=person)

    async def _allowed(self, claimed: Claimed) -> list[bool]:
        """Which of the message's files the sender may still send today. Handlers bring proof and have no limit."""
        sizes = [file.size or 0 for file in claimed.message.files]
        if self._territory is None or claimed.message.side is not Side.RESIDENT:
            return [True] * len(sizes)
        async with self._record.read() as session:
            conversation = await session.get_one(Conversation, claimed.conversation_id)
            if conversation.person_id is None:
                return [True] * len(sizes)
            since = day_start(self._record.clock.now(), self._territory)
            sent = await files.sent_since(session, conversation.person_id, since)
        return within_day(sent, sizes, self._territory.levels)

    async def _one(self, claimed: Claimed, file: FileRef, may: bool) -> Brought:
        """The file with its digest, or with the reason why it cannot be kept."""
        if file.digest or file.failure:
            return Brought(file=file)
        if not may:
            return _failed(file, MediaFailure.QUOTA)
        channel = self._channels.get((claimed.message.channel, claimed.message.account))
        if channel is None:
            return _failed(file, MediaFailure.NOT_FETCHED)
        limit = channel.capabilities.max_file_in
        try:
            taken = await self._archive.take_in(
                channel.fetch(file, limit=limit), hint=MediaKind(file.kind.value), limit=limit
            )
        except MediaRefused as refused:
            return _failed(file, refused.reason)
        except TooLarge:
            return _failed(file, MediaFailure.TOO_LARGE)
        except (Rejected, Unreachable):
            return _failed(file, MediaFailure.NOT_FETCHED)
        return Brought(file=await self._described(claimed, file, taken), taken=taken)

    async def _described(self, claimed: Claimed, file: FileRef, taken: Taken) -> FileRef:
        facts = taken.facts
        known = facts.lat is not None and facts.lon is not None
        return replace(
            file, digest=taken.digest, size=facts.size, duration=facts.duration, taken_at=facts.taken_at,
            point=Point(lat=facts.lat or 0.0, lon=facts.lon or 0.0) if known else None,
            seen=await self._seen(claimed, taken), held=facts.held,
        )  # fmt: skip

    async def _seen(self, claimed: Claimed, taken: Taken) -> str | None:
        if (
            self._sight is None
            or taken.kind is not MediaKind.PHOTO
            or claimed.message.side is not Side.RESIDENT
        ):
            return None
        async with self._record.read() as session:
            if await inbox.unfetched(session, most=CROWD) >= CROWD:
                return None
        return words_of(await self._sight.read(taken.digest, patience=PATIENCE))


def within_day(sent: Sent, sizes: list[int], levels: ServiceLevels) -> list[bool]:
    """Which files, of the sizes that their channel names (0: unknown), fit into what is left of the day."""
    allowed: list[bool] = []
    count, total = sent.files, sent.bytes
    for size in sizes:
        fits = count < levels.files_a_day and total + size <= levels.files_mb_a_day * MB
        allowed.append(fits)
        if fits:
            count, total = count + 1, total + size
    return allowed


def day_start(now: datetime, territory: Territory) -> datetime:
    """Midnight before `now` by the district's clock."""
    return now.astimezone(territory.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _failed(file: FileRef, reason: MediaFailure) -> Brought:
    return Brought(file=replace(file, failure=reason.value))


async def _sender(uow: UnitOfWork, claimed: Claimed) -> str | None:
    if claimed.message.side is not Side.RESIDENT:
        return None
    return (await uow.session.get_one(Conversation, claimed.conversation_id)).person_id
