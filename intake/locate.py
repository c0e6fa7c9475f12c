"""Where it is: every kind of evidence on the place, weighed into a short ranked list of guesses.

The words of the message come first, because people report from elsewhere; then the point they shared, the link
they came by, their home, the place of their last request. A guess says which of these made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.judgement import Because, Context, PlaceGuess
from intake.places.gazetteer import Entry, Gazetteer
from intake.places.latin import LatinNames
from intake.places.polygons import Cells
from intake.places.roads import DISTRICT, extend_door
from intake.places.spans import Span, find_spans

# How often each kind of evidence is right when nothing else speaks; measured on the development set where it
# can be (written names), set by judgement for the rest, and never 1.
TRUST = {
    "place_name": 0.96,
    "landmark": 0.9,
    "pinyin": 0.85,
    "short_name": 0.8,
    "typo": 0.65,
    "latin_name": 0.88,
    "polygon": 0.92,
    "link": 0.9,
    "home": 0.55,
    "last_place": 0.4,
    "road": 0.5,
    "spot": 0.45,
}
TOWN_ONLY = 0.9
"""A town's name is as sure as a village's, but says less: it ranks after a village named beside it."""

_GAP = re.compile(r"[的 ,，、。-]{0,2}")
_DEPTH = {Level.MICROGRID: 4, Level.GRID: 3, Level.VILLAGE: 2, Level.TOWN: 1}
_NOT_THERE = re.compile(r"(不是|不在|而不是)\s?$")
_ELSEWHERE = re.compile(r"(老家|户口|户籍|老家在|嫁到|女儿在|儿子在|上班在|调到|搬到)\s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Adjacent names read as one address: `新登镇` + `新兴西路` + `3号`."""

    start: int
    end: int
    spans: tuple[Span, ...]
    entries: tuple[Entry, ...]
    denied: bool = False


class PlaceFinder:
    """Finds places for one territory. Names are indexed at construction, outlines at the first point."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._gazetteer = Gazetteer(territory)
        self._latin = LatinNames(territory)
        self._cells: Cells | None = None

    def find(self, text: str, folded: str, context: Context) -> tuple[PlaceGuess, ...]:
        """Guesses, best first. A guess from the message's own words carries them in `text`."""
        mentions = self._mentions(text, folded)
        guesses = [g for m in mentions for g in self._guesses(m, mentions, text, context)]
        guesses += self._from_context(context)
        return _ranked(self._sharpen(guesses, context))

    def cover(self, point: Point) -> PlaceGuess | None:
        """The microgrid that covers `point`, or None outside the district."""
        if self._cells is None:
            self._cells = Cells(self._territory.folder)
        unit_id = self._cells.covering(point)
        if unit_id is None:
            return None
        unit = self._territory.unit(unit_id)
        trust = TRUST["polygon"]
        because = (Because(kind="polygon", text=f"{point.lat:.5f},{point.lon:.5f}", weight=trust),)
        return PlaceGuess(
            unit_id=unit_id, level=unit.level, text="", probability=trust, point=point, because=because
        )

    # -- the message's words

    def _mentions(self, text: str, folded: str) -> list[Mention]:
        spans = find_spans(folded, self._gazetteer)
        spans += self._latin_spans(text, spans)
        mentions: list[Mention] = []
        for span in sorted(spans, key=lambda s: s.start):
            previous = mentions[-1] if mentions else None
            if previous and _GAP.fullmatch(folded, previous.end, span.start) and self._fits(previous, span):
                mentions[-1] = self._join(previous, span, folded)
            else:
                mentions.append(self._open(span, folded))
        return mentions

    def _latin_spans(self, text: str, spans: list[Span]) -> list[Span]:
        found = [
            Span(start=start, end=end, how="latin_name", entries=entries, weight=0.9)
            for start, end, entries in self._latin.find(text)
        ]
        found += [
            Span(start=start, end=end, how="road", weight=0.6)
            for start, end in self._latin.roads(text)
            if all(end <= f.start or start >= f.end for f in found)
        ]
        return [f for f in found if all(f.end <= s.start or f.start >= s.end for s in spans)]

    def _open(self, span: Span, folded: str) -> Mention:
        before = folded[: span.start]
        district = DISTRICT.search(before)
        start = district.start() if district and district.end() == len(before) else span.start
        denied = bool(_NOT_THERE.search(before) or _ELSEWHERE.search(before))
        end = extend_door(folded, span.end)
        return Mention(start=start, end=end, spans=(span,), entries=span.entries, denied=denied)

    def _fits(self, mention: Mention, span: Span) -> bool:
        """A road without a unit fits anywhere; a unit fits when it lies in, or contains, what came before."""
        if not span.entries or not mention.entries:
            return True
        return bool(self._agreeing(mention.entries, span.entries)) or self._wrong_town(mention, span)

    def _wrong_town(self, mention: Mention, span: Span) -> bool:
        """`大源镇三联村`: one address with a slip in it, not two places."""
        return all(e.level is Level.TOWN for e in mention.entries) and mention.end == span.start

    def _join(self, mention: Mention, span: Span, folded: str) -> Mention:
        agreeing = self._agreeing(mention.entries, span.entries)
        entries = agreeing or span.entries or mention.entries
        return replace(
            mention, end=extend_door(folded, span.end), spans=(*mention.spans, span), entries=entries
        )

    def _agreeing(self, upper: Iterable[Entry], lower: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of two lists of readings, the deeper ones that lie inside each other."""
        found: list[Entry] = []
        for one in upper:
            for other in lower:
                if self._territory.inside(other.unit, one.unit):
                    found.append(other)
                elif self._territory.inside(one.unit, other.unit):
                    found.append(one)
        return tuple(dict.fromkeys(found))

    def _guesses(
        self, mention: Mention, mentions: list[Mention], text: str, context: Context
    ) -> list[PlaceGuess]:
        said = text[mention.start : mention.end].strip(" ,，、。")
        because = tuple(
            Because(kind=s.how, text=text[s.start : s.end], weight=TRUST[s.how]) for s in mention.spans
        )
        sure = max(TRUST[s.how] * (s.weight if s.how == "place_name" else 1.0) for s in mention.spans)
        sure *= 0.3 if mention.denied else 1.0
        if not mention.entries:
            return [PlaceGuess(unit_id=None, level=None, text=said, probability=sure, because=because)]
        return [
            PlaceGuess(
                # A road or a bridge of the whole district says nothing of the unit: only its words are kept.
                unit_id=None if entry.level is Level.DISTRICT else entry.unit,
                level=None if entry.level is Level.DISTRICT else entry.level,
                text=said,
                probability=round(sure * share * (TOWN_ONLY if entry.level is Level.TOWN else 1.0), 4),
                point=entry.point,
                because=because,
            )
            for entry, share in self._shares(mention, mentions, context)
        ]

    def _shares(
        self, mention: Mention, mentions: list[Mention], context: Context
    ) -> list[tuple[Entry, float]]:
        """Two villages of one name: the town named elsewhere, then home or last place, decide; else they share."""
        by_unit: dict[str, Entry] = {}
        for entry in mention.entries:
            by_unit.setdefault(entry.unit, entry)
        entries = list(by_unit.values())
        if len(entries) == 1:
            return [(entries[0], 1.0)]
        towns = {e.unit for m in mentions if m is not mention for e in m.entries if e.level is Level.TOWN}
        for hints, share in ((towns, 0.97), (self._known_towns(context), 0.8)):
            favoured = [e for e in entries if any(self._territory.inside(e.unit, t) for t in hints)]
            if len(favoured) == 1:
                rest = (1 - share) / (len(entries) - 1)
                return [(e, share if e is favoured[0] else rest) for e in entries]
        return [(e, 1 / len(entries)) for e in entries]

    # -- what the conversation knows

    def _known_towns(self, context: Context) -> set[str]:
        known = [context.link_unit, context.home, context.last_place]
        if context.point and (covered := self.cover(context.point)):
            known.insert(0, covered.unit_id)
        towns: set[str] = set()
        for unit_id in known:
            if unit_id and unit_id in self._territory.units:
                town = self._territory.at_level(unit_id, Level.TOWN)
                if town:
                    return {town.id}
        return towns

    def _from_context(self, context: Context) -> list[PlaceGuess]:
        guesses: list[PlaceGuess] = []
        if context.point and (covered := self.cover(context.point)):
            guesses.append(covered)
        for kind, unit_id in (
            ("link", context.link_unit),
            ("home", context.home),
            ("last_place", context.last_place),
        ):
            unit = self._territory.units.get(unit_id) if unit_id else None
            if unit:
                because = (Because(kind=kind, text="", weight=TRUST[kind]),)
                guesses.append(
                    PlaceGuess(
                        unit_id=unit.id,
                        level=unit.level,
                        text="",
                        probability=TRUST[kind],
                        point=unit.centre,
                        because=because,
                    )
                )
        return guesses

    def _sharpen(self, guesses: list[PlaceGuess], context: Context) -> list[PlaceGuess]:
        """A point, link or home inside the named village says where in it: the words and the finer unit join."""
        finer = [g for g in guesses if not g.text and g.unit_id]
        sharpened: list[PlaceGuess] = []
        for guess in guesses:
            inner = next((f for f in finer if guess.text and self._inside(f, guess)), None)
            if inner is None or (inner.because[0].kind in ("home", "last_place") and not _home_helps(guess)):
                sharpened.append(guess)
                continue
            both = (*guess.because, *inner.because)
            chance = max(guess.probability, inner.probability)
            sharpened.append(
                replace(
                    inner, text=guess.text, probability=chance, point=inner.point or guess.point, because=both
                )
            )
        return sharpened

    def _inside(self, inner: PlaceGuess, outer: PlaceGuess) -> bool:
        if inner.unit_id is None or inner.unit_id == outer.unit_id:
            return False
        if outer.unit_id is None:
            return inner.because[0].kind in ("polygon", "link")
        return self._territory.inside(inner.unit_id, outer.unit_id)


def _home_helps(guess: PlaceGuess) -> bool:
    """Home says where in a named village, unless a door is named, which may be another; it never refines a town."""
    return guess.level is Level.VILLAGE and not any(c.isdigit() for c in guess.text)


def _ranked(guesses: list[PlaceGuess]) -> tuple[PlaceGuess, ...]:
    """The words' places first, the deepest and surest of them; then the rest. One guess a unit."""
    best: dict[tuple[str | None, str], PlaceGuess] = {}
    for guess in guesses:
        key = (guess.unit_id, "" if guess.unit_id else guess.text)
        if key not in best or guess.probability > best[key].probability:
            best[key] = guess
    return tuple(
        sorted(
            best.values(),
            key=lambda g: (
                g.probability < 0.35,
                not g.text,
                g.unit_id is None,
                -(_DEPTH.get(g.level, 0) if g.level else 0),
                -g.probability,
            ),
        )
    )
