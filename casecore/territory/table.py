"""One CSV table of a territory: its header checked, its cells read as what they should be."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeVar

from casecore.messages import Point
from casecore.territory.mistakes import Findings

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: `plain` as they stand, `worded` once for each language (`name` → `name_zh`)."""

    plain: tuple[str, ...]
    worded: tuple[str, ...] = ("name",)

    def wanted(self, languages: Sequence[str]) -> tuple[str, ...]:
        return self.plain + tuple(column_for(word, tag) for word in self.worded for tag in languages)


def short(tag: str) -> str:
    """A language's mark in column names: `zh-CN` → `zh`."""
    return tag.split("-", maxsplit=1)[0]


@cache
def column_for(word: str, tag: str) -> str:
    """The column of `word` in a language: `name_zh`. Kept: thousands of rows ask."""
    return f"{word}_{short(tag)}"


class Row:
    """One row; a reader that meets a wrong cell notes the mistake and answers None or nothing."""

    __slots__ = ("cells", "file", "findings", "number")

    def __init__(self, file: str, number: int, cells: Mapping[str, str], findings: Findings) -> None:
        self.file = file
        self.number = number
        self.cells = cells
        self.findings = findings

    def note(self, column: str, problem: str, *, value: object = None, **facts: object) -> None:
        seen = self.cells.get(column, "") if value is None else value
        self.findings.note(self.file, self.number, column, seen, problem, **facts)

    def required(self, column: str) -> str:
        value = self.cells[column]
        if not value:
            self.note(column, "blank")
        return value

    def names(self, word: str, languages: Sequence[str], *, required: bool = True) -> dict[str, str]:
        """Language → text; the territory's first language must be there, the others may be blank."""
        texts: dict[str, str] = {}
        for tag in languages:
            text = self.cells[column_for(word, tag)]
            if text:
                texts[tag] = text
        if required and languages[0] not in texts:
            self.note(column_for(word, languages[0]), "blank")
        return texts

    def several(self, column: str, mark: str = ";") -> tuple[str, ...]:
        cell = self.cells[column]
        if not cell:
            return ()
        parts = tuple(part for part in (p.strip() for p in cell.split(mark)) if part)
        for part in sorted({p for p in parts if parts.count(p) > 1}):
            self.note(column, "repeated", value=part)
        return parts

    def one_of(self, column: str, known: Iterable[str]) -> str | None:
        value = self.cells[column]
        options = tuple(known)
        if value in options:
            return value
        self.note(column, "not_in_list", known=", ".join(options))
        return None

    def word(self, column: str, words: type[_Word], among: Iterable[_Word] | None = None) -> _Word | None:
        known = tuple(words) if among is None else tuple(among)
        try:
            found = words(self.cells[column])
        except ValueError:
            found = None
        if found is None or found not in known:
            self.note(column, "not_in_list", known=", ".join(known))
            return None
        return found

    def flag(self, column: str) -> bool:
        return self.one_of(column, ("y", "n")) == "y"

    def whole(self, column: str, low: int, high: int) -> int | None:
        value = self.cells[column]
        if not (value.isascii() and value.lstrip("-").isdigit()):
            self.note(column, "not_whole" if value else "blank")
            return None
        if not low <= int(value) <= high:
            self.note(column, "out_of_range", low=low, high=high)
            return None
        return int(value)

    def number_in(self, column: str, low: float, high: float) -> float | None:
        try:
            value = float(self.cells[column])
        except ValueError:
            self.note(column, "not_a_number" if self.cells[column] else "blank")
            return None
        if not (math.isfinite(value) and low <= value <= high):
            self.note(column, "out_of_range", low=low, high=high)
            return None
        return value

    def point(self) -> Point | None:
        """`lat` and `lon`, WGS-84 degrees; both or neither."""
        north, east = self.cells["lat"], self.cells["lon"]
        if not north and not east:
            return None
        if not north or not east:
            self.note("lon" if north else "lat", "half_point")
            return None
        lat, lon = self.number_in("lat", -90, 90), self.number_in("lon", -180, 180)
        return None if lat is None or lon is None else Point(lat=lat, lon=lon)


class FirstSeen:
    """Where a value was used first; the second use is a mistake that names the first one's row."""

    def __init__(self, problem: str = "duplicate") -> None:
        self._rows: dict[object, int] = {}
        self._problem = problem

    def takes(self, row: Row, column: str, key: object) -> bool:
        first = self._rows.setdefault(key, row.number)
        if first != row.number:
            row.note(column, self._problem, first=first)
        return first == row.number


def read_rows(
    file: str, raw: bytes, columns: Columns, languages: Sequence[str], findings: Findings
) -> list[Row]:
    """The rows of a table under a good header; nothing under a bad one, because its cells mean nothing."""
    records = _records(file, raw, findings)
    if records is None:
        return []
    if not records or not any(records[0]):
        findings.note(file, 1, "", "", "no_header")
        return []
    header = [cell.strip() for cell in records[0]]
    if not good_header(file, header, columns.wanted(languages), findings):
        return []
    rows = list(_rows(file, header, records[1:], findings))
    if not rows:
        findings.note(file, None, "", "", "no_rows")
    return rows


def _rows(file: str, header: list[str], records: list[list[str]], findings: Findings) -> Iterable[Row]:
    width = len(header)
    for number, raw in enumerate(records, start=2):
        record = [cell.strip() for cell in raw]
        if not any(record):
            continue  # spreadsheets leave empty rows behind
        if len(record) != width:
            findings.note(file, number, "", "", "cells", got=len(record), want=width)
            continue
        yield Row(file, number, dict(zip(header, record, strict=True)), findings)


def _records(file: str, raw: bytes, findings: Findings) -> list[list[str]] | None:
    try:
        text = raw.decode("utf-8-sig")  # spreadsheets like to write the mark
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        findings.note(file, line, "", raw[error.start : error.start + 8], "not_utf8")
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        findings.note(file, reader.line_num, "", "", "broken_csv", detail=error)
        return None


def good_header(file: str, header: list[str], wanted: tuple[str, ...], findings: Findings) -> bool:
    """Does the header name each wanted column once, and no other? What is wrong with it is noted."""
    before = len(findings.mistakes)
    for column in wanted:
        if column not in header:
            findings.note(file, 1, column, "", "missing_column")
    for column in dict.fromkeys(header):
        if column not in wanted:
            findings.note(file, 1, column, column, "unknown_column", known=", ".join(wanted))
        elif header.count(column) > 1:
            findings.note(file, 1, column, column, "duplicate_column")
    return len(findings.mistakes) == before
