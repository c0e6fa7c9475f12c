"""How alike two names sound that were heard through noise: syllable by syllable, 0 to 1.

A syllable is an initial and a final. What is made at the same place of the mouth, or in the same manner, is mixed up
more often than anything else (b and p, j and q, x and s), and of a final the vowel is heard before its end. A model
also swallows a syllable or puts one in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

# Initials that are taken for each other, and how alike they are. The syllables come without zh, ch, sh
# (intake.pinyin.fuzzy). Set by hand on 100 recordings with noise of voices made by a machine.
_KIN = (
    ("bp", 0.7), ("dt", 0.7), ("nlr", 0.7), ("fh", 0.7), ("jqx", 0.65), ("zcs", 0.65), ("gkh", 0.6), ("mn", 0.6),
    ("ptk", 0.6), ("xs", 0.6), ("qc", 0.6), ("jz", 0.6), ("bdg", 0.55), ("wy", 0.5), ("hw", 0.5), ("fw", 0.5),
)  # fmt: skip
_STRANGERS, _NONE = 0.15, 0.4
"""Two initials of no kinship; an initial against none."""
_INITIALS = frozenset("bpmfdtnlgkhjqxzcsryw")
_INITIAL, _FINAL = 0.45, 0.55
"""Shares of a syllable. The final is longer and louder."""
_NEARLY = 0.85
"""A final that differs in a letter is another one, however long."""
_GAP = 0.35
"""What a syllable costs that is too many or too few."""


@lru_cache(maxsize=65536)
def alike(one: str, other: str) -> float:
    """Of two syllables without tones. What is no syllable is like itself alone."""
    if one == other:
        return 1.0
    if not (one.isalpha() and other.isalpha() and one.isascii() and other.isascii()):
        return 0.0
    (initial, final), (other_initial, other_final) = _parts(one), _parts(other)
    return _INITIAL * _initials(initial, other_initial) + _FINAL * _finals(final, other_final)


def _parts(syllable: str) -> tuple[str, str]:
    if len(syllable) > 1 and syllable[0] in _INITIALS:
        return syllable[0], syllable[1:]
    return "", syllable


def _initials(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if not one or not other:
        return _NONE
    return max((share for kin, share in _KIN if one in kin and other in kin), default=_STRANGERS)


def _finals(one: str, other: str) -> float:
    if one == other:
        return 1.0
    longer = max(len(one), len(other))
    return _NEARLY * (1 - distance(one, other) / longer) if one and other else 0.0


def likeness(name: Sequence[str], heard: Sequence[str]) -> float:
    """Of two rows of as many syllables: the mean."""
    return sum(map(alike, name, heard)) / len(name)


def aligned(name: Sequence[str], heard: Sequence[str]) -> tuple[float, int]:
    """How much like the name the beginning of what was heard is, and how many syllables of it that takes.

    One more or one less than the name has; never more than there are.
    """
    width = min(len(heard), len(name) + 1)
    row = [-_GAP * j for j in range(width + 1)]
    for i, syllable in enumerate(name, start=1):
        before, row[0] = row[0], -_GAP * i
        for j in range(1, width + 1):
            before, row[j] = (
                row[j],
                max(before + alike(syllable, heard[j - 1]), row[j] - _GAP, row[j - 1] - _GAP),
            )
    ends = range(max(1, len(name) - 1), width + 1)
    best = max(ends, key=lambda j: row[j], default=0)
    return (row[best] / len(name), best) if best else (0.0, 0)


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """How many to put in, take out or change to make one of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
