"""Reasons in plain sentences of one language: names for ids, quoted words, certainty in words and per cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from casecore.territory.model import Territory, name_in
from casecore.why import Reason
from casecore.words import Words

# From which probability on one says so; what is below the last is a guess.
SURE: tuple[tuple[float, str], ...] = (
    (0.95, "almost_certain"),
    (0.85, "very_sure"),
    (0.6, "rather_sure"),
    (0.35, "unsure"),
    (0.0, "guess"),
)
NEARLY = 0.99
# A sentence of a person is quoted up to here; the whole is in the file.
QUOTE_MOST = 120


def sentences(words: Words, territory: Territory, lang: str, reasons: Iterable[Reason]) -> list[str]:
    """One sentence a reason, its rule's number in brackets at the end."""
    return [sentence(words, territory, lang, reason) for reason in reasons]


def sentence(words: Words, territory: Territory, lang: str, reason: Reason) -> str:
    said = without_rule(words, territory, lang, reason)
    return words.say(lang, "why.with_rule", said=said, rule=reason.rule) if reason.rule else said


def without_rule(words: Words, territory: Territory, lang: str, reason: Reason) -> str:
    """The sentence alone, for a surface that sets the rule's number apart."""
    return words.say(lang, f"why.{reason.key}", **_facts(words, territory, lang, reason.facts))


def certainty(words: Words, lang: str, share: float) -> str:
    """`很有把握（93%）`."""
    name = next(name for least, name in SURE if share >= least)
    # 0.998 is no certainty: a figure of 100 % would claim one.
    percent = ">99%" if share > NEARLY else f"{100 * share:.0f}%"
    return words.say(lang, f"why.sure.{name}", percent=percent)


def _facts(words: Words, territory: Territory, lang: str, raw: Mapping[str, Any]) -> dict[str, str]:
    """Every fact that a sentence may name; one that the reason does not have is blank."""
    return {
        "item": _item(territory, lang, raw.get("item")),
        "before": _item(territory, lang, raw.get("before")),
        "unit": unit_named(words, territory, lang, raw.get("unit")),
        "to": unit_named(words, territory, lang, raw.get("to")),
        "units": _all(words, territory, lang, raw.get("units")),
        "lead": unit_named(words, territory, lang, raw.get("lead")),
        "with": _all(words, territory, lang, raw.get("with")),
        "share": certainty(words, lang, float(raw.get("share") or 0.0)),
        "said": words.say(lang, "why.and").join(_piece(words, lang, each) for each in raw.get("said") or ()),
        "route": _route(words, lang, raw.get("route")),
        "urgency": words.say(lang, f"urgency.{raw['urgency']}") if raw.get("urgency") else "",
        "level": words.say(lang, f"level.{raw['level']}") if raw.get("level") else "",
        "quote": _quoted(words, lang, str(raw.get("quote") or "")),
        "count": str(raw.get("count") or ""),
        "version": str(raw.get("version", "")),
        "at": _moment(territory, raw.get("at")),
    }


def unit_named(words: Words, territory: Territory, lang: str, unit_id: Any) -> str:
    """A unit as who holds a case; an id that the territory no longer has, as it is."""
    if not isinstance(unit_id, str):
        return ""
    if unit_id == territory.root:
        return words.say(lang, "unit.district_centre")
    unit = territory.units.get(unit_id)
    if unit is None:
        return unit_id
    if unit.parent == territory.root and unit.id in territory.departments:
        return name_in(unit.names, lang)
    return territory.path(unit_id, lang)


def _all(words: Words, territory: Territory, lang: str, units: Any) -> str:
    return words.say(lang, "why.and").join(unit_named(words, territory, lang, unit) for unit in units or ())


def _item(territory: Territory, lang: str, code: Any) -> str:
    item = territory.items.get(code) if isinstance(code, str) else None
    return name_in(item.names, lang) if item is not None else str(code or "")


def _piece(words: Words, lang: str, piece: Mapping[str, str]) -> str:
    """`“路灯”（清单关键词）`."""
    key = f"because.{piece['kind']}"
    kind = words.say(lang, key) if words.has(key) else piece["kind"]
    return words.say(lang, "why.piece", text=piece["text"], kind=kind)


def _route(words: Words, lang: str, route: Any) -> str:
    key = f"route.{route}"
    return words.say(lang, key) if words.has(key) else str(route or "")


def _quoted(words: Words, lang: str, text: str) -> str:
    cut = text if len(text) <= QUOTE_MOST else text[: QUOTE_MOST - 1] + "…"
    return words.say(lang, "why.quote", text=cut) if cut else ""


def _moment(territory: Territory, at: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        return ""
    return moment.astimezone(territory.zone).strftime("%m-%d %H:%M")
