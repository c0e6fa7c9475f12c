"""How other systems tell duplicates, built anew from their published rules, to be measured on the same pairs.

FixMyStreet   an open report of the same category within 250 m (the suggestions shown to a reporter)
Signalen      the same category within 50 m, not older than 12 weeks
Mark-a-Spot   texts whose vectors have a cosine of 0.85 or more, within 500 m, not older than 30 days

Each gets the best case: the true category where a person would have chosen one, and the place that our own finder
has for words without a point. Mark-a-Spot's sentence vectors are replaced by the vectors that ship with Minhu.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from intake.duplicates.features import Meaning, metres_between
from intake.duplicates.report import Report

FIXMYSTREET_METRES = 250
SIGNALEN_METRES, SIGNALEN_AGE = 50, timedelta(weeks=12)
MARK_A_SPOT_METRES, MARK_A_SPOT_AGE, MARK_A_SPOT_COSINE = 500, timedelta(days=30), 0.85

Baseline = Callable[[Report, Report, Meaning], bool]


def fixmystreet(one: Report, other: Report, meaning: Meaning) -> bool:
    return _same_category(one, other) and _within(one, other, FIXMYSTREET_METRES)


def signalen(one: Report, other: Report, meaning: Meaning) -> bool:
    recent = abs(one.at - other.at) <= SIGNALEN_AGE
    return recent and _same_category(one, other) and _within(one, other, SIGNALEN_METRES)


def mark_a_spot(one: Report, other: Report, meaning: Meaning) -> bool:
    recent = abs(one.at - other.at) <= MARK_A_SPOT_AGE
    return (
        recent
        and _within(one, other, MARK_A_SPOT_METRES)
        and meaning(one.text, other.text) >= MARK_A_SPOT_COSINE
    )


BASELINES: dict[str, Baseline] = {
    "fixmystreet": fixmystreet,
    "signalen": signalen,
    "mark_a_spot": mark_a_spot,
}


def _same_category(one: Report, other: Report) -> bool:
    return bool(one.items) and max(one.items, key=lambda c: one.items[c]) == max(
        other.items, key=lambda c: other.items[c], default=None
    )


def _within(one: Report, other: Report, metres: float) -> bool:
    apart = metres_between(one.point, other.point)
    return apart is not None and apart <= metres
