"""The microgrids' polygons, checked: each microgrid has one, none overlaps another, each holds its point.

Geometry needs shapely and seconds, so it is no part of reading a territory; `check` does both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from casecore.territory.mistakes import Findings, Mistake
from casecore.territory.model import Territory
from casecore.vocabulary import Level

FILE = "cells.geojson"
# Two cells may share a border, and rounding of a border may cost this part of the smaller one's area.
TOLERATED_OVERLAP = 1e-9


def check_cells(territory: Territory) -> list[Mistake]:
    """Every mistake in the folder's cells.geojson; rows count the features from 1."""
    findings = Findings()
    features = _features(territory.folder / FILE, findings)
    found = dict(_polygons(features, territory, findings))
    microgrids = [unit for unit in territory.units.values() if unit.level is Level.MICROGRID]
    if features:
        for unit in microgrids:
            if unit.id not in found:
                findings.note(FILE, None, "id", unit.id, "missing_cell")
    _check_centres(found, territory, findings)
    _check_overlaps(found, findings)
    _check_gaps(found, findings)
    return findings.mistakes


def read_cells(folder: Path) -> dict[str, shapely.Geometry]:
    """Microgrid id → polygon (WGS-84, x = longitude) of a territory that has passed its check."""
    collection = json.loads((folder / FILE).read_bytes())
    return {str(feature["id"]): shape(feature["geometry"]) for feature in collection["features"]}


def _features(path: Path, findings: Findings) -> Sequence[Any]:
    try:
        collection = json.loads(path.read_bytes())
    except FileNotFoundError:
        findings.note(FILE, None, "", "", "missing_file")
    except OSError as error:
        findings.note(FILE, None, "", "", "unreadable", detail=error.strerror)
    except UnicodeDecodeError:
        findings.note(FILE, None, "", "", "not_utf8")
    except json.JSONDecodeError as error:
        findings.note(FILE, None, "", "", "broken_json", detail=error)
    else:
        features = collection.get("features") if isinstance(collection, dict) else None
        if isinstance(features, list):
            return features
        findings.note(FILE, None, "features", "", "not_a_list")
    return ()


def _polygons(
    features: Sequence[Any], territory: Territory, findings: Findings
) -> Iterator[tuple[str, shapely.Geometry]]:
    first: dict[str, int] = {}
    for number, feature in enumerate(features, start=1):
        unit_id = str(feature.get("id", "")) if isinstance(feature, dict) else ""
        unit = territory.units.get(unit_id)
        if unit is None or unit.level is not Level.MICROGRID:
            findings.note(FILE, number, "id", unit_id, "unknown_cell")
        elif first.setdefault(unit_id, number) != number:
            findings.note(FILE, number, "id", unit_id, "duplicate", first=first[unit_id])
        else:
            polygon = _polygon(number, unit_id, feature.get("geometry"), findings)
            if polygon is not None:
                yield unit_id, polygon


def _polygon(number: int, unit_id: str, geometry: object, findings: Findings) -> shapely.Geometry | None:
    try:
        polygon = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        polygon = None  # shapely lets Python's own errors through for a geometry that is none
    if polygon is None or polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty:
        findings.note(FILE, number, "geometry", unit_id, "not_a_polygon")
        return None
    if not polygon.is_valid:
        detail = shapely.is_valid_reason(polygon)
        findings.note(FILE, number, "geometry", unit_id, "invalid_polygon", detail=detail)
        return None
    return polygon


def _check_centres(found: Mapping[str, shapely.Geometry], territory: Territory, findings: Findings) -> None:
    for unit_id, polygon in found.items():
        centre = territory.units[unit_id].centre
        if centre is not None and not shapely.intersects_xy(polygon, centre.lon, centre.lat):
            findings.note(FILE, None, "geometry", unit_id, "centre_outside")


def _check_overlaps(found: Mapping[str, shapely.Geometry], findings: Findings) -> None:
    ids, polygons = list(found), np.array(list(found.values()), dtype=object)
    if len(ids) < 2:
        return
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    inner = shapely.relate_pattern(polygons[left], polygons[right], "T********")
    for one, other in zip(left[inner], right[inner], strict=True):
        shared = shapely.intersection(polygons[one], polygons[other]).area
        share = shared / min(polygons[one].area, polygons[other].area)
        if share > TOLERATED_OVERLAP:
            findings.note(FILE, None, "geometry", ids[other], "overlap", other=ids[one], share=f"{share:.1e}")


def _check_gaps(found: Mapping[str, shapely.Geometry], findings: Findings) -> None:
    """A hole smaller than a usual cell was forgotten; a larger one is taken for an enclave."""
    if not found:
        return
    polygons = list(found.values())
    usual = float(np.median(shapely.area(polygons)))
    for part in shapely.get_parts(shapely.union_all(polygons)):
        for ring in part.interiors:
            hole = shapely.Polygon(ring)
            if 0 < hole.area < usual:
                middle = hole.representative_point()
                where = f"{middle.y:.6f}, {middle.x:.6f}"
                findings.note(FILE, None, "geometry", where, "gap")
