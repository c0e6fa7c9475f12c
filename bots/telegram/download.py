"""What both adapters hold a download to: its size, its status, and no more than that."""

from __future__ import annotations

from bots.channel import Rejected, TooLarge, TryLater
from casecore.messages import FileRef

CHUNK = 65536


def check_size(declared: int | None, limit: int) -> None:
    """TooLarge before a byte is fetched, when the size is known."""
    if declared is not None and declared > limit:
        raise TooLarge(f"{declared} bytes, the limit is {limit}")


def check_status(status: int) -> None:
    """200, or the error that the status is. A redirect is never followed: it could lead inside."""
    if status == 200:
        return
    if status == 429 or status >= 500:
        raise TryLater(f"download answered {status}", throttled=status == 429)
    raise Rejected(f"download answered {status}")


class Meter:
    """Counts the chunks of one download. Raises TooLarge as soon as the limit is passed."""

    def __init__(self, file: FileRef, limit: int) -> None:
        check_size(file.size, limit)
        self._left = limit
        self._limit = limit

    def pass_on(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLarge(f"more than {self._limit} bytes")
        return chunk
