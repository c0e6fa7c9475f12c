"""One message read: the layers in order, and what they say together."""

from __future__ import annotations

import re

from casecore.vocabulary import Urgency
from intake.split import announced_parts
from intake.understand import Context, MatterGuess, PlaceGuess, Understander, Understanding
from intake.urgency import judge
from intake.wording import fold, language, plain

# Places outside the district that residents name. Facts of geography; the districts and counties around.
_OUTSIDE = re.compile(
    r"余杭|萧山|桐庐|临安|拱墅|西湖区|上城区|滨江区|钱塘区|临平|建德|淳安|诸暨|浦江县|德清|安吉|绍兴|宁波|温州|嘉兴|湖州|金华|义乌|"
    r"上海|北京|广州|深圳|南京|苏州|武汉|成都|重庆|\b(?:yuhang|xiaoshan|tonglu|lin'?an|shanghai|beijing|shaoxing)\b"
)
_IT_IS_THERE = re.compile(r"(这边|这里|这儿|那边|的?小区|[区市县]?[^,，。\s]{1,8}(?:路|街|大道|社区|村|镇|街道|小区|广场|公园|花园)|$)")
# A message that is hardly more than a place's name is sorted whole.
LEAST_WITHOUT_PLACE = 4
_ON_SITE = frozenset({"ENV", "INF", "TRA", "ECO", "SAF", "NBR"})
"""Categories whose matter is at the place named; an enquiry about insurance in Shanghai is still ours."""


def read(text: str, context: Context, understander: Understander) -> Understanding:
    """The judgement on `text`. See `understand.Understanding` for the meaning of each field."""
    folded = fold(text)
    words = plain(folded)
    places = understander.places.find(text, folded, context)
    matters = understander.matters.sort(_without(places, text, folded))
    named = any(p.text for p in places)
    wish = understander.intents.read(words, context, matter=_strength(matters), placed=named)
    item = understander.territory.items[matters[0].code] if matters and _strength(matters) > 0.2 else None
    asks = wish.intent in ("new_request", "addition")
    degree = judge(
        words, item.urgency if item and asks else Urgency.NORMAL, item.kind if item else "", asks=asks
    )
    outside = _outside(folded, places, item.category if item else "")
    return Understanding(
        intent=wish.intent,
        intent_probability=wish.probability,
        intent_because=wish.because,
        matters=matters,
        places=places,
        urgency=degree.urgency,
        urgency_because=degree.because,
        lang="en" if language(folded) == "en" else "zh-CN",
        parts=_parts(text, words, understander, wish.intent),
        rating=wish.rating,
        solved=wish.solved,
        consent=wish.consent,
        urging=wish.urging,
        enquiry=degree.enquiry,
        out_of_area=bool(outside),
        outside=outside,
        wants_lang=wish.wants_lang,
    )


def _without(places: tuple[PlaceGuess, ...], text: str, folded: str) -> str:
    """The message without the names of its places: a road beside the culture hall is no matter of the hall.

    Names alone are kept: "the culture hall is shut" is about it.
    """
    rest = folded
    for place in places:
        start = text.find(place.text) if place.text and place.unit_id else -1
        if start >= 0:
            rest = rest[:start] + " " * len(place.text) + rest[start + len(place.text) :]
    return rest if len(rest.split()) and len("".join(rest.split())) >= LEAST_WITHOUT_PLACE else folded


def _strength(matters: tuple[MatterGuess, ...]) -> float:
    return matters[0].probability if matters and matters[0].because else 0.0


def _parts(text: str, words: str, understander: Understander, intent: str) -> tuple[str, ...]:
    if intent != "new_request":
        return ()
    parts = announced_parts(text)
    if len(parts) < 2:
        return ()
    best = [understander.matters.sort(fold(p))[:1] for p in parts]
    sure = [
        (p, b[0].code) for p, b in zip(parts, best, strict=True) if b and b[0].because and b[0].probability > 0.3
    ]
    return tuple(p for p, _ in sure) if len({c for _, c in sure}) >= 2 else ()


def _outside(folded: str, places: tuple[PlaceGuess, ...], category: str) -> str:
    """The outside place where the matter is, or ''. Modest: an inside place in the words settles it."""
    if category not in _ON_SITE or any(p.text and p.unit_id for p in places):
        return ""
    match = _OUTSIDE.search(folded)
    if match is None or re.search(r"富阳", folded):
        return ""
    before, after = folded[: match.start()], folded[match.end() :]
    near = re.search(r"(在|住|是|我们|这里|杭州市?|^)\s?$", before)
    return match.group() if near and (_IT_IS_THERE.match(after) or not before) else ""

