"""Whoever listens keeps one contract: faster-whisper, openai-whisper and a server elsewhere, on real speech."""

from __future__ import annotations

import asyncio
import random
import re
import struct
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from media import MediaFailure, MediaRefused, whisper_child, whisper_http
from media.transcribe import Transcriber, Transcript, Unheard, Untranscribed
from media.whisper_fast import FasterWhisper
from media.whisper_http import HttpWhisper
from media.whisper_torch import OpenAIWhisper, installed
from tests.media.speech_server import SpeechServer, speech_server

KINDS = ("faster-whisper", "openai-whisper", "http")
Open = Callable[..., AbstractAsyncContextManager[Transcriber]]


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with speech_server() as running:
        yield running


@pytest.fixture(params=KINDS)
def listener(request: pytest.FixtureRequest) -> Open:
    """Opens a transcriber of each kind, or skips loudly where it cannot be here."""
    kind = request.param
    if kind == "http":
        running: SpeechServer = request.getfixturevalue("server")

        def make(**given: float) -> Transcriber:
            return HttpWhisper(running.address, model="m", **given)

    else:
        if kind == "openai-whisper" and not installed():
            pytest.skip("OPENAI-WHISPER NOT TESTED: the extra [openai-whisper] is not installed")
        model: Path = request.getfixturevalue("speech_model")

        def make(**given: float) -> Transcriber:
            return (FasterWhisper if kind == "faster-whisper" else OpenAIWhisper)(model, **given)

    @asynccontextmanager
    async def opened(**given: float) -> AsyncIterator[Transcriber]:
        made = make(**given)
        try:
            yield made
        finally:
            await made.close()

    return opened


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Two seconds of noise in which nobody speaks, always the same."""
    sound, chance = tmp_path / "street.wav", random.Random(1)
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", int(chance.gauss(0, 900))) for _ in range(32_000)))
    return sound


@pytest.fixture
def speech(shared_data: Path, server: SpeechServer) -> tuple[Path, str]:
    """A recording and its words, which the server would hear too."""
    sound = next((shared_data / "speech" / "civic_clean").glob("00_*.flac"))
    said = sound.with_suffix(".txt").read_text(encoding="utf-8").strip()
    server.says(said)
    return sound, said


async def test_speech_becomes_words_with_their_language_time_and_certainty(
    listener: Open, speech: tuple[Path, str]
) -> None:
    sound, said = speech
    async with listener() as transcriber:
        assert re.fullmatch(r"[a-z0-9.-]{1,80}", transcriber.name)
        heard = await transcriber.transcribe(
            sound, seconds=30, lang_hint="zh", hot_words=["富春街道", "金苑"]
        )
    assert isinstance(heard, Transcript)
    assert (heard.language, heard.model) == ("zh", transcriber.name)
    assert len(set(said) & set(heard.text)) / len(set(said)) > 0.6
    assert 0.3 < heard.confidence <= 1
    assert 0 <= heard.segments[0].start < heard.segments[-1].end <= 30
    assert "".join(segment.text for segment in heard.segments) == heard.text


async def test_noise_is_no_speech_and_nobody_makes_words_of_it(
    listener: Open, street: Path, server: SpeechServer
) -> None:
    server.says("谢谢观看")
    async with listener() as transcriber:
        heard = await transcriber.transcribe(street, seconds=2, lang_hint=None, hot_words=())
    assert heard == Untranscribed(reason=Unheard.NO_SPEECH, model=transcriber.name)
    assert server.asked == [], "a street's noise is not sent anywhere"


async def test_who_takes_too_long_for_the_sound_is_stopped(
    listener: Open, speech: tuple[Path, str], server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is a constant for loading and so much for each second of sound."""
    server.silent = True
    for module in (whisper_child, whisper_http):
        monkeypatch.setattr(module, "_LOADING", 0.1)
    async with listener(patience=0.1) as transcriber:
        with pytest.raises(MediaRefused) as refused:
            await transcriber.transcribe(speech[0], seconds=1, lang_hint="zh", hot_words=())
    assert refused.value.reason is MediaFailure.TIMEOUT


async def test_listening_can_be_cancelled_and_the_next_one_is_heard(
    listener: Open, speech: tuple[Path, str], server: SpeechServer
) -> None:
    server.silent = True
    async with listener() as transcriber:
        task = asyncio.create_task(
            transcriber.transcribe(speech[0], seconds=30, lang_hint="zh", hot_words=())
        )
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.silent = False
        heard = await transcriber.transcribe(speech[0], seconds=30, lang_hint="zh", hot_words=())
    assert isinstance(heard, Transcript)
