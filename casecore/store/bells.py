"""Wake-ups between rooms: after a commit the next tray's bell rings. Nothing depends on a ring."""

from __future__ import annotations

import asyncio
from enum import StrEnum


class Tray(StrEnum):
    INBOX = "inbox"
    SOUNDS = "sounds"  # of the inbox: those that wait to be listened to
    CASES = "cases"
    OUTBOX = "outbox"
    TIMERS = "timers"
    DRAFTS = "drafts"
    SENT = "sent"
    LEARNED = "learned"  # another model or place name is in force


class Bells:
    """One bell a tray. A ring wakes everyone who waits; a ring that nobody hears is lost, and may be."""

    def __init__(self) -> None:
        self._waiting: dict[Tray, set[asyncio.Event]] = {tray: set() for tray in Tray}

    def ring(self, *trays: Tray) -> None:
        for tray in trays:
            for event in self._waiting[tray]:
                event.set()

    async def wait(self, *trays: Tray, seconds: float) -> bool:
        """Until one of the bells rings (True) or `seconds` have passed (False)."""
        listener = self.listen(*trays)
        try:
            return await listener.heard(seconds)
        finally:
            listener.close()

    def listen(self, *trays: Tray) -> Listener:
        """A standing listener: a ring between two waits is not lost."""
        return Listener(self._waiting, trays)


class Listener:
    def __init__(self, waiting: dict[Tray, set[asyncio.Event]], trays: tuple[Tray, ...]) -> None:
        self._event = asyncio.Event()
        self._sets = [waiting[tray] for tray in trays]
        for each in self._sets:
            each.add(self._event)

    async def heard(self, seconds: float) -> bool:
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes in the same moment as the ring,
        # and a loop that was told to stop would go on for ever.
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def rang(self) -> bool:
        """Has a bell rung since the last time somebody asked? Does not wait."""
        rung = self._event.is_set()
        self._event.clear()
        return rung

    def close(self) -> None:
        for each in self._sets:
            each.discard(self._event)
