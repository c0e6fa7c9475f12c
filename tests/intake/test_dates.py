"""A day as people write it, and its end; what names no day is asked again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake.dialogue.dates import end_of_day

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 3, 4, 10, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("3月20日", "2024-03-21"), ("2024年3月20日前", "2024-03-21"),
        ("2024-03-20", "2024-03-21"), ("3.20", "2024-03-21"),
        ("20 March", "2024-03-21"), ("March 20, 2025", "2025-03-21"),
        ("今天3月4日", "2024-03-05"), ("2月1日", "2025-02-02"),
        ("12月31日", "2025-01-01"),
    ],
)  # fmt: skip
def test_the_end_of_the_day_that_was_meant(said: str, end: str) -> None:
    assert end_of_day(said, NOW, ZONE) == datetime.fromisoformat(end).replace(tzinfo=ZONE)


@pytest.mark.parametrize("said", ["", "很快", "下周", "13月40日", "99-99", "soon", "2月29日"])
def test_what_names_no_day_is_none(said: str) -> None:
    assert end_of_day(said, NOW, ZONE) is None
