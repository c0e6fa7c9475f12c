"""Every name a place goes by, indexed by its writing and by its sound, so that finding is look-up and not search.

Towns and villages are few and go by many forms: they lie in dictionaries. Everything below them is in the book of
names. The cost of reading a message depends on the message's length, not on how many names there are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from casecore.territory.model import Territory, Unit
from casecore.vocabulary import Level
from intake.pinyin import near, sounds
from intake.places.binding import open_book
from intake.places.entry import Entry
from intake.wording import fold

_HAN = re.compile(r"[\u3400-\u9fff]")

SUFFIXES = ("社区", "街道", "村", "镇", "乡")
_COMMITTEES = ("村民委员会", "居民委员会", "村委会", "居委会")
_OTHER = {"村": "社区", "社区": "村"}
_TOWN_KINDS = ("镇", "街道", "乡")
# 上村村 without its kind word is "go to the village".
_NOT_SAID = frozenset({"上村"})


def bare(name: str) -> str:
    """An official name as people say it: without the committee at its end (`临江村委会` → `临江村`)."""
    for committee in _COMMITTEES:
        if name.endswith(committee) and len(name) > len(committee) + 1:
            keep = {"村": "村", "居": "社区"}[committee[0]]
            return name[: -len(committee)] + keep
    return name


def stem(name: str) -> tuple[str, str]:
    """A name's own part and its kind word: `双塔村` → (`双塔`, `村`); (`name`, '') when there is none."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name[: -len(suffix)], suffix
    return name, ""


def _is_town_stem(entry: Entry) -> bool:
    return entry.kind == "stem" and entry.level is Level.TOWN


class Gazetteer:
    """The index of one territory's names. `keep` is where the book of names is kept between starts."""

    def __init__(self, territory: Territory, keep: Path | None = None) -> None:
        self._written: dict[str, list[Entry]] = defaultdict(list)
        self._spoken: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        self._holes: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        for unit in territory.units.values():
            if unit.level in (Level.TOWN, Level.VILLAGE):
                self._add_unit(unit)
        self._add_other_suffixes()
        self._add_other_kinds()
        self.towns = tuple(n for n, es in self._written.items() if any(_is_town_stem(e) for e in es))
        self.book = open_book(territory, keep)
        self.lengths = tuple(sorted({len(n) for n in self._written}, reverse=True))
        self.spoken_lengths = tuple(sorted({len(n) for n in self._spoken}, reverse=True))

    def written(self, text: str) -> list[Entry]:
        """Units written exactly so (folded)."""
        return self._written.get(text, [])

    def is_spoken(self, syllables: tuple[str, ...]) -> bool:
        """Does any unit sound so?"""
        return syllables in self._spoken

    def spoken(self, syllables: tuple[str, ...], suffix: str) -> list[Entry]:
        """Units that sound so and end in the kind word that was written."""
        return [e for e in self._spoken.get(syllables, []) if e.name.endswith(suffix or "\0")]

    def spoken_kind(self, syllables: tuple[str, ...], said: str) -> list[Entry]:
        """Units written so but for the kind word, which sounds so: 城东设区, 咸康存."""
        return [e for e in self._spoken.get(syllables, []) if said.startswith(stem(e.name)[0])]

    def almost(self, syllables: tuple[str, ...], suffix: str) -> list[Entry]:
        """Units whose stem differs in one syllable that sounds near, with the written kind word."""
        found: list[Entry] = []
        for hole in range(len(syllables)):
            key = (*syllables[:hole], "*", *syllables[hole + 1 :], suffix)
            for entry in self._holes.get(key, []):
                if near(sounds(entry.name)[hole], syllables[hole]) and entry not in found:
                    found.append(entry)
        return found

    def __iter__(self) -> Iterator[Entry]:
        for entries in self._written.values():
            yield from entries

    def _add_unit(self, unit: Unit) -> None:
        for name in self._chinese(unit.names.values()):
            said = bare(fold(name))
            self._put(Entry(name=said, unit=unit.id, level=unit.level, kind="name", point=unit.centre))
            own, suffix = stem(said)
            if suffix:
                self._put(Entry(name=own, unit=unit.id, level=unit.level, kind="stem", point=unit.centre))
                self._put_holes(own, suffix, unit, said)
            if own.endswith("村") and own not in _NOT_SAID:  # nobody says 陈村村
                self._put(Entry(name=own, unit=unit.id, level=unit.level, kind="alias", point=unit.centre))
        for alias in self._chinese(unit.aliases):
            if not any(e.unit == unit.id for e in self._written.get(fold(alias), [])):
                self._put(
                    Entry(name=fold(alias), unit=unit.id, level=unit.level, kind="alias", point=unit.centre)
                )

    def _add_other_suffixes(self) -> None:
        """`双塔社区` for 双塔村, where no such community exists: people mix the two up."""
        for entry in [e for e in self if e.kind == "name" and e.level is Level.VILLAGE]:
            own, suffix = stem(entry.name)
            other = own + _OTHER.get(suffix, "")
            if suffix in _OTHER and not any(e.kind == "name" for e in self._written.get(other, [])):
                self._put(
                    Entry(
                        name=other, unit=entry.unit, level=entry.level, kind="other_suffix", point=entry.point
                    )
                )

    def _add_other_kinds(self) -> None:
        """`富春镇` for 富春街道: towns became subdistricts, and people's words did not."""
        for entry in [e for e in self if e.kind == "name" and e.level is Level.TOWN]:
            own, suffix = stem(entry.name)
            for other in (own + kind for kind in _TOWN_KINDS if suffix in _TOWN_KINDS and kind != suffix):
                if other not in self._written:
                    self._put(
                        Entry(
                            name=other,
                            unit=entry.unit,
                            level=entry.level,
                            kind="other_suffix",
                            point=entry.point,
                        )
                    )

    def _put(self, entry: Entry) -> None:
        self._written[entry.name].append(entry)
        # Two spoken syllables are too common to be a name; with its kind word a name has three or more. A wrong kind
        # word and a wrong sound at once would be two slips in three letters.
        if entry.kind in ("name", "alias") and len(entry.name) >= 3:
            self._spoken[sounds(entry.name)].append(entry)

    def _put_holes(self, own: str, suffix: str, unit: Unit, said: str) -> None:
        entry = Entry(name=said, unit=unit.id, level=unit.level, kind="name", point=unit.centre)
        heard = sounds(own)
        for hole in range(len(heard)):
            self._holes[(*heard[:hole], "*", *heard[hole + 1 :], suffix)].append(entry)

    @staticmethod
    def _chinese(names: Iterable[str]) -> list[str]:
        return [n for n in names if _HAN.search(n)]
