"""Fingerprints of names and of every stretch of a text, in bulk: a number for a string, by array arithmetic.

    print("ab") = code(a) · BASE + code(b), modulo 2⁶⁴

A stretch's print is that of the one shorter, times BASE, plus a letter: all stretches of one length cost three
operations on arrays. Two strings may share a print, if somebody tries; who looks one up compares the letters too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intake.pinyin import fuzzy, readings

Prints = NDArray[np.uint64]
Letters = NDArray[np.uint32]
Counts = NDArray[np.int64]

# Odd, with its ones well spread (2⁶⁴ divided by the golden ratio).
BASE = np.uint64(0x9E3779B97F4A7C15)
_BMP = 0x10000


def letters(text: str) -> Letters:
    """The code of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def heard(codes: Letters) -> Letters:
    """The sound of each character as a number: alike for characters that sound alike, its own for any other sign."""
    table = _sound_table()
    sounds: Letters = np.where(codes < _BMP, table[np.minimum(codes, _BMP - 1)], codes + len(table))
    return sounds.astype(np.uint32)


@lru_cache(maxsize=1)
def _sound_table() -> Letters:
    """Characters' codes → the number of their fuzzed syllable, above all codes; others stand for themselves."""
    table = np.arange(_BMP, dtype=np.uint32)
    numbers = syllable_numbers()
    for char, syllable in readings().items():
        if ord(char) < _BMP:
            table[ord(char)] = numbers[fuzzy(syllable)]
    return table


@lru_cache(maxsize=1)
def syllable_numbers() -> dict[str, int]:
    """Each fuzzed syllable's number; beyond every character's."""
    fuzzed = sorted({fuzzy(syllable) for syllable in readings().values()})
    return {syllable: 0x200000 + index for index, syllable in enumerate(fuzzed)}


def one(codes: Letters) -> int:
    """The print of one string."""
    return int(rows(codes.reshape(1, -1))[0])


def rows(codes: Letters) -> Prints:
    """The print of each row of a matrix of letters."""
    prints = np.zeros(len(codes), dtype=np.uint64)
    for column in range(codes.shape[1]):
        prints = prints * BASE + codes[:, column]
    return prints


def without_one(codes: Letters) -> Iterator[Prints]:
    """For each column the prints of the rows without it: a name that lost a letter."""
    for column in range(codes.shape[1]):
        yield rows(np.delete(codes, column, axis=1))


def stretches(codes: Letters, lengths: Collection[int]) -> tuple[Prints, Counts, Counts]:
    """Print, start and length of every stretch of one of the lengths."""
    wide = codes.astype(np.uint64)
    running = np.zeros(len(wide) + 1, dtype=np.uint64)
    found = [(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))]
    for length in range(1, min(max(lengths, default=0), len(wide)) + 1):
        running = running[: len(wide) - length + 1] * BASE + wide[length - 1 :]
        if length in lengths:
            found.append((running, np.arange(len(running)), np.full(len(running), length)))
    prints, starts, sizes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return prints, starts, sizes
