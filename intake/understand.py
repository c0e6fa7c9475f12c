"""The seam of understanding: one message and what is known of the conversation in, one judgement out.

    text ─► fold ─► intent ─┐
              ├──► matter ──┼─► Understanding (pure; no clock, no record, no network)
              ├──► place  ──┤
              └──► urgency ─┘

Nothing heavy is imported until the first message needs it.
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from casecore.messages import Point
from casecore.territory.model import Territory
from intake.judgement import NO_CONTEXT, Context, PlaceGuess, Understanding
from intake.second_opinion import reconsidered

if TYPE_CHECKING:
    from intake.classify import MatterSorter
    from intake.intent import IntentReader
    from intake.locate import PlaceFinder

LONGEST = 4000
"""Characters of one message that are read; what follows is kept by the record but not judged (bad input)."""


class Understander:
    """Reads messages for one territory. Immutable after construction; safe to share between conversations."""

    def __init__(
        self, territory: Territory, *, model: Path | None = None, version: int = 0, keep: Path | None = None
    ) -> None:
        """`model` is a file of `intake.matter.model`'s format, the shipped one when None; `version` is its number.

        `keep` is a folder of the data folder in which the index of names is kept between starts.
        """
        self._territory = territory
        self._keep = keep
        self._model = model
        self.version = version
        self._advice: tuple[str, tuple[str, ...]] | None = None
        self._places: PlaceFinder | None = None
        self._matters: MatterSorter | None = None
        self._intents: IntentReader | None = None

    def understand(self, text: str, context: Context = NO_CONTEXT) -> Understanding:
        """What `text` means in `context`. Deterministic; never raises for any text."""
        from intake.reading import read

        understood = read(text[:LONGEST], context, self)
        if self._advice is not None and self._advice[0] == text:
            return reconsidered(understood, self._advice[1])
        return understood

    def advised(self, text: str, codes: tuple[str, ...]) -> Understander:
        """One like this that knows a second opinion on this one text (see `second_opinion`)."""
        other = copy(self)
        other._advice = (text, codes)
        return other

    def locate_point(self, point: Point) -> PlaceGuess | None:
        """The microgrid that covers `point`, or None when it lies outside the district."""
        return self.places.cover(point)

    def locate_words(self, words: str, unit_id: str) -> PlaceGuess | None:
        """What the words name inside a unit that is known by now: its road, compound or door."""
        from intake.wording import fold

        return self.places.inside(words, fold(words), unit_id)

    @property
    def territory(self) -> Territory:
        return self._territory

    @property
    def places(self) -> PlaceFinder:
        if self._places is None:
            from intake.locate import PlaceFinder

            self._places = PlaceFinder(self._territory, self._keep)
        return self._places

    @property
    def matters(self) -> MatterSorter:
        if self._matters is None:
            from intake.classify import MatterSorter

            self._matters = (
                MatterSorter(self._territory, self._model) if self._model else MatterSorter(self._territory)
            )
        return self._matters

    @property
    def intents(self) -> IntentReader:
        if self._intents is None:
            from intake.intent import IntentReader

            self._intents = IntentReader(self.matters.model.stack)
        return self._intents

    def taught(self, *, model: Path | None, version: int, territory: Territory | None = None) -> Understander:
        """One like this with another model, and with another gazetteer when `territory` is given."""
        other = Understander(territory or self._territory, model=model, version=version, keep=self._keep)
        if territory is None:
            other._places = self.places  # made already: it does not depend on the model
        return other

    def warm(self) -> None:
        """Load everything that a text message needs, so that the first one is not slow."""
        self.understand("路灯不亮")
