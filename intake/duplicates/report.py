"""A request as the comparison sees it: words, what they may be about, where, when, which pictures, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from casecore.messages import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`items` are the readings of the matter with their probabilities; `photos` perceptual hashes (16 hex digits).

    `unit` is the territory's unit of the place and `place` the words for it. `by` names the resident, for telling
    whether two requests are one person's; nothing else of them is compared.
    """

    text: str
    at: datetime
    items: Mapping[str, float] = field(default_factory=dict)
    unit: str | None = None
    place: str = ""
    point: Point | None = None
    photos: tuple[str, ...] = ()
    by: str = ""

    @property
    def words(self) -> str:
        """Everything that was said of it, the place included: `西门` may stand in either."""
        return f"{self.place} {self.text}" if self.place and self.place not in self.text else self.text
