"""What is known before a message is read, and the judgement on it: plain values, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from casecore.messages import Point
from casecore.vocabulary import Level, Urgency

Intent = Literal["new_request", "status", "rating", "addition", "greeting", "cancel", "other"]
Asked = Literal["place", "matter", "rating", "confirm", "case", "reason", "other"]
Lang = Literal["zh-CN", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One piece of evidence. `kind` is an id (locales: `because.<kind>`), `text` the words or name that matched."""

    kind: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterGuess:
    """An item of the responsibility list with the calibrated probability that it is the right one."""

    code: str
    probability: float
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceGuess:
    """A place. `text` is the exact span of the message, '' when other evidence named the place.

    `unit_id` and `level` are None when the span names a road or a compound that the gazetteer cannot place:
    then the bot asks only for the village.
    """

    unit_id: str | None
    level: Level | None
    text: str
    probability: float
    point: Point | None = None
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the conversation knows before the message is read."""

    asked: Asked | None = None
    open_cases: int = 0
    home: str | None = None
    last_place: str | None = None
    point: Point | None = None
    link_unit: str | None = None
    photo: Point | None = None
    """Where a photo of this request was taken, as its file claims."""


NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """The judgement on one message; everything in it carries its evidence.

    `urging` belongs to a status question. `enquiry` says that R3.1 would allow the urgency to be lowered one
    step: a plain question about a bill, a rule or an opening time with nothing out of service.
    `parts` holds the texts of separate matters when the message holds two or more (R1.3), else it is empty.
    `consent` reads a bare yes or no. `solved` reads "done"/"not solved" in words about finished work (R11.3).
    """

    intent: Intent
    intent_probability: float
    matters: tuple[MatterGuess, ...]
    places: tuple[PlaceGuess, ...]
    urgency: Urgency
    urgency_because: tuple[Because, ...]
    lang: Lang
    intent_because: tuple[Because, ...] = ()
    parts: tuple[str, ...] = ()
    rating: int | None = None
    solved: bool | None = None
    consent: bool | None = None
    urging: bool = False
    enquiry: bool = False
    out_of_area: bool = False
    outside: str = ""
    hotline: str = ""
    """Whom to ring about a matter at `outside`."""
    wants_lang: Lang | None = None
    model: int = 0
    """Version of the model that judged; 0 is the shipped one."""
