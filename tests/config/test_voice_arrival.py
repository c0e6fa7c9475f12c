"""The speech model comes at the first start: beside the house, once, and its absence costs nobody a word."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings
from config.voice import Arrival, awaited, transcriber_of
from media.transcribe import NoTranscriber, Transcriber, Transcript, Unheard, Untranscribed
from media.whisper_http import HttpWhisper
from tests.media.test_transcribe import SAID, Fake

SOUND = Path(__file__)
"""Any file: who is asked here does not look into it."""


def settings(folder: Path, **given: object) -> Settings:
    return Settings(data=folder, **{"voice_fetch": True, **given})  # type: ignore[arg-type]


async def heard(transcriber: Transcriber) -> Transcript | Untranscribed:
    return await transcriber.transcribe(SOUND, seconds=1, lang_hint="zh", hot_words=())


async def test_until_the_model_is_there_nobody_listens_and_then_somebody_does() -> None:
    may_come, told = asyncio.Event(), list[tuple[str, str]]()

    async def fetch() -> str:
        await may_come.wait()
        return ""

    arrival = Arrival(Fake, fetch)
    coming = asyncio.create_task(arrival.come(lambda what, why: told.append((what, why))))
    assert await heard(arrival) == Untranscribed(reason=Unheard.NO_TRANSCRIBER)
    assert arrival.name == NoTranscriber.name
    may_come.set()
    await coming
    assert await heard(arrival) == SAID
    assert (arrival.name, told) == ("fake", [("arrived", "")])


async def test_a_failure_is_said_once_and_tried_again_until_it_works() -> None:
    answers, told = ["no network", "still none", ""], list[tuple[str, str]]()

    async def fetch() -> str:
        return answers.pop(0)

    arrival = Arrival(Fake, fetch, again=0.0)
    await arrival.come(lambda what, why: told.append((what, why)))
    assert told == [("failed", "no network"), ("arrived", "")]


def test_nothing_is_fetched_where_nothing_is_missing_or_wanted(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("model.bin", "config.json", "vocabulary.txt"):
        (own / name).touch()
    assert awaited(settings(tmp_path)) is not None
    assert awaited(settings(tmp_path, voice_model="base")) is not None
    assert awaited(settings(tmp_path, voice_model=own)) is None
    assert awaited(settings(tmp_path, voice_fetch=False)) is None
    assert awaited(settings(tmp_path, transcriber="none")) is None
    assert awaited(settings(tmp_path, transcriber="http", voice_address="http://127.0.0.1:1/v1")) is None


async def test_each_setting_has_its_listener(tmp_path: Path) -> None:
    nobody = transcriber_of(settings(tmp_path, transcriber="none"))
    assert isinstance(nobody, NoTranscriber)
    assert isinstance(transcriber_of(settings(tmp_path)), NoTranscriber), "no model is there yet"
    elsewhere = transcriber_of(
        settings(tmp_path, transcriber="http", voice_address="http://127.0.0.1:1/v1", voice_served="large-v3")
    )
    assert isinstance(elsewhere, HttpWhisper) and elsewhere.name == "http-127.0.0.1-large-v3"
    await elsewhere.close()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"transcriber": "whisper"}, "transcriber"),
        ({"transcriber": "http"}, "voice_address"),
        ({"transcriber": "http", "voice_address": "http://me:word@host/v1"}, "voice_address"),
        ({"voice_model": "medium"}, "voice_model"),
        ({"voice_patience": 0}, "voice_patience"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name_and_never_repeats_a_secret(
    tmp_path: Path, given: dict[str, object], named: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(tmp_path, **given)
    assert [error["loc"] for error in refused.value.errors()] == [(named,)]
    assert "word" not in str(refused.value.errors()[0]["msg"]).replace("password", "")


def test_a_first_start_without_a_registry_serves_says_so_and_ends_in_order(tmp_path: Path) -> None:
    """The real command: people are answered at once, the fetch fails beside it, and Ctrl-C ends both."""
    house = subprocess.Popen(
        [sys.executable, "-m", "config.cli", "up", "--data", str(tmp_path), "--port", "0", "--lang", "en"],
        env=os.environ | {"MINHU_VOICE_FETCH": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert house.stdout is not None and house.stderr is not None
    said = ""
    while "Stop with Ctrl-C" not in said:
        said += house.stdout.readline()
    assert "fetched in the background" in said
    failed = ""
    while "could not be fetched" not in failed:
        line = house.stderr.readline()
        assert line, f"it ended: {failed}"
        failed += line
    house.terminate()
    house.communicate(timeout=60)
    assert house.returncode == 0
    assert list((tmp_path / "weights").glob("*")) == []
