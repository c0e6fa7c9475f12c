"""Where it is: every kind of evidence on the place, weighed into a short ranked list of guesses.

The words of the message come first, because people report from elsewhere; then the point they shared, the link
they came by, where their photo was taken, their home, the place of their last request. A guess says which of these
made it, and which spoke against it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.judgement import Because, Context, PlaceGuess
from intake.places.entry import Entry
from intake.places.gazetteer import Gazetteer
from intake.places.latin import LatinNames
from intake.places.mentions import Mention, Reader, together
from intake.places.outside import Outside
from intake.places.polygons import Cells
from intake.places.relative import relative
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
    "last_place_said": 0.85,
    "home_said": 0.8,
    # A camera's fix may be old, and Chinese phones are said to write GCJ-02 into a field that is WGS-84: half a
    # kilometre. It is enough for a card that the resident looks at, and for no more.
    "photo": 0.6,
    "home": 0.55,
    "last_place": 0.4,
    "road": 0.5,
    "spot": 0.45,
}
TOWN_ONLY = 0.9
"""A town's name is as sure as a village's, but says less: it ranks after a village named beside it."""
BUTTONS_MOST = 4
"""More places of one name than buttons: not offered one by one, but as the unit that holds them all."""

_DEPTH = {Level.MICROGRID: 4, Level.GRID: 3, Level.VILLAGE: 2, Level.TOWN: 1}
_POINTS = ("polygon", "link", "photo")
"""Evidence that is a spot: it also places words that no list has."""


class PlaceFinder:
    """Finds places for one territory. Names are indexed at construction, outlines at the first point.

    `keep` is where the book of names is kept between starts.
    """

    def __init__(self, territory: Territory, keep: Path | None = None) -> None:
        self._territory = territory
        self._gazetteer = Gazetteer(territory, keep)
        self._latin = LatinNames(territory, self._gazetteer.book)
        self._reader = Reader(territory, self._gazetteer.book)
        self._cells: Cells | None = None
        self.outside = Outside(territory)

    def find(self, text: str, folded: str, context: Context) -> tuple[PlaceGuess, ...]:
        """Guesses, best first. A guess from the message's own words carries them in `text`."""
        surroundings = self._from_context(context, folded)
        mentions = self._mentions(text, folded, [g.unit_id for g in surroundings if g.unit_id and _spot(g)])
        guesses = [g for m in mentions for g in self._guesses(m, mentions, text, context)]
        return _ranked(self._sharpen([*guesses, *surroundings]))

    def inside(self, words: str, folded: str, unit_id: str) -> PlaceGuess | None:
        """The best place that the words name inside a unit: a road or a door, once the village is known."""
        mentions = self._mentions(words, folded, [unit_id])
        found = [g for m in mentions for g in self._guesses(m, mentions, words, Context(link_unit=unit_id))]
        deeper = [
            g
            for g in found
            if g.unit_id and g.unit_id != unit_id and self._territory.inside(g.unit_id, unit_id)
        ]
        return max(deeper, key=lambda g: g.probability, default=None)

    def cover(self, point: Point) -> PlaceGuess | None:
        """The microgrid that covers `point`, or None outside the district."""
        return self._covered(point, "polygon")

    def covering(self, point: Point) -> str | None:
        """The id of the microgrid that covers `point`, or None outside the district."""
        if self._cells is None:
            self._cells = Cells(self._territory.folder)
        return self._cells.covering(point)

    def _covered(self, point: Point, kind: str) -> PlaceGuess | None:
        unit_id = self.covering(point)
        if unit_id is None:
            return None
        unit, trust = self._territory.unit(unit_id), TRUST[kind]
        because = (Because(kind=kind, text=f"{point.lat:.5f},{point.lon:.5f}", weight=trust),)
        return PlaceGuess(
            unit_id=unit_id, level=unit.level, text="", probability=trust, point=point, because=because
        )

    # -- the message's words

    def _mentions(self, text: str, folded: str, known: list[str]) -> list[Mention]:
        spans = find_spans(folded, self._gazetteer, known)
        return self._reader.read(folded, [*spans, *self._latin_spans(text, spans)])

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
        entries = self._joined(list(by_unit.values()))
        if len(entries) == 1:
            return [(entries[0], 1.0)]
        said = {e.unit for m in mentions if m is not mention for e in m.entries if e.level in _DEPTH}
        for hints, share in ((said, 0.97), (self._known_towns(context), 0.8)):
            favoured = [e for e in entries if any(self._territory.inside(e.unit, t) for t in hints)]
            favoured = self._joined(favoured) if favoured else []
            if len(favoured) == 1:
                rest = [e for e in entries if not self._territory.inside(e.unit, favoured[0].unit)]
                return [(favoured[0], share), *((e, (1 - share) / len(rest)) for e in rest)]
        if len(entries) > BUTTONS_MOST:
            return [(self._together(entries), 1.0)]
        return [(e, 1 / len(entries)) for e in entries]

    def _joined(self, entries: list[Entry]) -> list[Entry]:
        """Several readings inside one village are one: which of them is for those who go there."""
        whole = self._together(entries) if len(entries) > 1 else entries[0]
        return [whole] if _DEPTH.get(whole.level, 0) >= _DEPTH[Level.VILLAGE] else entries

    def _together(self, entries: list[Entry]) -> Entry:
        unit = self._territory.unit(together(self._territory, [e.unit for e in entries]))
        return replace(entries[0], unit=unit.id, level=unit.level, point=None)

    # -- what the conversation knows

    def _known_towns(self, context: Context) -> set[str]:
        for guess in self._from_context(context, ""):
            town = self._territory.at_level(guess.unit_id, Level.TOWN) if guess.unit_id else None
            if town:
                return {town.id}
        return set()

    def _from_context(self, context: Context, folded: str) -> list[PlaceGuess]:
        """The surest first; words like "my doorstep" and "same place" make home and last place surer."""
        guesses = [
            self._covered(context.point, "polygon") if context.point else None,
            self._unit(context.link_unit, "link"),
            self._covered(context.photo, "photo") if context.photo else None,
        ]
        said = relative(folded) if folded and (context.home or context.last_place) else None
        for kind, unit_id in (("home", context.home), ("last_place", context.last_place)):
            meant = said is not None and said.towards == kind
            guess = self._unit(
                unit_id, f"{kind}_said" if meant else kind, said.text if said and meant else ""
            )
            guesses.append(guess)
        return [guess for guess in guesses if guess is not None]

    def _unit(self, unit_id: str | None, kind: str, words: str = "") -> PlaceGuess | None:
        unit = self._territory.units.get(unit_id) if unit_id else None
        if unit is None:
            return None
        return PlaceGuess(
            unit_id=unit.id, level=unit.level, text="", probability=TRUST[kind], point=unit.centre,
            because=(Because(kind=kind, text=words, weight=TRUST[kind]),),
        )  # fmt: skip

    def _sharpen(self, guesses: list[PlaceGuess]) -> list[PlaceGuess]:
        """A point, link, photo or home inside the named village says where in it: the words and the finer unit join."""
        finer = [g for g in guesses if not g.text and g.unit_id]
        sharpened: list[PlaceGuess] = []
        for guess in guesses:
            inner = next((f for f in finer if guess.text and self._inside(f, guess)), None)
            if inner is None or (not _spot(inner) and not _home_helps(guess)):
                sharpened.append(self._contradicted(guess, finer))
                continue
            both = (*guess.because, *inner.because)
            chance = max(guess.probability, inner.probability)
            sharpened.append(
                replace(
                    inner, text=guess.text, probability=chance, point=inner.point or guess.point, because=both
                )
            )
        return sharpened

    def _contradicted(self, guess: PlaceGuess, finer: list[PlaceGuess]) -> PlaceGuess:
        """Words that name one place and a photo taken in another: the words hold, and the file says both."""
        photo = next((f for f in finer if f.because[0].kind == "photo"), None)
        if photo is None or not guess.text or not guess.unit_id or photo.unit_id is None:
            return guess
        if self._territory.inside(photo.unit_id, guess.unit_id) or self._same_village(
            photo.unit_id, guess.unit_id
        ):
            return guess
        against = replace(photo.because[0], kind="photo_elsewhere")
        return replace(guess, because=(*guess.because, against))

    def _same_village(self, one: str, other: str) -> bool:
        village = self._territory.at_level(one, Level.VILLAGE)
        return village is not None and self._territory.inside(other, village.id)

    def _inside(self, inner: PlaceGuess, outer: PlaceGuess) -> bool:
        if inner.unit_id is None or inner.unit_id == outer.unit_id:
            return False
        if outer.unit_id is None:
            return _spot(inner)
        return self._territory.inside(inner.unit_id, outer.unit_id)


def _spot(guess: PlaceGuess) -> bool:
    return guess.because[0].kind in _POINTS


def _home_helps(guess: PlaceGuess) -> bool:
    """Home says where in a named village, unless a door is named, which may be another; it never refines a town."""
    return guess.level is Level.VILLAGE and not any(c.isdigit() for c in guess.text)


def _ranked(guesses: list[PlaceGuess]) -> tuple[PlaceGuess, ...]:
    """The words' places first, the deepest and surest of them; then the rest, the surest first. One guess a unit."""
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
                -(_DEPTH.get(g.level, 0) if g.level and g.text else 0),
                -g.probability,
            ),
        )
    )
