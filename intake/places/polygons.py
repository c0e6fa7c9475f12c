"""From a shared point to the microgrid whose outline covers it: a raster of the district, exact at the borders.

    bucket wholly inside one cell      its number; nothing to compute
    bucket outside every cell          nobody's
    bucket that a border may cross     each cell near it is asked exactly (even–odd rule, exact arithmetic if close)

Most points meet the first kind. A point costs a few comparisons however many cells there are, and no geometry
library is loaded in the worker.
"""

from __future__ import annotations

import json
import math
from array import array
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from casecore.messages import Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CELLS = "cells.geojson"
# Buckets of the district's box for each cell: half of the points then meet no border, at four bytes a bucket.
BUCKETS_A_CELL = 64
NOBODY = -1
# Rounding may turn the sign of an orientation that is smaller than this part of its terms (Shewchuk, 1997: 3ε + 16ε²,
# ε = 2⁻⁵³); then it is computed again without rounding.
ROUNDING = 4e-16
# Areas that differ by less, in square degrees (about 1 m²), count as equal.
AREA_DIGITS = 12


class Cells:
    """The outlines of one territory's microgrids. Immutable after construction."""

    def __init__(self, folder: Path) -> None:
        self._ids, rings = _read(folder / CELLS)
        edges, owners = _edges(rings)
        self._edges = array("d", edges.tobytes())
        self._from = [0, *(4 * np.cumsum(np.bincount(owners, minlength=len(self._ids)))).tolist()]
        self._areas, self._centres = _sizes(edges, owners, len(self._ids))
        raster = _Raster(edges, owners, len(self._ids))
        self._left, self._bottom = raster.box[:2]
        self._right, self._top = raster.box[2:]
        self._across, self._up = raster.scale
        self._columns, self._rows = raster.columns, raster.rows
        self._bucket, self._near, self._lists = raster.buckets()

    def covering(self, point: Point) -> str | None:
        """The unit whose outline covers `point`, or None.

        On a shared border, or where outlines overlap by mistake, the smallest area wins, then the nearest
        centroid, then the lower id: a written rule, so that the same point never goes to two places.
        """
        x, y = point.lon, point.lat
        if not (self._left <= x <= self._right and self._bottom <= y <= self._top):
            return None
        column = min(int((x - self._left) * self._across), self._columns - 1)
        row = min(int((y - self._bottom) * self._up), self._rows - 1)
        found = self._bucket[row * self._columns + column]
        if found >= 0:
            return self._ids[found]
        if found == NOBODY:
            return None
        near = self._near[self._lists[-2 - found] : self._lists[-1 - found]]
        hits = [cell for cell in near if self._covers(cell, x, y)]
        if len(hits) <= 1:
            return self._ids[hits[0]] if hits else None
        return self._ids[min(hits, key=lambda cell: self._rank(cell, x, y))]

    def _covers(self, cell: int, x: float, y: float) -> bool:
        """Is the point inside the cell or on its border? Exactly, whatever the rounding."""
        numbers = iter(self._edges[self._from[cell] : self._from[cell + 1]])
        inside = False
        for x1, y1, x2, y2 in zip(numbers, numbers, numbers, numbers, strict=True):
            if (y1 > y) != (y2 > y):
                if x > x1 and x > x2:
                    continue
                side = _side(x1, y1, x2, y2, x, y)
                if side == 0:
                    return True
                inside ^= (side > 0) == (y2 > y1)
            elif y == y1 and (x == x1 or (y == y2 and min(x1, x2) <= x <= max(x1, x2))):
                return True
        return inside

    def _rank(self, cell: int, x: float, y: float) -> tuple[float, float, str]:
        across, up = self._centres[cell]
        return self._areas[cell], math.hypot(across - x, up - y), self._ids[cell]


def _side(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> float:
    """Positive when the point lies left of the line from 1 to 2, zero on it."""
    one, other = (x2 - x1) * (y - y1), (y2 - y1) * (x - x1)
    side = one - other
    if abs(side) > ROUNDING * (abs(one) + abs(other)):
        return side
    a, b, c, d, e, f = map(Fraction, (x1, y1, x2, y2, x, y))
    exact = (c - a) * (f - b) - (d - b) * (e - a)
    return float((exact > 0) - (exact < 0))


def _read(path: Path) -> tuple[list[str], list[list[Any]]]:
    """Ids, and for each the rings of its polygons: holes and parts alike, the even–odd rule tells them apart."""
    ids: list[str] = []
    rings: list[list[Any]] = []
    if path.exists():
        for feature in json.loads(path.read_bytes())["features"]:
            shape = feature["geometry"]
            parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
            ids.append(str(feature["id"]))
            rings.append([ring for part in parts for ring in part])
    return ids, rings


def _edges(rings: list[list[Any]]) -> tuple[Floats, Ints]:
    """Each edge (x1, y1, x2, y2) and the cell it belongs to, in the cells' order."""
    rows: list[Floats] = [np.empty((0, 4))]
    counts: list[int] = []
    for of_cell in rings:
        corners = [np.array([c[:2] for c in ring], dtype=np.float64) for ring in of_cell]
        rows += [np.hstack((ring[:-1], ring[1:])) for ring in corners]
        counts.append(sum(len(ring) - 1 for ring in corners))
    return np.concatenate(rows), np.repeat(np.arange(len(rings)), counts)


def _sizes(edges: Floats, owners: Ints, cells: int) -> tuple[list[float], list[tuple[float, float]]]:
    """Area and centroid of each cell; holes count against it, as their rings turn the other way."""
    if not cells:
        return [], []
    first = np.searchsorted(owners, np.arange(cells))
    origin = edges[first][owners, :2]  # near each cell, where the products lose no digits
    (x1, y1), (x2, y2) = (edges[:, :2] - origin).T, (edges[:, 2:] - origin).T
    cross = x1 * y2 - x2 * y1
    twice = np.bincount(owners, cross, cells)
    centres = [np.bincount(owners, (a + b) * cross, cells) / (3 * twice) for a, b in ((x1, x2), (y1, y2))]
    across, up = centres[0] + edges[first, 0], centres[1] + edges[first, 1]
    return (
        np.round(np.abs(twice) / 2, AREA_DIGITS).tolist(),
        list(zip(across.tolist(), up.tolist(), strict=True)),
    )


class _Raster:
    """The raster while it is drawn."""

    def __init__(self, edges: Floats, owners: Ints, cells: int) -> None:
        self._edges, self._owners, self._cells = edges, owners, cells
        x, y = edges[:, 0], edges[:, 1]
        self.box: tuple[float, float, float, float] = (1.0, 1.0, 0.0, 0.0)  # holds no point
        if len(edges):
            self.box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        left, bottom, right, top = self.box
        wide, high = max(right - left, 1e-9), max(top - bottom, 1e-9)
        wanted = max(1, cells * BUCKETS_A_CELL)
        self.columns = max(1, round(math.sqrt(wanted * wide / high)))
        self.rows = max(1, math.ceil(wanted / self.columns))
        self.scale = (self.columns / wide, self.rows / high)

    def buckets(self) -> tuple[array[int], array[int], array[int]]:
        """For each bucket its only cell, NOBODY, or -2 - n for the n-th list; the lists one after the other, and where
        each begins.
        """
        cells, buckets, sure = self._taken()
        starts = np.flatnonzero(np.diff(buckets, prepend=-1))
        counts = np.diff(starts, append=len(buckets))
        alone = (counts == 1) & sure[starts]
        found = np.full(self.columns * self.rows, NOBODY, dtype=np.intc)
        found[buckets[starts[alone]]] = cells[starts[alone]]
        found[buckets[starts[~alone]]] = -2 - np.arange(np.count_nonzero(~alone))
        near = cells[np.repeat(~alone, counts)].astype(np.intc)
        lists = np.concatenate(([0], np.cumsum(counts[~alone]))).astype(np.intc)
        return array("i", found.tobytes()), array("i", near.tobytes()), array("i", lists.tobytes())

    def _taken(self) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """(cell, bucket, does it cover the whole of it?) for each bucket a cell may reach into, by bucket."""
        size = self.columns * self.rows
        if not self._cells:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)
        crossed = np.sort(self._pairs(self._owners, *self._reach(self._edges)))
        crossed = crossed[np.diff(crossed, prepend=-1) > 0]  # numpy's own unique is ten times as slow here
        whole = self._pairs(np.arange(self._cells), *self._reach(self._boxes()))
        whole = np.setdiff1d(whole, crossed, assume_unique=True)
        whole = whole[self._inside(whole)]
        pairs = np.concatenate((crossed, whole))
        sure = np.repeat([False, True], (len(crossed), len(whole)))
        order = np.argsort(pairs % size, kind="stable")
        return pairs[order] // size, pairs[order] % size, sure[order]

    def _boxes(self) -> Floats:
        """Left, bottom, right and top of each cell."""
        first = np.searchsorted(self._owners, np.arange(self._cells))
        low = np.minimum.reduceat(self._edges[:, :2], first)
        return np.hstack((low, np.maximum.reduceat(self._edges[:, :2], first)))

    def _reach(self, lines: Floats) -> tuple[Ints, Ints, Ints, Ints]:
        """First and last column, first and last row that the box of each line meets."""
        columns = self._steps(lines[:, 0::2], 0, self.columns)
        rows = self._steps(lines[:, 1::2], 1, self.rows)
        return columns.min(axis=1), columns.max(axis=1), rows.min(axis=1), rows.max(axis=1)

    def _steps(self, values: Floats, axis: int, most: int) -> Ints:
        """Column or row, by the same arithmetic as a point's: what lies between two ends stays between their steps."""
        steps: Ints = np.minimum(((values - self.box[axis]) * self.scale[axis]).astype(np.int64), most - 1)
        return steps

    def _pairs(self, cells: Ints, west: Ints, east: Ints, south: Ints, north: Ints) -> Ints:
        """cell · (number of buckets) + bucket, for every bucket of every cell's box."""
        wide, high = east - west + 1, north - south + 1
        counts = wide * high
        which = np.repeat(np.arange(len(cells)), counts)
        step = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        column, row = west[which] + step % wide[which], south[which] + step // wide[which]
        pairs: Ints = cells[which] * (self.columns * self.rows) + row * self.columns + column
        return pairs

    def _inside(self, pairs: Ints) -> NDArray[np.bool_]:
        """Does the cell hold the bucket's middle? No border is near, so rounding cannot matter."""
        size = self.columns * self.rows
        cells, buckets = pairs // size, pairs % size
        x = (buckets % self.columns + 0.5) / self.scale[0] + self.box[0]
        y = (buckets // self.columns + 0.5) / self.scale[1] + self.box[1]
        first = np.searchsorted(self._owners, np.arange(self._cells + 1))
        counts = first[cells + 1] - first[cells]
        which = np.repeat(np.arange(len(pairs)), counts)
        edge = first[cells][which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        x1, y1, x2, y2 = self._edges[edge].T
        above = (y1 > y[which]) != (y2 > y[which])
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = above & (x[which] < (x2 - x1) * (y[which] - y1) / (y2 - y1) + x1)
        held: NDArray[np.bool_] = np.bincount(which, crosses, len(pairs)) % 2 == 1
        return held
