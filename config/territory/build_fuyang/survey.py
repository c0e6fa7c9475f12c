"""The made-up survey of Fuyang: where its towns, villages, grids and microgrids lie, and how many there are.

town seeds (approximate real positions) ─► nearest-seed areas ─► villages by k-means
    ─► grids by k-means in each village ─► microgrids by k-means in each grid
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from config.territory.build_fuyang.points import (
    Outline,
    Points,
    clusters,
    degrees,
    middle,
    nearest,
    plane,
    scatter,
)
from config.territory.build_fuyang.spelling import official

SEED = "minhu fuyang 1"
GRIDS, MICROGRIDS = 1038, 9344  # the mission's counts
COMMUNITY_GRIDS = 2.1  # a community has about twice the grids of a village …
COMMUNITY_MICROGRIDS = 1.4  # … and its grids more stairwells than a village has lanes
COMMUNITY_AREA = 0.2  # … on a fifth of the ground
COARSE = 100_000  # points thrown at the district's box to find towns and villages
FINE = 16  # points for each microgrid to be found

# Where the towns' seats lie, degrees north and east: approximate, from general knowledge.
SEATS: dict[str, tuple[float, float]] = {
    "富春街道": (30.055, 119.955),
    "春江街道": (30.010, 119.985),
    "鹿山街道": (30.015, 119.920),
    "东洲街道": (30.080, 120.055),
    "银湖街道": (30.130, 119.985),
    "万市镇": (30.085, 119.560),
    "洞桥镇": (30.065, 119.640),
    "渌渚镇": (29.905, 119.765),
    "永昌镇": (30.010, 119.665),
    "里山镇": (30.015, 120.080),
    "常绿镇": (29.850, 120.060),
    "场口镇": (29.930, 119.885),
    "常安镇": (29.865, 119.925),
    "龙门镇": (29.915, 119.970),
    "新登镇": (29.970, 119.730),
    "胥口镇": (30.030, 119.790),
    "大源镇": (29.950, 120.025),
    "灵桥镇": (30.005, 120.040),
    "新桐乡": (29.945, 119.830),
    "上官乡": (29.870, 120.015),
    "环山乡": (29.945, 119.925),
    "湖源乡": (29.800, 119.960),
    "春建乡": (30.085, 119.870),
    "渔山乡": (30.065, 120.110),
}


@dataclass(slots=True, kw_only=True)
class Place:
    """A unit of the survey. `point` is (longitude, latitude), to the six decimals that are written."""

    id: str
    name: str
    number: int | None = None
    point: tuple[float, float] = (0.0, 0.0)
    parts: list[Place] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class District:
    root: Place
    outline: Outline

    def villages(self) -> list[Place]:
        return [village for town in self.root.parts for village in town.parts]

    def microgrids(self) -> list[Place]:
        return [micro for village in self.villages() for grid in village.parts for micro in grid.parts]


def survey(facts: Path) -> District:
    """The whole district from the facts in the folder `facts`."""
    root = _official_places(facts / "places.csv")
    district = District(root=root, outline=Outline(facts / "outline.geojson"))
    dice = random.Random(SEED)  # noqa: S311 - a landscape is drawn here, not a secret
    sizes = _sizes(district.villages(), dice)
    seats = plane(np.array([SEATS[town.name][::-1] for town in root.parts]))
    low, high = district.outline.box()
    ground = scatter(dice, COARSE, low, high)
    ground = ground[district.outline.holds(ground)]
    town_of = nearest(ground, seats)
    for index, town in enumerate(root.parts):
        area = _Area(district.outline, seats, index)
        _settle_town(town, ground[town_of == index], area, sizes, dice)
    _place(root)
    return district


def _official_places(path: Path) -> Place:
    with path.open(encoding="utf-8", newline="") as sheet:
        rows = list(csv.DictReader(sheet))
    places = {row["code"]: Place(id=row["code"], name=official(row["name"])) for row in rows}
    for row in rows[1:]:
        places[row["parent"]].parts.append(places[row["code"]])
    return places[rows[0]["code"]]


def _sizes(villages: Sequence[Place], dice: random.Random) -> dict[str, list[int]]:
    """Village → microgrids of each of its grids. At least 1 grid each, at least 3 microgrids a grid."""
    weights = [
        (COMMUNITY_GRIDS if _is_community(v) else 1.0) * (0.1 + 2 * dice.random() ** 2) for v in villages
    ]
    grids = _share(GRIDS, weights, least=1)
    owners = [v for v, count in zip(villages, grids, strict=True) for _ in range(count)]
    weights = [
        (COMMUNITY_MICROGRIDS if _is_community(v) else 1.0) * (0.6 + 0.8 * dice.random()) for v in owners
    ]
    sizes: dict[str, list[int]] = {}
    for owner, size in zip(owners, _share(MICROGRIDS, weights, least=3), strict=True):
        sizes.setdefault(owner.id, []).append(size)
    return sizes


def _is_community(village: Place) -> bool:
    return village.name.endswith("社区")


def _share(total: int, weights: Sequence[float], *, least: int) -> list[int]:
    """Split `total` by weight (largest remainders), `least` to everyone first."""
    free = total - least * len(weights)
    exact = [free * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: free - sum(parts)]:
        parts[index] += 1
    return [least + part for part in parts]


@dataclass(frozen=True, slots=True)
class _Area:
    """What belongs to town number `index`: inside the outline and nearest to its seat."""

    outline: Outline
    seats: Points
    index: int

    def keep(self, points: Points) -> Points:
        mine = points[nearest(points, self.seats) == self.index]
        kept: Points = mine[self.outline.holds(mine)]
        return kept


def _settle_town(
    town: Place, ground: Points, area: _Area, sizes: dict[str, list[int]], dice: random.Random
) -> None:
    """Communities crowd round the seat, villages share the rest."""
    communities = [place for place in town.parts if _is_community(place)]
    villages = [place for place in town.parts if not _is_community(place)]
    share = COMMUNITY_AREA * len(communities) / (COMMUNITY_AREA * len(communities) + len(villages))
    from_seat = ((ground - area.seats[area.index]) ** 2).sum(axis=1)
    by_distance = ground[np.argsort(from_seat, kind="stable")]
    edge = round(share * len(ground))
    seeds = np.concatenate(
        [_spread(by_distance[:edge], len(communities)), _spread(by_distance[edge:], len(villages))]
    )
    village_of = nearest(ground, seeds)
    for index, village in enumerate([*communities, *villages]):
        coarse = ground[village_of == index]
        fine = _fine_ground(coarse, seeds, index, area, FINE * sum(sizes[village.id]), dice)
        _settle_village(village, fine, sizes[village.id])


def _spread(ground: Points, count: int) -> Points:
    """`count` points of the ground, one in the middle of each of `count` clusters, north-west first."""
    if count == 0:
        return np.empty((0, 2))
    return np.array([part[middle(part)] for part in _parts(ground, count)])


def _parts(ground: Points, count: int) -> list[Points]:
    """The ground in `count` compact parts, numbered as one reads a map: from north to south, west to east."""
    label = clusters(ground, count)
    parts = [ground[label == index] for index in range(count)]
    return sorted(parts, key=lambda part: (-round(float(part[:, 1].mean()), 2), float(part[:, 0].mean())))


def _fine_ground(
    coarse: Points, seeds: Points, index: int, area: _Area, wanted: int, dice: random.Random
) -> Points:
    """`wanted` points of the village whose seed is `index`, thrown at the box of its coarse points."""
    low, high = coarse.min(axis=0), coarse.max(axis=0)
    found = np.empty((0, 2))
    while len(found) < wanted:
        thrown = scatter(dice, 2 * wanted, low, high)
        thrown = thrown[nearest(thrown, seeds) == index]
        found = np.concatenate([found, area.keep(thrown)])
    return found[:wanted]


def _settle_village(village: Place, ground: Points, sizes: Sequence[int]) -> None:
    """Grids by k-means; the larger part of the ground gets the grid with more microgrids."""
    parts = _parts(ground, len(sizes))
    by_ground = sorted(range(len(parts)), key=lambda i: (-len(parts[i]), i))
    for size, index in zip(sorted(sizes, reverse=True), by_ground, strict=True):
        _settle_grid(village, index + 1, parts[index], size)
    village.parts.sort(key=lambda grid: grid.number or 0)


def _settle_grid(village: Place, number: int, ground: Points, size: int) -> None:
    grid = Place(id=f"{village.id}-G{number:02d}", name=f"{number}网格", number=number)
    for index, point in enumerate(_spread(ground, size), start=1):
        lon, lat = degrees(point)
        micro = Place(id=f"{grid.id}-M{index:02d}", name=f"{index}微网格", number=index)
        micro.point = (round(float(lon), 6), round(float(lat), 6))
        grid.parts.append(micro)
    village.parts.append(grid)


def _place(place: Place) -> Points:
    """A unit's point is that of its innermost microgrid, so it lies in the unit for certain."""
    if not place.parts:
        return np.array([place.point])
    below = np.concatenate([_place(part) for part in place.parts])
    lon, lat = below[middle(plane(below))]
    place.point = (float(lon), float(lat))
    return below
