"""Points spread evenly inside a shape: sampling from the outline, and k-means without a roll of the dice.

Plain numpy in a fixed order of operations, so that every machine gets the same digits. Coordinates are
degrees with the longitude shrunk by cos 30°, so that distances are alike in all directions.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
SHRINK = 0.8660254  # cos 30°: the district lies at 30° north
ROUNDS = 10  # k-means settles within a cell's width after that


def plane(lonlat: Points) -> Points:
    shrunk: Points = lonlat * np.array([SHRINK, 1.0])
    return shrunk


def degrees(points: Points) -> Points:
    stretched: Points = points / np.array([SHRINK, 1.0])
    return stretched


class Outline:
    """The district's outline as one ring."""

    def __init__(self, path: Path) -> None:
        shape = json.loads(path.read_text(encoding="utf-8"))["features"][0]["geometry"]
        ring = shape["coordinates"][0][0]
        self.lonlat: Points = np.array(ring, dtype=np.float64)
        self._ring = plane(self.lonlat)

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Even–odd rule, edge by edge."""
        inside = np.zeros(len(points), dtype=bool)
        x, y = points[:, 0], points[:, 1]
        for (x1, y1), (x2, y2) in zip(self._ring[:-1], self._ring[1:], strict=True):
            if y1 == y2:
                continue
            crosses = (y1 > y) != (y2 > y)
            inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return inside

    def box(self) -> tuple[Points, Points]:
        return self._ring.min(axis=0), self._ring.max(axis=0)


def scatter(dice: random.Random, count: int, low: Points, high: Points) -> Points:
    """`count` points anywhere in the box; Python's generator gives the same series everywhere."""
    raw = np.array([dice.random() for _ in range(2 * count)], dtype=np.float64).reshape(count, 2)
    spread: Points = low + raw * (high - low)
    return spread


def nearest(points: Points, seeds: Points) -> NDArray[np.int64]:
    """For each point the index of its nearest seed (the first of equals)."""
    across = points[:, 0, None] - seeds[None, :, 0]
    up = points[:, 1, None] - seeds[None, :, 1]
    best: NDArray[np.int64] = (across * across + up * up).argmin(axis=1)
    return best


def clusters(points: Points, count: int) -> NDArray[np.int64]:
    """A cluster number for each point: `count` compact clusters of like size, none empty."""
    centres = _far_apart(points, count)
    for _ in range(ROUNDS):
        label = nearest(points, centres)
        members = np.bincount(label, minlength=count)
        filled = members > 0
        for axis in (0, 1):
            total = np.bincount(label, weights=points[:, axis], minlength=count)
            centres[filled, axis] = total[filled] / members[filled]
    label = nearest(points, centres)
    if len(np.unique(label)) != count:
        raise ValueError(f"{len(points)} points do not fall into {count} clusters")
    return label


def _far_apart(points: Points, count: int) -> Points:
    """Start points: the first sample, then always the one farthest from all chosen."""
    chosen = [0]
    distance = ((points - points[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen].copy()


def middle(points: Points) -> int:
    """The index of the point nearest to the mean: always a point of the shape, which the mean may miss."""
    return int(nearest(points.mean(axis=0, keepdims=True), points)[0])
