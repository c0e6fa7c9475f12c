"""A case's events as sentences: what was written as facts, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casecore.reading.contents import Happened
from casecore.vocabulary import EventKind
from console.speech import Speech

# Facts that people wrote: shown as quotations below the sentence, in this order.
QUOTED = ("text", "result", "words", "tried", "so_far", "why", "reason", "plan")
# Kinds whose `reason` is an id and not a person's sentence.
REASON_IS_ID = frozenset(
    {EventKind.CLOSED, EventKind.DISPATCHED, EventKind.MERGED, EventKind.JOINED, EventKind.HARD_OPENED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of the timeline."""

    n: int
    kind: str
    at: datetime
    sentence: str
    quotes: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why the understanding was as it was: a layer (matter, place, urgency) and what spoke for it."""

    layer: str
    kind: str
    text: str
    weight: str


def tell(speech: Speech, event: Happened) -> Told:
    """The event in words."""
    data = event.data
    quotes = [
        (speech.say(f"console.quote.{name}"), str(data[name]))
        for name in QUOTED
        if data.get(name) and not (name == "reason" and event.kind in REASON_IS_ID)
    ]
    if event.kind is EventKind.DISPATCHED and data.get("reason"):
        quotes.append(
            (speech.say("console.quote.reason"), speech.known(f"route.{data['reason']}", str(data["reason"])))
        )
    return Told(
        n=event.n,
        kind=event.kind.value,
        at=event.at,
        sentence=speech.say(f"console.event.{event.kind.value}", **_facts(speech, event)),
        quotes=tuple(quotes),
        files=tuple(str(digest) for digest in data.get("files") or ()),
        hash=event.hash,
    )


def _facts(speech: Speech, event: Happened) -> dict[str, str]:
    """Every fact that a sentence may name; what an event does not have is said to be missing."""
    data, nobody = event.data, speech.say("console.nobody")
    before = data.get("before")
    return {
        # Only residents may be nameless: the web chat asks for no name.
        "who": event.who or speech.say("console.house" if event.by_house else "role.resident"),
        "unit": speech.holder(event.unit_id),
        "to": speech.holder(_text(data.get("to"))),
        "before": speech.item(before.get("item"))
        if isinstance(before, Mapping)
        else speech.unit(_text(before)),
        "person": _text(data.get("person")) or nobody,
        "people": speech.say("console.and").join(map(str, data.get("people") or ())) or nobody,
        "due": speech.moment_or_text(data.get("due") or ""),
        "count": str(data.get("count", "")),
        "stars": str(data.get("stars", "")),
        "round": str(data.get("round", "")),
        "order": str(data.get("order", "")),
        "item": speech.item(_text(data.get("item"))),
        "other": _text(data.get("other")) or nobody,
        "into": _text(data.get("into")) or nobody,
        "was_with": _text(data.get("was_with")) or nobody,
        "place": speech.unit(_text(data.get("place"))),
        "which": speech.known(f"console.which.{data.get('which')}", ""),
        "asked": speech.known(f"approval.{data.get('asked')}", ""),
        "suspension": speech.known(f"suspension.{data.get('suspension')}", ""),
        "hours": str(data.get("hours", "")),
        "how": speech.known(f"console.how.{data.get('how')}", ""),
        "reason": speech.known(f"close_reason.{data.get('reason')}", ""),
    }


def why(speech: Speech, because: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The stored evidence, layer by layer; an id that nobody has named yet is shown as it is."""
    return tuple(
        Evidence(
            layer=speech.known(f"console.layer.{layer}", str(layer)),
            kind=speech.known(f"because.{piece.get('kind')}", str(piece.get("kind", ""))),
            text=_named(speech, str(piece.get("text") or "")),
            weight=_weight(piece.get("weight")),
        )
        for layer, pieces in because.items()
        for piece in _pieces(pieces)
    )


def _pieces(pieces: Any) -> Iterable[Mapping[str, Any]]:
    return [piece for piece in pieces if isinstance(piece, Mapping)] if isinstance(pieces, list) else []


def _named(speech: Speech, text: str) -> str:
    """Evidence names a unit or a matter by its id: people get the name."""
    named = speech.unit(text)
    return named if named != text else speech.item(text)


def _weight(weight: Any) -> str:
    return f"{weight:.2f}" if isinstance(weight, int | float) else ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
