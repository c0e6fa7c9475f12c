"""The texts about places, the made-up names that some of them use, and how an answer is judged.

A text's unit is right when the surest place lies in one of the units listed; with none listed, when the words alone are
kept or nothing is guessed. `said` are the words that name the place, by containment either way (R17).
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casecore.territory.model import Territory
from intake.judgement import Context, PlaceGuess
from intake.understand import Understander

HERE = Path(__file__).parent
FUYANG = HERE.parents[1] / "config" / "territory" / "fuyang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: str
    kind: str
    text: str
    units: tuple[str, ...]
    said: str | None
    context: Mapping[str, str]


def read_place_texts() -> list[Line]:
    rows = [json.loads(row) for row in (HERE / "places.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Line(
            id=row["id"], kind=row["kind"], text=row["text"], units=tuple(row["units"]), said=row["said"],
            context={key: row[key] for key in ("home", "last", "link") if key in row},
        )
        for row in rows
    ]  # fmt: skip


def with_names(territory: Territory, folder: Path) -> Path:
    """A copy of the shipped territory with a gazetteer.csv from places_names.csv."""
    copy = folder / "fuyang"
    shutil.copytree(FUYANG, copy, ignore=shutil.ignore_patterns("facts"))
    with (HERE / "places_names.csv").open(encoding="utf-8", newline="") as sheet:
        names = list(csv.DictReader(sheet))
    with (copy / "gazetteer.csv").open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(("name_zh", "name_en", "kind", "unit", "aliases", "lat", "lon"))
        for row in names:
            unit = territory.find_path(row["unit"])
            point = (unit.centre.lat, unit.centre.lon) if unit.centre else ("", "")
            writer.writerow((row["name"], "", row["kind"], unit.id, row["aliases"], *point))
    return copy


def context_of(line: Line, territory: Territory) -> Context:
    def unit(key: str) -> str | None:
        return territory.find_path(line.context[key]).id if key in line.context else None

    return Context(home=unit("home"), last_place=unit("last"), link_unit=unit("link"))


def best_place(understander: Understander, line: Line) -> PlaceGuess | None:
    """What a card would show: the first guess, if it is more than a supposition."""
    territory = understander.territory
    places = understander.understand(line.text, context_of(line, territory)).places
    return places[0] if places else None


def said_right(line: Line, guess: PlaceGuess | None) -> bool:
    got, wanted = _tight(guess.text if guess else ""), _tight(line.said or "")
    if not wanted:
        return not got or bool(line.units)
    return bool(got) and (got in wanted or wanted in got)


def unit_right(line: Line, guess: PlaceGuess | None, territory: Territory) -> bool:
    if not line.units:
        return guess is None or guess.unit_id is None
    wanted = [territory.find_path(path).id for path in line.units]
    return (
        guess is not None
        and guess.unit_id is not None
        and any(territory.inside(guess.unit_id, unit) for unit in wanted)
    )


def report(understander: Understander, line: Line, guess: PlaceGuess | None) -> dict[str, Any]:
    return {
        "id": line.id, "text": line.text, "wanted": [line.units, line.said],
        "got": [guess.text, guess.unit_id and understander.territory.path(guess.unit_id, "zh-CN"),
                [(b.kind, b.text) for b in guess.because]] if guess else None,
    }  # fmt: skip


def _tight(text: str) -> str:
    return "".join(text.split()).lower()
