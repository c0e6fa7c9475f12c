"""Quiet hours: who may be woken at night, and by what."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.quiet import is_quiet
from casecore.messages import Owed
from casecore.territory.model import ServiceLevels
from casecore.vocabulary import Notice

ZONE = ZoneInfo("Asia/Shanghai")


def quiet(notice: Notice, clock: str, urgency: str | None = "normal", **levels: int) -> bool:
    facts = {} if urgency is None else {"urgency": urgency}
    owed = Owed(notice=notice, cause="c", person_id="p", facts=facts)
    now = datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=ZONE)
    return is_quiet(owed, ServiceLevels(**levels), ZONE, now)


@pytest.mark.parametrize(
    ("clock", "silent"),
    [("21:59", False), ("22:00", True), ("03:20", True), ("06:59", True), ("07:00", False)],
)
def test_news_of_a_normal_case_is_silent_by_night(clock: str, silent: bool) -> None:
    assert quiet(Notice.REMINDER, clock) is silent


@pytest.mark.parametrize("urgency", ["urgent", "emergency", None])
def test_what_cannot_wait_sounds_at_any_hour(urgency: str | None) -> None:
    assert not quiet(Notice.TASK_CARD, "03:00", urgency)


@pytest.mark.parametrize("notice", [Notice.ALERT, Notice.EMERGENCY_HELP, Notice.STATUS, Notice.SUMMARY_CARD])
def test_alarms_and_answers_sound(notice: Notice) -> None:
    assert not quiet(notice, "03:00")


def test_a_district_without_a_night_has_no_quiet_hours() -> None:
    assert not quiet(Notice.REMINDER, "03:00", quiet_starts=7, quiet_ends=7)


def test_quiet_hours_may_lie_within_one_day() -> None:
    assert quiet(Notice.REMINDER, "13:00", quiet_starts=12, quiet_ends=14)
    assert not quiet(Notice.REMINDER, "15:00", quiet_starts=12, quiet_ends=14)
