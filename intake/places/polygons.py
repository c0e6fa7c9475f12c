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
        self._tree: STRtree = STRtree(shapes)

    def covering(self, point: Point) -> str | None:
        """The unit whose outline covers `point`, or None.

        On a shared border, or where outlines overlap by mistake, the smallest area wins, then the nearest
        centroid, then the lower id: a written rule, so that the same point never goes to two places.
        """
        from shapely import Point as Shape

        spot = Shape(point.lon, point.lat)
        hits = self._tree.query(spot, predicate="intersects")
        if len(hits) == 0:
            return None
        shapes = self._tree.geometries

        def rank(index: int) -> tuple[float, float, str]:
            shape = shapes[index]
            centre = shape.centroid
            return (
                round(shape.area, 12),
                math.hypot(centre.x - point.lon, centre.y - point.lat),
                self._ids[index],
            )

        return self._ids[min((int(i) for i in hits), key=rank)]
