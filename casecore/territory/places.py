"""The tree of places: units.csv read and proved to be one tree, complete from district to microgrid.

district ─ town ─ village ─ grid ─ microgrid
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from casecore.territory.model import Unit
from casecore.territory.table import Columns, FirstSeen, Row, column_for
from casecore.vocabulary import Level

FILE = "units.csv"
COLUMNS = Columns(plain=("id", "level", "parent", "number", "aliases", "lat", "lon"))
ORDER = (Level.DISTRICT, Level.TOWN, Level.VILLAGE, Level.GRID, Level.MICROGRID)
ABOVE: Mapping[Level, Level] = {low: high for high, low in pairwise(ORDER)}
BELOW: Mapping[Level, Level] = {high: low for low, high in ABOVE.items()}
NUMBERED = frozenset({Level.GRID, Level.MICROGRID})
MOST = 9999  # a number is said aloud and typed by people


def read_units(rows: Sequence[Row], languages: tuple[str, ...], root: str) -> dict[str, Unit]:
    """The units that could be read; every doubt about row or tree is noted on the rows."""
    units: dict[str, Unit] = {}
    row_of: dict[str, Row] = {}
    ids = FirstSeen()
    for row in rows:
        unit = _unit(row, languages)
        if unit is not None and ids.takes(row, "id", unit.id):
            units[unit.id] = unit
            row_of[unit.id] = row
    named = {row.cells["id"] for row in rows}
    _check_parents(units, row_of, named, root)
    _check_cycles(units, row_of)
    _check_siblings(units, row_of)
    _check_children(units, row_of)
    return units


def _unit(row: Row, languages: tuple[str, ...]) -> Unit | None:
    unit_id = row.required("id")
    level = row.word("level", Level, ORDER)
    if not unit_id or level is None:
        return None
    number = None
    if level in NUMBERED:
        number = row.whole("number", 1, MOST)
    elif row.cells["number"]:
        row.note("number", "not_blank")
    return Unit(
        id=unit_id,
        level=level,
        names=row.names("name", languages),
        parent=row.cells["parent"] or None,
        number=number,
        aliases=row.several("aliases"),
        centre=row.point(),
    )


def _check_parents(units: Mapping[str, Unit], row_of: Mapping[str, Row], named: set[str], root: str) -> None:
    for unit in units.values():
        row = row_of[unit.id]
        if unit.id == root:
            if unit.parent is not None or unit.level is not Level.DISTRICT:
                row.note("parent" if unit.parent else "level", "wrong_root")
        elif unit.parent is None:
            row.note("parent", "second_root", root=root)
        elif unit.parent not in named:
            row.note("parent", "unknown_unit")
        elif unit.parent in units:
            _check_level(unit, units[unit.parent], row)


def _check_level(unit: Unit, parent: Unit, row: Row) -> None:
    wanted = ABOVE.get(unit.level)
    if parent.level is not wanted:
        row.note(
            "parent", "wrong_parent_level", level=unit.level, wanted=wanted or "nothing", got=parent.level
        )


def _check_cycles(units: Mapping[str, Unit], row_of: Mapping[str, Row]) -> None:
    sound: set[str] = set()
    for start in units:
        trail: list[str] = []
        current: str | None = start
        while current and current in units and current not in sound and current not in trail:
            trail.append(current)
            current = units[current].parent
        if current is not None and current in trail:
            row_of[current].note("parent", "cycle")
        sound.update(trail)


def _check_siblings(units: Mapping[str, Unit], row_of: Mapping[str, Row]) -> None:
    """Two siblings of one name could not be told apart in a path; the same name elsewhere is ordinary."""
    names, numbers = FirstSeen("sibling_name"), FirstSeen("sibling_number")
    for unit in units.values():
        row = row_of[unit.id]
        for tag, name in unit.names.items():
            names.takes(row, column_for("name", tag), (unit.parent, tag, name))
        if unit.number is not None:
            numbers.takes(row, "number", (unit.parent, unit.number))


def _check_children(units: Mapping[str, Unit], row_of: Mapping[str, Row]) -> None:
    """A branch that ends early has nobody below it to take a case, and no polygon on the map."""
    parents = {unit.parent for unit in units.values()}
    for unit in units.values():
        if unit.level in BELOW and unit.id not in parents:
            row_of[unit.id].note("id", "no_children", level=unit.level, below=BELOW[unit.level])
