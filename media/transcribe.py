"""The contract of whoever turns sound into text, and hearing a kept file once: the transcript stays by digest.

Hearing ── SPEECH of a digest ──► Transcriber ──► Transcript | Untranscribed ──► kept beside the file
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from media.archive import Archive
from media.errors import MediaFailure, MediaFault, MediaRefused, NotHeld
from media.store import Variant, served_key, transcript_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of speech; seconds from the start."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was heard. `language` is zh or en; `confidence` 0 to 1, the geometric mean of the words' probability;
    `model` names transcriber and weights."""

    text: str
    language: str
    confidence: float
    segments: tuple[Segment, ...]
    model: str


class Unheard(StrEnum):
    """Why there is no text. The locales hold one entry for each, `media.<reason>`."""

    NO_TRANSCRIBER = "no_transcriber"
    """Nobody listens here: the recording waits for a person."""
    NO_SPEECH = "no_speech"
    """Silence, noise, or words so unsure that they would mislead: the resident is asked to say it again."""
    NO_SOUND = "no_sound"
    """The file has no sound to listen to."""
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untranscribed:
    """An honest answer without text. The case goes on with the recording alone."""

    reason: Unheard
    model: str = ""


class Transcriber(Protocol):
    """Text from sound. `name` marks what it heard: lower-case letters, digits, dots, dashes, at most 80."""

    @property
    def name(self) -> str: ...

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        """Listen to a mono 16 kHz FLAC of `seconds`. `lang_hint` is zh, en or None; `hot_words` are names
        likely to be said, the likeliest first. Cancelling stops the work. Raises MediaFault."""
        ...

    async def close(self) -> None: ...


class NoTranscriber:
    """Says honestly that nobody listens."""

    name = "none"

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Untranscribed:
        return Untranscribed(reason=Unheard.NO_TRANSCRIBER)

    async def close(self) -> None:
        return None


class Hearing:
    """Hears kept files, each once: what was heard is kept by digest and transcriber, so a retry costs nothing."""

    def __init__(self, archive: Archive, transcriber: Transcriber, workplace: Path) -> None:
        self._archive, self._transcriber, self._workplace = archive, transcriber, workplace

    @property
    def listens(self) -> bool:
        """Is somebody there who could put a sound into words?"""
        return self._transcriber.name != NoTranscriber.name

    async def hear(
        self, digest: str, *, lang_hint: str | None = None, hot_words: Sequence[str] = ()
    ) -> Transcript | Untranscribed:
        """What is said in a voice note or a video. Raises NotHeld for an unknown digest, MediaFault."""
        if (known := await self.heard(digest)) is not None:
            return known
        facts = await self._archive.facts(digest)
        if Variant.SPEECH not in facts.variants:
            return Untranscribed(reason=Unheard.NO_SOUND)
        heard = await self._listen(digest, facts.duration or 0.0, lang_hint, hot_words)
        if isinstance(heard, Transcript) or heard.reason is Unheard.NO_SPEECH:
            await self._archive.store.put_bytes(transcript_key(digest, self._transcriber.name), dumps(heard))
        return heard

    async def heard(self, digest: str) -> Transcript | Untranscribed | None:
        """What this transcriber has heard before, or None."""
        key = transcript_key(digest, self._transcriber.name)
        try:
            return loads(b"".join([chunk async for chunk in self._archive.store.read(key)]))
        except NotHeld:
            return None

    async def close(self) -> None:
        await self._transcriber.close()

    async def _listen(
        self, digest: str, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        self._workplace.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._workplace))
        try:
            sound = folder / "sound.flac"
            with sound.open("wb") as out:
                async for chunk in self._archive.store.read(served_key(digest, Variant.SPEECH)):
                    out.write(chunk)
            return await self._transcriber.transcribe(
                sound, seconds=seconds, lang_hint=lang_hint, hot_words=hot_words
            )
        except MediaRefused as refused:
            if refused.reason is MediaFailure.TIMEOUT:
                return Untranscribed(reason=Unheard.TIMEOUT, model=self._transcriber.name)
            raise MediaFault(f"the transcriber failed: {refused}") from refused
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def dumps(heard: Transcript | Untranscribed) -> bytes:
    return json.dumps(asdict(heard), ensure_ascii=False, sort_keys=True).encode()


def loads(content: bytes) -> Transcript | Untranscribed:
    """Raises MediaFault."""
    try:
        return from_json(json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        raise MediaFault(f"a transcript is damaged: {error!r}") from error


def from_json(data: Mapping[str, Any]) -> Transcript | Untranscribed:
    """Raises KeyError, TypeError or ValueError on what `dumps` does not write."""
    if "reason" in data:
        return Untranscribed(reason=Unheard(data["reason"]), model=data["model"])
    return Transcript(
        text=str(data["text"]),
        language=str(data["language"]),
        confidence=float(data["confidence"]),
        segments=tuple(Segment(**segment) for segment in data["segments"]),
        model=str(data["model"]),
    )
