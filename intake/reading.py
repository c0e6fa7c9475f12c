"""One message read: the layers in order, and what they say together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from casecore.territory.model import Item, Territory
from casecore.vocabulary import Level, Urgency
from intake.classify import MatterSorter, Sorted
from intake.judgement import Context, PlaceGuess, Understanding
from intake.matter.features import is_spelled
from intake.split import Best, parts_of
from intake.urgency import judge, only_told, real_danger, without_idioms
from intake.wording import fold, language, plain

if TYPE_CHECKING:
    from intake.intent import IntentReader
    from intake.locate import PlaceFinder

# A message that is hardly more than a place's name is sorted whole.
LEAST_WITHOUT_PLACE = 4
_ON_SITE = frozenset({"ENV", "INF", "UTL", "BLD", "TRA", "ECO", "SAF", "NBR"})
"""Categories whose matter is at the place named; an enquiry about insurance in Shanghai is still ours."""


_SURE_EMERGENCY = 0.8
"""Probability of the items that are emergencies by default from which the message is read as a cry for help."""
_NAMES = 0.2
"""Below this probability no item gives its default urgency: the message names none."""
_STILL = re.compile(r"快点?来|快不行|救|正在|还在|现在|越来越|又开始|马上|now|hurry|help")
_LEVELS = (Urgency.EMERGENCY, Urgency.URGENT)
_LIKELY = {Urgency.EMERGENCY: 0.4, Urgency.URGENT: 0.5}
"""Probability of all items of a level from which it counts; an alarm too many costs less than one too few."""


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
    places = layers.places.find(text, folded, context)
    spelled = is_spelled(folded)
    if spelled:
        folded = layers.matters.written_out(folded)
    words = plain(folded)
    without = _alarms(layers) if only_told(words) else frozenset()
    sorted_ = layers.matters.sort(matter_words(folded, places), without=without)
    matter = sorted_.guesses[0].probability if sorted_.guesses else 0.0
    named = any(p.text for p in places)
    danger = real_danger(words) is not None or _emergency_item(sorted_, layers)
    item = layers.territory.items[sorted_.guesses[0].code] if matter > _NAMES else None
    wish = layers.intents.read(
        words,
        sorted_.reading.intents,
        context,
        matter=matter,
        placed=named,
        danger=danger,
        opinion=item is not None and item.kind == "suggestion",
    )
    asks = wish.intent in ("new_request", "addition") or (danger and wish.intent in ("other", "greeting"))
    # Who asks where the help stays while the danger lasts is not told to wait.
    asks = asks or (
        wish.intent == "status" and real_danger(words) is not None and _STILL.search(words) is not None
    )
    # An addition has no item of its own: only real words of danger raise it.
    default = _default(sorted_, layers) if item and wish.intent == "new_request" else Urgency.NORMAL
    degree = judge(words, default, item, asks=asks)
    outside = layers.places.outside.find(text, folded, places) if item and _on_site(item) else None
    return Understanding(
        intent=wish.intent,
        intent_probability=wish.probability,
        intent_because=wish.because,
        matters=sorted_.guesses,
        places=places,
        urgency=degree.urgency,
        urgency_because=degree.because,
        lang="en" if language(folded) == "en" and not spelled else "zh-CN",
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


def _on_site(item: Item) -> bool:
    """Is the matter at the place named? What is reported to a grid or village is, in any district's list."""
    near = item.start_level in (Level.MICROGRID, Level.GRID, Level.VILLAGE)
    return item.kind != "enquiry" and (
        item.category in _ON_SITE or (near and item.kind in ("complaint", "report"))
    )


def matter_words(folded: str, places: tuple[PlaceGuess, ...]) -> str:
    """What of a folded text says what it is about: without names of units, and without idioms."""
    return without_idioms(plain(_without_units(folded, places)))


def _without_units(folded: str, places: tuple[PlaceGuess, ...]) -> str:
    """The text with the names of towns and villages blanked: 太平桥社区 is no bridge, 彩虹社区 no rainbow."""
    for place in places:
        for evidence in place.because:
            if (
                evidence.kind in ("place_name", "short_name", "pinyin", "typo", "latin_name")
                and evidence.text
            ):
                folded = folded.replace(fold(evidence.text), " ")
    return folded


def _default(sorted_: Sorted, layers: Layers) -> Urgency:
    """The best item's default, or a higher one that the likely items together make likely enough."""
    items = layers.territory.items
    best = items[sorted_.guesses[0].code].urgency
    for level in _LEVELS:
        at_least = _reaching(level)
        if (
            best in at_least
            or sum(p for c, p in sorted_.chances.items() if items[c].urgency in at_least) >= _LIKELY[level]
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


def _alarms(layers: Layers) -> frozenset[str]:
    """The items that are emergencies by default."""
    return frozenset(c for c, i in layers.territory.items.items() if i.urgency is Urgency.EMERGENCY)


def _parts(text: str, layers: Layers) -> tuple[str, ...]:
    """Parts that are each about another item; empty when the message is one matter."""

    def best(part: str) -> Best:
        guess = layers.matters.sort(without_idioms(plain(fold(part)))).guesses[0]
        named = any(b.kind == "keyword" for b in guess.because)
        return Best(code=guess.code, probability=guess.probability, named=named)

    return parts_of(text, best)
