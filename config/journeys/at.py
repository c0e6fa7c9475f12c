"""Where in a journey's file we are, and what kinds of values stand there: a mistake names file, line and step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from config.journeys.document import JourneyInvalid, Table

_DURATION = re.compile(
    r"(\d+(?:\.\d+)?)\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m|seconds?|sec|s)\s*", re.IGNORECASE
)
_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where in which file we are: what a mistake names."""

    file: Path
    line: int
    zone: ZoneInfo
    step: int | None = None

    def wrong(self, text: str, *, line: int | None = None) -> NoReturn:
        raise JourneyInvalid(self.file, line or self.line, text, step=self.step)

    def only(self, table: Table, allowed: Iterable[str]) -> None:
        allowed = frozenset(allowed)
        for key in table:
            if key not in allowed:
                self.wrong(
                    f"unknown key {key!r} (known here: {', '.join(sorted(allowed))})", line=table.lines[key]
                )

    def table(self, value: Any, what: str) -> Table:
        if not isinstance(value, Table):
            self.wrong(f"{what} is a mapping, not {value!r}")
        return value

    def number(self, value: Any, what: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.wrong(f"{what} is a whole number, not {value!r}")
        return value

    def text(self, value: Any, what: str) -> str:
        if value is None or isinstance(value, dict | list):
            self.wrong(f"{what} is a text, not {value!r}")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def instant(self, value: Any, what: str) -> datetime:
        """ISO 8601; without a zone the territory's is meant."""
        try:
            found = datetime.fromisoformat(self.text(value, what))
        except ValueError:
            self.wrong(f"{what} is a time such as 2026-03-02T09:00:00+08:00, not {value!r}")
        return found if found.tzinfo else found.replace(tzinfo=self.zone)

    def duration(self, value: Any, what: str) -> timedelta:
        """`2h`, `30m`, `1d 2h`, `90s`."""
        said = self.text(value, what).strip()
        parts = _DURATION.findall(said)
        if not parts or _DURATION.sub("", said):
            self.wrong(f"{what} is a duration such as 25h, 30m or 1d, not {value!r}")
        return timedelta(seconds=sum(float(number) * _UNITS[unit[0].lower()] for number, unit in parts))
