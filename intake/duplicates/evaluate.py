"""How well duplicates are found, measured on labelled pairs (JSON lines), beside three other systems' rules.

A line: `scene`, `same` (are the two one matter in the world?), `one` and `other` (text, at, by; place, unit, lat, lon,
photo and the true code where there are any), and `half`. Lines of the half `train` made the model and are left out of
the measures; a file without halves is measured whole. Each request is read as the house reads it: its words by the
understanding, its unit from the point; the true code is given to the other systems alone.

Measures: n, precision, recall, f1, and the same for each baseline; rates 0–1, None where nothing was found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from casecore.messages import Point
from casecore.territory.model import Territory
from intake.duplicates.baselines import BASELINES
from intake.duplicates.compare import Comparer
from intake.duplicates.report import Report

TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two requests and whether they are one matter. `plain` are the same two with true codes, for the baselines."""

    scene: str
    half: str
    same: bool
    one: Report
    other: Report
    plain: tuple[Report, Report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    pair: Pair
    score: float
    found: bool
    """Would it have been offered: score at the threshold or above, and within the time of R8.1?"""
    baselines: Mapping[str, bool]


def read_pairs(path: Path, comparer: Comparer) -> list[Pair]:
    """The labelled pairs of a JSON-lines file. Raises ValueError with the row's number for a bad one."""
    pairs: list[Pair] = []
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if row.strip():
            try:
                pairs.append(_pair(json.loads(row), comparer))
            except (ValueError, KeyError, TypeError, AttributeError) as fault:
                raise ValueError(f"{path.name}, row {number}: {fault!r}") from fault
    return pairs


def _pair(row: Mapping[str, Any], comparer: Comparer) -> Pair:
    one, other = (_report(row[name], comparer) for name in ("one", "other"))
    plain = (_plain(row["one"], one, comparer.territory), _plain(row["other"], other, comparer.territory))
    return Pair(
        scene=str(row["scene"]), half=str(row.get("half", "")), same=bool(row["same"]), one=one, other=other,
        plain=plain,
    )  # fmt: skip


def _report(row: Mapping[str, Any], comparer: Comparer) -> Report:
    point = Point(lat=float(row["lat"]), lon=float(row["lon"])) if row.get("lat") is not None else None
    unit = comparer.territory.find_path(str(row["unit"])).id if row.get("unit") else None
    return comparer.report(
        text=str(row["text"]), at=datetime.fromisoformat(row["at"]), unit=unit, place=str(row.get("place") or ""),
        point=point, photos=(str(row["photo"]),) if row.get("photo") else (), by=str(row.get("by") or ""),
    )  # fmt: skip


def _plain(row: Mapping[str, Any], report: Report, territory: Territory) -> Report:
    """With the true category, and a map pin where there was none: the middle of the place."""
    point = report.point
    if point is None and report.unit is not None:
        point = territory.unit(report.unit).centre
    return replace(report, items={str(row["code"]): 1.0} if row.get("code") else {}, point=point)


def judge(pairs: Iterable[Pair], comparer: Comparer) -> list[Judged]:
    """Every pair decided by us and by each baseline."""
    window = timedelta(hours=comparer.territory.levels.merge_hours)
    return [
        Judged(
            pair=pair,
            score=(score := comparer.score(pair.one, pair.other)),
            found=score >= comparer.threshold and abs(pair.one.at - pair.other.at) <= window,
            baselines={name: rule(*pair.plain, comparer.meaning) for name, rule in BASELINES.items()},
        )
        for pair in pairs
    ]


def held_out(judged: Sequence[Judged]) -> list[Judged]:
    return [each for each in judged if each.pair.half != TRAIN]


def measures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Of what was not trained on: the keys that the module's sentence lists."""
    mine = held_out(judged)
    baselines = {name: _rates(mine, [each.baselines[name] for each in mine]) for name in BASELINES}
    return {"n": len(mine), **_rates(mine, [each.found for each in mine]), "baselines": baselines}


def _rates(judged: Sequence[Judged], found: Sequence[bool]) -> dict[str, float | None]:
    hits = sum(said and each.pair.same for each, said in zip(judged, found, strict=True))
    said, same = sum(found), sum(each.pair.same for each in judged)
    return {
        "precision": round(hits / said, 4) if said else None,
        "recall": round(hits / same, 4) if same else None,
        "f1": round(2 * hits / (said + same), 4) if said + same else None,
    }


def misses(judged: Sequence[Judged], comparer: Comparer) -> list[dict[str, Any]]:
    """Each held-out pair that was decided wrongly, with what moved the score."""
    return [
        {
            "scene": each.pair.scene,
            "same": each.pair.same,
            "score": round(each.score, 4),
            "one": each.pair.one.words,
            "other": each.pair.other.words,
            "because": [
                [name, round(pull, 2)] for name, pull in comparer.because(each.pair.one, each.pair.other)
            ],
        }
        for each in held_out(judged)
        if each.found != each.pair.same
    ]
