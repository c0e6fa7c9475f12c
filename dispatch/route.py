"""Where does a new case go? Its entry level comes from the responsibility list, its unit from the place (R1.6).

item known, place deep enough    the unit of the start level that contains the place
start level below the place      the first grid of the village (its duty grid), as a dispatcher would
start level department           the item's lead department
place unknown                    the grid of the registered home (R1.2, R18.4), else the district desk
item unknown                     the district desk sorts it (triage)
"""

from __future__ import annotations

from dataclasses import dataclass

from casecore.territory.model import Territory, Unit
from casecore.vocabulary import Level

# From the deepest to the highest: when a level does not exist for a place, the next one up receives.
CHAIN: tuple[Level, ...] = (Level.MICROGRID, Level.GRID, Level.VILLAGE, Level.TOWN, Level.DISTRICT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What routing looks at."""

    item_code: str | None
    place_unit: str | None
    home_unit: str | None
    needs_triage: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The unit that receives, and the reason as an id of the locales (`route.<reason>`)."""

    unit_id: str
    reason: str


def route(territory: Territory, question: Question) -> Route:
    """The entry unit of a new case. Every question has an answer: at worst the district desk."""
    item = territory.items.get(question.item_code or "")
    if item is None or question.needs_triage:
        return Route(unit_id=territory.root, reason="triage")
    if item.start_level is Level.DEPARTMENT:
        return Route(unit_id=item.lead_department, reason="lead_department")
    place, reason = question.place_unit, "place"
    if place is None:
        place, reason = question.home_unit, "home"
    if place is None:
        return Route(unit_id=territory.root, reason="no_place")
    return _at_start_level(territory, place, item.start_level, reason)


def _at_start_level(territory: Territory, place: str, start: Level, reason: str) -> Route:
    unit = territory.at_level(place, start)
    if unit is not None:
        return Route(unit_id=unit.id, reason=reason)
    village = territory.at_level(place, Level.VILLAGE)
    if village is not None and start in {Level.GRID, Level.MICROGRID}:
        grid = territory.at_level(place, Level.GRID) or _duty_grid(territory, village)
        if grid is not None:
            return Route(unit_id=grid.id, reason="duty_grid")
    for level in CHAIN[CHAIN.index(start) :]:
        above = territory.at_level(place, level)
        if above is not None:
            return Route(unit_id=above.id, reason="place_vague")
    return Route(unit_id=territory.root, reason="no_place")


def _duty_grid(territory: Territory, village: Unit) -> Unit | None:
    """The village's lowest-numbered grid receives what names only the village, and passes it on sideways."""
    grids = [unit for unit in territory.children(village.id) if unit.level is Level.GRID]
    return min(grids, key=lambda unit: unit.number or 0, default=None)
