"""The microgrids' polygons: one Voronoi diagram of all their points, cut by the district's outline.

One diagram for all levels at once: neighbours share every vertex, whichever town they belong to, so
rounding moves both alike and no sliver opens. Upper levels are unions of these cells.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LinearRing, MultiPoint, Point, Polygon

from config.territory.build_fuyang.points import degrees, plane
from config.territory.build_fuyang.survey import District

DECIMALS = 6  # about 0.1 m
# Where a border meets the outline between two of its corners the rounding would shave the district itself;
# ten decimals keep that under a billionth of its area.
DECIMALS_ON_OUTLINE = 10
TOUCHES = 1e-11  # degrees: what computing a crossing costs at most


def write_cells(path: Path, district: District) -> None:
    """One feature a line, in the order of units.csv, so that a change reads as a change of that cell."""
    microgrids = district.microgrids()
    polygons = cells([micro.point for micro in microgrids], Polygon(district.outline.lonlat))
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "id": micro.id,
                "properties": {},
                "geometry": {"type": "Polygon", "coordinates": [list(map(list, cell.exterior.coords))]},
            },
            separators=(",", ":"),
        )
        for micro, cell in zip(microgrids, polygons, strict=True)
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def cells(points: Sequence[tuple[float, float]], outline: Polygon) -> list[Polygon]:
    """The cell of each point (longitude, latitude), rounded; together they tile the outline."""
    flat = shapely.transform(outline, plane)
    seeds = MultiPoint(plane(np.array(points)))
    diagram = shapely.voronoi_polygons(seeds, extend_to=flat.buffer(1), ordered=True)
    shapely.prepare(flat)
    cut = [cell if flat.contains(cell) else cell.intersection(flat) for cell in diagram.geoms]
    whole, scraps = _keep_seeded(cut, list(seeds.geoms))
    for scrap in scraps:
        _give_to_neighbour(whole, scrap)
    return [_rounded(cell, flat.exterior) for cell in whole]


def _keep_seeded(
    cut: Sequence[shapely.Geometry], seeds: Sequence[Point]
) -> tuple[list[Polygon], list[Polygon]]:
    """Where the outline cuts a cell in two, the part with the point stays and the others are scraps."""
    whole: list[Polygon] = []
    scraps: list[Polygon] = []
    for cell, seed in zip(cut, seeds, strict=True):
        parts = [part for part in shapely.get_parts(cell) if isinstance(part, Polygon)]
        home = min(parts, key=lambda part: part.distance(seed))
        whole.append(home)
        scraps.extend(part for part in parts if part is not home)
    return whole, scraps


def _give_to_neighbour(whole: list[Polygon], scrap: Polygon) -> None:
    """A scrap joins the cell with which it shares the longest border."""
    borders = [cell.intersection(scrap).length if cell.intersects(scrap) else 0.0 for cell in whole]
    host = int(np.argmax(borders))
    joined = whole[host].union(scrap)
    if not isinstance(joined, Polygon):
        raise ValueError("a scrap of a cell has no neighbour to join")
    whole[host] = joined


def _rounded(cell: Polygon, outline: LinearRing) -> Polygon:
    """The cell in degrees, to the decimals that are written; vertices that fall together become one."""
    corners = np.array(cell.exterior.coords)
    exact = degrees(corners)
    on_outline = shapely.distance(shapely.points(corners), outline) < TOUCHES
    ring = np.round(exact, DECIMALS)
    ring[on_outline] = np.round(exact[on_outline], DECIMALS_ON_OUTLINE)
    kept = [tuple(map(float, ring[0]))]
    for lon, lat in ring[1:]:
        if (float(lon), float(lat)) != kept[-1]:
            kept.append((float(lon), float(lat)))
    return shapely.normalize(Polygon(kept))
