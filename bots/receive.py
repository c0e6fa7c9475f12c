"""An update becomes an inbox row, once; then its files are brought into media and the row is complete.

    channel ─► Receiver.take ─► inbox (received | ready), correspondence     durable: now the channel may acknowledge
    FetchWorker: received ─► fetch ─► media ─► ready                         a file that is refused says why
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bots.channel import Channel, ChannelError, Rejected, TooLarge, Unreachable
from casecore import correspondence, inbox
from casecore.codec import file_to_json
from casecore.errors import LeaseLost
from casecore.inbox import Claimed
from casecore.messages import FileRef, InboundMessage
from casecore.store.bells import Tray
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Direction
from media import Archive, MediaFailure, MediaFault, MediaKind, MediaRefused

log = logging.getLogger(__name__)

ChannelKey = tuple[str, str]
"""(channel, account): one adapter."""


class Receiver:
    """The sink that every channel listens into. What it has returned from is never lost and never doubled."""

    def __init__(self, record: Record) -> None:
        self._record = record

    async def take(self, message: InboundMessage) -> None:
        """Write the message down; a redelivery is noticed and changes nothing."""
        async with self._record.begin() as uow:
            received = await inbox.receive(uow, message)
            if not received.again and all(file.digest or file.failure for file in message.files):
                await _said(uow, received.conversation_id, received.inbox_id, message)


async def _said(uow: UnitOfWork, conversation_id: str, inbox_id: int, message: InboundMessage) -> None:
    """The line in the conversation: what the person sees as said."""
    await correspondence.write(
        uow, conversation_id=conversation_id, direction=Direction.IN, external_id=message.external_id,
        inbox_id=inbox_id, body=said_body(message),
    )  # fmt: skip
    uow.ring(Tray.SENT)


def said_body(message: InboundMessage) -> dict[str, Any]:
    """An incoming line's body: kind, text, files, point, press, reply_to, client_id."""
    return {
        "kind": message.kind.value,
        "text": message.text,
        "files": [file_to_json(file) for file in message.files],
        "point": [message.point.lat, message.point.lon] if message.point else None,
        "press": [message.press.act, message.press.subject, message.press.value] if message.press else None,
        "reply_to": message.reply_to,
        "client_id": message.external_id.rpartition(":")[2],
    }


class FetchWorker:
    """Brings the files of received messages into media. Call `run_once` until it says False."""

    def __init__(self, record: Record, channels: Mapping[ChannelKey, Channel], archive: Archive) -> None:
        self._record = record
        self._channels = channels
        self._archive = archive

    async def run_once(self) -> bool:
        async with self._record.begin() as uow:
            claimed = await inbox.claim_unfetched(uow)
        if claimed is None:
            return False
        try:
            files = await asyncio.gather(*(self._bring(claimed, file) for file in claimed.message.files))
            async with self._record.begin() as uow:
                await inbox.fetched(uow, claimed, tuple(files))
                await _said(
                    uow, claimed.conversation_id, claimed.inbox_id, replace(claimed.message, files=tuple(files))
                )
        except LeaseLost:
            log.info("files of message %s: another worker took it over", claimed.inbox_id)
        except (ChannelError, MediaFault) as error:
            await self._later(claimed, error)
        return True

    async def _bring(self, claimed: Claimed, file: FileRef) -> FileRef:
        """The file with its digest, or with the reason why it cannot be kept."""
        if file.digest or file.failure:
            return file
        channel = self._channels.get((claimed.message.channel, claimed.message.account))
        if channel is None:
            return replace(file, failure=MediaFailure.NOT_FETCHED.value)
        limit = channel.capabilities.max_file_in
        try:
            taken = await self._archive.take_in(
                channel.fetch(file, limit=limit), hint=MediaKind(file.kind.value), limit=limit
            )
        except MediaRefused as refused:
            return replace(file, failure=refused.reason.value)
        except TooLarge:
            return replace(file, failure=MediaFailure.TOO_LARGE.value)
        except (Rejected, Unreachable):
            return replace(file, failure=MediaFailure.NOT_FETCHED.value)
        return replace(file, digest=taken.digest, size=taken.facts.size, duration=taken.facts.duration)

    async def _later(self, claimed: Claimed, error: Exception) -> None:
        """The channel or a decoder is in trouble: try again; at last go on without the file, and say so."""
        log.warning("files of message %s: %s", claimed.inbox_id, type(error).__name__)
        async with self._record.begin() as uow:
            if claimed.attempts < inbox.ATTEMPTS_MOST:
                await inbox.failed(uow, claimed, f"{type(error).__name__}: {error}")
                return
            files = tuple(
                file if file.digest else replace(file, failure=MediaFailure.NOT_FETCHED.value)
                for file in claimed.message.files
            )
            await inbox.fetched(uow, claimed, files)
            await _said(uow, claimed.conversation_id, claimed.inbox_id, replace(claimed.message, files=files))
