"""Quiet hours: at night news of a normal case arrives without a sound. It arrives; nobody is woken by it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from casecore.messages import Owed
from casecore.territory.model import ServiceLevels
from casecore.vocabulary import Notice, Urgency

# What is told without having been asked for just now. An answer to somebody who is writing may sound.
NEWS: frozenset[Notice] = frozenset(
    {
        Notice.ACCEPTED,
        Notice.PROGRESS,
        Notice.MOVED,
        Notice.DONE,
        Notice.RATING_REQUEST,
        Notice.REOPENED,
        Notice.MERGED,
        Notice.PLANNED,
        Notice.CLOSED,
        Notice.TASK_CARD,
        Notice.TASK_MOVED,
        Notice.APPROVAL_CARD,
        Notice.ADDITION,
        Notice.WITHDRAWN,
        Notice.SUPERVISION_ORDER,
        Notice.RULED,
        Notice.FOLLOW_UP,
        Notice.JOINED,
        Notice.HARD_MATTER,
        Notice.REMINDER,
    }
)


def is_quiet(owed: Owed, levels: ServiceLevels, zone: ZoneInfo, now: datetime) -> bool:
    """May `owed` arrive without a sound at `now`? Only news of a normal case, between the district's quiet hours.

    R3 asks for no answer to a normal case at night, so nothing is lost by not waking anybody; the reminders of
    R4.3 come when they are due all the same.
    """
    if owed.notice not in NEWS or owed.facts.get("urgency") != Urgency.NORMAL.value:
        return False
    hour, starts, ends = now.astimezone(zone).hour, levels.quiet_starts, levels.quiet_ends
    return starts <= hour < ends if starts <= ends else hour >= starts or hour < ends
