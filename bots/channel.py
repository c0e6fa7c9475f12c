"""The contract that every channel keeps, and nothing else: listen, send, fetch, say what you can, fail in one tree.

    listen(sink)   messages → sink; returns only when cancelled
    routes()       HTTP routes that the front door mounts (web chat, webhooks); may be empty
    send(...)      one rendered message → the channel's own id of it
    fetch(ref)     the bytes of a file, never more than `limit`

No dialogue logic lives in an adapter, and no state that a restart would lose.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.datum import Datum
from casecore.messages import CHAT_BLOCKED, CHAT_MOVED, CHAT_NEWS, CHAT_UNBLOCKED, FileRef, InboundMessage
from casecore.vocabulary import MessageKind, Side

Sink = Callable[[InboundMessage], Awaitable[None]]
"""Durable when it returns: only then may the channel acknowledge to its own server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show. `render` shortens, numbers or splits what does not fit."""

    max_text: int
    max_buttons: int = 0
    max_buttons_in_row: int = 0
    max_button_label: int = 0
    max_button_token: int = 0
    receives: frozenset[MessageKind] = frozenset()
    sends_files: frozenset[MessageKind] = frozenset()
    files_by_digest: bool = False
    """Shows files from the archive by their digest: `OutboundFile.content` stays empty."""
    edits: bool = False
    asks_location: bool = False
    datum: Datum = Datum.WGS84
    """What its shared locations are measured in; the adapter makes every point with `bots.datum.point_of`."""
    max_file_in: int = 20 * 1024 * 1024
    max_file_out: int = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedButton:
    """`token` is `<act>[:<subject>[:<value>]]`, at most `max_button_token` bytes."""

    label: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """Bytes to send, already cleaned by media."""

    kind: MessageKind
    name: str
    mime: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """Words and buttons for one conversation. `key` is the outbox row's: a channel that can, de-duplicates by it."""

    address: str
    key: str
    text: str
    buttons: Sequence[Sequence[RenderedButton]] = ()
    files: Sequence[OutboundFile] = ()
    reply_to: str | None = None
    edit_of: str | None = None
    quiet: bool = False
    """Arrives without a sound, where the channel can."""
    notice: str = ""
    lang: str = "zh-CN"
    data: dict[str, Any] = field(default_factory=dict)
    """Facts a rich channel may show beside the text (the web chat's card); never needed to understand it."""


class ChannelError(Exception):
    """Root of what a channel may raise; outside errors are translated in one function an adapter."""


class TryLater(ChannelError):
    """Not sent, and may work later. `after` is seconds to wait at least; it costs no attempt when `throttled`."""

    def __init__(self, why: str, *, after: float | None = None, throttled: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.throttled = throttled


class MaybeSent(TryLater):
    """The connection broke after the request left: the other side may or may not have taken it."""


class Unreachable(ChannelError):
    """This address cannot be written to any more (blocked, deleted, left). `moved_to` is its new one, if known."""

    def __init__(self, why: str, *, moved_to: str | None = None) -> None:
        super().__init__(why)
        self.moved_to = moved_to


class Rejected(ChannelError):
    """The channel will never take this message or give this file as it is."""


class TooLarge(Rejected):
    """The file is larger than the limit."""


def require_fits(message: OutboundMessage, can: Capabilities) -> None:
    """Rejected when the message goes beyond what the channel says it can show: nothing is cut silently."""
    buttons = [button for row in message.buttons for button in row]
    if len(message.text) > can.max_text:
        raise Rejected("the text is too long")
    if len(buttons) > can.max_buttons:
        raise Rejected("too many buttons")
    if any(len(button.token.encode()) > can.max_button_token for button in buttons):
        raise Rejected("a button's token is too long")


class Channel(Protocol):
    """One adapter for one account. `name` is the channel, `account` which bot of it, `side` whom it serves."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def capabilities(self) -> Capabilities: ...

    async def start(self) -> None:
        """Open clients; cheap, and safe to call once."""
        ...

    async def listen(self, sink: Sink) -> None:
        """Feed messages to `sink` until cancelled. A webhook-only channel just waits."""
        ...

    def routes(self, sink: Sink) -> Any | None:
        """A fastapi.APIRouter to mount, or None."""
        ...

    async def send(self, message: OutboundMessage) -> str:
        """The channel's id of the sent message. Raises ChannelError."""
        ...

    def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        """The file in chunks. Raises TooLarge as soon as `limit` bytes are passed, else ChannelError."""
        ...

    async def stop(self) -> None: ...


__all__ = [
    "CHAT_BLOCKED",
    "CHAT_MOVED",
    "CHAT_NEWS",
    "CHAT_UNBLOCKED",
    "Capabilities",
    "Channel",
    "ChannelError",
    "MaybeSent",
    "OutboundFile",
    "OutboundMessage",
    "Rejected",
    "RenderedButton",
    "Sink",
    "TooLarge",
    "TryLater",
    "Unreachable",
    "require_fits",
]
