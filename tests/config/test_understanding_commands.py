"""`minhu ask` and `minhu evaluate understanding`: what programs read from them has the names that were promised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.cli.entry import main

KEYS = [
    "n", "intent_accuracy", "item_top1", "item_top3", "category_accuracy", "urgency_accuracy", "emergency_recall",
    "emergency_false_alarm_rate", "place_found", "ece", "coverage_at_97_precision", "split_f1", "ms_median",
]  # fmt: skip
LINES = [
    {"id": "1", "text": "The street lamp at the Old Mill is out", "intent": "new_request", "codes": ["ST-02"],
     "place_text": "Old Mill", "urgency": "normal"},
    {"id": "2", "text": "5", "intent": "rating", "codes": [], "place_text": None, "urgency": "normal"},
    {"id": "3", "text": "Fire at Ferry Green, people are trapped", "intent": "cancel", "codes": [],
     "place_text": None, "urgency": "emergency"},
]  # fmt: skip


def run(*arguments: str) -> int:
    try:
        return main([*arguments, "--territory", "littlebrook", "--lang", "en"])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_ask_answers_a_program_with_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "Fire at Ferry Green, people are trapped", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"intent", "items", "urgency", "place", "because", "milliseconds"} <= answer.keys()
    assert answer["intent"] == "new_request"
    assert answer["urgency"] == "emergency"
    assert answer["items"][0]["code"] == "HM-03"
    assert answer["place"]["text"] == "Ferry Green"
    assert answer["because"]["urgency"]


def test_ask_answers_a_person_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "The street lamp at the Old Mill is out") == 0
    said = capsys.readouterr().out
    for part in ("Street lamp out", "Mill Lane", "normal", "ms"):
        assert part in said


@pytest.mark.parametrize("text", ["", "😀😀", "x" * 10_000, "\ud83d"])
def test_ask_survives_any_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", text, "--json") == 0
    assert json.loads(capsys.readouterr().out)["urgency"] == "normal"


def test_evaluate_prints_the_promised_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each in its place, and each miss in the file of errors with its evidence."""
    file, errors = tmp_path / "labelled.jsonl", tmp_path / "errors.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES), encoding="utf-8")
    assert run("evaluate", "understanding", str(file), "--json", "--errors", str(errors)) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert found["n"] == 3
    assert found["item_top1"] == 1.0
    assert found["intent_accuracy"] == pytest.approx(2 / 3, abs=1e-3)
    (missed,) = (json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines())
    assert missed["id"] == "3"
    assert missed["missed"] == ["intent"]
    assert missed["because"]


@pytest.mark.parametrize("content", ["{", '{"text": "no intent"}', "[]"])
def test_evaluate_names_the_row_that_it_cannot_read(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(json.dumps(LINES[0]) + "\n" + content, encoding="utf-8")
    assert run("evaluate", "understanding", str(file)) == 2
    assert "row 2" in capsys.readouterr().err


def test_a_territory_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "hello", "--territory", str(tmp_path / "none"), "--lang", "en"])
    assert ended.value.code == 2
    assert "no such folder" in capsys.readouterr().err
