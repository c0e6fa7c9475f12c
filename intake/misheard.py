"""What a transcriber wrote, mended: traditional characters made simple, misheard names of towns and villages put right.

A model knows how a name sounds and not how it is written, and it hears through noise. So names are compared by
sound; and because the villages of one town are few, behind a town's name a village's may be further off:

    春街乡行康孙的水库 ─► 春建乡 (one of all towns, nearly the same) ─► 咸康村 (one of its 12 villages, much the same)

The words as they were heard stay beside the recording (media.transcribe); these are what people read and sort by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from casecore.territory.model import Territory, Unit
from casecore.vocabulary import Level
from intake.pinyin import sounds
from intake.wording import simplified

# Means of the syllables' likeness, 0 to 1. Set on 60 clips of speech, in which 48 of 52 places are found with them
# and 36 without; of 3,000 typed messages about this district, where every change would be wrong, none is changed.
LIKE_A_TOWN = 0.83
LIKE_A_VILLAGE = 0.6
LIKE_A_KIND = 0.5
"""For each syllable of the kind word at the end: 存, 寸 and 坤 are meant for 村, 路 and 国 are not."""
# By as much the best name must beat the next; two that sound alike are for the resident to tell apart.
MARGIN = 0.1

_HAN = re.compile(r"[\u3400-\u9fff]")
_PAUSES = frozenset("、,，.。 ")
"""Signs that a transcriber puts where a speaker breathes, also inside a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    text: str
    unit: str
    sounds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A stretch of letters (indices into the text's Chinese characters) that is meant for a name."""

    start: int
    end: int
    text: str
    unit: str
    likeness: float


class Mender:
    """Made once for a territory. Immutable."""

    def __init__(self, territory: Territory) -> None:
        towns = [unit for unit in territory.units.values() if unit.level is Level.TOWN]
        self._towns = _names(towns)
        self._villages = {town.id: _names(territory.children(town.id)) for town in towns}

    def mend(self, text: str) -> str:
        """The text with its names as they are written. Never raises; a text that names no town keeps its letters."""
        text = simplified(text).strip()
        at = [index for index, char in enumerate(text) if _HAN.match(char)]
        heard = sounds("".join(text[index] for index in at))
        for found in reversed(self._found(text, at, heard)):
            start, end = at[found.start], at[found.end - 1] + 1
            text = text[:start] + found.text + text[end:]
        return text

    def _found(self, text: str, at: Sequence[int], heard: Sequence[str]) -> list[_Found]:
        """Towns, each joined with the village behind it, from left to right."""
        found: list[_Found] = []
        for town in self._towns_in(at, heard):
            if found and town.start < found[-1].end:
                continue
            village = _village(self._villages[town.unit], text, at, heard, town.end)
            if village is not None:
                found.append(replace(town, end=village.end, text=town.text + village.text))
            elif _kind_is_written(town, text, at):
                found.append(town)
        return found

    def _towns_in(self, at: Sequence[int], heard: Sequence[str]) -> list[_Found]:
        likely = [
            _meant(name, start, likeness)
            for name in self._towns
            for start in range(len(heard) - len(name.sounds) + 1)
            if (likeness := _likeness(name.sounds, heard[start : start + len(name.sounds)])) >= LIKE_A_TOWN
            and at[start + len(name.sounds) - 1] - at[start] == len(name.sounds) - 1
        ]
        chosen: list[_Found] = []
        for one in sorted(likely, key=lambda found: -found.likeness):
            if all(one.end <= other.start or one.start >= other.end for other in chosen):
                chosen.append(one)
        return sorted(chosen, key=lambda found: found.start)


def _kind_is_written(town: _Found, text: str, at: Sequence[int]) -> bool:
    """`楼门镇` is meant for a town; `居住证` sounds like 渌渚镇 and is none, unless one of its villages follows."""
    return text[at[town.end - 1]] == town.text[-1]


def _meant(name: _Name, start: int, likeness: float) -> _Found:
    end = start + len(name.sounds)
    return _Found(start=start, end=end, text=name.text, unit=name.unit, likeness=likeness)


def _village(
    names: Sequence[_Name], text: str, at: Sequence[int], heard: Sequence[str], start: int
) -> _Found | None:
    """The village whose name begins at a letter, if one is clearly the likeliest."""
    likely = sorted(
        (
            _meant(name, start, likeness)
            for name in names
            if start + len(name.sounds) <= len(heard)
            and _said_together(text, at, start - 1, start + len(name.sounds))
            and _same_kind(name, heard[start : start + len(name.sounds)])
            and (likeness := _likeness(name.sounds, heard[start : start + len(name.sounds)]))
        ),
        key=lambda found: -found.likeness,
    )
    if not likely or likely[0].likeness < LIKE_A_VILLAGE:
        return None
    if len(likely) > 1 and likely[0].likeness - likely[1].likeness < MARGIN:
        return None
    return likely[0]


def _same_kind(name: _Name, heard: Sequence[str]) -> bool:
    kind = 2 if name.text.endswith("社区") else 1
    return all(_alike(*pair) >= LIKE_A_KIND for pair in zip(name.sounds[-kind:], heard[-kind:], strict=True))


def _said_together(text: str, at: Sequence[int], start: int, end: int) -> bool:
    """Nothing but pauses between the letters `start` to `end`."""
    between = text[at[start] : at[end - 1] + 1]
    return all(_HAN.match(char) or char in _PAUSES for char in between)


def _names(units: Iterable[Unit]) -> tuple[_Name, ...]:
    return tuple(
        _Name(text=name, unit=unit.id, sounds=sounds(name))
        for unit in units
        for name in unit.names.values()
        if all(_HAN.match(char) for char in name)
    )


def _likeness(name: Sequence[str], heard: Sequence[str]) -> float:
    return sum(map(_alike, name, heard)) / len(name)


@lru_cache(maxsize=65536)
def _alike(one: str, other: str) -> float:
    """Of two syllables: 1 for the same sound, less for each letter that differs."""
    return 1.0 if one == other else 1 - distance(one, other) / max(len(one), len(other))


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """How many to put in, take out or change to make one of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
