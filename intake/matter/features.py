"""What the trained model sees of a text: character n-grams, their sounds, Latin words, and the meaning of its words.

Training and reading share this module, so that a model never meets features made another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from intake.pinyin import sounds, syllables_of

LONGEST_GRAM = 4
LONGEST_WORD = 4
_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
SPELLED = 0.8
"""Share of Latin words that must be Chinese syllables for a text to count as pinyin; English reaches about 0.4."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z]+")


def grams(text: str) -> Iterator[str]:
    """The n-grams of a plain text.

    Marked: `p:` sounds of two and three syllables, `w:` Latin words, `l:` their parts, `b:` pairs of them.
    """
    for run in _RUNS.findall(text):
        yield from _latin(run) if run.isascii() else _han(run)
    words = _LATIN.findall(text)
    yield from _spelled(text, words)
    for one, other in pairwise(words):
        yield f"b:{one} {other}"


def _spelled(text: str, words: list[str]) -> Iterator[str]:
    """Chinese typed in Latin letters: its syllables are sounds like any other."""
    if is_spelled(text):
        yield from _heard([s for word in words for s in syllables_of(word)])


def is_spelled(text: str) -> bool:
    """Is the (folded) text Chinese typed in Latin letters?"""
    words = _LATIN.findall(text)
    if len(words) < 3 or _HAN.search(text):
        return False
    return sum(bool(syllables_of(w)) for w in words) >= SPELLED * len(words)


def words_of(text: str) -> Iterator[str]:
    """Every stretch that may be a word: one to four characters of Chinese, or a Latin word."""
    for run in _RUNS.findall(text):
        if run.isascii():
            yield run
            continue
        for length in range(1, LONGEST_WORD + 1):
            for start in range(len(run) - length + 1):
                yield run[start : start + length]


def _han(run: str) -> Iterator[str]:
    for length in range(1, LONGEST_GRAM + 1):
        for start in range(len(run) - length + 1):
            yield run[start : start + length]
    yield from _heard(sounds(run))


def _heard(heard: Sequence[str]) -> Iterator[str]:
    for length in (2, 3):
        for start in range(len(heard) - length + 1):
            yield "p:" + ".".join(heard[start : start + length])


def _latin(run: str) -> Iterator[str]:
    yield "w:" + run
    marked = f"^{run}$"
    for length in (3, 4):
        for start in range(max(1, len(marked) - length + 1)):
            yield "l:" + marked[start : start + length]
