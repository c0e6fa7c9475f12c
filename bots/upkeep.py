"""Looking after kept files: documents that wait for the virus scanner, and files that nobody needs any more.

each minute     what is held back is shown to the scanner again: opened, or deleted and marked
each hour       objects without a use, older than a day, are swept
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from casecore import files
from casecore.store.engine import Record
from media import Archive, NotHeld
from media.store import digest_of

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(minutes=1)
SWEEP = timedelta(hours=1)
SPARED = timedelta(days=1)
"""An upload lies in the store before the message that names it is committed; a day is more than any such pause."""


class UpkeepWorker:
    """Call `run_once`; it says False when nothing was due, or nothing was left to do. Several may run at once."""

    def __init__(self, record: Record, archive: Archive) -> None:
        self._record = record
        self._archive = archive
        self._next_look: datetime | None = None
        self._next_sweep: datetime | None = None

    async def run_once(self) -> bool:
        now = self._record.clock.now()
        # The first of each comes one period after the start: a start is busy enough.
        self._next_look = self._next_look or now + LOOK_AGAIN
        self._next_sweep = self._next_sweep or now + SWEEP
        done = 0
        if now >= self._next_look:
            self._next_look = now + LOOK_AGAIN
            done += await self.look_again()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP
            done += len(await self.sweep(now=now))
        return done > 0

    async def look_again(self) -> int:
        """Documents that the scanner has decided on."""
        async with self._record.read() as session:
            waiting = await files.held(session)
        decided = 0
        for digest in waiting:
            try:
                state = await self._archive.look_again(digest)
            except NotHeld:
                state = "infected"  # deleted by another worker, or lost: nobody will open it
            if state == "held":
                break  # the scanner is still away: the next would say the same
            async with self._record.begin() as uow:
                await files.scanned(uow, digest, infected=state == "infected")
            if state == "infected":
                log.warning("document %s… was infected and is deleted", digest[:12])
            decided += 1
        return decided

    async def sweep(self, *, now: datetime) -> list[str]:
        """The digests that were deleted."""
        there = sorted({digest_of(held.key) async for held in self._archive.store.held()})
        async with self._record.read() as session:
            live = await files.in_use(session, there)
        gone = await self._archive.sweep(live, before=now - SPARED)
        async with self._record.begin() as uow:
            await files.forgotten(uow, gone)
        if gone:
            log.info("%d files without a use were swept", len(gone))
        return gone
