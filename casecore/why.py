"""Why did it go there? Every decision on a case with the words and evidence that made it, as values.

    wish ─ matter ─ list ─ urgency ─ place ─ entry unit ─ each move and ruling ─ who holds it ─ model

`explain` decides what there is to say, from the case and its events alone; `casecore.why_words` says it. What is
said to residents (`explain_briefly`) has neither figures nor rules in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casecore.store.tables import Case, CaseEvent
from casecore.territory.model import Territory
from casecore.vocabulary import EventKind, Urgency

# Pieces of evidence in one sentence; more is a list that nobody reads.
PIECES_MOST = 4
# A second guess below this is not worth a sentence.
RIVAL = 0.05

# What moved or ruled on a case, and by which rule. A dispatch is told by itself, with the reason of its route.
MOVES: Mapping[EventKind, str] = {
    EventKind.ALERTED: "R1.6",
    EventKind.DEEMED_ACCEPTED: "R1.5",
    EventKind.PASSED_TO_GRID: "R2.1",
    EventKind.ESCALATED: "R4.2",
    EventKind.ESCALATED_OVERDUE: "R4.4",
    EventKind.SENT_DOWN: "R4.2",
    EventKind.TRANSFERRED: "R18.1",
    EventKind.RETURN_ASKED: "R5.1",
    EventKind.RETURN_UPHELD: "R5.4",
    EventKind.RETURN_REFUSED: "R5.2",
    EventKind.DESIGNATED: "R5.3",
    EventKind.SUPERVISED: "R4.5",
    EventKind.REOPENED: "R11.5",
}
# Where the resident is told that it went, the others are the house's own affair.
MOVES_FOR_RESIDENTS = frozenset(
    {
        EventKind.PASSED_TO_GRID, EventKind.ESCALATED, EventKind.ESCALATED_OVERDUE, EventKind.SENT_DOWN,
        EventKind.TRANSFERRED, EventKind.RETURN_UPHELD, EventKind.DESIGNATED,
    }
)  # fmt: skip
# Evidence on a place that is no word of the message: each has a sentence of its own.
LEARNED = "model"  # how the sorter of matters calls what it learned from texts
NOT_SAID = frozenset(
    {
        "home", "home_said", "last_place", "last_place_said", "link", "polygon", "photo", "photo_elsewhere",
        "resident",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sentence to be: `key` is `why.<key>` of the locales, `rule` the number of a rule or blank.

    `facts` are ids and values by meaning: `item`, `before` (codes), `unit`, `to`, `units`, `lead`, `with` (units),
    `share` (0–1), `said` (pieces of evidence: kind and text), `route`, `urgency`, `level`, `quote`, `version`.
    """

    topic: str
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""


def explain(territory: Territory, case: Case, events: Sequence[CaseEvent]) -> tuple[Reason, ...]:
    """Everything, in the order in which it was decided."""
    return (
        *_wish(case),
        *_matter(territory, case, events),
        *_urgency(territory, case),
        *_place(case, events),
        *_entry(events),
        *(_move(event) for event in events if event.kind in MOVES),
        *_holder(case),
        Reason(topic="model", key="model", facts={"version": case.because.get("model", 0)}),
    )


def explain_briefly(territory: Territory, case: Case, events: Sequence[CaseEvent]) -> tuple[Reason, ...]:
    """For the resident who asks: what it was taken for, whose affair that is, where it went since."""
    item = territory.items.get(case.item_code or "")
    found = [
        Reason(
            topic="matter", key="brief.matter" if item else "brief.unknown", facts={"item": case.item_code}
        )
    ]
    if case.place_unit is not None:
        found.append(Reason(topic="place", key="brief.place", facts={"unit": case.place_unit}))
    entry = _last(events, EventKind.DISPATCHED)
    if entry is None:
        return (*found, Reason(topic="entry", key="brief.waiting"))
    unit = entry.data.get("to") or entry.unit_id
    found.append(Reason(topic="entry", key=_brief_entry(str(entry.data.get("reason"))), facts={"unit": unit}))
    moved = [event for event in events if event.kind in MOVES_FOR_RESIDENTS]
    if moved:
        last = moved[-1]
        found.append(Reason(topic="moved", key=f"brief.{last.kind.value}", facts={"to": _unit_to(last)}))
    return tuple(found)


def _brief_entry(reason: str) -> str:
    known = {"triage", "lead_department", "home", "no_place"}
    return f"brief.entry_{reason}" if reason in known else "brief.entry"


# -- what was understood


def _wish(case: Case) -> Iterable[Reason]:
    said = _pieces(case.because.get("wish"))
    share = case.because.get("wish_share")
    if isinstance(share, int | float):
        yield Reason(topic="wish", key="wish_said" if said else "wish", facts={"said": said, "share": share})


def _matter(territory: Territory, case: Case, events: Sequence[CaseEvent]) -> Iterable[Reason]:
    first = events[0].data if events and events[0].kind is EventKind.SUBMITTED else {}
    judged = first.get("item", case.item_code)
    guesses = _guesses(case)
    if case.because.get("chosen"):
        yield Reason(topic="matter", key="matter_chosen", facts={"item": judged})
        if guesses and guesses[0][0] != judged:
            yield Reason(topic="matter", key="rival", facts={"item": guesses[0][0], "share": guesses[0][1]})
    elif judged is None:
        yield Reason(topic="matter", key="matter_unknown")
    else:
        said = _joined(_pieces(case.because.get("matter")), case.text)
        share = first.get("item_probability", case.item_probability) or 0.0
        key = "matter_said" if said else "matter"
        yield Reason(topic="matter", key=key, facts={"item": judged, "said": said, "share": share})
        for code, chance in guesses[:3]:
            if code != judged and chance >= RIVAL:
                yield Reason(topic="matter", key="rival", facts={"item": code, "share": chance})
                break
    for event in events:
        if event.kind is EventKind.RECLASSIFIED:
            yield _reclassified(event)
    yield from _listed(territory, case)


def _reclassified(event: CaseEvent) -> Reason:
    before = event.data.get("before")
    was = before.get("item") if isinstance(before, Mapping) else None
    key = "reclassified" if was else "sorted"
    return Reason(topic="matter", key=key, facts={"item": event.data.get("item"), "before": was})


def _listed(territory: Territory, case: Case) -> Iterable[Reason]:
    """What the responsibility list says of the matter as it stands now."""
    item = territory.items.get(case.item_code or "")
    if item is None:
        return
    facts = {"item": item.code, "lead": item.lead_department, "with": list(item.co_departments)}
    key = "listed_with" if item.co_departments else "listed"
    yield Reason(topic="list", key=key, facts={**facts, "level": item.start_level.value}, rule="R1.6")


def _guesses(case: Case) -> list[tuple[str, float]]:
    raw = case.because.get("guesses")
    return [(str(code), float(share)) for code, share in raw] if isinstance(raw, list) else []


def _urgency(territory: Territory, case: Case) -> Iterable[Reason]:
    pieces = _pieces(case.because.get("urgency"))
    said = [piece for piece in pieces if piece["kind"] != "item_default"]
    facts = {"urgency": case.urgency.value, "said": said}
    if said:
        yield Reason(topic="urgency", key="urgency_said", facts=facts, rule="R3")
        return
    item = territory.items.get(case.item_code or "")
    listed = item is not None and item.urgency is case.urgency and case.urgency is not Urgency.NORMAL
    yield Reason(topic="urgency", key="urgency_listed" if listed else "urgency", facts=facts, rule="R3.1")


def _place(case: Case, events: Sequence[CaseEvent]) -> Iterable[Reason]:
    pieces = _pieces(case.because.get("place"))
    facts = {"unit": case.place_unit, "share": case.place_probability or 0.0}
    moved = [event for event in events if event.kind is EventKind.RECLASSIFIED and _place_changed(event)]
    if moved:
        yield Reason(topic="place", key="place_corrected", facts=facts)
    elif case.place_unit is None:
        words = case.place_text
        yield Reason(topic="place", key="place_words" if words else "place_none", facts={"quote": words})
    elif not pieces:
        yield Reason(topic="place", key="place_added", facts=facts)
    else:
        said = [piece for piece in pieces if piece["kind"] not in NOT_SAID]
        if said:
            yield Reason(topic="place", key="place_said", facts={**facts, "said": said})
        for piece in pieces:
            if piece["kind"] in NOT_SAID:
                yield Reason(topic="place", key=f"place_{piece['kind']}", facts=facts)


def _place_changed(event: CaseEvent) -> bool:
    before = event.data.get("before")
    return isinstance(before, Mapping) and before.get("place") != event.data.get("place")


# -- where it went


def _entry(events: Sequence[CaseEvent]) -> Iterable[Reason]:
    entry = _last(events, EventKind.DISPATCHED)
    if entry is None:
        yield Reason(topic="entry", key="waiting")
        return
    facts = {"route": entry.data.get("reason"), "unit": entry.data.get("to") or entry.unit_id}
    yield Reason(topic="entry", key="entry", facts=facts, rule="R1.6")


def _move(event: CaseEvent) -> Reason:
    quote = str(event.data.get("reason") or event.data.get("why") or "")
    facts: dict[str, Any] = {
        "unit": event.unit_id, "to": _unit_to(event), "quote": quote, "units": event.data.get("units") or [],
        "count": event.data.get("order") or event.data.get("round") or "", "at": event.at.isoformat(),
    }  # fmt: skip
    return Reason(topic="moved", key=f"moved.{event.kind.value}", facts=facts, rule=MOVES[event.kind])


def _holder(case: Case) -> Iterable[Reason]:
    if case.unit_id is not None:
        key = "holder" if case.person_id is not None else "holder_nobody"
        yield Reason(topic="holder", key=key, facts={"unit": case.unit_id})


def _unit_to(event: CaseEvent) -> str | None:
    to = event.data.get("to")
    return to if isinstance(to, str) else event.unit_id


def _last(events: Sequence[CaseEvent], kind: EventKind) -> CaseEvent | None:
    return next((event for event in reversed(events) if event.kind is kind), None)


def _pieces(raw: Any) -> list[dict[str, str]]:
    """Stored evidence as kind and text, each text once, in the order of its weight when it was stored."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for piece in raw if isinstance(raw, list) else []:
        if isinstance(piece, Mapping):
            kind, text = str(piece.get("kind") or ""), str(piece.get("text") or "").strip()
            if kind and (text or kind in NOT_SAID):
                found.setdefault((kind if kind in NOT_SAID else "", text), {"kind": kind, "text": text})
    return list(found.values())[:PIECES_MOST]


def _joined(pieces: list[dict[str, str]], text: str) -> list[dict[str, str]]:
    """Stretches that the model learned and that touch in the text are one: `大黄`, `黄鸭` were said as `大黄鸭`."""
    learned = [piece["text"] for piece in pieces if piece["kind"] == LEARNED]
    spans = sorted((at, at + len(each)) for each in learned if (at := text.casefold().find(each)) >= 0)
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    unplaced = [each for each in learned if text.casefold().find(each) < 0]
    words = [*(text[start:end] for start, end in whole), *unplaced]
    others = [piece for piece in pieces if piece["kind"] != LEARNED]
    return [*others, *({"kind": LEARNED, "text": each} for each in words)]


# -- as facts of a notice


def to_facts(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [{"topic": r.topic, "key": r.key, "facts": dict(r.facts), "rule": r.rule} for r in reasons]


def from_facts(raw: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(topic=each["topic"], key=each["key"], facts=each["facts"], rule=each["rule"]) for each in raw
    )
