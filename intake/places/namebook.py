"""Every name of every landmark, road and door, in arrays that are looked into and never searched through.

    written     print of a name              ─┐
    spoken      print of how it sounds        ├─► rows: letters, unit, point
    one_off     print of it without a letter ─┘

Each table is a sorted array: a look-up halves it twenty times for a million names. The rows of one name are in the
order of the tree of units, so that those inside a town are one stretch, found by halving again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casecore.messages import Point
from casecore.territory.model import Territory
from intake.places.entry import Entry
from intake.places.fingerprints import Letters, Prints, heard, letters, one, rows, stretches, syllable_numbers

LATIN = "\x01"
"""Begins a name in Latin letters, so that it never matches inside Chinese words."""
# A name that more places share says nothing by itself; those inside a town that is named beside it still do.
MOST = 24
# Names of two characters sound like too many words.
SHORTEST_SPOKEN = 3
# A letter of a shorter name may not be wrong: with one of three letters gone too much would fit.
SHORTEST_ONE_OFF = 4
# A slip in one of these makes another place, and no misspelling: 东路 and 西路, 3号 and 8号.
_TELLING = frozenset("0123456789一二三四五六七八九十东西南北中上下前后左右大小新老内外")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Prints in rising order, and the row that each belongs to.

    `sieve` has a bit for each beginning that some print has. Nearly all stretches of a message are no name: they fail
    here, in memory, and never touch the pages of the sorted array, which lie on the disk.
    """

    prints: Prints
    rows: NDArray[np.uint32]
    sieve: NDArray[np.uint8]

    def places(self, prints: Prints) -> NDArray[np.int64]:
        """Which of `prints` are here, as indices into them."""
        shift = np.uint64(64 - (len(self.sieve).bit_length() + 2))
        first = prints >> shift
        bits = self.sieve[(first >> np.uint64(3)).astype(np.int64)] >> (first & np.uint64(7)).astype(np.uint8)
        likely = np.flatnonzero(bits & 1)
        at = np.searchsorted(self.prints, prints[likely])
        at[at == len(self.prints)] = 0
        found: NDArray[np.int64] = (
            likely[self.prints[at] == prints[likely]] if len(self.prints) else likely[:0]
        )
        return found

    def stretch(self, print_: int) -> tuple[int, int]:
        """First and one past last place of a print."""
        wanted = np.uint64(print_)
        return int(np.searchsorted(self.prints, wanted)), int(np.searchsorted(self.prints, wanted, "right"))


def sieve_of(prints: Prints) -> NDArray[np.uint8]:
    """A bit for each beginning of a print, 64 to 128 times as many as there are: one in a hundred passes."""
    size = max(8, len(prints).bit_length() + 6)
    marks = np.zeros(1 << size, dtype=np.bool_)
    marks[(prints >> np.uint64(64 - size)).astype(np.int64)] = True
    return np.packbits(marks, bitorder="little")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The arrays of a book. `unit` counts units as `tree_order` lists them; `starts` has one more than rows."""

    letters: Letters
    starts: NDArray[np.uint32]
    unit: NDArray[np.uint32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    written: Table
    spoken: Table
    one_off: Table
    lengths: NDArray[np.uint32]
    """Lengths of the names in Chinese."""


def tree_order(territory: Territory) -> list[str]:
    """Unit ids, each followed by all that lie inside it."""
    found: list[str] = []
    waiting = [territory.root]
    while waiting:
        unit_id = waiting.pop()
        found.append(unit_id)
        waiting += [child.id for child in reversed(territory.children(unit_id))]
    return found


class NameBook:
    """Look-ups in the pages of one territory. Entries come at most MOST at a time.

    `within` names units whose part of a shared name is wanted, when the name alone is shared by too many.
    """

    def __init__(self, pages: Pages, territory: Territory) -> None:
        self._pages = pages
        self._territory = territory
        self._units = tree_order(territory)
        self._span = _spans(self._units, territory)
        self._lengths = frozenset(pages.lengths.tolist())
        self._spoken_lengths = frozenset(n for n in self._lengths if n >= SHORTEST_SPOKEN)

    def __len__(self) -> int:
        return len(self._pages.unit)

    def written(
        self, folded: str, within: Sequence[str] = ()
    ) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        """(start, end, entries) of each stretch of the text that is a name, letter for letter."""
        for print_, start, end in self._hits(letters(folded), self._lengths, self._pages.written):
            entries = self._entries(self._pages.written, print_, within, said=folded[start:end])
            if entries:
                yield start, end, entries

    def spoken(self, folded: str, within: Sequence[str] = ()) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        """The same of each stretch that sounds like a name and is written otherwise."""
        for print_, start, end in self._hits(
            heard(letters(folded)), self._spoken_lengths, self._pages.spoken
        ):
            entries = self._entries(self._pages.spoken, print_, within)
            kept = tuple(e for e in entries if len(e.name) == end - start and e.name != folded[start:end])
            if kept:
                yield start, end, kept

    def named(self, said: str, within: Sequence[str] = ()) -> tuple[Entry, ...]:
        """Entries of exactly this name (folded)."""
        return self._entries(self._pages.written, one(letters(said)), within, said=said)

    def latin(self, joined: str, syllables: Sequence[str], within: Sequence[str] = ()) -> tuple[Entry, ...]:
        """Entries whose English name is `joined` (no spaces), or that are pronounced as these fuzzed syllables."""
        found = self.named(LATIN + joined, within)
        numbers = syllable_numbers()
        if found or len(syllables) < SHORTEST_SPOKEN or any(s not in numbers for s in syllables):
            return found
        sounds = np.array([numbers[s] for s in syllables], dtype=np.uint32)
        return self._entries(self._pages.spoken, one(sounds), within)

    def almost(self, said: str, within: Sequence[str] = ()) -> tuple[Entry, ...]:
        """Entries with a name of one letter more, less or other than `said`; never with another number or direction."""
        if len(said) < SHORTEST_ONE_OFF - 1:
            return ()
        codes = letters(said)
        shorter = [rows(np.delete(codes, at).reshape(1, -1))[0] for at in range(len(codes))]
        pages = self._pages
        tries = [(pages.one_off, one(codes)), *((pages.one_off, int(p)) for p in shorter)]
        if len(said) > SHORTEST_ONE_OFF:
            tries += [(pages.written, int(p)) for p in shorter]
        found: dict[tuple[str, str], Entry] = {}
        for table, print_ in tries:
            for entry in self._entries(table, print_, within):
                if _one_slip(entry.name, said):
                    found.setdefault((entry.name, entry.unit), entry)
        return tuple(found.values())

    # -- inside

    def _hits(self, codes: Letters, lengths: frozenset[int], table: Table) -> Iterator[tuple[int, int, int]]:
        """(print, start, end) of the stretches whose print the table holds."""
        prints, starts, sizes = stretches(codes, lengths)
        for index in table.places(prints).tolist():
            start = int(starts[index])
            yield int(prints[index]), start, start + int(sizes[index])

    def _entries(
        self, table: Table, print_: int, within: Sequence[str], *, said: str | None = None
    ) -> tuple[Entry, ...]:
        first, last = table.stretch(print_)
        if first == last:
            return ()
        if last - first <= MOST:
            found = [self._entry(int(row)) for row in table.rows[first:last]]
        else:
            found = self._of_many(table.rows[first:last], within)
        return tuple(entry for entry in found if said is None or entry.name == said)

    def _of_many(self, shared: NDArray[np.uint32], within: Sequence[str]) -> list[Entry]:
        """A name of many places: those inside the units named beside it; else the unit that holds them all."""
        units = self._pages.unit[shared]
        for unit_id in within:
            low, high = self._span.get(unit_id, (0, 0))
            first, last = np.searchsorted(units, [low, high]).tolist()
            if 0 < last - first <= MOST:
                return [self._entry(int(row)) for row in shared[first:last]]
        return [self._together(self._entry(int(shared[0])), self._entry(int(shared[-1])))]

    def _together(self, one_: Entry, other: Entry) -> Entry:
        """In the order of the tree, what holds the first and the last holds all between them."""
        above = {unit.id for unit in self._territory.lineage(other.unit)}
        unit = next(unit for unit in self._territory.lineage(one_.unit) if unit.id in above)
        return Entry(name=one_.name, unit=unit.id, level=unit.level, kind="landmark")

    def _entry(self, row: int) -> Entry:
        pages = self._pages
        name = pages.letters[pages.starts[row] : pages.starts[row + 1]].tobytes().decode("utf-32-le")
        unit = self._territory.unit(self._units[pages.unit[row]])
        lat, lon = float(pages.lat[row]), float(pages.lon[row])
        point = None if lat != lat else Point(lat=lat, lon=lon)  # NaN stands for none
        return Entry(name=name, unit=unit.id, level=unit.level, kind="landmark", point=point)


def _spans(order: Sequence[str], territory: Territory) -> Mapping[str, tuple[int, int]]:
    """Where each unit and all inside it stand in the order: [first, one past last)."""
    first = {unit_id: index for index, unit_id in enumerate(order)}
    last: dict[str, int] = {}
    for unit_id in reversed(order):
        last.setdefault(unit_id, first[unit_id] + 1)
        parent = territory.unit(unit_id).parent
        if parent is not None:
            last[parent] = max(last.get(parent, 0), last[unit_id])
    return {unit_id: (first[unit_id], last[unit_id]) for unit_id in order}


def _one_slip(name: str, said: str) -> bool:
    """One letter put in, left out or exchanged, neither the kind word's last nor one that makes another place."""
    if name == said or not name or not said or name[-1] != said[-1]:
        return False
    start = 0
    while start < min(len(name), len(said)) and name[start] == said[start]:
        start += 1
    end = 0
    while end < min(len(name), len(said)) - start and name[-1 - end] == said[-1 - end]:
        end += 1
    right, wrong = name[start : len(name) - end], said[start : len(said) - end]
    if max(len(right), len(wrong)) != 1:
        return False
    # 登城比路 is meant for 登城北路; 桂花路 is not meant for 桂花西路, nor 东路 for 西路.
    return not all(part in _TELLING for part in (right, wrong) if part)
