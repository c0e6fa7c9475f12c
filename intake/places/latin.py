"""Places written in Latin letters: official English names, and pinyin as foreigners and some keyboards write it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.pinyin import spellings, syllables_of
from intake.places.entry import Entry
from intake.places.gazetteer import bare, stem
from intake.places.namebook import LATIN, NameBook
from intake.wording import fold

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_KIND = {
    "village": "村",
    "cun": "村",
    "community": "社区",
    "shequ": "社区",
    "neighbourhood": "社区",
    "neighborhood": "社区",
    "town": "镇",
    "zhen": "镇",
    "township": "乡",
    "xiang": "乡",
    "subdistrict": "街道",
    "sub-district": "街道",
    "street": "街道",
    "jiedao": "街道",
}
_ROAD = re.compile(
    r"(?:[A-Z][a-z]+ ){1,3}(?:(?:East|West|North|South|Middle) )?(?:Road|Rd|Street|St|Avenue|Ave|Lane|"
    r"Boulevard|Bridge|Park|"
    r"Square|Plaza|Garden|Gardens|Hospital|School|Market|Station|Mall|Scenic Area|Ancient Town|Compound)\b"
)
_AT = re.compile(r"\b(?:in|at|near|from|on|to|of|around|outside|behind)\s+$", re.IGNORECASE)
# Sentence openers that are capitalised but begin no road's name.
_OPENERS = re.compile(
    r"^(?:The|A|An|On|In|At|Near|Our|My|This|That|There|Please|Hi|Hello|And|From|Outside|Behind) "
)
SHORTEST = 5
"""Letters a bare spelling needs; shorter ones (`he`, `dong`) are words of other languages."""


class LatinNames:
    """Units and landmarks by English name and by spelling without spaces."""

    def __init__(self, territory: Territory, book: NameBook) -> None:
        self._book = book
        # "Xiaoshan" is the city next door, and not 小剡村 misread.
        self._elsewhere = frozenset(
            "".join(_WORD.findall(part)).lower().replace("'", "")
            for neighbour in territory.neighbours
            for name in neighbour.names.values()
            for part in (name, name.rpartition(" ")[0])
            if name.isascii()
        )
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        for unit in territory.units.values():
            if unit.level not in (Level.TOWN, Level.VILLAGE):
                continue
            for name in (*unit.names.values(), *unit.aliases):
                self._add(
                    name, Entry(name=name, unit=unit.id, level=unit.level, kind="name", point=unit.centre)
                )

    def find(self, text: str) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        """(start, end, entries) of each name written in Latin letters; longest first, not overlapping."""
        words = list(_WORD.finditer(text))
        index = 0
        while index < len(words):
            found = self._longest(text, words, index)
            if found is None:
                index += 1
                continue
            used, entries = found
            yield words[index].start(), words[index + used - 1].end(), entries
            index += used

    def roads(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, end) of each road, park or school told by its English form."""
        for match in _ROAD.finditer(text):
            opener = _OPENERS.match(match.group())
            start = match.start() + (opener.end() if opener else 0)
            if " " in text[start : match.end()]:
                yield start, match.end()

    def _longest(
        self, text: str, words: list[re.Match[str]], index: int
    ) -> tuple[int, tuple[Entry, ...]] | None:
        for used in range(min(5, len(words) - index), 0, -1):
            group = [w.group().lower().replace("'", "").replace("’", "") for w in words[index : index + used]]
            kind = _KIND.get(group[-1]) if used > 1 else None
            joined = "".join(group[:-1] if kind else group)
            if not kind and (joined in self._elsewhere or not self._stands_alone(text, words[index], joined)):
                continue
            entries = tuple(e for e in self._entries.get(joined, ()) if self._of_kind(e, kind))
            entries = entries or self._landmarks(group)
            if entries:
                return used, entries
        return None

    def _landmarks(self, group: list[str]) -> tuple[Entry, ...]:
        """By the English name, or spelled: the sound finds it, the letters must agree."""
        joined = "".join(group)
        if len(joined) < SHORTEST:
            return ()
        syllables = [s for word in group for s in (syllables_of(word) or ("",))]
        return tuple(
            entry
            for entry in self._book.latin(joined, syllables)
            if entry.name == LATIN + joined or joined in {"".join(s) for s in spellings(entry.name, most=1)}
        )

    @staticmethod
    def _of_kind(entry: Entry, kind: str | None) -> bool:
        if kind is None or entry.kind == "landmark":
            return True
        if entry.level is Level.TOWN:
            return kind in ("镇", "乡", "街道")
        return kind in ("村", "社区")

    @staticmethod
    def _stands_alone(text: str, word: re.Match[str], joined: str) -> bool:
        if len(joined) < SHORTEST:
            return False
        return word.group()[0].isupper() or bool(_AT.search(text[: word.start()])) or len(joined) >= 8

    def _add(self, name: str, entry: Entry) -> None:
        for key in self._keys(name):
            if not any(e.unit == entry.unit for e in self._entries[key]):
                self._entries[key].append(entry)

    @staticmethod
    def _keys(name: str) -> set[str]:
        if name.isascii():
            words = [w.lower().replace("'", "") for w in _WORD.findall(name)]
            keys = {"".join(words)}
            if len(words) > 1 and words[-1] in _KIND:
                keys.add("".join(words[:-1]))
            return {k for k in keys if len(k) >= 3}
        said = bare(fold(name))
        own = stem(said)[0]
        return {"".join(s) for s in (*spellings(own), *spellings(said)) if "".join(s).isascii()}
