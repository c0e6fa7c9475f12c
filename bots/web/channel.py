"""The adapter: what was posted goes to the sink; what is sent needs no sending, the page reads the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import APIRouter

from bots.channel import (
    Capabilities,
    OutboundMessage,
    Rejected,
    Sink,
    TooLarge,
    TryLater,
    Unreachable,
    require_fits,
)
from bots.web.desk import DeskDoor
from bots.web.door import CHANNEL, Door
from bots.web.page import Pages
from bots.web.premises import Premises
from bots.web.residents import ResidentsDoor
from bots.web.routes import Chat
from casecore.clock import Clock
from casecore.messages import FileRef
from casecore.parties import find_conversation
from casecore.store.bells import Tray
from casecore.store.engine import Record
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Side
from casecore.words import Words
from media import Archive, MediaFault, NotHeld
from media.store import original_key

DOORS: dict[str, Callable[[Premises, Pages], Door]] = {"residents": ResidentsDoor, "desk": DeskDoor}

CAPABILITIES = Capabilities(
    max_text=8000,  # several screens; a longer one is a document
    max_buttons=60,
    max_buttons_in_row=5,  # the five stars, each wide enough for a thumb at 360 px
    max_button_label=40,
    max_button_token=200,
    receives=frozenset(
        {
            MessageKind.TEXT,
            MessageKind.PHOTO,
            MessageKind.VOICE,
            MessageKind.VIDEO,
            MessageKind.DOCUMENT,
            MessageKind.LOCATION,
            MessageKind.PRESS,
            MessageKind.START,
        }
    ),
    sends_files=frozenset({MessageKind.PHOTO, MessageKind.VOICE, MessageKind.VIDEO, MessageKind.DOCUMENT}),
    files_by_digest=True,
    asks_location=True,
)


class WebChannel:
    """The channel `web`, account `residents` or `desk`.

    `send` only checks: `bots.deliver` writes what was sent into the correspondence, in the transaction
    that marks it sent, and the bell of that transaction is what wakes the page's live line.
    """

    def __init__(self, door: Door, premises: Premises, pages: Pages) -> None:
        self._door = door
        self._premises = premises
        self._pages = pages
        self._chats: list[Chat] = []

    @property
    def name(self) -> str:
        return CHANNEL

    @property
    def account(self) -> str:
        return self._door.account

    @property
    def side(self) -> Side:
        return self._door.side

    @property
    def prefix(self) -> str:
        """Where the page is: below it are all routes of this chat."""
        return self._door.prefix

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def start(self) -> None:
        for chat in self._chats:
            chat.open = True

    async def listen(self, sink: Sink) -> None:
        """Messages come by the routes; there is nothing to fetch."""
        await asyncio.Event().wait()

    def routes(self, sink: Sink) -> APIRouter:
        chat = Chat(self._premises, self._door, self._pages, sink)
        self._chats.append(chat)
        return chat.router()

    async def send(self, message: OutboundMessage) -> str:
        require_fits(message, CAPABILITIES)
        async with self._premises.record.read() as session:
            found = await find_conversation(session, CHANNEL, self.account, message.address)
        if found is None:
            raise Unreachable("no such chat")
        return message.key

    async def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        seen = 0
        try:
            async for chunk in self._premises.archive.store.read(original_key(file.ref)):
                seen += len(chunk)
                if seen > limit:
                    raise TooLarge(f"more than {limit} bytes")
                yield chunk
        except NotHeld as error:
            raise Rejected("no such upload") from error
        except MediaFault as error:
            raise TryLater(str(error)) from error

    async def stop(self) -> None:
        """Ends every live line; call it before the web server waits for its connections to finish."""
        for chat in self._chats:
            chat.open = False
        self._premises.record.bells.ring(Tray.SENT)


def open_channel(
    *,
    clock: Clock,
    account: str,
    record: Record,
    territory: Territory,
    words: Words,
    archive: Archive,
    spool: Path,
    secure: bool = False,
) -> WebChannel:
    """For `bots.registry`. ValueError for an unknown account. The record's own clock counts, not `clock`."""
    if account not in DOORS:
        raise ValueError(f"account: {account!r} is neither of {', '.join(DOORS)}")
    premises = Premises(
        record=record, territory=territory, words=words, archive=archive, spool=spool, secure=secure
    )
    pages = Pages(premises)
    return WebChannel(DOORS[account](premises, pages), premises, pages)
