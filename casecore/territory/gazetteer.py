"""The names that only a search needs: gazetteer.csv, compounds, roads and doors by the hundred thousand.

The columns are those of landmarks.csv; the file may be absent. It is no part of reading a territory, because the
web process has no use for it: whoever indexes the names reads it row by row, and `check` tells its mistakes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from casecore.territory.mistakes import Findings
from casecore.territory.table import Columns, Row, column_for, good_header

FILE = "gazetteer.csv"
COLUMNS = Columns(plain=("kind", "unit", "aliases", "lat", "lon"))
NOTHING: Mapping[str, str] = {}


class NamedPlace(NamedTuple):
    """A row: every name the place goes by, and where it lies. A tuple, because there may be a million."""

    names: tuple[str, ...]
    kind: str
    unit: str
    lat: float | None
    lon: float | None


def read_gazetteer(
    folder: Path, languages: Sequence[str], units: Mapping[str, object], findings: Findings
) -> Iterator[NamedPlace]:
    """The good rows in the file's order, none when there is no file; every mistake is noted."""
    path = folder / FILE
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as sheet:
            reader = csv.reader(sheet, strict=True)
            try:
                header = [cell.strip() for cell in next(reader, [])]
                if good_header(FILE, header, COLUMNS.wanted(languages), findings):
                    yield from _rows(reader, header, languages, units, findings)
            except csv.Error as error:
                findings.note(FILE, reader.line_num, "", "", "broken_csv", detail=error)
            except UnicodeDecodeError:
                findings.note(FILE, reader.line_num + 1, "", "", "not_utf8")
    except OSError as error:
        findings.note(FILE, None, "", "", "unreadable", detail=error.strerror)


def _rows(
    reader: Iterator[list[str]],
    header: list[str],
    languages: Sequence[str],
    units: Mapping[str, object],
    findings: Findings,
) -> Iterator[NamedPlace]:
    at = {column: index for index, column in enumerate(header)}
    named = [at[column_for("name", tag)] for tag in languages]
    first, kind, unit, alias = named[0], at["kind"], at["unit"], at["aliases"]
    lat, lon, width = at["lat"], at["lon"], len(header)
    for number, cells in enumerate(reader, start=2):
        if not any(cells):
            continue
        if len(cells) != width:
            findings.note(FILE, number, "", "", "cells", got=len(cells), want=width)
            continue
        row = Row(FILE, number, NOTHING, findings)
        if not (cells[first] and cells[kind] and cells[unit] in units):
            row.cells = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            if not _sound(row, languages, units):
                continue
            cells = [row.cells[column] for column in header]
        north, east = _degrees(cells[lat], 90), _degrees(cells[lon], 180)
        if (north is None or east is None) and (cells[lat] or cells[lon]):
            row.cells = {"lat": cells[lat].strip(), "lon": cells[lon].strip()}
            point = row.point()
            north, east = (point.lat, point.lon) if point else (None, None)
        names = [cells[index] for index in named if cells[index]]
        if cells[alias]:
            names += [name for name in (part.strip() for part in cells[alias].split(";")) if name]
        yield NamedPlace(
            tuple(dict.fromkeys(names)),
            cells[kind],
            cells[unit],
            north,
            east,
        )


def _degrees(cell: str, most: float) -> float | None:
    """The usual case quickly; whatever looks wrong is looked at again by a reader that tells it."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if -most <= value <= most else None


def _sound(row: Row, languages: Sequence[str], units: Mapping[str, object]) -> bool:
    """Tell what is wrong with a row that looked wrong; a cell that was only padded is sound."""
    before = len(row.findings.mistakes)
    row.names("name", languages)
    row.required("kind")
    if row.required("unit") and row.cells["unit"] not in units:
        row.note("unit", "unknown_unit")
    return len(row.findings.mistakes) == before
