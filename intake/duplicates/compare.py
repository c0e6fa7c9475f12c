"""Comparing requests: reads each once (matter, anchors, meaning) and says how likely two of them are one matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.duplicates.features import Read, features, read
from intake.duplicates.report import Report
from intake.duplicates.score import Scorer, load
from intake.understand import Understander
from intake.wording import fold, plain

# A point this close to a unit's middle was never measured: it is where a name was put on the map.
MIDDLE = 1e-5
READINGS = 5
"""As many readings of the matter are compared as are shown to people; the rest are noise."""
REMEMBERED = 4096
"""Texts whose meaning is kept: the open cases of a busy village many times over, in about 5 MB."""


class Comparer:
    """One territory's comparisons. Loads the weights when made and the vectors when first asked."""

    def __init__(self, understander: Understander, scorer: Scorer | None = None) -> None:
        self._understander = understander
        self._scorer = scorer or load()
        self._vector = lru_cache(maxsize=REMEMBERED)(self._vector_of)
        self._items = lru_cache(maxsize=REMEMBERED)(self._items_of)

    @property
    def territory(self) -> Territory:
        return self._understander.territory

    @property
    def threshold(self) -> float:
        return self._scorer.threshold

    def report(
        self, *, text: str, at: datetime, unit: str | None, place: str, point: Point | None,
        photos: Sequence[str] = (), by: str = "", item: str | None = None, sure: bool = False,
    ) -> Report:  # fmt: skip
        """A request as the comparison sees it. `item` is what it was filed as; `sure` when a person said so."""
        point = self._measured(unit, point)
        if point is not None and (cell := self._understander.locate_point(point)) is not None:
            unit = cell.unit_id
        items = dict(self._items(text)) if text.strip() else {}
        if item is not None and (sure or not items):
            items = {item: 1.0}
        return Report(
            text=text, at=at, items=items, unit=unit, place=place, point=point, photos=tuple(photos), by=by
        )

    def _measured(self, unit: str | None, point: Point | None) -> Point | None:
        """The point, unless it is only the middle of the unit that words named."""
        if point is None or unit is None or unit not in self.territory.units:
            return point
        for each in self.territory.lineage(unit):
            centre = each.centre
            named = each.level is not Level.MICROGRID and centre is not None
            if (
                named
                and centre is not None
                and abs(centre.lat - point.lat) + abs(centre.lon - point.lon) < MIDDLE
            ):
                return None
        return point

    def score(self, one: Report, other: Report) -> float:
        """How likely the two are one matter, 0 to 1."""
        return self._scorer.score(self._features(read(one, self.territory), read(other, self.territory)))

    def scores(self, one: Report, others: Sequence[Report]) -> list[float]:
        """The same for one against many, read once."""
        new = read(one, self.territory)
        return [self._scorer.score(self._features(new, read(other, self.territory))) for other in others]

    def because(self, one: Report, other: Report) -> list[tuple[str, float]]:
        """What moved the score, the strongest first."""
        return self._scorer.pulls(self._features(read(one, self.territory), read(other, self.territory)))

    def features(self, one: Report, other: Report) -> dict[str, float]:
        return self._features(read(one, self.territory), read(other, self.territory))

    def blind(self, one: Report, other: Report) -> dict[str, float]:
        """The same as if no thing that either names were known: training must not lean on a list of words alone."""
        a, b = (replace(read(each, self.territory), things=frozenset()) for each in (one, other))
        return self._features(a, b)

    def _features(self, one: Read, other: Read) -> dict[str, float]:
        return features(one, other, self.territory, self.meaning)

    def meaning(self, one: str, other: str) -> float:
        """The cosine of two texts' meanings; 0 when either has no known word."""
        a, b = self._vector(plain(fold(one))), self._vector(plain(fold(other)))
        return float(a @ b) if a is not None and b is not None else 0.0

    def _vector_of(self, text: str) -> Any:
        return self._understander.matters.model.vector(text)

    def _items_of(self, text: str) -> tuple[tuple[str, float], ...]:
        guesses = self._understander.matters.sort(plain(fold(text))).guesses
        return tuple((guess.code, guess.probability) for guess in guesses[:READINGS])
