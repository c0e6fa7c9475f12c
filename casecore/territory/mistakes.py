"""What may be wrong in a territory's files, said so that the person at the spreadsheet finds the cell.

units.csv, row 12, column parent: '330111999': no such unit
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casecore.errors import CasecoreError

PROBLEMS: Mapping[str, str] = {
    # files
    "missing_file": "the file is not there",
    "unreadable": "the file cannot be read: {detail}",
    "not_utf8": "not UTF-8 text; save the sheet as “CSV UTF-8”",
    "broken_csv": "not a CSV table: {detail}",
    "broken_yaml": "not YAML: {detail}",
    "broken_json": "not JSON: {detail}",
    "not_a_mapping": "expected `key: value` lines",
    "not_a_list": "expected a list",
    # tables
    "no_header": "the first row must name the columns",
    "missing_column": "the column is missing",
    "unknown_column": "no such column here; known: {known}",
    "duplicate_column": "the column occurs twice",
    "cells": "{got} cells where the header has {want}",
    "no_rows": "the table has no rows",
    # documents
    "missing_key": "the key is missing",
    "unknown_key": "no such key here",
    "duplicate_key": "the key occurs twice",
    # cells and values
    "blank": "must not be blank",
    "duplicate": "already used in row {first}",
    "not_a_number": "not a number",
    "not_whole": "not a whole number",
    "out_of_range": "must lie between {low} and {high}",
    "not_in_list": "must be one of: {known}",
    "not_a_date": "not a date like 2026-05-01",
    "not_text": "expected text",
    "not_blank": "must be blank at this level",
    "half_point": "a point needs both lat and lon",
    "not_ascending": "must rise from one to the next",
    "bad_order": "{detail}",
    # the territory
    "bad_language": "not a language tag like en or zh-CN",
    "same_column": "two languages would share the columns name_{short}",
    "unknown_zone": "no such time zone",
    "id_of_place": "a unit in units.csv has this id",
    # references
    "unknown_unit": "no such unit",
    "unknown_department": "no such department in departments.csv",
    "unknown_provider": "no such provider type in provider_types.csv",
    "wrong_side": "this provider type is on the {side} side",
    "unknown_role": "no such role in roles.csv",
    "repeated": "named twice in this cell",
    # the tree
    "wrong_root": "the root must be a unit of level district without a parent",
    "second_root": "only the root {root} has no parent",
    "wrong_parent_level": "a {level} belongs below a {wanted}, not below a {got}",
    "cycle": "the unit is its own ancestor",
    "sibling_name": "row {first}, below the same parent, has this name too",
    "sibling_number": "row {first}, below the same parent, has this number too",
    "no_children": "a {level} needs at least one {below}",
    # items
    "provider_step": "provider_order has the step {step}, but no provider type is named",
    "provider_without_step": "a provider type is named, but provider_order has no step {step}",
    # roster
    "post_below_role": "a {role} serves units of level {wanted}, and none lies inside this {got}",
    # cells.geojson
    "unknown_cell": "the feature's id is no microgrid",
    "missing_cell": "the microgrid has no polygon",
    "not_a_polygon": "expected a Polygon or MultiPolygon",
    "invalid_polygon": "the polygon is not valid: {detail}",
    "overlap": "overlaps the cell of {other} by {share} of the smaller one's area",
    "gap": "the cells leave a hole here (lat, lon)",
    "centre_outside": "the unit's lat/lon lies outside its own cell",
}
"""Problem key → English words. The keys are stable: locales may translate them as `mistake.<key>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake. `row` counts as a spreadsheet does (header = 1); YAML: the line, GeoJSON: the feature."""

    file: str
    row: int | None
    column: str
    value: str
    problem: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return PROBLEMS[self.problem].format(**self.facts)

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else ""
        column = f"column {self.column}" if self.column else ""
        where = ", ".join(part for part in (self.file, row, column) if part)
        seen = f"{self.value!r}: " if self.value else ""
        return f"{where}: {seen}{self.text}"


class TerritoryInvalid(CasecoreError):
    """The folder is no territory; `mistakes` holds every one that was found, in file and row order."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes in the territory:\n" + "\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class Findings:
    """Collects the mistakes of one reading, so that all are told at once."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def note(
        self, file: str, row: int | None, column: str, value: object, problem: str, **facts: object
    ) -> None:
        words = {key: str(fact) for key, fact in facts.items()}
        shown = str(value)[:80]  # a pasted essay in a cell would hide the message
        self.mistakes.append(
            Mistake(file=file, row=row, column=column, value=shown, problem=problem, facts=words)
        )
