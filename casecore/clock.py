"""The time of day, as something that is handed in: workers ask a Clock, decisions take `now`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ScriptClock:
    """A clock that only its owner moves (journeys, tests). It never runs backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = require_aware(start)

    def now(self) -> datetime:
        return self._now

    def set(self, to: datetime) -> None:
        if to < self._now:
            raise ValueError(f"a script clock does not run backwards: {to} is before {self._now}")
        self._now = require_aware(to)


def require_aware(value: datetime) -> datetime:
    """`value` in UTC; ValueError for a naive datetime, which names no instant."""
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: every instant in Minhu carries its zone")
    return value.astimezone(UTC)
