"""From a shared point to the microgrid whose outline covers it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from casecore.messages import Point

if TYPE_CHECKING:
    from shapely import Geometry, STRtree

CELLS = "cells.geojson"


class Cells:
    """The outlines of one territory's microgrids, in a tree; shapely is imported by the first of these."""

    def __init__(self, folder: Path) -> None:
        from shapely import STRtree, from_geojson

        self._ids: list[str] = []
        shapes: list[Geometry] = []
        path = folder / CELLS
        if path.exists():
            for feature in json.loads(path.read_bytes())["features"]:
                self._ids.append(str(feature["id"]))
                shapes.append(from_geojson(json.dumps(feature["geometry"])))
        self._shapes = shapes
        self._tree: STRtree = STRtree(shapes)

    def covering(self, point: Point) -> str | None:
        """The unit whose outline covers `point`, or None.

        On a shared border, or where outlines overlap by mistake, the smallest area wins, then the nearest
        centroid, then the lower id: a written rule, so that the same point never goes to two places.
        """
        from shapely import Point as Shape

        hits = self._tree.query(Shape(point.lon, point.lat), predicate="intersects").tolist()
        if len(hits) <= 1:
            return self._ids[hits[0]] if hits else None
        return self._ids[min(hits, key=lambda i: self._rank(i, point))]

    def _rank(self, index: int, point: Point) -> tuple[float, float, str]:
        shape = self._shapes[index]
        centre = shape.centroid
        away = math.hypot(centre.x - point.lon, centre.y - point.lat)
        return round(shape.area, 12), away, self._ids[index]
