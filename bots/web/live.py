"""The page's live line: what was said after the last event it has, then each new line as it is written.

The event's id is the line's sequence, so the browser itself says where it stopped when it comes back.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from casecore.store.bells import Tray
from casecore.store.engine import Record

# Proxies close a silent connection after 30 s or more; also how soon a lost session ends at the latest.
BEAT = 15.0
# What the browser waits before it comes back, in milliseconds: a restart of ours takes about as long.
COME_BACK = 1500

Fresh = Callable[[int], Awaitable[Sequence[dict[str, Any]]]]


async def events(
    record: Record, after: int, *, fresh: Fresh, admits: Callable[[], Awaitable[bool]], beat: float = BEAT
) -> AsyncGenerator[bytes, None]:
    """Server-sent events until `admits` says no. `fresh(after)` gives the next lines, oldest first."""
    listener = record.bells.listen(Tray.SENT, Tray.INBOX)
    try:
        yield f"retry: {COME_BACK}\n\n".encode()
        told = time.monotonic()
        while True:
            lines = await fresh(after)
            for line in lines:
                after = line["seq"]
                yield _event(line)
            if lines:
                told = time.monotonic()
                continue
            if not await admits():
                yield b"event: bye\ndata: {}\n\n"
                return
            # The bells ring for everybody's lines: a busy house must not keep a quiet chat without its beat.
            left = told + beat - time.monotonic()
            if left <= 0 or not await listener.heard(left):
                yield b": still here\n\n"
                told = time.monotonic()
    finally:
        listener.close()


def _event(line: dict[str, Any]) -> bytes:
    # JSON escapes every line break, so one `data:` line holds it.
    return f"id: {line['seq']}\nevent: line\ndata: {json.dumps(line, ensure_ascii=False)}\n\n".encode()
