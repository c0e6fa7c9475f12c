"""A folder of plain files → one Territory, or every mistake that stands in the way.

territory.yaml       id, names, languages, timezone, root
units.csv            the tree of places             departments.csv     the district's departments
items.csv            the responsibility list        provider_types.csv  who may be asked first
key_groups.csv       people served with more care   roles.csv           who there is and what they may do
landmarks.csv        named places that are no unit  calendar.csv        days that differ from Monday–Friday
service_levels.yaml  every limit                    roster.yaml         the demo posts
neighbours.csv       the districts around and their hotlines (may be absent)
cells.geojson        the microgrids' polygons (not read here; see `cells`)
gazetteer.csv        names by the hundred thousand (may be absent; not read here; see `gazetteer`)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from casecore.territory import limits, matters, neighbours, organisation, places, posts
from casecore.territory.document import Document, read_document
from casecore.territory.mistakes import Findings, Mistake, TerritoryInvalid
from casecore.territory.model import Department, Landmark, Names, ServiceLevels, Territory, Unit
from casecore.territory.table import Columns, FirstSeen, Row, column_for, read_rows, short
from casecore.vocabulary import Level

__all__ = ["CELLS", "FILES", "Mistake", "TerritoryInvalid", "read_territory"]

HEAD = "territory.yaml"
LANDMARKS = "landmarks.csv"
CALENDAR = "calendar.csv"
CELLS = "cells.geojson"
TABLES: Mapping[str, Columns] = {
    places.FILE: places.COLUMNS,
    organisation.DEPARTMENTS: organisation.DEPARTMENT_COLUMNS,
    organisation.PROVIDERS: organisation.PROVIDER_COLUMNS,
    organisation.KEY_GROUPS: organisation.KEY_GROUP_COLUMNS,
    organisation.ROLES: organisation.ROLE_COLUMNS,
    matters.FILE: matters.COLUMNS,
    LANDMARKS: Columns(plain=("kind", "unit", "aliases", "lat", "lon")),
    CALENDAR: Columns(plain=("date", "working", "note"), worded=()),
    neighbours.FILE: neighbours.COLUMNS,
}
OPTIONAL = frozenset({neighbours.FILE})
FILES = (HEAD, *TABLES, limits.FILE, posts.FILE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    id: str
    names: Names
    languages: tuple[str, ...]
    zone: ZoneInfo
    root: str


def read_territory(folder: Path) -> Territory:
    """The territory in `folder`. TerritoryInvalid names every mistake with file, row and column."""
    findings = Findings()
    raw = _read_files(folder, findings)
    head = _read_head(raw, findings)
    if head is None:
        raise TerritoryInvalid(findings.mistakes)
    tables = {
        file: read_rows(file, raw[file], columns, head.languages, findings)
        for file, columns in TABLES.items()
        if file in raw
    }
    territory = _assemble(folder, head, tables, raw, findings)
    if findings.mistakes:
        raise TerritoryInvalid(_in_file_order(findings.mistakes))
    return territory


def _read_files(folder: Path, findings: Findings) -> dict[str, bytes]:
    raw: dict[str, bytes] = {}
    for file in FILES:
        try:
            raw[file] = (folder / file).read_bytes()
        except FileNotFoundError:
            if file not in OPTIONAL:
                findings.note(file, None, "", "", "missing_file")
        except OSError as error:
            findings.note(file, None, "", "", "unreadable", detail=error.strerror)
    return raw


def _read_head(raw: Mapping[str, bytes], findings: Findings) -> _Head | None:
    """Without languages and root no other file can be understood: None ends the reading."""
    document = read_document(HEAD, raw[HEAD], findings) if HEAD in raw else None
    if document is None:
        return None
    document.only_keys(("id", "names", "languages", "timezone", "root"))
    languages = _languages(document)
    if not languages:
        return None
    zone = _zone(document)
    names = document.names(languages, "names")
    territory_id, root = document.text("id"), document.text("root")
    return _Head(id=territory_id, names=names, languages=languages, zone=zone, root=root)


def _languages(document: Document) -> tuple[str, ...]:
    tags = document.data.get("languages")
    if not isinstance(tags, list) or not tags:
        document.note(("languages",), "not_a_list", value=tags)
        return ()
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
            document.note(("languages", index), "bad_language", value=tag)
            return ()
        if any(short(tag) == short(other) for other in tags[:index]):
            document.note(("languages", index), "same_column", value=tag, short=short(tag))
            return ()
    return tuple(tags)


def _zone(document: Document) -> ZoneInfo:
    name = document.text("timezone")
    try:
        return ZoneInfo(name or "UTC")  # a blank name is a mistake already
    except (ZoneInfoNotFoundError, ValueError, OSError):
        document.note(("timezone",), "unknown_zone", value=name)
        return ZoneInfo("UTC")


def _assemble(
    folder: Path,
    head: _Head,
    tables: Mapping[str, Sequence[Row]],
    raw: Mapping[str, bytes],
    findings: Findings,
) -> Territory:
    tongues = head.languages
    units = places.read_units(tables.get(places.FILE, ()), tongues, head.root)
    if units and head.root not in units:
        findings.note(HEAD, None, "root", head.root, "unknown_unit")
    department_rows = tables.get(organisation.DEPARTMENTS, ())
    departments = organisation.read_departments(department_rows, tongues)
    providers = organisation.read_provider_types(tables.get(organisation.PROVIDERS, ()), tongues)
    _hang_departments(units, departments, department_rows, head.root)
    territory = Territory(
        id=head.id,
        names=head.names,
        languages=tongues,
        zone=head.zone,
        root=head.root,
        folder=folder,
        units=units,
        departments=departments,
        items=matters.read_items(tables.get(matters.FILE, ()), tongues, departments, providers),
        landmarks=_landmarks(tables.get(LANDMARKS, ()), tongues, units, head.root),
        levels=ServiceLevels(),
        roster=(),
        neighbours=neighbours.read_neighbours(tables.get(neighbours.FILE, ()), tongues),
        digest=_digest(raw),
        provider_types=providers,
        key_groups=organisation.read_key_groups(tables.get(organisation.KEY_GROUPS, ()), tongues),
        roles=organisation.read_roles(tables.get(organisation.ROLES, ()), tongues),
        holidays=_holidays(tables.get(CALENDAR, ())),
        _children=_children(units),
    )
    return _with_documents(territory, raw, findings)


def _with_documents(territory: Territory, raw: Mapping[str, bytes], findings: Findings) -> Territory:
    chosen = read_document(limits.FILE, raw[limits.FILE], findings) if limits.FILE in raw else None
    listed = read_document(posts.FILE, raw[posts.FILE], findings) if posts.FILE in raw else None
    if chosen is not None:
        territory = replace(territory, levels=limits.read_levels(chosen))
    if listed is not None and territory.root in territory.units:
        territory = replace(territory, roster=posts.read_roster(listed, territory))
    return territory


def _hang_departments(
    units: dict[str, Unit], departments: Mapping[str, Department], rows: Sequence[Row], root: str
) -> None:
    """Each department becomes a unit below the root, so that it can hold a case like any place."""
    row_of = {row.cells["code"]: row for row in reversed(rows)}
    for department in departments.values():
        if department.id in units:
            row_of[department.id].note("code", "id_of_place")
            continue
        known_as = tuple(dict.fromkeys(name for name in (department.short, *department.aliases) if name))
        units[department.id] = Unit(
            id=department.id, level=Level.DEPARTMENT, names=department.names, parent=root, aliases=known_as
        )


def _landmarks(
    rows: Sequence[Row], languages: tuple[str, ...], units: Mapping[str, Unit], root: str
) -> tuple[Landmark, ...]:
    twins = FirstSeen()
    found: list[Landmark] = []
    for row in rows:
        unit, kind, names = row.required("unit"), row.required("kind"), row.names("name", languages)
        if unit and root in units and unit not in units:  # without its root the tree was not read
            row.note("unit", "unknown_unit")
        aliases, point = row.several("aliases"), row.point()
        if twins.takes(row, column_for("name", languages[0]), (unit, names.get(languages[0], row.number))):
            found.append(Landmark(names=names, kind=kind, unit=unit, aliases=aliases, point=point))
    return tuple(found)


def _holidays(rows: Sequence[Row]) -> dict[str, bool]:
    days: dict[str, bool] = {}
    seen = FirstSeen()
    for row in rows:
        day, working = row.cells["date"], row.flag("working")
        try:
            date.fromisoformat(day)
        except ValueError:
            row.note("date", "not_a_date")
            continue
        if seen.takes(row, "date", day):
            days[day] = working
    return days


def _children(units: Mapping[str, Unit]) -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {}
    for unit in units.values():
        if unit.parent is not None:
            below.setdefault(unit.parent, []).append(unit.id)
    return {parent: tuple(children) for parent, children in below.items()}


def _digest(raw: Mapping[str, bytes]) -> str:
    """Names which territory a case was decided under: changes with any byte of any file read."""
    whole = hashlib.sha256()
    for file in sorted(raw):
        whole.update(f"{file}\0{len(raw[file])}\0".encode())
        whole.update(raw[file])
    return whole.hexdigest()


def _in_file_order(mistakes: list[Mistake]) -> list[Mistake]:
    rank = {file: index for index, file in enumerate(FILES)}
    return sorted(mistakes, key=lambda m: (rank.get(m.file, len(rank)), m.row or 0))
