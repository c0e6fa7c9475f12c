"""The measures are computed as they are defined, and the held-out figures stay above a floor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from casecore.territory.reader import read_territory
from intake.evaluate import (
    calibration_error,
    coverage,
    judge_lines,
    measures,
    misses,
    read_lines,
    write_errors,
)
from intake.understand import Understander

ROOT = Path(__file__).resolve().parents[2]
HELD = Path(__file__).with_name("heldout.jsonl")


def test_calibration_error_is_the_weighed_gap() -> None:
    assert calibration_error([(0.95, True), (0.95, False)]) == pytest.approx(0.45)
    assert calibration_error([(1.0, True)]) == 0.0
    assert calibration_error([]) is None


def test_coverage_cuts_at_a_threshold_and_never_between_equals() -> None:
    assert coverage([(0.9, True), (0.5, False)]) == 0.5
    assert coverage([(0.9, True), (0.9, False)]) == 0.0
    assert coverage([(0.9, True)] * 40 + [(0.1, False)]) == 1.0  # 40 of 41 is above 0.97


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "a", "intent": "other"}\n{"text": "b"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="row 2"):
        read_lines(path)


def test_held_out_figures_and_the_errors_file(tmp_path: Path) -> None:
    """Floors a little under the figures of the day on the half that calibrated nothing: a fall is seen at once."""
    lines = read_lines(HELD)[1::2]
    judged = judge_lines(lines, Understander(read_territory(ROOT / "config" / "territory" / "fuyang")))
    seen = measures(judged)
    floors = {
        "intent_accuracy": 0.95,
        "item_top1": 0.92,
        "item_top3": 0.96,
        "category_accuracy": 0.93,
        "urgency_accuracy": 0.94,
        "emergency_recall": 0.98,
        "place_found": 0.95,
        "coverage_at_97_precision": 0.85,
        "split_f1": 0.85,
    }
    assert {k: seen[k] for k in floors if seen[k] is None or seen[k] < floors[k]} == {}
    assert seen["emergency_false_alarm_rate"] <= 0.01
    assert seen["ece"] <= 0.05
    assert seen["n"] == len(lines)

    path = tmp_path / "errors.jsonl"
    count = write_errors(judged, path)
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    assert count == len(rows) == sum(bool(misses(j)) for j in judged)
    assert all(row["missed"] and "because" in row for row in rows)
