"""A flood is slowed, and only for the chat that makes it."""

from __future__ import annotations

from bots.web.pace import Pace


def test_a_burst_passes_then_one_token_a_period() -> None:
    pace = Pace(burst=3, per_second=0.5)
    assert [pace.take("a", 100.0) for _ in range(3)] == [0, 0, 0]
    assert pace.take("a", 100.0) == 2.0
    assert pace.take("a", 102.0) == 0
    assert pace.take("a", 102.0) == 2.0


def test_others_are_not_slowed() -> None:
    pace = Pace(burst=1, per_second=1)
    assert pace.take("a", 0) == 0
    assert pace.take("a", 0) > 0
    assert pace.take("b", 0) == 0


def test_tokens_do_not_pile_up_beyond_the_burst() -> None:
    pace = Pace(burst=2, per_second=1)
    pace.take("a", 0)
    assert [pace.take("a", 9999) > 0 for _ in range(3)] == [False, False, True]


def test_a_clock_set_back_gives_nothing_and_takes_nothing() -> None:
    pace = Pace(burst=2, per_second=1)
    assert pace.take("a", 1000) == 0
    assert pace.take("a", 10) == 0
    assert pace.take("a", 10) == 1.0


def test_the_longest_silent_name_is_forgotten_first() -> None:
    pace = Pace(burst=1, per_second=0.001, most_names=2)
    for name in ("a", "b", "a", "c"):
        pace.take(name, 0)
    assert pace.take("b", 0) == 0, "b was forgotten"
    assert len(pace._buckets) == 2
