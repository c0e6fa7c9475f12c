"""The map: the microgrids of Fuyang tile its outline, and the check sees what a careless hand does to one."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from casecore.territory import Mistake, Territory, read_territory
from casecore.territory.cells import check_cells, read_cells
from casecore.territory.check import check
from casecore.vocabulary import Level

Cells = dict[str, shapely.Geometry]
Feature = dict[str, Any]


@pytest.fixture(scope="module")
def cells(fuyang: Territory) -> Cells:
    return read_cells(fuyang.folder)


@pytest.fixture(scope="module")
def outline(fuyang: Territory) -> shapely.Geometry:
    collection = json.loads((fuyang.folder / "facts" / "outline.geojson").read_text(encoding="utf-8"))
    return shape(collection["features"][0]["geometry"])


def test_every_microgrid_has_one_valid_polygon(fuyang: Territory, cells: Cells) -> None:
    microgrids = {u.id for u in fuyang.units.values() if u.level is Level.MICROGRID}
    assert set(cells) == microgrids
    assert {cell.geom_type for cell in cells.values()} == {"Polygon"}
    assert shapely.is_valid(list(cells.values())).all()


def test_cells_tile_the_outline(cells: Cells, outline: shapely.Geometry) -> None:
    """No gap and no overlap beyond a billionth of the district: neighbours share every vertex."""
    polygons = list(cells.values())
    assert shapely.coverage_is_valid(polygons)
    together = shapely.union_all(polygons)
    assert together.geom_type == "Polygon"
    assert len(together.interiors) == 0
    assert sum(p.area for p in polygons) == pytest.approx(outline.area, rel=1e-9)
    assert together.symmetric_difference(outline).area < 1e-9 * outline.area


def test_a_point_lies_in_one_cell(cells: Cells, outline: shapely.Geometry) -> None:
    """Inside exactly one, at a corner at least one: nobody stands nowhere."""
    polygons = np.array(list(cells.values()), dtype=object)
    tree = shapely.STRtree(polygons)
    dice = random.Random(7)
    west, south, east, north = outline.bounds
    thrown = [(dice.uniform(west, east), dice.uniform(south, north)) for _ in range(4000)]
    for lon, lat in thrown:
        point = shapely.Point(lon, lat)
        assert len(tree.query(point, predicate="intersects")) == (1 if outline.covers(point) else 0)
    for polygon in polygons[::500]:
        corner = shapely.Point(polygon.exterior.coords[0])
        assert len(tree.query(corner, predicate="intersects")) > 0


@pytest.mark.parametrize("level", [Level.GRID, Level.VILLAGE, Level.TOWN])
def test_upper_levels_are_single_pieces_that_hold_their_point(
    fuyang: Territory, cells: Cells, level: Level
) -> None:
    parts: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for unit_id, cell in cells.items():
        above = fuyang.at_level(unit_id, level)
        assert above is not None
        parts[above.id].append(cell)
    for unit_id, pieces in parts.items():
        whole = shapely.coverage_union_all(pieces)
        centre = fuyang.unit(unit_id).centre
        assert centre is not None
        assert whole.geom_type == "Polygon", unit_id
        assert shapely.intersects_xy(whole, centre.lon, centre.lat), unit_id


def test_generated_landmarks_lie_in_their_unit(fuyang: Territory, cells: Cells) -> None:
    placed = [mark for mark in fuyang.landmarks if mark.point is not None]
    assert len(placed) == 1050
    ids, tree = list(cells), shapely.STRtree(list(cells.values()))
    for mark in placed:
        assert mark.point is not None
        here = tree.query(shapely.Point(mark.point.lon, mark.point.lat), predicate="intersects")
        assert any(fuyang.inside(ids[index], mark.unit) for index in here), mark.names


def test_the_file_is_small_and_one_line_a_cell(fuyang: Territory) -> None:
    raw = (fuyang.folder / "cells.geojson").read_bytes()
    assert len(raw) < 4_000_000
    assert raw.count(b"\n") == 9344 + 2


@pytest.fixture
def redraw(copy: Path) -> Callable[[Callable[[list[Feature]], object]], list[Mistake]]:
    """Changes the features of the copy's map and answers what the check says."""

    def _redraw(change: Callable[[list[Feature]], object]) -> list[Mistake]:
        path = copy / "cells.geojson"
        collection = json.loads(path.read_text())
        change(collection["features"])
        path.write_text(json.dumps(collection))
        return check_cells(read_territory(copy))

    return _redraw


def _corner(feature: Feature, index: int, lon: float, lat: float) -> None:
    feature["geometry"]["coordinates"][0][index] = [lon, lat]


def _twist(features: list[Feature]) -> None:
    ring = features[0]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]


def _pierce(features: list[Feature]) -> None:
    hole = [[-1.986, 51.002], [-1.984, 51.002], [-1.985, 51.001], [-1.986, 51.002]]
    features[3]["geometry"]["coordinates"].append(hole)


POINT = {"type": "Point", "coordinates": [0, 0]}
DRAWN: list[tuple[Callable[[list[Feature]], object], int | None, str, str]] = [
    (lambda fs: fs.pop(2), None, "LB-T1-V1-G02-M01", "missing_cell"),
    (lambda fs: fs[2].update(id="LB-T1-V1"), 3, "LB-T1-V1", "unknown_cell"),
    (lambda fs: fs.append(dict(fs[1])), 7, "LB-T1-V1-G01-M02", "duplicate"),
    (lambda fs: fs[1].update(geometry=POINT), 2, "LB-T1-V1-G01-M02", "not_a_polygon"),
    (lambda fs: fs[1].update(geometry=None), 2, "LB-T1-V1-G01-M02", "not_a_polygon"),
    (_twist, 1, "LB-T1-V1-G01-M01", "invalid_polygon"),
    (lambda fs: _corner(fs[0], 1, -1.989, 51.005), None, "LB-T1-V1-G02-M01", "overlap"),
    (lambda fs: fs[0].update(geometry=fs[5]["geometry"]), None, "LB-T1-V1-G01-M01", "centre_outside"),
    (_pierce, None, "51.001500, -1.985000", "gap"),
]


@pytest.mark.parametrize(("change", "row", "value", "problem"), DRAWN, ids=[case[3] for case in DRAWN])
def test_a_spoiled_map_is_told(
    redraw: Callable[[Callable[[list[Feature]], object]], list[Mistake]],
    change: Callable[[list[Feature]], object],
    row: int | None,
    value: str,
    problem: str,
) -> None:
    assert (row, value, problem) in {(m.row, m.value, m.problem) for m in redraw(change)}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [(b"{", "broken_json"), (b"[]", "not_a_list"), (b"\xff", "not_utf8"), (b'{"features": 3}', "not_a_list")],
)
def test_a_file_that_is_no_map(copy: Path, raw: bytes, problem: str) -> None:
    (copy / "cells.geojson").write_bytes(raw)
    assert problem in {m.problem for m in check(copy)}


def test_no_map_at_all(copy: Path) -> None:
    (copy / "cells.geojson").unlink()
    assert [(m.file, m.problem) for m in check(copy)] == [("cells.geojson", "missing_file")]


def test_tables_are_told_first(copy: Path) -> None:
    """A map of unknown units would only repeat the mistakes of the tables."""
    (copy / "units.csv").unlink()
    (copy / "cells.geojson").unlink()
    assert all(mistake.file != "cells.geojson" for mistake in check(copy))
