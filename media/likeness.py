"""Whether two photos show the same: a hash of a picture's coarse light and dark, and how far two differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

SIDE = 32
"""Edge in pixels of the grey picture that is hashed."""
_WAVES = 8
_COSINES = [[math.cos(math.pi * u * (2 * x + 1) / (2 * SIDE)) for x in range(SIDE)] for u in range(_WAVES)]

SAME_PHOTO = 6
"""Bits that may differ between two hashes of one photo sent twice; unrelated photos differ in about 32."""


def likeness(grey: Sequence[int]) -> str:
    """The hash of 32 × 32 grey values (row by row) as 16 hex digits.

    Each bit tells whether one of the 8 × 8 lowest waves of the discrete cosine transform exceeds their
    median. Size, compression and brightness hardly touch those waves (Zauner, "Implementation and
    benchmarking of perceptual image hash functions", 2010, 3.2.1).
    """
    rows = [_waves(grey[y * SIDE : (y + 1) * SIDE]) for y in range(SIDE)]
    waves = [wave for column in zip(*rows, strict=True) for wave in _waves(column)]
    median = sorted(waves[1:])[len(waves) // 2]
    return f"{int(''.join('1' if wave > median else '0' for wave in waves), 2):016x}"


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _waves(values: Sequence[float]) -> list[float]:
    return [sum(map(mul, cosines, values)) for cosines in _COSINES]
