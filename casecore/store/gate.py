"""The writers' gate of a SQLite record: one at a time, and those whom a person waits for have every other turn.

Workers have many small transactions and nobody waits for a particular one; a message that is being received
has somebody's phone waiting for the answer. Two queues, each first come first served, taken in turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

Waiting = deque[asyncio.Future[None]]


class Gate:
    """A lock with two queues. Not shared between event loops."""

    def __init__(self) -> None:
        self._held = False
        self._awaited: Waiting = deque()
        self._others: Waiting = deque()
        self._others_turn = False

    @asynccontextmanager
    async def turn(self, *, awaited: bool) -> AsyncIterator[None]:
        """Hold the gate for a block. `awaited`: somebody waits for the outcome."""
        await self._acquire(self._awaited if awaited else self._others)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, queue: Waiting) -> None:
        if not self._held:
            self._held = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # whoever handed the gate on may have passed over it already
                    queue.remove(turn)
            else:
                self._release()  # the turn was given in the same moment: it goes to the next
            raise

    def _release(self) -> None:
        """Hand the gate on, to the two queues in turns; it is free when nobody waits."""
        first, second = (self._others, self._awaited) if self._others_turn else (self._awaited, self._others)
        for queue in (first, second):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    self._others_turn = queue is self._awaited
                    turn.set_result(None)
                    return
        self._held = False
