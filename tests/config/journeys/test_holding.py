"""How wanted values are held against seen ones (journeys.md: any of, all, none, absent)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from config.journeys.holding import holds, same, same_language, same_minute, same_share
from config.journeys.script import Check, Op


def check(op: Op, *wanted: Any) -> Check:
    return Check(key="k", op=op, wanted=wanted)


@pytest.mark.parametrize(
    ("op", "wanted", "seen", "held"),
    [
        (Op.IS, ["a"], "a", True),
        (Op.IS, ["a"], "b", False),
        (Op.IS, ["a", "b"], "b", True),  # a list: any of
        (Op.IS, [None], None, True),
        (Op.IS, [None], "", True),
        (Op.IS, [None], [], True),
        (Op.IS, [None], "a", False),
        (Op.IS, ["a"], None, False),
        (Op.IS, [2], [1, 2], True),
        (Op.HAS, ["an"], "banana", True),
        (Op.HAS, ["an", "x"], "banana", False),  # all
        (Op.HAS, ["a"], None, False),
        (Op.HAS, ["rate_5"], ["rate_1", "rate_5"], True),
        (Op.HAS, ["rate"], ["rate_1"], False),  # a member, not a part of its name
        (Op.LACKS, ["x", "y"], "banana", True),
        (Op.LACKS, ["x", "an"], "banana", False),  # none
        (Op.LACKS, ["a"], None, True),
    ],
)
def test_each_way_of_wanting(op: Op, wanted: list[Any], seen: Any, held: bool) -> None:
    assert holds(check(op, *wanted), seen, same) is held


def test_times_are_compared_to_the_minute() -> None:
    """R0; a thing due at 09:20 happens a second after it."""
    at = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
    assert same_minute(at.replace(second=59), at)
    assert not same_minute(at.replace(minute=21), at)


def test_a_language_stands_for_its_regions() -> None:
    assert same_language("zh-CN", "zh")
    assert same_language("zh-CN", "zh-CN")
    assert not same_language("zh-CN", "en")


def test_rates_are_compared_to_four_decimals() -> None:
    assert same_share(Decimal("0.8571"), 0.8571)
    assert same_share(Decimal("1.0000"), 1)
    assert not same_share(Decimal("0.8571"), 0.857)
    assert not same_share(Decimal("0.8571"), "many")
