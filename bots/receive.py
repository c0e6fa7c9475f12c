"""An update becomes an inbox row, once; then its files are brought into media and the row is complete.

channel ─► Receiver.take ─► inbox (received | ready), correspondence     durable: now the channel may acknowledge
FetchWorker: received ─► fetch ─► media ─► ready                         a file that is refused says why
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.bring import Bringer
from bots.channel import Channel, ChannelError
from casecore import correspondence, inbox
from casecore.codec import file_to_json
from casecore.correspondence import Said
from casecore.errors import LeaseLost
from casecore.inbox import Claimed
from casecore.messages import FileRef, InboundMessage, Owed
from casecore.outbox import owe
from casecore.store.bells import Tray
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Direction
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Notice
from media import Archive, MediaFailure, MediaFault
from media.sight import Sight

log = logging.getLogger(__name__)

ChannelKey = tuple[str, str]
"""(channel, account): one adapter."""


# A crowd that writes at one instant shares commits of this size: large enough that the disk's sync no longer
# counts, small enough that the last of them is answered within a few dozen milliseconds.
BATCH_MOST = 64


class Receiver:
    """The sink that every channel listens into. What it has returned from is never lost and never doubled.

    Messages that arrive while a commit is under way are committed together by whoever comes next: a durable
    commit costs the same for one message as for many. No task of its own: the waiting callers take turns.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._waiting: list[tuple[InboundMessage, asyncio.Future[None]]] = []
        self._turn = asyncio.Lock()

    async def take(self, message: InboundMessage) -> None:
        """Write the message down; a redelivery is noticed and changes nothing."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, written))
        async with self._turn:
            if not written.done():
                await self._commit_waiting()
        await written

    async def _commit_waiting(self) -> None:
        batch = [entry for entry in self._waiting[:BATCH_MOST] if not entry[1].done()]
        del self._waiting[:BATCH_MOST]
        try:
            await self._write([message for message, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is the waiting callers' to handle, each their own
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            # One message that the record refuses must not take the others with it.
            for entry in batch:
                await self._write_alone(*entry)
            return
        except BaseException:
            # The caller whose turn it was went away: the others' messages wait for the next turn.
            self._waiting[:0] = batch
            raise
        for _, written in batch:
            written.set_result(None)

    async def _write_alone(self, message: InboundMessage, written: asyncio.Future[None]) -> None:
        try:
            await self._write([message])
        except Exception as error:  # noqa: BLE001 - it is the waiting caller's to handle, not this turn's
            written.set_exception(error)
        else:
            written.set_result(None)

    async def _write(self, messages: Sequence[InboundMessage]) -> None:
        async with self._record.begin(awaited=True) as uow:
            received = await inbox.receive_all(uow, messages)
            lines = [
                _said(row.conversation_id, row.inbox_id, message)
                for row, message in zip(received, messages, strict=True)
                if not row.again and _whole(message)
            ]
            await correspondence.write(uow, *lines)
            uow.ring(Tray.SENT)


def _said(conversation_id: str, inbox_id: int, message: InboundMessage) -> Said:
    """The line in the conversation: what the person sees as said."""
    # Replies name a message by the channel's own id of it; an edit has the id of what it edits.
    own = message.message_ref if message.kind is not MessageKind.EDIT else None
    return Said(
        conversation_id=conversation_id, direction=Direction.IN, external_id=own or message.external_id,
        inbox_id=inbox_id, body=said_body(message),
    )  # fmt: skip


def _whole(message: InboundMessage) -> bool:
    """Are its files settled? Else its line is written once they are."""
    return all(file.digest or file.failure for file in message.files)


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

    def __init__(
        self,
        record: Record,
        channels: Mapping[ChannelKey, Channel],
        archive: Archive,
        *,
        listens: Callable[[], bool] = lambda: False,
        sight: Sight | None = None,
        territory: Territory | None = None,
    ) -> None:
        """`listens()`: somebody will put sounds into words, and the sender is told at once that it has begun.
        `sight` and `territory` as in `Bringer`."""
        self._record = record
        self._bringer = Bringer(record, channels, archive, sight=sight, territory=territory)
        self._listens = listens

    async def run_once(self) -> bool:
        async with self._record.begin() as uow:
            claimed = await inbox.claim_unfetched(uow)
        if claimed is None:
            return False
        try:
            brought = await self._bringer.bring(claimed)
            files = tuple(one.file for one in brought)
            async with self._record.begin() as uow:
                await inbox.fetched(uow, claimed, files)
                await self._bringer.note(uow, claimed, brought)
                await self._tell(uow, claimed, files)
        except LeaseLost:
            log.info("files of message %s: another worker took it over", claimed.inbox_id)
        except (ChannelError, MediaFault) as error:
            await self._later(claimed, error)
        return True

    async def _tell(self, uow: UnitOfWork, claimed: Claimed, files: tuple[FileRef, ...]) -> None:
        said = _said(claimed.conversation_id, claimed.inbox_id, replace(claimed.message, files=files))
        await correspondence.write(uow, said)
        if self._listens() and inbox.to_hear(replace(claimed.message, files=files)):
            await owe(
                uow,
                Owed(
                    notice=Notice.LISTENING, cause=f"in/{claimed.inbox_id}.listening",
                    conversation_id=claimed.conversation_id,
                ),
            )  # fmt: skip
        uow.ring(Tray.SENT)

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
            await self._tell(uow, claimed, files)
