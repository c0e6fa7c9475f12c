"""Faults of the house while a journey is played: a worker logs them and goes on; a journey must not pass over them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Faults(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        why = f": {type(error).__name__}: {error}" if error is not None else ""
        self._said.append(f"{record.name}: {record.getMessage()}{why}")

    def taken(self) -> str:
        """What was logged since the last time, or blank."""
        said, self._said = "; ".join(self._said), []
        return said


@contextmanager
def noticed() -> Iterator[Faults]:
    """While the block runs every error of this process is noticed."""
    faults, root = Faults(), logging.getLogger()
    root.addHandler(faults)
    try:
        yield faults
    finally:
        root.removeHandler(faults)
