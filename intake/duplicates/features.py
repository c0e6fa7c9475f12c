"""What speaks for and against two requests being one matter, as named numbers; alike for training and in the house."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from casecore.messages import Point
from casecore.territory.model import Territory
from intake.duplicates.anchors import Agreement, Anchors, agreement, anchors_of
from intake.duplicates.report import Report
from intake.duplicates.things import DIFFUSE, OF_A_FIRM, WIDE, private, things_of, without_things
from media.likeness import SAME_PHOTO, distance

EARTH = 6_371_000.0  # metres
DAY_HOURS = 24.0
NEAR_METRES = 100.0
"""Distance at which nearness has fallen to a third: a phone's fix among houses is off by some tens of metres."""
FAR_METRES = 250.0
"""From here on two points are simply apart."""
_NOISE = re.compile(r"[\s,，。.!！?？、:：;；~…\"“”'()（）\d-]+")

NAMES = (
    "matter", "words", "meaning", "same_thing", "other_thing", "unnamed", "where", "far", "contradicted",
    "shared_number", "other_name", "private", "days", "same_photo", "other_photo", "same_resident",
    "thing_and_where", "item_and_where",
)  # fmt: skip
# How sure "the same spot" is without two measured points.
SAID_ALIKE = 0.8  # both name the same door, team or name
SAME_AREA = 0.45  # one place inside the other, and no more is said
REACH = 3.0  # noise, smell, smoke and mains are noticed three times as far as a hole in the road
NAME_LENGTH = 3  # characters of a firm's name that two requests share
SAME_DOOR_METRES = 100.0  # the same door by both their words: among high houses a phone is off by as much
OTHER_DOOR = 0.3  # measured near, but of the next house by their own words
PINNED_APART = 0.2  # the same, but each names something that the other does not

Meaning = Callable[[str, str], float]
"""Likeness of two texts' meanings, −1 to 1 (the cosine of their mean word vectors); 0 when either has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A report with what is computed of it once, however many it is compared with."""

    report: Report
    anchors: Anchors
    bigrams: Counter[str]
    things: frozenset[str]
    bare: str
    """The words without the names of places, which near requests share whatever they are about."""


def read(report: Report, territory: Territory) -> Read:
    bare = _without_units(report, report.text, territory).replace("|", " ")
    tight = _NOISE.sub("", bare.lower())
    pairs = Counter(tight[i : i + 2] for i in range(len(tight) - 1))
    return Read(
        report=report,
        anchors=anchors_of(report.words),
        bigrams=pairs,
        things=things_of(report.text),
        bare=bare,
    )


def features(one: Read, other: Read, territory: Territory, meaning: Meaning) -> dict[str, float]:
    """The numbers of `NAMES`, each about 0 to 1 (2 for counts). The order of the two does not matter."""
    a, b = one.report, other.report
    fit = agreement(one.anchors, other.anchors)
    shared = one.things & other.things
    if shared & WIDE:
        fit = replace(fit, contradicted=0, apart=False)
    metres = metres_between(a.point, b.point)
    if metres is not None and shared & (WIDE | DIFFUSE):
        metres /= REACH
    photo = same_photo(a, b)
    same_resident = bool(a.by) and a.by == b.by
    matter = sum(min(p, b.items.get(code, 0.0)) for code, p in a.items.items())
    shared_thing = bool(shared)
    other_thing = bool(one.things) and bool(other.things) and not shared_thing
    where = _where(metres, fit, _nested(a, b, territory))
    if metres is None and shared & WIDE:
        where = max(where, SAID_ALIKE if _nested(a, b, territory) else 0.0)
    if metres is None and shared and shared <= OF_A_FIRM:
        where = SAID_ALIKE if _common_name(a, b, territory) else min(where, PINNED_APART)
    own = (private(one.things) or private(other.things)) and not same_resident
    unnamed = not one.things or not other.things
    alike = photo is True or (shared_thing and not own)
    return {
        "matter": matter,
        "words": _dice(one.bigrams, other.bigrams),
        "meaning": max(meaning(one.bare, other.bare), 0.0),
        "same_thing": float(shared_thing),
        "other_thing": float(other_thing),
        "unnamed": float(unnamed),
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
        "thing_and_where": float(alike) * where,
        "item_and_where": matter * where if unnamed else 0.0,
    }


def _common_name(one: Report, other: Report, territory: Territory) -> bool:
    """Do both say the same three characters or more, the names of units aside: a firm's name, of whatever style?"""
    a, b = (
        _NOISE.sub("", without_things(_without_units(r, r.words, territory).lower())) for r in (one, other)
    )
    return any(
        len(a[match.a : match.a + match.size].replace("|", "")) >= NAME_LENGTH
        for match in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    )


def _without_units(report: Report, words: str, territory: Territory) -> str:
    """The words with a stroke for each name of the units around."""
    if report.unit in territory.units:
        assert report.unit is not None
        for unit in territory.lineage(report.unit):
            for name in unit.names.values():
                words = words.replace(name, "|")
    return words


def _where(metres: float | None, fit: Agreement, nested: bool) -> float:
    """How sure it is that both mean one spot, 0 to 1: measured if both were, else by what they say of it."""
    if metres is not None:
        near = math.exp(-metres / NEAR_METRES)
        if fit.contradicted:
            return min(near, OTHER_DOOR)
        return max(near, SAID_ALIKE) if fit.same_door and metres <= SAME_DOOR_METRES else near
    if fit.contradicted or fit.other_names:
        return 0.0
    if fit.shared or fit.shared_names:
        return SAID_ALIKE
    return (PINNED_APART if fit.apart else SAME_AREA) if nested else 0.0


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
