"""The unit that a handler's words name: an id, a path, a department's short name, a village, a number next door."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from casecore.territory.model import Territory, Unit
from casecore.vocabulary import Level

# Below this similarity (0–100) a name is not taken for another: a transfer to the wrong unit costs a day.
ALIKE = 85
_FILLER = re.compile(r"^(?:请?(?:转|交|退|发|派)?(?:给|到|往|回)?|to|the)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:第)?(\d{1,3})(?:号)?(?:微?网格)?$")

_KIND = re.compile(
    r"(?:街道|社区|镇|乡|村)$|\s+(?:Subdistrict|Town|Township|Village|Community)$", re.IGNORECASE
)


class UnitFinder:
    """Finds units by what people call them. Grids are found by path or by number, everything above also by name."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._names: dict[str, tuple[str, ...]] = {}
        self._bare: dict[str, tuple[str, ...]] = {}

    @property
    def territory(self) -> Territory:
        return self._territory

    def find(self, words: str, *, near: str | None = None) -> str | None:
        """The unit's id, or None. Of several with one name the one nearest to `near` is meant."""
        said = _FILLER.sub("", words.strip()).strip(" 。.!！")
        if not said:
            return None
        number = _NUMBER.match(said)
        if near is not None and number:
            return self._neighbour(near, int(number.group(1)))
        try:
            return self._territory.find_path(said).id
        except KeyError:
            return self._by_name(said.lower(), near)

    def called(self, words: str) -> tuple[str, ...]:
        """Towns and villages that are called just this, with or without 村, 社区, 镇 …; for an answer to "where?"."""
        said = words.strip().strip(" 。.!！").lower()
        return self._table().get(said, ()) or self._bare_table().get(said, ())

    def _by_name(self, said: str, near: str | None) -> str | None:
        names = self._table()
        if said in names:
            return self._nearest(names[said], near)
        best = process.extractOne(said, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
        return self._nearest(names[best[0]], near) if best else None

    def _table(self) -> dict[str, tuple[str, ...]]:
        self._names = self._names or _name_table(self._territory)
        return self._names

    def _bare_table(self) -> dict[str, tuple[str, ...]]:
        self._bare = self._bare or _bare_names(self._territory)
        return self._bare

    def _neighbour(self, near: str, number: int) -> str | None:
        parent = self._territory.unit(near).parent
        if parent is None:
            return None
        return next((u.id for u in self._territory.children(parent) if u.number == number), None)

    def _nearest(self, ids: tuple[str, ...], near: str | None) -> str:
        if near is None or len(ids) == 1:
            return ids[0]
        lineage = [unit.id for unit in self._territory.lineage(near)]
        return min(ids, key=lambda unit_id: self._steps(unit_id, lineage))

    def _steps(self, unit_id: str, lineage: list[str]) -> int:
        for unit in self._territory.lineage(unit_id):
            if unit.id in lineage:
                return lineage.index(unit.id)
        return len(lineage)


def _name_table(territory: Territory) -> dict[str, tuple[str, ...]]:
    """Lower-case name → ids, of departments and of places from town to village."""
    table: dict[str, list[str]] = {}
    for unit in territory.units.values():
        if unit.level not in {Level.GRID, Level.MICROGRID}:
            for name in _spellings(territory, unit):
                table.setdefault(name.lower(), []).append(unit.id)
    return {name: tuple(ids) for name, ids in table.items()}


def _bare_names(territory: Territory) -> dict[str, tuple[str, ...]]:
    """秋丰 → 秋丰村 and 秋丰社区: in running words too ambiguous, as an answer just what people say."""
    table: dict[str, list[str]] = {}
    for unit in territory.units.values():
        if unit.level in {Level.TOWN, Level.VILLAGE}:
            for name in {_KIND.sub("", name).strip().lower() for name in unit.names.values()}:
                if name:
                    table.setdefault(name, []).append(unit.id)
    return {name: tuple(ids) for name, ids in table.items()}


def _spellings(territory: Territory, unit: Unit) -> set[str]:
    spellings = {unit.id, *unit.names.values(), *unit.aliases}
    department = territory.departments.get(unit.id)
    if department is not None:
        spellings |= {department.short, *department.aliases, *department.names.values()}
    return {name for name in spellings if name}
