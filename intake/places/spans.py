"""Where in a sentence a place is named: exact names first, then names by sound, then roads and compounds by form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from casecore.vocabulary import Level
from intake.pinyin import sounds
from intake.places.entry import Entry
from intake.places.gazetteer import SUFFIXES, Gazetteer, stem
from intake.places.roads import generic_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the folded text that names a place. `how` is the id of the evidence; no entries: form alone."""

    start: int
    end: int
    how: str
    entries: tuple[Entry, ...] = ()
    weight: float = 1.0

    @property
    def length(self) -> int:
        return self.end - self.start


# Units of one name beyond this tell nothing about where a landmark is.
FEW = 3
# A kind word after one of these is no name: "我们村", "全镇", "这个社区".
_NO_STEM = re.compile(
    r"(我们|你们|他们|咱们|这个|那个|哪个|这些|整个|全|本|同|隔壁|一个|几个|每个|各个|农|乡|附近|旁边|老家|邻|外|出|回|进|到|在|是|的)$"
)
# What may follow a town's short name without making it part of another name (富春路, 春江花月).
_PART_OF_OTHER = re.compile(r"[路街江河桥湖溪大东南西北中新一二三村社古公菜学医]|山(?!里|上|区)")
# What may follow `新登双塔`: a kind word or the end of the name, so that 大源新华书店 is no village.
_ENDS = re.compile(r"$|[\s,，.。!！?？;；、的村有在没里边这那]|社区|门口|附近|老")
# A village's short name is taken only where the sentence treats it as a place.
_PLACE_BEFORE = re.compile(r"(在|住|住在|到|我是|从|去|属于|位于)$")
_PLACE_AFTER = re.compile(r"(这边|这里|这儿|那边|那里|那块|村口|村里|小区|老街|附近|门口|人$|的人)")


def find_spans(folded: str, gazetteer: Gazetteer, known: Sequence[str] = ()) -> list[Span]:
    """All places named, in order, never overlapping; the longer and surer name wins.

    `known` are units that the conversation knows of: of a name that very many places share, those inside them.
    """
    units = [*_written(folded, gazetteer)]
    units += _heard(folded, gazetteer, _taken(units, len(folded)))
    within = (*_deepest_first(units), *known)
    spans = [*units, *_landmarks(folded, gazetteer, within)]
    spans += _landmarks_heard(folded, gazetteer, _taken(spans, len(folded)), within)
    spans += _misheard(folded, gazetteer, _taken(spans, len(folded)))
    chosen = _choose(spans)
    chosen += [_misspelled(span, folded, gazetteer, within) for span in generic_only(folded, chosen)]
    return sorted(chosen, key=lambda s: s.start)


def _deepest_first(units: list[Span]) -> list[str]:
    entries = [entry for span in units for entry in span.entries if len(span.entries) <= FEW]
    return [e.unit for e in sorted(entries, key=lambda e: e.level is Level.TOWN)]


def _landmarks(folded: str, gazetteer: Gazetteer, within: Sequence[str]) -> Iterator[Span]:
    for start, end, entries in gazetteer.book.written(folded, within):
        yield Span(start=start, end=end, how="landmark", entries=entries)


def _landmarks_heard(
    folded: str, gazetteer: Gazetteer, taken: list[bool], within: Sequence[str]
) -> Iterator[Span]:
    for start, end, entries in gazetteer.book.spoken(folded, within):
        said = folded[start:end]
        kept = tuple(e for e in entries if _alike(e, said))
        if kept and not any(taken[start:end]) and not _NO_STEM.search(said[:-1]):
            yield Span(start=start, end=end, how="pinyin", entries=kept, weight=0.85)


def _misspelled(span: Span, folded: str, gazetteer: Gazetteer, within: Sequence[str]) -> Span:
    """A road or compound told by its form that is one letter off a name: that name, unless several are as near."""
    entries = gazetteer.book.almost(folded[span.start : span.end], within)
    if not entries or len({e.name for e in entries}) > 1:
        return span
    return replace(span, how="typo", entries=entries)


def generic_only(folded: str, chosen: list[Span]) -> list[Span]:
    """Roads, compounds and the like that no gazetteer names."""
    taken = _taken(chosen, len(folded))
    return [
        Span(start=start, end=end, how=how, weight=0.6)
        for start, end, how in generic_spans(folded, taken)
        if not any(taken[start:end])
    ]


def _written(folded: str, gazetteer: Gazetteer) -> Iterator[Span]:
    for length in gazetteer.lengths:
        for start in range(len(folded) - length + 1):
            entries = gazetteer.written(folded[start : start + length])
            if entries:
                yield from _fitting(folded, start, start + length, entries, gazetteer.towns)


def _fitting(
    folded: str, start: int, end: int, entries: list[Entry], towns: tuple[str, ...]
) -> Iterator[Span]:
    full = tuple(e for e in entries if e.kind in ("name", "alias"))
    loose = tuple(e for e in entries if e.kind == "other_suffix")
    stems = tuple(e for e in entries if e.kind == "stem" and _stem_fits(folded, start, end, e, towns))
    if full:
        yield Span(start=start, end=end, how="place_name", entries=full)
    elif loose:
        yield Span(start=start, end=end, how="place_name", entries=loose, weight=0.8)
    elif stems:
        yield Span(start=start, end=end, how="short_name", entries=stems, weight=0.75)


def _stem_fits(folded: str, start: int, end: int, entry: Entry, towns: tuple[str, ...]) -> bool:
    before, after = folded[:start], folded[end : end + 3]
    if entry.level is Level.TOWN:
        return not _PART_OF_OTHER.match(after) or after.startswith(("大桥",))
    if _after_town(before):
        return not re.match(r"[路街江河桥]", after)
    if before.endswith(towns):
        return bool(_ENDS.match(after))
    if len(entry.name) >= 3:
        return not re.match(r"[路街桥大]", after)
    return bool(_PLACE_BEFORE.search(before) and _PLACE_AFTER.match(after))


def _after_town(before: str) -> bool:
    return bool(re.search(r"(街道|镇|乡|富阳区|富阳)[的\s]?$", before))


def _heard(folded: str, gazetteer: Gazetteer, taken: list[bool]) -> Iterator[Span]:
    heard = sounds(folded)
    for length in gazetteer.spoken_lengths:
        for start in range(len(folded) - length + 1):
            end = start + length
            if not gazetteer.is_spoken(heard[start:end]) or any(taken[start:end]):
                continue
            said = folded[start:end]
            kept = tuple(gazetteer.spoken(heard[start:end], _suffix(said)))
            if not _suffix(said):
                kept = tuple(gazetteer.spoken_kind(heard[start:end], said))
            if kept and not _NO_STEM.search(stem(said)[0]):
                yield Span(start=start, end=end, how="pinyin", entries=kept, weight=0.85)


def _alike(entry: Entry, said: str) -> bool:
    """A landmark heard must share a third of its characters with what was written, its kind word among them."""
    same = sum(a == b for a, b in zip(entry.name, said, strict=True))
    return same * 3 >= len(said)


def _misheard(folded: str, gazetteer: Gazetteer, taken: list[bool]) -> Iterator[Span]:
    for match in re.finditer("|".join(SUFFIXES), folded):
        end = match.end()
        for length in (4, 3, 2):
            start = match.start() - length
            if start < 0 or any(taken[start:end]) or _NO_STEM.search(folded[start : match.start()]):
                continue
            entries = gazetteer.almost(sounds(folded[start : match.start()]), match.group())
            if entries:
                yield Span(start=start, end=end, how="typo", entries=tuple(entries), weight=0.6)


def _suffix(said: str) -> str:
    return next((s for s in SUFFIXES if said.endswith(s)), "")


def _choose(spans: list[Span]) -> list[Span]:
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.length * s.weight, s.start)):
        if all(span.end <= c.start or span.start >= c.end for c in chosen):
            chosen.append(span)
    return chosen


def _taken(spans: list[Span], size: int) -> list[bool]:
    taken = [False] * size
    for span in spans:
        taken[span.start : span.end] = [True] * span.length
    return taken
