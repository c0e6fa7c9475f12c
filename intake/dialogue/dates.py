"""A day as people write it: 3月20日, 3-20, 2026-03-20, 20 March; its end is when what is promised by it falls due."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = re.compile(r"(?P<y>20\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})")
_SHORT = re.compile(r"(?<!\d)(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})(?!\d)")
_ENGLISH = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\s(?P<n>[a-z]{3})[a-z]*(?:\s(?P<y>20\d\d))?|"
    r"(?P<n2>[a-z]{3})[a-z]*\s(?P<d2>\d{1,2})(?:,?\s(?P<y2>20\d\d))?"
)


def end_of_day(said: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end (24:00) of the day that the words name; without a year the next such day. None when they name none."""
    found = _numbers(said.lower())
    if found is None:
        return None
    year, month, day = found
    today = now.astimezone(zone)
    try:
        start = datetime.combine(date(year or today.year, month, day), time(), zone)
        if year is None and start.date() < today.date():
            start = start.replace(year=today.year + 1)
    except ValueError:
        return None
    return start + timedelta(days=1)


def _numbers(said: str) -> tuple[int | None, int, int] | None:
    full = _FULL.search(said)
    if full:
        return int(full["y"]), int(full["m"]), int(full["d"])
    short = _SHORT.search(said)
    if short:
        return None, int(short["m"]), int(short["d"])
    for match in _ENGLISH.finditer(said):
        name, day, year = match["n"] or match["n2"], match["d"] or match["d2"], match["y"] or match["y2"]
        if name in _MONTHS:
            return (int(year) if year else None), _MONTHS.index(name) + 1, int(day)
    return None
