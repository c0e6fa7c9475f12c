"""The simulator: a channel without a network, for journeys, drills and load. It remembers what it sent.

`fail` makes the next sends fail as a script says; files are handed over by `ref` from `files`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bots.channel import (
    Capabilities,
    ChannelError,
    OutboundMessage,
    Rejected,
    Sink,
    TooLarge,
    Unreachable,
    require_fits,
)
from bots.datum import Datum, point_of
from casecore.clock import Clock
from casecore.messages import FileRef, Point
from casecore.vocabulary import MessageKind, Side

CHUNK = 64 * 1024

EVERYTHING = Capabilities(
    max_text=4096,
    max_buttons=100,
    max_buttons_in_row=8,
    max_button_label=64,
    max_button_token=64,
    receives=frozenset(MessageKind),
    sends_files=frozenset({MessageKind.PHOTO, MessageKind.VIDEO, MessageKind.VOICE, MessageKind.DOCUMENT}),
    asks_location=True,
    edits=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that arrived at the far side."""

    external_id: str
    message: OutboundMessage


@dataclass(slots=True)
class Simulator:
    """One account of the simulated channel."""

    account: str
    side: Side
    name: str = "simulator"
    capabilities: Capabilities = EVERYTHING
    addresses: frozenset[str] | None = None
    """Who can be written to; None: everybody."""
    sent: list[Sent] = field(default_factory=list)
    edited: dict[str, OutboundMessage] = field(default_factory=dict)
    """What stands now in place of a sent message, by its id."""
    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[Callable[[], ChannelError]] = field(default_factory=list)

    async def start(self) -> None:
        return None

    async def listen(self, sink: Sink) -> None:
        """Nothing comes by itself: whoever drives the simulator calls the sink."""
        await asyncio.Event().wait()

    def routes(self, sink: Sink) -> Any | None:
        return None

    async def send(self, message: OutboundMessage) -> str:
        if message.edit_of is not None:
            return self._change(message, message.edit_of)
        if self.failures:
            raise self.failures.pop(0)()
        if self.addresses is not None and message.address not in self.addresses:
            raise Unreachable("no such chat")
        # As strict as a real messenger: what would be refused there must not pass in a journey.
        require_fits(message, self.capabilities)
        external_id = f"s{len(self.sent) + 1}"
        self.sent.append(Sent(external_id=external_id, message=message))
        return external_id

    def _change(self, message: OutboundMessage, card: str) -> str:
        if all(one.external_id != card for one in self.sent):
            raise Rejected("no such message")
        require_fits(message, self.capabilities)
        self.edited[card] = message
        return card

    async def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        if file.ref not in self.files:
            raise Rejected(f"no file {file.ref!r}")
        content = self.files[file.ref]
        if len(content) > limit:
            raise TooLarge(f"more than {limit} bytes")
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]

    def point(self, lat: float, lon: float) -> Point:
        """A location that somebody shares, in the numbers of this channel's datum."""
        return point_of(lat, lon, self.capabilities.datum)

    async def stop(self) -> None:
        return None


def open_channel(
    *,
    clock: Clock,
    account: str,
    side: str,
    addresses: frozenset[str] | None = None,
    datum: str = Datum.WGS84,
) -> Simulator:
    """The registry's door. The clock is not needed: time is the script's."""
    del clock
    can = replace(EVERYTHING, datum=Datum(datum))
    return Simulator(account=account, side=Side(side), addresses=addresses, capabilities=can)
