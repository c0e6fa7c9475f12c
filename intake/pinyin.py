"""How characters sound, so that what speech recognition wrote wrongly is still found (路登 sounds like 路灯).

The table is Unihan's readings of the GB 2312 characters, generated once and shipped, because a dictionary
library with phrases costs 40 MB in the worker for the same answers on names.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from pathlib import Path

_TABLE = Path(__file__).with_name("pinyin_table.txt")

# What southern speakers and recognisers mix up; both sides are folded the same way.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FINALS = (("iang", "ian"), ("uang", "uan"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=1)
def _readings() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    first: dict[str, str] = {}
    others: dict[str, tuple[str, ...]] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        syllable, main, also = line.split("\t")
        first.update(dict.fromkeys(main, syllable))
        for char in also:
            others[char] = (*others.get(char, ()), syllable)
    return first, others


def readings() -> dict[str, str]:
    """Each character of the table with its commonest reading, not fuzzed."""
    return _readings()[0]


@lru_cache(maxsize=1)
def known_syllables() -> frozenset[str]:
    """Every syllable of the table, spelled in full."""
    first, others = _readings()
    return frozenset(first.values()) | {s for also in others.values() for s in also}


@lru_cache(maxsize=512)
def fuzzy(syllable: str) -> str:
    """The syllable with the sounds that are often confused made equal: `zheng` and `zen` are one."""
    for initial, plain in _INITIALS:
        if syllable.startswith(initial):
            syllable = plain + syllable[len(initial) :]
            break
    for final, plain in _FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + plain
    return syllable


@lru_cache(maxsize=8192)
def sound(char: str) -> str:
    """The commonest sound of one character, fuzzed; anything that is not in the table stands for itself."""
    reading = _readings()[0].get(char)
    return fuzzy(reading) if reading else char


def sounds(text: str) -> tuple[str, ...]:
    """The fuzzed sound of each character, one for one."""
    return tuple(map(sound, text))


def spellings(text: str, *, most: int = 8) -> list[tuple[str, ...]]:
    """All full spellings of a name whose characters have several readings; at most `most` of them."""
    first, others = _readings()
    choices = [(first.get(c, c), *others.get(c, ())) for c in text]
    return [tuple(choice) for choice, _ in zip(product(*choices), range(most), strict=False)]


@lru_cache(maxsize=2048)
def syllables_of(word: str) -> tuple[str, ...]:
    """A Latin word as fuzzed syllables (`shuangta` → `suan`, `ta`), or () when it is no Chinese spelling."""
    known = known_syllables()
    for length in range(min(6, len(word)), 0, -1):
        if word[:length] in known:
            rest = syllables_of(word[length:]) if length < len(word) else ()
            if length == len(word) or rest:
                return (fuzzy(word[:length]), *rest)
    return ()


def near(one: str, other: str) -> bool:
    """Do two fuzzed syllables differ by no more than a lost or changed sound (`ji` / `jin`, `lu` / `nu`)?"""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return sum(a != b for a, b in zip(shorter, longer, strict=True)) == 1
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
