"""One name of one place, as every index answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from casecore.messages import Point
from casecore.vocabulary import Level

Kind = Literal["name", "alias", "other_suffix", "stem", "landmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`unit` is the unit itself, or the unit a landmark lies in."""

    name: str
    unit: str
    level: Level
    kind: Kind
    point: Point | None = None
