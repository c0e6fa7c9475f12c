"""A server elsewhere: what it is sent, and that nothing it answers does harm."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from media import MediaFault
from media.address import check
from media.transcribe import Transcript, Unheard, Untranscribed
from media.whisper_http import HttpWhisper
from tests.media.speech_server import SpeechServer, speech_server

KEY = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with speech_server() as running:
        running.says("新登镇双塔村的路灯坏了")
        yield running


@pytest.fixture
async def whisper(server: SpeechServer) -> AsyncIterator[HttpWhisper]:
    made = HttpWhisper(server.address, model="large-v3", key=KEY)
    yield made
    await made.close()


@pytest.fixture
def speech(shared_data: Path) -> Path:
    return next((shared_data / "speech" / "civic_clean").glob("00_*.flac"))


async def hear(whisper: HttpWhisper, sound: Path, lang: str | None = "zh") -> Transcript | Untranscribed:
    return await whisper.transcribe(sound, seconds=5, lang_hint=lang, hot_words=["双塔村"])


async def test_the_server_gets_the_sound_the_names_and_the_key_and_no_log_repeats_it(
    whisper: HttpWhisper, server: SpeechServer, speech: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    heard = await hear(whisper, speech)
    assert isinstance(heard, Transcript) and heard.text == "新登镇双塔村的路灯坏了"
    (asked,) = server.asked
    assert (asked.path, asked.key) == ("/v1/audio/transcriptions", f"Bearer {KEY}")
    assert asked.sound == speech.read_bytes()
    assert asked.fields["model"] == "large-v3" and asked.fields["language"] == "zh"
    assert "双塔村" in asked.fields["prompt"]
    assert KEY not in caplog.text


async def test_a_server_that_tells_no_segments_has_told_one(
    whisper: HttpWhisper, server: SpeechServer, speech: Path
) -> None:
    server.answer = json.dumps({"text": "The lamp is out", "language": "english"}).encode()
    heard = await hear(whisper, speech, lang=None)
    assert isinstance(heard, Transcript)
    assert (heard.text, heard.language) == ("The lamp is out", "en")
    assert "language" not in server.asked[0].fields, "the server may find out itself"


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("路灯坏了", {"avg_logprob": -1.4}),
        ("路灯坏了", {"no_speech_prob": 0.9, "avg_logprob": -0.8}),
        ("好的好的好的好的好的好的", {}),
        ("以下是居民用普通话反映的问题。双塔村。", {}),
        ("请不吝点赞 订阅 转发", {}),
        ("", {}),
    ],
    ids=["guesses", "silence", "a loop", "the prompt", "a film's end", "nothing"],
)
async def test_what_a_server_makes_up_is_no_answer(
    whisper: HttpWhisper, server: SpeechServer, speech: Path, text: str, figures: dict[str, float]
) -> None:
    server.says(text, **figures)
    heard = await hear(whisper, speech)
    assert isinstance(heard, Untranscribed) and heard.reason is Unheard.NO_SPEECH


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}, b""),
        (307, {"Location": "/v1/again"}, b""),
        (401, {}, b'{"error": "sk-very-secret is wrong"}'),
        (500, {}, b"oops"),
        (200, {}, b"<html>"),
        (200, {}, b"[1, 2]"),
        (200, {}, b'{"segments": [{"start": "x", "text": "y"}]}'),
        (200, {}, b'{"segments": [3]}'),
        (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b nonsense"),
        (200, {}, b'{"text": "' + b"x" * 1_200_000 + b'"}'),
    ],
    ids=["moved", "moved here", "wrong key", "fault", "page", "list", "word", "number", "packed", "flood"],
)
async def test_a_bad_answer_is_a_fault_to_be_tried_again_and_no_redirect_is_followed(
    whisper: HttpWhisper,
    server: SpeechServer,
    speech: Path,
    status: int,
    headers: dict[str, str],
    answer: bytes,
) -> None:
    server.status, server.headers, server.answer = status, headers, answer
    with pytest.raises(MediaFault) as fault:
        await hear(whisper, speech)
    assert KEY not in str(fault.value)
    assert len(server.asked) == 1


async def test_a_server_that_is_gone_is_a_fault(speech: Path, free_port: int) -> None:
    whisper = HttpWhisper(f"http://127.0.0.1:{free_port}/v1", model="m")
    with pytest.raises(MediaFault, match="ConnectError"):
        await hear(whisper, speech)
    await whisper.close()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a/v1",
        "http://",
        "127.0.0.1:8000",
        "http://user:word@a/v1",
        "http://a/v1?key=1",
        "http://a/#x",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        check(address)
