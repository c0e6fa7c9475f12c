"""How well messages are understood, measured on labelled JSON lines (labels as rules.md R17 defines them).

Measures, all rates 0–1 and None where nothing could be measured:

    intent_accuracy               all lines
    item_top1, item_top3          new requests with codes; any listed code counts
    category_accuracy             the same lines; the category of the best guess is that of a listed code
    urgency_accuracy              new requests
    emergency_recall              lines labelled emergency
    emergency_false_alarm_rate    lines not labelled emergency
    place_found                   lines with a place_text; the words of the best place that has words, by
                                  containment either way
    ece                           item probability of the best guess, ten bins of equal width
    coverage_at_97_precision      the largest share of those lines that the surest guesses cover at ≥ 0.97
    split_f1                      is the message two matters? against the labels `two_issues`
    ms_median                     one message, milliseconds, after loading
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from casecore.vocabulary import Urgency
from intake.judgement import Context, Understanding
from intake.understand import Understander

BINS = 10
PRECISION = 0.97
_BARE_NUMBER = re.compile(r"^\s*[1-5]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One labelled message."""

    id: str
    text: str
    intent: str
    codes: tuple[str, ...]
    place_text: str | None
    urgency: str
    note: str

    @property
    def two_issues(self) -> bool:
        return "two_issues" in self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A line, what was understood, and how long that took (milliseconds)."""

    line: Line
    got: Understanding
    ms: float


def read_lines(path: Path) -> list[Line]:
    """The labelled lines of a JSON-lines file. Raises ValueError with the row's number for a bad one."""
    found: list[Line] = []
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if row.strip():
            try:
                found.append(_line(json.loads(row)))
            except (ValueError, KeyError, TypeError, AttributeError) as fault:
                raise ValueError(f"{path.name}, row {number}: {fault!r}") from fault
    return found


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        id=str(row.get("id", "")),
        text=str(row["text"]),
        intent=str(row["intent"]),
        codes=tuple(row.get("codes") or ()),
        place_text=row.get("place_text") or None,
        urgency=str(row.get("urgency") or Urgency.NORMAL),
        note=str(row.get("note") or ""),
    )


def judge_lines(lines: Iterable[Line], understander: Understander) -> list[Judged]:
    """Every line read without context, except that a bare number follows a rating prompt (R17)."""
    understander.warm()
    judged: list[Judged] = []
    for line in lines:
        context = Context(asked="rating" if _BARE_NUMBER.match(line.text) else None)
        started = time.perf_counter()
        got = understander.understand(line.text, context)
        judged.append(Judged(line=line, got=got, ms=(time.perf_counter() - started) * 1000))
    return judged


def evaluate(lines: Iterable[Line], understander: Understander) -> dict[str, float | int | None]:
    """The measures listed above, by name."""
    return measures(judge_lines(lines, understander))


def measures(judged: list[Judged]) -> dict[str, float | int | None]:
    requests = [j for j in judged if j.line.intent == "new_request"]
    sorted_ = [j for j in requests if j.line.codes]
    placed = [j for j in judged if j.line.place_text]
    alarms = [j for j in judged if j.line.urgency == Urgency.EMERGENCY]
    calm = [j for j in judged if j.line.urgency != Urgency.EMERGENCY]
    return {
        "n": len(judged),
        "intent_accuracy": _rate(judged, lambda j: j.got.intent == j.line.intent),
        "item_top1": _rate(sorted_, lambda j: right_item(j, 1)),
        "item_top3": _rate(sorted_, lambda j: right_item(j, 3)),
        "category_accuracy": _rate(sorted_, right_category),
        "urgency_accuracy": _rate(requests, lambda j: j.got.urgency == j.line.urgency),
        "emergency_recall": _rate(alarms, lambda j: j.got.urgency is Urgency.EMERGENCY),
        "emergency_false_alarm_rate": _rate(calm, lambda j: j.got.urgency is Urgency.EMERGENCY),
        "place_found": _rate(placed, place_found),
        "ece": calibration_error([(_confidence(j), right_item(j, 1)) for j in sorted_]),
        "coverage_at_97_precision": coverage([(_confidence(j), right_item(j, 1)) for j in sorted_]),
        "split_f1": _split_f1(judged),
        "ms_median": round(median(j.ms for j in judged), 3) if judged else None,
    }


def write_errors(judged: Iterable[Judged], path: Path) -> int:
    """Each miss with what was understood and why, as JSON lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for one in judged:
            missed = misses(one)
            if missed:
                count += 1
                out.write(json.dumps(_miss(one, missed), ensure_ascii=False) + "\n")
    return count


def misses(one: Judged) -> list[str]:
    """Which of the measures this line fails."""
    line, got = one.line, one.got
    request = line.intent == "new_request"
    checks = {
        "intent": got.intent == line.intent,
        "item": not (request and line.codes) or right_item(one, 1),
        "urgency": not request or got.urgency == line.urgency,
        "place": not line.place_text or place_found(one),
        "split": bool(got.parts) == line.two_issues,
    }
    return [name for name, held in checks.items() if not held]


def right_item(one: Judged, top: int) -> bool:
    return any(m.code in one.line.codes for m in one.got.matters[:top])


def right_category(one: Judged) -> bool:
    categories = {code.split("-")[0] for code in one.line.codes}
    return bool(one.got.matters) and one.got.matters[0].code.split("-")[0] in categories


def place_found(one: Judged) -> bool:
    """Containment either way, spaces aside, of the best place that the message's own words named."""
    said = next((p.text for p in one.got.places if p.text), "")
    got, wanted = _tight(said), _tight(one.line.place_text or "")
    return bool(got) and (got in wanted or wanted in got)


def calibration_error(pairs: list[tuple[float, bool]]) -> float | None:
    """Expected calibration error: mean gap of confidence and accuracy over bins, weighed by their size."""
    if not pairs:
        return None
    total = 0.0
    for index in range(BINS):
        inside = [p for p in pairs if min(int(p[0] * BINS), BINS - 1) == index]
        if inside:
            confidence = sum(p for p, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            total += abs(confidence - accuracy) * len(inside)
    return round(total / len(pairs), 4)


def coverage(pairs: list[tuple[float, bool]]) -> float | None:
    """The largest share of the surest guesses that is right in at least `PRECISION` of its members."""
    if not pairs:
        return None
    best = hits = 0
    ranked = sorted(pairs, key=lambda p: -p[0])
    for count, (confidence, right) in enumerate(ranked, 1):
        hits += right
        # A threshold cannot cut between guesses of equal confidence.
        last_of_equals = count == len(ranked) or ranked[count][0] < confidence
        if last_of_equals and hits / count >= PRECISION:
            best = count
    return round(best / len(ranked), 4)


def _split_f1(judged: list[Judged]) -> float | None:
    wanted = sum(j.line.two_issues for j in judged)
    found = sum(bool(j.got.parts) for j in judged)
    both = sum(j.line.two_issues and bool(j.got.parts) for j in judged)
    return round(2 * both / (wanted + found), 4) if wanted + found else None


def _confidence(one: Judged) -> float:
    return one.got.matters[0].probability if one.got.matters else 0.0


def _rate(judged: list[Judged], held: Any) -> float | None:
    return round(sum(bool(held(j)) for j in judged) / len(judged), 4) if judged else None


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _miss(one: Judged, missed: list[str]) -> dict[str, Any]:
    got = one.got
    place = next((p for p in got.places if p.text), None)
    return {
        "id": one.line.id,
        "text": one.line.text,
        "missed": missed,
        "wanted": {
            "intent": one.line.intent,
            "codes": one.line.codes,
            "urgency": one.line.urgency,
            "place_text": one.line.place_text,
            "note": one.line.note,
        },
        "got": {
            "intent": got.intent,
            "codes": [[m.code, m.probability] for m in got.matters[:3]],
            "urgency": got.urgency,
            "place_text": place.text if place else None,
            "parts": got.parts,
        },
        "because": {
            "intent": [b.text for b in got.intent_because],
            "item": [[b.kind, b.text, b.weight] for b in (got.matters[0].because if got.matters else ())],
            "urgency": [[b.kind, b.text] for b in got.urgency_because],
            "place": [[b.kind, b.text] for b in (place.because if place else ())],
        },
    }
