"""A point's microgrid is exactly what geometry says, inside, outside, on borders and at corners."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from casecore.messages import Point
from casecore.territory.cells import read_cells
from intake.places.polygons import Cells

FUYANG = Path(__file__).resolve().parents[2] / "config" / "territory" / "fuyang"


class Geometry:
    """The same question asked of shapely, by the rule that `Cells.covering` states."""

    def __init__(self, folder: Path) -> None:
        cells = read_cells(folder)
        self.ids, self.shapes = list(cells), np.array(list(cells.values()), dtype=object)
        self._tree = shapely.STRtree(self.shapes)

    def covering(self, point: Point) -> str | None:
        hits = self._tree.query(shapely.Point(point.lon, point.lat), predicate="intersects").tolist()
        return self.ids[min(hits, key=lambda i: self._rank(i, point))] if hits else None

    def _rank(self, index: int, point: Point) -> tuple[float, float, str]:
        shape = self.shapes[index]
        centre = shape.centroid
        away = math.hypot(centre.x - point.lon, centre.y - point.lat)
        return round(shape.area, 12), away, self.ids[index]


@pytest.fixture(scope="module")
def cells() -> Cells:
    return Cells(FUYANG)


@pytest.fixture(scope="module")
def geometry() -> Geometry:
    return Geometry(FUYANG)


def test_random_points_lie_where_geometry_says(cells: Cells, geometry: Geometry) -> None:
    dice = random.Random(3)
    west, south, east, north = shapely.total_bounds(geometry.shapes)
    points = [
        Point(lat=dice.uniform(south - 0.01, north + 0.01), lon=dice.uniform(west - 0.01, east + 0.01))
        for _ in range(6000)
    ]
    found = [cells.covering(point) for point in points]
    assert found == [geometry.covering(point) for point in points]
    assert sum(unit is not None for unit in found) > 1500


def test_points_on_borders_and_corners_lie_where_geometry_says(cells: Cells, geometry: Geometry) -> None:
    """Corners, middles of edges, a last bit beside them, and points level with a corner: where rounding bites."""
    dice = random.Random(5)
    points: list[Point] = []
    for shape in geometry.shapes[::31]:
        corners = list(shape.exterior.coords)
        for (x1, y1), (x2, y2) in zip(corners, corners[1:], strict=False):
            share = dice.random()
            x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
            points += [
                Point(lat=y1, lon=x1),
                Point(lat=y, lon=x),
                Point(lat=math.nextafter(y, 90), lon=math.nextafter(x, 180)),
                Point(lat=y1, lon=dice.uniform(x1 - 0.002, x1 + 0.002)),
                Point(lat=dice.uniform(y1 - 0.002, y1 + 0.002), lon=x1),
            ]
    assert [cells.covering(p) for p in points] == [geometry.covering(p) for p in points]


def _write(folder: Path, shapes: dict[str, Any]) -> Path:
    features = [
        {"type": "Feature", "id": name, "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for name, shape in shapes.items()
    ]
    (folder / "cells.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder


def test_holes_and_parts_and_overlaps(tmp_path: Path) -> None:
    """A cell in a hole of another, one of two parts, and two that overlap by mistake: the smaller one wins."""
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    two = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), shapely.box(23, 0, 24, 1)])
    shapes = {"ring": ring, "hole": shapely.box(4, 4, 6, 6), "two": two, "over": shapely.box(8, 8, 12, 12)}
    cells = Cells(_write(tmp_path, shapes))
    at = {
        (5, 5): "hole", (1, 1): "ring", (20.5, 0.5): "two", (23.5, 0.5): "two", (22, 0.5): None, (9, 9): "over",
        (11, 11): "over", (4, 5): "hole", (12, 12): "over", (15, 15): None,
    }  # fmt: skip
    assert {place: cells.covering(Point(lat=place[1], lon=place[0])) for place in at} == at


def test_a_territory_without_a_map_places_no_point(tmp_path: Path) -> None:
    assert Cells(tmp_path).covering(Point(lat=0.5, lon=0.5)) is None
    assert Cells(_write(tmp_path, {})).covering(Point(lat=0.5, lon=0.5)) is None


def test_what_is_no_number_is_nowhere(cells: Cells) -> None:
    for lat, lon in ((math.nan, 119.9), (30.0, math.inf), (-90.0, -180.0)):
        assert cells.covering(Point(lat=lat, lon=lon)) is None
