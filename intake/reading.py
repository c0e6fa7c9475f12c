"""One message read: the layers in order, and what they say together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from casecore.territory.model import Territory
from casecore.vocabulary import Urgency
from intake.classify import MatterSorter, Sorted
from intake.judgement import Context, PlaceGuess, Understanding
from intake.matter.features import is_spelled
from intake.split import announced_parts, clauses
from intake.urgency import judge, real_danger, without_idioms
from intake.wording import fold, language, plain

if TYPE_CHECKING:
    from intake.intent import IntentReader
    from intake.locate import PlaceFinder

# A message that is hardly more than a place's name is sorted whole.
LEAST_WITHOUT_PLACE = 4
_ON_SITE = frozenset({"ENV", "INF", "UTL", "BLD", "TRA", "ECO", "SAF", "NBR"})
"""Categories whose matter is at the place named; an enquiry about insurance in Shanghai is still ours."""


_SURE_PART = 0.5
"""A part of a message is a matter of its own when its item is at least this probable."""
_LONG_TALE = 60
"""Characters from which an unmarked message may hold two matters: shorter ones tell one with its circumstances."""
_SURE_CLAUSE = 0.9
"""A clause of a tale must be surer than a marked part: clauses also tell causes and consequences."""
_SURE_EMERGENCY = 0.8
"""Probability of the items that are emergencies by default from which the message is read as a cry for help."""
_NAMES = 0.2
"""Below this probability no item gives its default urgency: the message names none."""
_LEVELS = (Urgency.EMERGENCY, Urgency.URGENT)


class Layers(Protocol):
    """What reads: each layer ready for the territory (see `intake.understand`)."""

    @property
    def territory(self) -> Territory: ...
    @property
    def places(self) -> PlaceFinder: ...
    @property
    def matters(self) -> MatterSorter: ...
    @property
    def intents(self) -> IntentReader: ...
    @property
    def version(self) -> int: ...


def read(text: str, context: Context, layers: Layers) -> Understanding:
    """The judgement on `text`. See `understand.Understanding` for the meaning of each field."""
    folded = fold(text)
    words = plain(folded)
    places = layers.places.find(text, folded, context)
    sorted_ = layers.matters.sort(matter_words(folded, places))
    matter = sorted_.guesses[0].probability if sorted_.guesses and sorted_.guesses[0].because else 0.0
    named = any(p.text for p in places)
    danger = real_danger(words) is not None or _emergency_item(sorted_, layers)
    wish = layers.intents.read(
        words, sorted_.reading.intents, context, matter=matter, placed=named, danger=danger
    )
    item = layers.territory.items[sorted_.guesses[0].code] if matter > _NAMES else None
    asks = wish.intent in ("new_request", "addition") or (danger and wish.intent == "other")
    # An addition has no item of its own: only real words of danger raise it.
    default = _default(sorted_, layers) if item and wish.intent == "new_request" else Urgency.NORMAL
    degree = judge(words, default, item, asks=asks)
    outside = (
        layers.places.outside.find(text, folded, places)
        if item and item.category in _ON_SITE and item.kind != "enquiry"
        else None
    )
    return Understanding(
        intent=wish.intent,
        intent_probability=wish.probability,
        intent_because=wish.because,
        matters=sorted_.guesses,
        places=places,
        urgency=degree.urgency,
        urgency_because=degree.because,
        lang="en" if language(folded) == "en" and not is_spelled(folded) else "zh-CN",
        parts=_parts(text, layers) if wish.intent == "new_request" else (),
        rating=wish.rating,
        solved=wish.solved,
        consent=wish.consent,
        urging=wish.urging,
        enquiry=degree.enquiry,
        out_of_area=outside is not None,
        outside=outside.text if outside else "",
        hotline=outside.hotline if outside else "",
        wants_lang=wish.wants_lang,
        model=layers.version,
    )


def matter_words(folded: str, places: tuple[PlaceGuess, ...]) -> str:
    """What of a folded text says what it is about: without names of units, and without idioms."""
    return without_idioms(plain(_without_units(folded, places)))


def _without_units(folded: str, places: tuple[PlaceGuess, ...]) -> str:
    """The text with the names of towns and villages blanked: 太平桥社区 is no bridge, 彩虹社区 no rainbow."""
    for place in places:
        for evidence in place.because:
            if evidence.kind in ("place_name", "short_name", "pinyin", "typo") and evidence.text:
                folded = folded.replace(fold(evidence.text), " ")
    return folded


def _default(sorted_: Sorted, layers: Layers) -> Urgency:
    """The best item's default, or a higher one that the likely items together make more likely than not."""
    items = layers.territory.items
    best = items[sorted_.guesses[0].code].urgency
    for level in _LEVELS:
        at_least = _reaching(level)
        if (
            best in at_least
            or sum(p for c, p in sorted_.chances.items() if items[c].urgency in at_least) >= 0.5
        ):
            return level
    return Urgency.NORMAL


def _emergency_item(sorted_: Sorted, layers: Layers) -> bool:
    """Do the items that are emergencies by default make one surely?"""
    items = layers.territory.items
    return (
        sum(p for c, p in sorted_.chances.items() if items[c].urgency is Urgency.EMERGENCY) >= _SURE_EMERGENCY
    )


def _reaching(level: Urgency) -> tuple[Urgency, ...]:
    return (Urgency.EMERGENCY,) if level is Urgency.EMERGENCY else (Urgency.EMERGENCY, Urgency.URGENT)


def _parts(text: str, layers: Layers) -> tuple[str, ...]:
    """Parts that are each surely about another item: those the writer marked off, else clauses of a long tale."""
    marked = _distinct(announced_parts(text), _SURE_PART, layers)
    if len(marked) >= 2 or len(text) < _LONG_TALE:
        return tuple(marked) if len(marked) >= 2 else ()
    told = _distinct(clauses(text), _SURE_CLAUSE, layers)
    categories = {layers.matters.sort(plain(fold(p))).guesses[0].code.split("-")[0] for p in told}
    return tuple(told) if len(categories) >= 2 else ()


def _distinct(parts: tuple[str, ...], sure: float, layers: Layers) -> list[str]:
    """One part for each item that some part is surely about."""
    if len(parts) < 2:
        return []
    found: dict[str, str] = {}
    for part in parts:
        best = layers.matters.sort(plain(fold(part))).guesses[0]
        if best.because and best.probability >= sure:
            found.setdefault(best.code, part)
    return list(found.values())

