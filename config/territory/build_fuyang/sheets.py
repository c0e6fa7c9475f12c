"""The generated sheets: units.csv and landmarks.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from config.territory.build_fuyang.spelling import aliases, english, split_kind
from config.territory.build_fuyang.survey import District, Place

UNIT_HEADER = ("id", "level", "parent", "number", "name_zh", "name_en", "aliases", "lat", "lon")
LANDMARK_HEADER = ("name_zh", "name_en", "kind", "unit", "aliases", "lat", "lon")
LEVELS = ("district", "town", "village", "grid", "microgrid")
# Public places that nearly every village or community of the province has: what, kind, English.
VILLAGE_PLACES = (
    ("文化礼堂", "hall", "Culture Hall"),
    ("村委会", "office", "Committee"),
    ("卫生服务站", "health", "Health Station"),
)
COMMUNITY_PLACES = (
    ("党群服务中心", "office", "Service Centre"),
    ("居委会", "office", "Residents' Committee"),
    ("卫生服务站", "health", "Health Station"),
)

Cells = Sequence[object]


def write_units(path: Path, district: District, old_names: Path) -> None:
    """The tree, each unit with its short name and the names it had before."""
    former: dict[str, list[str]] = {}
    with old_names.open(encoding="utf-8", newline="") as sheet:
        for row in csv.DictReader(sheet):
            former.setdefault(_find(district.root, row["unit"]), []).append(row["name"])
    _write(path, UNIT_HEADER, _unit_rows(district.root, None, 0, former))


def _unit_rows(
    place: Place, parent: str | None, depth: int, former: Mapping[str, Sequence[str]]
) -> Iterable[Cells]:
    lon, lat = place.point
    yield (
        place.id,
        LEVELS[depth],
        parent or "",
        place.number or "",
        place.name,
        _english(place, depth),
        ";".join((*_aliases(place, depth), *former.get(place.id, ()))),
        f"{lat:.6f}",
        f"{lon:.6f}",
    )
    for part in place.parts:
        yield from _unit_rows(part, place.id, depth + 1, former)


def _english(place: Place, depth: int) -> str:
    if depth == 0:
        return "Fuyang District"
    return english(place.name) if depth < 3 else f"{'Grid' if depth == 3 else 'Microgrid'} {place.number}"


def _aliases(place: Place, depth: int) -> tuple[str, ...]:
    if depth == 0:
        return ("富阳", "富阳市", "富阳县")  # a city until 2014, a county until 1994
    return aliases(place.name) if depth < 3 else ()


def write_landmarks(path: Path, district: District, known: Path) -> None:
    """The known real places as they stand, then three generated public places a village."""
    rows: list[Cells] = list(_known_places(known, district))
    for village in district.villages():
        rows.extend(_public_places(village))
    _write(path, LANDMARK_HEADER, rows)


def _known_places(known: Path, district: District) -> Iterable[Cells]:
    with known.open(encoding="utf-8", newline="") as sheet:
        for row in csv.DictReader(sheet):
            unit = _find(district.root, row["unit"])
            yield (row["name_zh"], row["name_en"], row["kind"], unit, row["aliases"], "", "")


def _find(root: Place, path: str) -> str:
    """The id of `富春街道` or `东洲街道/新沙村`; of the district for a blank path."""
    place = root
    for name in filter(None, path.split("/")):
        place = next(part for part in place.parts if part.name == name)
    return place.id


def _public_places(village: Place) -> Iterable[Cells]:
    """Hall and office in the first grid, the health station in the second where there is one."""
    _, kind = split_kind(village.name)
    places = COMMUNITY_PLACES if kind == "社区" else VILLAGE_PLACES
    for order, (what, sort, words) in enumerate(places):
        grid = village.parts[min(order // 2, len(village.parts) - 1)]
        lon, lat = grid.parts[order % len(grid.parts)].point
        name = f"{village.name}{what.removeprefix('村')}"
        short = ";".join(f"{alias}{what}" for alias in aliases(village.name) if f"{alias}{what}" != name)
        yield (name, f"{english(village.name)} {words}", sort, grid.id, short, f"{lat:.6f}", f"{lon:.6f}")


def _write(path: Path, header: Sequence[str], rows: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
