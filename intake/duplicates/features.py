"""What speaks for and against two requests being one matter, as named numbers; made alike for training and in the house."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from casecore.messages import Point
from casecore.territory.model import Territory
from intake.duplicates.anchors import Agreement, Anchors, agreement, anchors_of
from intake.duplicates.report import Report
from intake.duplicates.things import private, things_of
from media.likeness import SAME_PHOTO, distance

EARTH = 6_371_000.0  # metres
DAY_HOURS = 24.0
NEAR_METRES = 100.0
"""Distance at which nearness has fallen to a third: a phone's fix in a street of houses is off by some tens of metres."""
FAR_METRES = 250.0
"""From here on two points are simply apart."""
_NOISE = re.compile(r"[\s,，。.!！?？、:：;；~…\"“”'()（）\d-]+")

NAMES = (
    "matter", "words", "meaning", "same_thing", "other_thing", "where", "far", "contradicted", "shared_number",
    "other_name", "private", "days", "same_photo", "other_photo", "same_resident", "what_and_where",
)  # fmt: skip
# How sure "the same spot" is without two measured points.
SAID_ALIKE = 0.8  # both name the same door, team or name
SAME_AREA = 0.45  # the same grid, or one place inside the other

Meaning = Callable[[str, str], float]
"""Likeness of two texts' meanings, −1 to 1 (the cosine of their mean word vectors); 0 when either has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A report with what is computed of it once, however many it is compared with."""

    report: Report
    anchors: Anchors
    bigrams: Counter[str]
    things: frozenset[str]


def read(report: Report) -> Read:
    text = report.text.lower()
    bare = _NOISE.sub("", text.replace(report.place.lower(), "") if report.place else text)
    pairs = Counter(bare[i : i + 2] for i in range(len(bare) - 1))
    return Read(report=report, anchors=anchors_of(report.words), bigrams=pairs, things=things_of(report.text))


def features(one: Read, other: Read, territory: Territory, meaning: Meaning) -> dict[str, float]:
    """The numbers of `NAMES`, each about 0 to 1 (2 for counts). The order of the two does not matter."""
    a, b = one.report, other.report
    fit = agreement(one.anchors, other.anchors)
    metres = metres_between(a.point, b.point)
    photo = same_photo(a, b)
    same_resident = bool(a.by) and a.by == b.by
    matter = sum(min(p, b.items.get(code, 0.0)) for code, p in a.items.items())
    shared_thing = bool(one.things & other.things)
    other_thing = bool(one.things) and bool(other.things) and not shared_thing
    where = _where(metres, fit, _nested(a, b, territory))
    own = (private(one.things) or private(other.things)) and not same_resident
    what = float(photo is True) or (0.0 if other_thing or own else max(matter, float(shared_thing)))
    return {
        "matter": matter,
        "words": _dice(one.bigrams, other.bigrams),
        "meaning": max(meaning(a.text, b.text), 0.0),
        "same_thing": float(shared_thing),
        "other_thing": float(other_thing),
        "where": where,
        "far": min(metres / FAR_METRES, 2.0) if metres is not None else 0.0,
        "contradicted": float(min(fit.contradicted, 2)),
        "shared_number": float(min(fit.shared, 2)),
        "other_name": float(min(fit.other_names, 1)),
        "private": float(own),
        "days": min(abs((a.at - b.at).total_seconds()) / 3600 / DAY_HOURS / 7, 2.0),
        "same_photo": float(photo is True),
        "other_photo": float(photo is False),
        "same_resident": float(same_resident),
        "what_and_where": what * where,
    }


def _where(metres: float | None, fit: Agreement, nested: bool) -> float:
    """How sure it is that both mean one spot, 0 to 1: measured if both were, else by what they say of it."""
    if metres is not None:
        return math.exp(-metres / NEAR_METRES)
    if fit.contradicted or fit.other_names:
        return 0.0
    return SAID_ALIKE if fit.shared or fit.shared_names else SAME_AREA if nested else 0.0


def metres_between(one: Point | None, other: Point | None) -> float | None:
    """Great-circle distance in metres, or None when either point is unknown."""
    if one is None or other is None:
        return None
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    east = math.radians(other.lon - one.lon)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(east / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def same_photo(one: Report, other: Report) -> bool | None:
    """Do any two of their photos show the same? None when either has none."""
    if not one.photos or not other.photos:
        return None
    return any(distance(a, b) <= SAME_PHOTO for a in one.photos for b in other.photos)


def _nested(one: Report, other: Report, territory: Territory) -> bool:
    """The same village, or a place inside the other one."""
    if one.unit not in territory.units or other.unit not in territory.units:
        return False
    assert one.unit is not None and other.unit is not None
    return territory.inside(one.unit, other.unit) or territory.inside(other.unit, one.unit)


def _dice(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
