"""The other side of a channel: a person with the messenger's own client, and the network between.

A channel joins the suite by an entry in `tests.contracts.conftest.FACTORIES`: how to open its far
side, and what that can play. Tests ask for abilities with `@needs(...)` and run over every channel
that has them; what a channel cannot play is not skipped but not collected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bots.channel import Channel
from casecore.messages import InboundMessage
from casecore.vocabulary import MessageKind

PATIENCE = 30.0  # seconds until a test that waits for a message fails; none waits that long when it passes


class Ability(StrEnum):
    # what the person can do
    WRITE = "write"
    NAME = "name"  # their messenger tells who they are
    ANSWER = "answer"
    PHOTO = "photo"
    ALBUM = "album"
    VOICE = "voice"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    DOCUMENT = "document"
    LOCATION = "location"
    CONTACT = "contact"
    PRESS = "press"
    EDIT = "edit"
    START = "start"
    STICKER = "sticker"
    UNKNOWN = "unknown"
    # what the network can do to what they send
    STORM = "storm"
    AGAIN = "again"
    # what the person sees of what the channel sends
    SEE = "see"
    SEE_FILES = "see_files"
    SEE_EDITS = "see_edits"
    SEE_ANSWERS = "see_answers"
    # what can go wrong with what the channel sends
    TOO_LONG = "too_long"
    THROTTLE = "throttle"
    PAGE = "page"
    GARBLED = "garbled"
    HANG = "hang"
    RESET = "reset"
    REFUSE = "refuse"
    BLOCK = "block"
    MOVE = "move"
    # files
    FETCH = "fetch"
    FETCH_BREAKS = "fetch_breaks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as the person sees it. A button is (label, token), a file (kind, bytes)."""

    id: str
    text: str = ""
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    files: tuple[tuple[MessageKind, bytes], ...] = ()
    reply_to: str | None = None


class Far(Protocol):
    """Who writes returns the channel's id of the message (its `message_ref`), or "" where there is none."""

    @property
    def channel(self) -> Channel: ...
    @property
    def address(self) -> str: ...

    async def hang_up(self) -> None:
        """Stop listening and stop the channel, as the end of a test does; what still runs then is a leak."""
        ...

    async def write(self, text: str, reply_to: str | None = None) -> str: ...
    async def photo(self, content: bytes, caption: str = "") -> str: ...
    async def album(self, contents: Sequence[bytes], caption: str = "") -> list[str]: ...
    async def voice(self, content: bytes, seconds: int) -> str: ...
    async def video(self, content: bytes, caption: str = "") -> str: ...
    async def video_note(self, content: bytes) -> str: ...
    async def document(self, content: bytes, name: str, mime: str) -> str: ...
    async def location(self, lat: float, lon: float) -> str: ...
    async def contact(self, phone: str, name: str) -> str: ...
    async def start(self, payload: str) -> str: ...
    async def sticker(self) -> str: ...
    async def unknown(self) -> None: ...
    async def press(self, message_id: str, token: str) -> None: ...
    async def edit(self, message_id: str, text: str) -> None: ...

    async def storm(self, texts: Sequence[str]) -> None:
        """Write these; the network delivers each of them twice, all in disorder."""
        ...

    def received(self) -> list[Received]:
        """Everything the person got from the channel, oldest first, in its present form."""
        ...

    async def trouble(self, ability: Ability, value: float = 0) -> None:
        """Once, for the next thing the channel does: throttled (`value` seconds), an error page, …"""
        ...

    async def move(self) -> str:
        """The conversation goes on at another address, which is returned."""
        ...


class Tray:
    """A sink that keeps what it is given, and can refuse: until it accepts, nothing was acknowledged."""

    def __init__(self) -> None:
        self._kept: asyncio.Queue[InboundMessage] = asyncio.Queue()
        self._refusals = 0
        self.refused: list[InboundMessage] = []

    async def __call__(self, message: InboundMessage) -> None:
        if self._refusals > 0:
            self._refusals -= 1
            self.refused.append(message)
            raise RuntimeError("the disk is full")
        self._kept.put_nowait(message)

    def refuse(self, times: int) -> None:
        self._refusals = times

    async def next(self) -> InboundMessage:
        async with asyncio.timeout(PATIENCE):
            return await self._kept.get()

    async def take(self, count: int) -> list[InboundMessage]:
        return [await self.next() for _ in range(count)]

    def empty(self) -> bool:
        return self._kept.empty()


class Stage:
    """What several tests of one module share, kept open until the last of them: a server, a browser."""

    # Seconds a channel waits for an answer. Long, so that a busy machine is not taken for a silent server.
    patience = 30.0

    def __init__(self, exits: AsyncExitStack) -> None:
        self._exits = exits
        self._kept: dict[str, Any] = {}

    async def keep(self, name: str, make: Callable[[], AbstractAsyncContextManager[Any]]) -> Any:
        if name not in self._kept:
            self._kept[name] = await self._exits.enter_async_context(make())
        return self._kept[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """`open` yields a far side whose channel is started and listens to the tray, and stops it afterwards."""

    open: Callable[[Stage, Tray], AbstractAsyncContextManager[Far]]
    can: frozenset[Ability]


T = TypeVar("T", bound=Callable[..., Any])


def needs(*abilities: Ability) -> Callable[[T], T]:
    """Run this test over every channel whose far side has all of `abilities`."""

    def mark(test: T) -> T:
        test.abilities = frozenset(abilities)  # type: ignore[attr-defined]
        return test

    return mark
