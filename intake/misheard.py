"""What a transcriber wrote, mended: traditional characters made simple, misheard names of towns and villages put right.

A model knows how a name sounds and not how it is written, and it hears through noise. So names are compared by
sound; and because the villages of one town are few, behind a town's name a village's may be further off, and the
town's too when a village of it follows:

    春街乡行康孙的水库 ─► 春建乡 (one of all towns, nearly the same) ─► 咸康村 (one of its 12 villages, much the same)
    信空向下红轴子里   ─► 新桐乡 (hardly the same alone) + 小桐洲村 (together they are like nothing else)
    警察社区地下车库   ─► 金桥社区 (no town is said: it has to be much the same, and to begin a phrase)

The words as they were heard stay beside the recording (media.transcribe); these are what people read and sort by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from casecore.territory.model import Territory, Unit
from casecore.vocabulary import Level
from intake.likeness import aligned, alike, likeness
from intake.misheard_words import MatterWords
from intake.pinyin import sounds
from intake.wording import simplified

# Means of the syllables' likeness, 0 to 1; what they were set and measured on stands in docs/decisions/0016.
LIKE_A_TOWN = 0.86
PERHAPS_A_TOWN = 0.72
"""A town whose village follows."""
LIKE_A_VILLAGE = 0.64
LIKE_BOTH = 0.75
LIKE_ALONE = 0.84
LIKE_A_KIND, LIKE_A_KIND_ALONE = 0.5, 0.75
"""Of the kind word at the end: 存, 寸 and 坤 are meant for 村, 路 and 国 are not."""
LIKE_A_LONG_STEM, LONG = 0.78, 3
"""A stem of so many syllables is known by itself, whatever the kind word became."""
# By as much the best name must beat the next; two that sound alike are for the resident to tell apart.
MARGIN = 0.05
MARGIN_ALONE = 0.03
MARGIN_BOTH = 0.02
# "希望社区能…" is a wish. Behind such a word a place is meant only when something stands at it.
NO_NAMES = frozenset(
    (
        *(
            "希望",
            "我们",
            "你们",
            "咱们",
            "他们",
            "这个",
            "那个",
            "哪个",
            "各个",
            "每个",
            "整个",
            "可是",
            "但是",
            "因为",
        ),
        *(
            "建议",
            "要求",
            "通知",
            "联系",
            "所在",
            "附近",
            "旁边",
            "当地",
            "城市",
            "农村",
            "隔壁",
            "周边",
            "就是",
            "还是",
        ),
        *("智慧", "美丽", "幸福", "文明", "和谐", "老旧", *"本该各全我你贵老新小农乡请让叫在到是和"),
    )
)
_AT = re.compile(
    r"^(?:门口|大门|[东南西北]门|旁边|附近|对面|里面|后面|前面|[一二三四五六七八九十\d]+(?:组|幢|号|栋|期))"
)

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
    town: str = ""
    """The name of its town, when that is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """A text, where its Chinese characters stand, and their sounds."""

    text: str
    at: tuple[int, ...]
    sounds: tuple[str, ...]

    def written(self, start: int, end: int) -> str:
        return "".join(self.text[self.at[index]] for index in range(start, end))

    def together(self, start: int, end: int) -> bool:
        """Nothing but pauses between the letters `start` to `end`."""
        between = self.text[self.at[start] : self.at[end - 1] + 1]
        return all(_HAN.match(char) or char in _PAUSES for char in between)

    def begins(self, index: int) -> bool:
        """Does a phrase begin with this letter?"""
        before = self.text[: self.at[index]].rstrip()
        return not before or not (before[-1].isalnum() or _HAN.match(before[-1]))

    def after(self, end: int) -> str:
        return self.text[self.at[end - 1] + 1 :]


class Mender:
    """Made once for a territory. Immutable."""

    def __init__(self, territory: Territory) -> None:
        towns = [unit for unit in territory.units.values() if unit.level is Level.TOWN]
        self._towns = _names(towns)
        self._villages = {town.id: _names(territory.children(town.id)) for town in towns}
        self._words = MatterWords(territory)
        self._all = tuple(name for names in self._villages.values() for name in names)

    def mend(self, text: str) -> str:
        """The text with its names as they are written. Never raises; a text that names no place keeps its letters."""
        text = simplified(text).strip()
        at = tuple(index for index, char in enumerate(text) if _HAN.match(char))
        heard = _Heard(text=text, at=at, sounds=sounds("".join(text[index] for index in at)))
        names = self._found(heard)
        text = self._with_words(heard, names)
        for found in reversed(names):
            start, end = at[found.start], at[found.end - 1] + 1
            text = text[:start] + found.text + text[end:]
        return text

    def _with_words(self, heard: _Heard, names: Sequence[_Found]) -> str:
        """The text with the words of matters put right, run of letters by run of letters, names left out."""
        named = {index for name in names for index in range(name.start, name.end)}
        letters = list(heard.text)
        run: list[int] = []
        for index in range(len(heard.at) + 1):
            ends = index == len(heard.at) or index in named
            if run and (ends or heard.at[index] - heard.at[run[-1]] > 1):
                mended = self._words.mend(
                    heard.written(run[0], run[-1] + 1), heard.sounds[run[0] : run[-1] + 1]
                )
                letters[heard.at[run[0]] : heard.at[run[-1]] + 1] = mended
                run = []
            if not ends:
                run.append(index)
        return "".join(letters)

    def _found(self, heard: _Heard) -> list[_Found]:
        """Towns with the villages behind them, towns and villages alone; the likest first, none over another."""
        in_towns = sorted(self._in_towns(heard), key=lambda found: -found.likeness)
        sure = [one for one in in_towns if heard.written(one.start, one.end).startswith(one.town)]
        in_towns = [one for one in in_towns if not _rivalled(one, in_towns, sure)]
        alone = sorted(self._alone(heard), key=lambda found: -found.likeness)
        chosen: list[_Found] = []
        for one in [*in_towns, *alone]:
            if not any(_over(one, other) for other in chosen):
                chosen.append(one)
        return sorted(chosen, key=lambda found: found.start)

    def _in_towns(self, heard: _Heard) -> Iterator[_Found]:
        for name in self._towns:
            width = len(name.sounds)
            for start in range(len(heard.sounds) - width + 1):
                end = start + width
                like = likeness(name.sounds, heard.sounds[start:end])
                if like < PERHAPS_A_TOWN or heard.at[end - 1] - heard.at[start] != width - 1:
                    continue
                town = _Found(
                    start=start, end=end, text=name.text, unit=name.unit, likeness=like, town=name.text
                )
                village = _behind(self._villages[name.unit], heard, town)
                if village is not None:
                    yield village
                elif like >= LIKE_A_TOWN and _kind_is_written(town, heard):
                    yield town

    def _alone(self, heard: _Heard) -> Iterator[_Found]:
        """Villages whose town is not said: at the beginning of a phrase, their kind as clear as can be."""
        for start in range(len(heard.sounds)):
            if (
                not heard.begins(start)
                or not _kind_follows(heard.sounds[start:])
                or self._town_ends(heard, start)
            ):
                continue
            likely = sorted(_likely(self._all, heard, start, alone=True), key=lambda found: -found.likeness)
            if not likely or likely[0].likeness < LIKE_ALONE:
                continue
            next_ = next((other for other in likely if other.text != likely[0].text), None)
            written = likely[0].text in heard.written(start, likely[0].end)
            clear = next_ is None or likely[0].likeness - next_.likeness >= MARGIN_ALONE
            if clear and not written and _may_be_a_name(likely[0], heard):
                yield likely[0]

    def _town_ends(self, heard: _Heard, end: int) -> bool:
        """Is a town's name said just before? Then a village of another one is not meant."""
        return any(
            likeness(name.sounds, heard.sounds[end - len(name.sounds) : end]) >= PERHAPS_A_TOWN
            for name in self._towns
            if end >= len(name.sounds)
        )


def _rivalled(one: _Found, all_: Sequence[_Found], sure: Sequence[_Found]) -> bool:
    """Is another town written there, or the village of another one as likely at the same letters?"""
    if any(other.town != one.town and _over(one, other) for other in sure) and one not in sure:
        return True
    return one.likeness > 1 and any(
        other.unit != one.unit and _over(one, other) and abs(other.likeness - one.likeness) < MARGIN_BOTH
        for other in all_
    )


def _over(one: _Found, other: _Found) -> bool:
    return other.start < one.end and one.start < other.end


def _kind_follows(heard: Sequence[str]) -> bool:
    """Is the kind word of a village among the next syllables, after a name of one to four?"""
    near = heard[1:7]
    return "cun" in near[:5] or any(alike("qu", each) >= LIKE_A_KIND for each in near[1:])


def _may_be_a_name(found: _Found, heard: _Heard) -> bool:
    kind = 2 if found.text.endswith("社区") else 1
    said = heard.written(found.start, found.end - kind)
    return said not in NO_NAMES or bool(_AT.match(heard.after(found.end)))


def _kind_is_written(town: _Found, heard: _Heard) -> bool:
    """`楼门镇` is meant for a town; `居住证` sounds like 渌渚镇 and is none, unless one of its villages follows."""
    return heard.written(town.end - 1, town.end) == town.text[-1]


def _behind(names: Sequence[_Name], heard: _Heard, town: _Found) -> _Found | None:
    """The town with the village whose name begins behind it, if one is clearly the likeliest."""
    likely = sorted(_likely(names, heard, town.end), key=lambda found: -found.likeness)
    if not likely or likely[0].likeness < LIKE_A_VILLAGE:
        return None
    if len(likely) > 1 and likely[0].likeness - likely[1].likeness < MARGIN:
        return None
    best, own = likely[0], town.end - town.start
    both = (town.likeness * own + best.likeness * len(best.text)) / (own + len(best.text))
    if both < LIKE_BOTH or not heard.together(town.end - 1, best.end):
        return None
    return _Found(
        start=town.start,
        end=best.end,
        text=town.text + best.text,
        unit=best.unit,
        likeness=1 + both,
        town=town.text,
    )


def _likely(names: Iterable[_Name], heard: _Heard, start: int, *, alone: bool = False) -> Iterator[_Found]:
    """Names that may begin at a letter: said in one breath, and their kind heard at the end."""
    for name in names:
        like, used = aligned(name.sounds, heard.sounds[start : start + len(name.sounds) + 1])
        end = start + used
        if used < 2 or not heard.together(start, end):
            continue
        if _kind_is_heard(name, heard.sounds[start:end], alone=alone):
            yield _Found(start=start, end=end, text=name.text, unit=name.unit, likeness=like)


def _kind_is_heard(name: _Name, heard: Sequence[str], *, alone: bool) -> bool:
    kind = 2 if name.text.endswith("社区") else 1
    if likeness(name.sounds[-kind:], heard[-kind:]) >= (LIKE_A_KIND_ALONE if alone else LIKE_A_KIND):
        return True
    stem = name.sounds[:-kind]
    return not alone and len(stem) >= LONG and aligned(stem, heard)[0] >= LIKE_A_LONG_STEM


def _names(units: Iterable[Unit]) -> tuple[_Name, ...]:
    return tuple(
        _Name(text=name, unit=unit.id, sounds=sounds(name))
        for unit in units
        for name in unit.names.values()
        if all(_HAN.match(char) for char in name)
    )
