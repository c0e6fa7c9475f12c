"""The seam of understanding: one message and what is known of the conversation in, one judgement out.

    text ─► fold ─► intent ─┐
              ├──► matter ──┼─► Understanding (pure; no clock, no record, no network)
              ├──► place  ──┤
              └──► urgency ─┘

Nothing heavy is imported until the first message needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.vocabulary import Level, Urgency

if TYPE_CHECKING:
    from intake.classify import MatterSorter
    from intake.intent import IntentReader
    from intake.locate import PlaceFinder

Intent = Literal["new_request", "status", "rating", "addition", "greeting", "cancel", "other"]
Asked = Literal["place", "matter", "rating", "confirm", "case", "reason", "other"]
Lang = Literal["zh-CN", "en"]

LONGEST = 4000
"""Characters of one message that are read; what follows is kept by the record but not judged (bad input)."""


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
    wants_lang: Lang | None = None


class Understander:
    """Reads messages for one territory. Immutable after construction; safe to share between conversations."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._places: PlaceFinder | None = None
        self._matters: MatterSorter | None = None
        self._intents: IntentReader | None = None

    def understand(self, text: str, context: Context = NO_CONTEXT) -> Understanding:
        """What `text` means in `context`. Deterministic; never raises for any text."""
        from intake.reading import read

        return read(text[:LONGEST], context, self)

    def locate_point(self, point: Point) -> PlaceGuess | None:
        """The microgrid that covers `point`, or None when it lies outside the district."""
        return self.places.cover(point)

    @property
    def territory(self) -> Territory:
        return self._territory

    @property
    def places(self) -> PlaceFinder:
        if self._places is None:
            from intake.locate import PlaceFinder

            self._places = PlaceFinder(self._territory)
        return self._places

    @property
    def matters(self) -> MatterSorter:
        if self._matters is None:
            from intake.classify import MatterSorter

            self._matters = MatterSorter(self._territory)
        return self._matters

    @property
    def intents(self) -> IntentReader:
        if self._intents is None:
            from intake.intent import IntentReader

            self._intents = IntentReader(self.matters.model.stack)
        return self._intents

    def warm(self) -> None:
        """Load everything that a text message needs, so that the first one is not slow."""
        self.understand("路灯不亮")
