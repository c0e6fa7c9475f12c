"""Names side by side, read as one address: `新登镇` + `新兴西路` + `3号`, and `A路` with `B路` where they cross."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.places.entry import Entry
from intake.places.namebook import NameBook
from intake.places.roads import DISTRICT, arabic_door, extend_door
from intake.places.spans import Span

_GAP = re.compile(r"[的 ,，、。-]{0,2}")
_NOT_THERE = re.compile(r"(不是|不在|而不是)\s?$")
_ELSEWHERE = re.compile(r"(老家|户口|户籍|老家在|嫁到|女儿在|儿子在|上班在|调到|搬到)\s?$")
_AND = re.compile(r"\s?(与|和|跟|及|、|/|同|&|and|,|，)\s?")
_CROSSING = re.compile(
    r"\s?的?(十字|丁字|三岔)?(交叉路?口|交汇处|交界处|路口|相交处?|转角|拐角|口子?(?![罩腔水]))"
)
# `富春镇小垄3号`: a lane that no list has, between a unit and a number.
_LANE = re.compile(r"(?![有在的是和没住还就第共约])[\u4e00-\u9fff]{1,3}[0-9]{1,4}(号|幢|栋|弄)(?!线|楼下)")
_ROAD_END = re.compile(r"(路|街|大道|道|巷|弄)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Adjacent names read as one address. No entries: the words name a place that no list has."""

    start: int
    end: int
    spans: tuple[Span, ...]
    entries: tuple[Entry, ...]
    denied: bool = False


class Reader:
    """Joins the spans of one territory's names."""

    def __init__(self, territory: Territory, book: NameBook) -> None:
        self._territory = territory
        self._book = book

    def read(self, folded: str, spans: Iterable[Span]) -> list[Mention]:
        """The addresses of a text, from left to right."""
        mentions: list[Mention] = []
        for span in sorted(spans, key=lambda s: s.start):
            previous = mentions[-1] if mentions else None
            if previous and _GAP.fullmatch(folded, previous.end, span.start) and self._fits(previous, span):
                mentions[-1] = self._join(previous, span, folded)
            else:
                mentions.append(self._open(span, folded))
        return self._crossings(mentions, folded)

    def _open(self, span: Span, folded: str) -> Mention:
        before = folded[: span.start]
        district = DISTRICT.search(before)
        start = district.start() if district and district.end() == len(before) else span.start
        denied = bool(_NOT_THERE.search(before) or _ELSEWHERE.search(before))
        end = extend_door(folded, span.end)
        entries = self._door(span, folded[span.end : end])
        end = _past_lane(span, folded, end)
        return Mention(start=start, end=end, spans=(span,), entries=entries, denied=denied)

    def _door(self, span: Span, hung: str) -> tuple[Entry, ...]:
        """`迎宾路` + `十二号`: the door's own entry where there is one, else the road's."""
        door = arabic_door(hung)
        if not door or not span.entries or len(span.entries) > 1:
            return span.entries
        entry = span.entries[0]
        found = self._book.named(entry.name + door, (entry.unit,))
        inside = tuple(e for e in found if self._territory.inside(e.unit, entry.unit))
        return inside or span.entries

    def _fits(self, mention: Mention, span: Span) -> bool:
        """A road without a unit fits anywhere; a unit fits when it lies in, or contains, what came before."""
        if not span.entries or not mention.entries:
            return True
        return bool(self.agreeing(mention.entries, span.entries)) or self._wrong_town(mention, span)

    def _wrong_town(self, mention: Mention, span: Span) -> bool:
        """`大源镇三联村`: one address with a slip in it, not two places."""
        return all(e.level is Level.TOWN for e in mention.entries) and mention.end == span.start

    def _join(self, mention: Mention, span: Span, folded: str) -> Mention:
        end = extend_door(folded, span.end)
        hung = self._door(span, folded[span.end : end])
        entries = self.agreeing(mention.entries, hung) or hung or mention.entries
        end = _past_lane(span, folded, end)
        return replace(mention, end=end, spans=(*mention.spans, span), entries=entries)

    def agreeing(self, upper: Iterable[Entry], lower: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of two lists of readings, the deeper ones that lie inside each other."""
        found: list[Entry] = []
        lower = tuple(lower)
        for one in upper:
            for other in lower:
                if self._territory.inside(other.unit, one.unit):
                    found.append(other)
                elif self._territory.inside(one.unit, other.unit):
                    found.append(one)
        return tuple(dict.fromkeys(found))

    # -- crossings

    def _crossings(self, mentions: Sequence[Mention], folded: str) -> list[Mention]:
        """Two roads with "and" between them, and "crossing" after: one place."""
        found: list[Mention] = []
        for mention in mentions:
            previous = found[-1] if found else None
            if previous is not None and _AND.fullmatch(folded, previous.end, mention.start):
                crossing = _CROSSING.match(folded, mention.end)
                if (crossing or mention.end > mention.spans[-1].end) and _roads(previous, mention, folded):
                    end = crossing.end() if crossing else mention.end
                    found[-1] = self._cross(previous, mention, end)
                    continue
            found.append(mention)
        return found

    def _cross(self, one: Mention, other: Mention, end: int) -> Mention:
        spans = (*one.spans, *other.spans)
        entries = self.agreeing(one.entries, other.entries) or self._shared(one.entries, other.entries)
        return Mention(
            start=one.start, end=end, spans=spans, entries=entries, denied=one.denied or other.denied
        )

    def _shared(self, one: Sequence[Entry], other: Sequence[Entry]) -> tuple[Entry, ...]:
        """Roads of two villages cross in the town that has both; one known road says enough."""
        if not one or not other:
            return tuple(one or other)
        found: dict[str, Entry] = {}
        for left in one:
            for right in other:
                unit = together(self._territory, (left.unit, right.unit))
                if unit != self._territory.root:
                    level = self._territory.unit(unit).level
                    found[unit] = Entry(name=left.name, unit=unit, level=level, kind="landmark")
        return tuple(found.values())


def _past_lane(span: Span, folded: str, end: int) -> int:
    lane = _LANE.match(folded, end) if span.how in ("place_name", "short_name") and end == span.end else None
    return lane.end() if lane else end


def _roads(one: Mention, other: Mention, folded: str) -> bool:
    return all(_ROAD_END.search(folded[m.spans[-1].start : m.spans[-1].end]) for m in (one, other))


def together(territory: Territory, units: Sequence[str]) -> str:
    """The smallest unit that holds them all."""
    shared = [unit.id for unit in territory.lineage(units[0])]
    for unit_id in units[1:]:
        above = {unit.id for unit in territory.lineage(unit_id)}
        shared = [each for each in shared if each in above]
    return shared[0]
