"""Listening elsewhere: a server at an address that the operator sets, with OpenAI's form of a transcription.

For a machine with a graphics card in the same building (vLLM, speaches, faster-whisper-server, LocalAI …). What is
sent is the recording's sound alone, and only when somebody speaks in it; it goes to that address and nowhere else:
no redirect is followed, no proxy of the environment is used.

    POST {address}/audio/transcriptions    multipart: file, model, language, prompt, response_format=verbose_json
    ◄── {"text": …, "language": …, "segments": [{"start", "end", "text", "avg_logprob", "no_speech_prob", …}]}
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from media.address import check
from media.errors import MediaFailure, MediaFault, MediaRefused
from media.hallucination import PROMPT, prompt
from media.limits import MIB
from media.transcribe import Transcript, Untranscribed, from_json
from media.whisper_child import PATIENCE, Piece, answer, unheard
from media.workshop import Workshop

_CONNECTING = 5.0
_STARTING = 30.0
"""Seconds allowed to the child that asks whether anybody speaks."""
_LOADING = 30.0
"""Seconds beside the sound's own: a server may have to load its model first."""
_SENT, _ANSWERED = 25 * MIB, 1 * MIB
"""Bytes: what OpenAI's own service takes, more than an hour of our FLAC; and the words of many hours."""
_MEMORY = 2048 * MIB
_LANGUAGES = {"chinese": "zh", "zh": "zh", "mandarin": "zh", "english": "en", "en": "en"}


class HttpWhisper:
    """The Transcriber over a server. `address` ends before /audio/transcriptions; `key` goes into the header only."""

    def __init__(
        self, address: str, *, model: str, key: str = "", benches: int = 1, patience: float = PATIENCE
    ) -> None:
        host = urlsplit(check(address)).hostname or ""
        plain = re.sub(r"[^a-z0-9.-]", "-", f"{host}-{model}".lower())
        self._name = f"http-{plain[:70]}"
        self._address, self._model, self._patience = address.rstrip("/"), model, patience
        headers = {"Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._client = httpx.AsyncClient(
            headers=headers, follow_redirects=False, trust_env=False,
            limits=httpx.Limits(max_connections=benches), timeout=httpx.Timeout(None, connect=_CONNECTING),
        )  # fmt: skip
        self._workshop = Workshop(benches=benches, memory=_MEMORY)

    @property
    def name(self) -> str:
        return self._name

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        told = await self._workshop.do(
            "voice_activity", {"sound": str(sound)}, seconds=_STARTING + self._patience * seconds
        )
        if not told.get("speech"):
            return from_json(unheard(self.name))
        known = lang_hint if lang_hint in PROMPT else None
        said = prompt(known or "zh", hot_words)
        content = await asyncio.to_thread(sound.read_bytes)
        if len(content) > _SENT:
            raise MediaRefused(
                MediaFailure.TOO_LARGE, f"{len(content)} bytes for a server that takes {_SENT}"
            )
        try:
            async with asyncio.timeout(_LOADING + self._patience * seconds):
                heard = await self._ask(content, known, said)
        except TimeoutError:
            raise MediaRefused(MediaFailure.TIMEOUT, "the server") from None
        return from_json(_answer(heard, known, said, self.name))

    async def close(self) -> None:
        await self._client.aclose()
        await self._workshop.close()

    async def _ask(self, content: bytes, language: str | None, said: str) -> Any:
        """The server's JSON. Raises MediaFault; nothing that it says of ours, and no address, is repeated."""
        fields = {"model": self._model, "prompt": said, "response_format": "verbose_json", "temperature": "0"}
        if language:
            fields["language"] = language
        files = {"file": ("sound.flac", content, "audio/flac")}
        try:
            async with self._client.stream(
                "POST", f"{self._address}/audio/transcriptions", data=fields, files=files
            ) as response:
                if response.status_code != httpx.codes.OK:
                    raise MediaFault(f"the transcription server answered with status {response.status_code}")
                return json.loads(await _bounded(response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MediaFault(f"the transcription server: {type(error).__name__}") from error
        except ValueError as error:
            raise MediaFault("the transcription server answered no JSON") from error


async def _bounded(response: httpx.Response) -> bytes:
    """The body as it came: a packed one, which nobody asked for, could unfold to any size."""
    content = b""
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > _ANSWERED:
            raise MediaFault("the transcription server answered too much")
    return content


def _answer(heard: Any, language: str | None, said: str, name: str) -> dict[str, Any]:
    """A server that tells no segments has told one: its text, without doubts."""
    try:
        spoken = language or _LANGUAGES.get(str(heard.get("language") or "").lower(), "zh")
        told = heard.get("segments") or [{"text": heard["text"]}]
        pieces = [_piece(segment) for segment in told]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MediaFault(f"the transcription server answered nonsense: {type(error).__name__}") from error
    return answer(pieces, language=spoken, prompt=said, name=name)


def _piece(segment: Mapping[str, Any]) -> Piece:
    def figure(key: str) -> float:
        return float(segment.get(key) or 0.0)

    return Piece(
        start=figure("start"), end=figure("end"), text=str(segment["text"]), no_speech=figure("no_speech_prob"),
        log_probability=figure("avg_logprob"), compression=figure("compression_ratio"),
    )  # fmt: skip
