"""The clocks of rules.md R2–R5 as arithmetic: each row of its tables, and a table of awkward dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore import deadlines
from casecore.territory.model import ServiceLevels
from casecore.vocabulary import Stage, Urgency

ZONE = ZoneInfo("Asia/Shanghai")
LEVELS = ServiceLevels()
G, V, U = Stage.G, Stage.V, Stage.U
NORMAL, URGENT, EMERGENCY = Urgency.NORMAL, Urgency.URGENT, Urgency.EMERGENCY


def at(said: str) -> datetime:
    """`03-04 09:20` of 2024, or with its year, in Shanghai."""
    text = said if said.count("-") == 2 else f"2024-{said}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def stage_due(stage: Stage, started: str) -> datetime:
    return deadlines.stage_due(LEVELS, stage, at(started))


def test_t2_1_grid_has_a_day() -> None:
    assert stage_due(G, "03-04 09:20") == at("03-05 09:20")


def test_t2_2_weekends_count() -> None:
    assert stage_due(G, "03-01 16:00") == at("03-02 16:00")


def test_t2_3_village_has_three_days() -> None:
    assert stage_due(V, "03-04 10:00") == at("03-07 10:00")


def test_t2_4_department_has_seven_days() -> None:
    assert stage_due(U, "03-04 10:00") == at("03-11 10:00")


def test_t2_5_each_stage_has_its_own_clock() -> None:
    assert stage_due(V, "03-04 20:00") == at("03-07 20:00")
    assert stage_due(U, "03-06 08:00") == at("03-13 08:00")


def unit_due(stage_ends: str, arrived: str) -> datetime:
    return deadlines.unit_due(LEVELS, at(stage_ends), at(arrived))


def test_t2_6_a_receiving_unit_has_48_hours() -> None:
    assert unit_due("03-13 08:00", "03-11 15:00") == at("03-13 15:00")


def test_t2_7_and_at_most_48_hours_past_the_stage() -> None:
    assert unit_due("03-13 08:00", "03-12 20:00") == at("03-14 20:00")
    assert unit_due("03-13 08:00", "03-14 10:00") == at("03-15 08:00")


def test_inside_the_stage_an_early_arrival_changes_nothing() -> None:
    assert unit_due("03-13 08:00", "03-06 08:00") == at("03-13 08:00")


def response(urgency: Urgency, arrived: str, *, halved: bool = False) -> datetime:
    return deadlines.response_due(LEVELS, urgency, at(arrived), ZONE, halved=halved)


def test_t3_1_normal_is_answered_in_half_an_hour() -> None:
    assert response(NORMAL, "03-04 14:00") == at("03-04 14:30")


def test_t3_2_a_case_of_the_night_is_answered_in_the_morning() -> None:
    assert response(NORMAL, "03-04 23:10") == at("03-05 08:30")
    assert stage_due(G, "03-04 23:10") == at("03-05 23:10")


def test_t3_3_key_groups_are_answered_in_half_the_time() -> None:
    assert response(NORMAL, "03-04 14:00", halved=True) == at("03-04 14:15")
    assert response(URGENT, "03-04 14:00", halved=True) == at("03-04 14:07") + timedelta(seconds=30)


def test_t3_4_an_emergency_has_five_minutes_and_never_less() -> None:
    assert response(EMERGENCY, "03-04 03:00") == at("03-04 03:05")
    assert response(EMERGENCY, "03-04 03:00", halved=True) == at("03-04 03:05")


@pytest.mark.parametrize(
    ("urgency", "arrived", "due"),
    [
        (NORMAL, "03-04 07:59", "03-04 08:30"),
        (NORMAL, "03-04 08:00", "03-04 08:30"),
        (NORMAL, "03-04 21:59", "03-04 22:29"),
        (NORMAL, "03-04 22:00", "03-05 08:30"),
        (NORMAL, "03-05 00:00", "03-05 08:30"),
        (URGENT, "03-04 23:10", "03-04 23:25"),
        (NORMAL, "2023-12-31 22:00", "2024-01-01 08:30"),
        (NORMAL, "2024-02-28 23:00", "2024-02-29 08:30"),
        (NORMAL, "2023-02-28 23:00", "2023-03-01 08:30"),
        (NORMAL, "2024-12-31 23:59", "2025-01-01 08:30"),
    ],
)
def test_the_edges_of_the_response_day(urgency: Urgency, arrived: str, due: str) -> None:
    assert response(urgency, arrived) == at(due)


def test_t4_1_the_higher_clock_starts_at_the_lower_due() -> None:
    assert deadlines.stage_due(LEVELS, V, stage_due(G, "03-04 09:20")) == at("03-08 09:20")


def test_t4_4_reminders() -> None:
    start = at("03-04 09:20")
    assert deadlines.reminders(LEVELS, start, stage_due(G, "03-04 09:20")) == (
        ("half", at("03-04 21:20")),
        ("three_quarters", at("03-05 03:20")),
        ("last", at("03-05 07:20")),
    )


def test_reminders_that_would_come_before_the_start_are_left_out() -> None:
    start = at("03-04 09:20")
    short = deadlines.reminders(LEVELS, start, start + timedelta(hours=2))
    assert [which for which, _ in short] == ["half", "three_quarters"]


@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        ("03-04 09:20", "03-04 11:20"),  # T2-9
        ("03-04 07:59", "03-04 10:00"),
        ("03-04 08:00", "03-04 10:00"),
        ("03-04 19:59", "03-04 21:59"),
        ("03-04 20:00", "03-05 10:00"),
        ("2023-12-31 23:59", "2024-01-01 10:00"),
        ("2024-02-28 21:00", "2024-02-29 10:00"),
    ],
)
def test_t2_9_an_unclaimed_microgrid_case(arrived: str, due: str) -> None:
    assert deadlines.claim_due(LEVELS, at(arrived), ZONE) == at(due)


@pytest.mark.parametrize(
    ("stage", "urgency", "hours"),
    [(G, NORMAL, 2), (V, NORMAL, 8), (U, NORMAL, 24), (G, URGENT, 2), (V, URGENT, 2), (U, URGENT, 2)],
)
def test_r5_1_how_long_not_mine_may_be_said(stage: Stage, urgency: Urgency, hours: int) -> None:
    start = at("03-04 10:00")
    assert deadlines.return_until(LEVELS, stage, urgency, start) == start + timedelta(hours=hours)


def test_r5_1_emergencies_cannot_be_returned() -> None:
    assert deadlines.return_until(LEVELS, G, EMERGENCY, at("03-04 10:00")) is None


@pytest.mark.parametrize(("urgency", "minutes"), [(NORMAL, 240), (URGENT, 30), (EMERGENCY, 30)])
def test_r5_2_how_long_a_ruling_may_take(urgency: Urgency, minutes: int) -> None:
    asked = at("03-04 10:00")
    assert deadlines.ruling_due(LEVELS, urgency, asked) == asked + timedelta(minutes=minutes)


@pytest.mark.parametrize(("urgency", "minutes"), [(NORMAL, 10), (URGENT, 2), (EMERGENCY, 0)])
def test_r1_1_silence_means_yes(urgency: Urgency, minutes: int) -> None:
    shown = at("03-04 09:10")
    assert deadlines.silence_due(LEVELS, urgency, shown) == shown + timedelta(minutes=minutes)


def test_r1_2_a_draft_is_remembered_at_nine() -> None:
    assert deadlines.draft_reminder(LEVELS, at("2024-02-28 23:30"), ZONE) == at("2024-02-29 09:00")
    assert deadlines.draft_reminder(LEVELS, at("2024-02-29 00:10"), ZONE) == at("2024-03-01 09:00")


@pytest.mark.parametrize(("stage", "due"), [(G, "03-05 21:05"), (V, "03-06 21:05"), (U, "03-08 21:05")])
def test_r11_5_a_reopened_case_has_half_the_stage(stage: Stage, due: str) -> None:
    assert deadlines.reopened_due(LEVELS, stage, at("03-05 09:05")) == at(due)


@pytest.mark.parametrize(
    ("stage", "started", "due"),
    [
        (G, "2024-02-28 12:00", "2024-02-29 12:00"),  # a leap day
        (G, "2024-02-29 00:00", "2024-03-01 00:00"),
        (G, "2023-02-28 12:00", "2023-03-01 12:00"),
        (V, "2024-02-27 08:30", "2024-03-01 08:30"),
        (V, "2023-02-27 08:30", "2023-03-02 08:30"),
        (U, "2024-02-23 09:00", "2024-03-01 09:00"),
        (U, "2023-02-23 09:00", "2023-03-02 09:00"),
        (G, "2024-12-31 23:59", "2025-01-01 23:59"),  # the end of a year
        (V, "2024-12-30 10:00", "2025-01-02 10:00"),
        (U, "2024-12-25 00:00", "2025-01-01 00:00"),
        (U, "2025-12-27 17:45", "2026-01-03 17:45"),
        (V, "2024-02-08 18:00", "2024-02-11 18:00"),  # over the Spring Festival: natural days
        (U, "2024-09-28 09:00", "2024-10-05 09:00"),  # over the National Day week
        (G, "2026-10-10 08:00", "2026-10-11 08:00"),  # a make-up working Saturday is a day like others
        (U, "2100-02-25 10:00", "2100-03-04 10:00"),  # 2100 has no leap day
    ],
)
def test_oracle_of_awkward_dates(stage: Stage, started: str, due: str) -> None:
    assert stage_due(stage, started) == at(due)


INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 (the strategy adds the zone)
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(ZONE),
)


@given(stage_ends=INSTANTS, hours=st.integers(-400, 400))
def test_r2_3_holds_for_every_arrival(stage_ends: datetime, hours: int) -> None:
    """Never before the stage ends, never more than 48 h past it, and 48 h for the unit unless that cap is met."""
    arrived = stage_ends + timedelta(hours=hours)
    due = deadlines.unit_due(LEVELS, stage_ends, arrived)
    floor = timedelta(hours=48)
    assert stage_ends <= due <= stage_ends + floor
    assert due - arrived >= floor or due == stage_ends + floor


@given(arrived=INSTANTS, urgency=st.sampled_from(Urgency), halved=st.booleans())
def test_r3_holds_for_every_minute(arrived: datetime, urgency: Urgency, halved: bool) -> None:
    """A response is never due before five minutes, nor later than by the next morning."""
    due = deadlines.response_due(LEVELS, urgency, arrived, ZONE, halved=halved)
    assert due - arrived >= timedelta(minutes=5)
    assert due - arrived <= timedelta(hours=10, minutes=30)
    if urgency is NORMAL:
        assert (8, 0) < (due.astimezone(ZONE).hour, due.astimezone(ZONE).minute) <= (22, 30)
