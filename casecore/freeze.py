"""Time in which a clock stands still (R7, R13.5), as arithmetic: how much of a stay was frozen, and its end then."""

from __future__ import annotations

from datetime import datetime, timedelta


def overlap(began: datetime, ended: datetime, since: datetime, until: datetime) -> timedelta:
    """How long `[began, ended]` and `[since, until]` lie over each other; nothing when they do not meet."""
    return max(min(ended, until) - max(began, since), timedelta(0))


def thawed(due: datetime, since: datetime, until: datetime) -> datetime:
    """R7: the end of a clock that stood still from `since` to `until`: later by exactly that."""
    return due + max(until - since, timedelta(0))
