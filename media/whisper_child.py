"""A Whisper model in child processes of its own: the parent's side, the same for every library that runs it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.errors import MediaFault
from media.hallucination import PROMPT, made_up
from media.limits import MIB
from media.transcribe import Transcript, Unheard, Untranscribed, from_json
from media.workshop import Workshop

PATIENCE = 3.0
"""Seconds of work allowed for each second of sound: ten times what the default model takes."""
_LOADING = 30.0
"""Seconds allowed to load the model, once a child."""


class WhisperChild:
    """A Transcriber whose model lives in `benches` children, loaded once each; the web process never imports it.

    `work` is what the children are asked for (media.child.WORKS), `model` a folder or file they know how to load.
    """

    def __init__(
        self, *, work: str, name: str, model: Path, threads: int, benches: int, memory: int, patience: float
    ) -> None:
        self._work, self._name, self._model = work, name, model
        self._threads, self._patience = threads, patience
        self._workshop = Workshop(benches=benches, memory=memory)

    @property
    def name(self) -> str:
        return self._name

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        job = {
            "sound": str(sound),
            "model": str(self._model),
            "threads": self._threads,
            "language": lang_hint if lang_hint in PROMPT else None,
            "hot_words": list(hot_words),
            "name": self.name,
        }
        allowed = _LOADING + self._patience * seconds
        told = await self._workshop.do(self._work, job, seconds=allowed)
        try:
            return from_json(told)
        except (KeyError, TypeError, ValueError) as error:
            raise MediaFault(f"the transcriber answered nonsense: {error!r}") from error

    async def close(self) -> None:
        await self._workshop.close()


def named(kind: str, model: Path) -> str:
    """The name that marks what was heard with this model; letters of the folder that a name cannot have are dashes."""
    plain = re.sub(r"[^a-z0-9.-]", "-", model.name.lower()).removeprefix("whisper-")
    return f"{kind}-{plain[:60]}"


MEMORY = 4096 * MIB
"""Address space, most of it reserved by thread stacks and mapped libraries; the base model uses 300 MB of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment as a library or a server tells it: seconds, text and Whisper's three figures of doubt."""

    start: float
    end: float
    text: str
    no_speech: float
    log_probability: float
    compression: float


def answer(pieces: Iterable[Piece], *, language: str, prompt: str, name: str) -> dict[str, Any]:
    """The transcript as JSON (the form of media.transcribe.dumps) of the segments that were not made up."""
    kept = [piece for piece in pieces if not _made_up(piece, prompt) and piece.text.strip()]
    if not kept:
        return unheard(name)
    return {
        "text": ("" if language == "zh" else " ").join(piece.text.strip() for piece in kept),
        "language": language,
        "confidence": round(min(1.0, math.exp(certainty(kept))), 4),
        "segments": [
            {"start": round(p.start, 2), "end": round(p.end, 2), "text": p.text.strip()} for p in kept
        ],
        "model": name,
    }


def unheard(name: str) -> dict[str, Any]:
    return {"reason": Unheard.NO_SPEECH.value, "model": name}


def language_of(chances: Mapping[str, float]) -> str:
    """zh or en, whichever is likelier; what is neither is taken for a dialect of the place."""
    return "en" if chances.get("en", 0.0) > 0.5 else "zh"


def _made_up(piece: Piece, prompt: str) -> bool:
    return made_up(
        piece.text, prompt=prompt, no_speech=piece.no_speech, log_probability=piece.log_probability,
        compression=piece.compression,
    )  # fmt: skip


def certainty(pieces: Sequence[Piece]) -> float:
    """The mean log probability of what was heard, each piece weighted by its length; of nothing, minus infinity."""
    if not pieces:
        return -math.inf
    lengths = [max(0.1, piece.end - piece.start) for piece in pieces]
    total = sum(length * piece.log_probability for length, piece in zip(lengths, pieces, strict=True))
    return total / sum(lengths)
