"""Listening with faster-whisper: the parent's side, and the work of its child process.

The model is loaded once in a child that lives on; the web process never imports it. Whisper invents text when
it hears none, so the child asks a voice detector first and leaves out what looks invented (see `_invented`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media import weights
from media.errors import MediaFault
from media.limits import MIB
from media.transcribe import Transcript, Unheard, Untranscribed, from_json
from media.workshop import Workshop

if TYPE_CHECKING:
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]
    from faster_whisper.transcribe import Segment  # type: ignore[import-untyped]

_MEMORY = 4096 * MIB
"""Address space, most of it reserved by thread stacks and mapped libraries; the base model uses 300 MB of it."""
_LOADING = 30.0
_PER_SECOND = 3.0
"""Seconds of work allowed to load the model and for each second of sound: ten times what it takes."""
_PROMPT = {"zh": "以下是居民用普通话反映的问题。", "en": "A resident reports a problem."}
_BETWEEN = {"zh": "、", "en": ", "}
"""Between the names of the prompt. Whisper copies the style; with spaces it wrote spaces, and heard worse."""
_PROMPT_LENGTH = 160
"""Characters of names in the prompt: Whisper reads at most 223 tokens of it, a Chinese character up to two."""
_REPETITION = 2.4
"""Compression ratio above which text repeats itself (Radford et al., 2022, 4.5)."""
_UNSURE = -1.2
"""Mean log probability of a segment below which its words are guesses."""


class FasterWhisper:
    """The Transcriber over a CTranslate2 Whisper model in `folder`; `threads` cores for one recording at a time."""

    def __init__(self, folder: Path, *, threads: int = 1, benches: int = 1) -> None:
        if not weights.present(folder):
            raise MediaFault(f"no speech model in {folder.name}; `minhu voice setup` fetches one")
        self._folder, self._threads = folder, threads
        self._workshop = Workshop(benches=benches, memory=_MEMORY)

    @property
    def name(self) -> str:
        model = re.sub(r"[^a-z0-9.-]", "-", self._folder.name.lower()).removeprefix("whisper-")
        return f"faster-whisper-{model[:60]}"

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        job = {
            "sound": str(sound),
            "folder": str(self._folder),
            "threads": self._threads,
            "language": lang_hint if lang_hint in _PROMPT else None,
            "hot_words": list(hot_words),
            "name": self.name,
        }
        told = await self._workshop.do("transcribe", job, seconds=_LOADING + _PER_SECOND * seconds)
        try:
            return from_json(told)
        except (KeyError, TypeError, ValueError) as error:
            raise MediaFault(f"the transcriber answered nonsense: {error!r}") from error

    async def close(self) -> None:
        await self._workshop.close()


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: the transcript of the job's sound as JSON (the form of media.transcribe.dumps)."""
    from faster_whisper import decode_audio
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # type: ignore[import-untyped]

    model = _model(job["folder"], job["threads"])
    sound = decode_audio(job["sound"], sampling_rate=16_000)
    if not get_speech_timestamps(sound, VadOptions()):
        return {"reason": Unheard.NO_SPEECH.value, "model": job["name"]}
    language = job["language"] or _language(model, sound)
    segments, _ = model.transcribe(
        sound,
        language=language,
        beam_size=5,
        vad_filter=True,
        condition_on_previous_text=False,  # else one invented sentence breeds the next
        initial_prompt=_prompt(language, job["hot_words"]),
    )
    kept = [segment for segment in segments if not _invented(segment)]
    if not kept:
        return {"reason": Unheard.NO_SPEECH.value, "model": job["name"]}
    return {
        "text": ("" if language == "zh" else " ").join(segment.text.strip() for segment in kept),
        "language": language,
        "confidence": round(_confidence(kept), 4),
        "segments": [
            {"start": round(s.start, 2), "end": round(s.end, 2), "text": s.text.strip()} for s in kept
        ],
        "model": job["name"],
    }


@lru_cache(maxsize=1)
def _model(folder: str, threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def _language(model: WhisperModel, sound: Any) -> str:
    """zh or en, whichever is likelier; what is neither is taken for a dialect of the place."""
    _, _, likely = model.detect_language(sound)
    chances = dict(likely)
    return "en" if chances.get("en", 0.0) > 0.5 else "zh"


def _prompt(language: str, hot_words: Sequence[str]) -> str:
    names = ""
    for word in hot_words:
        if len(names) + len(word) > _PROMPT_LENGTH:
            break
        names += (_BETWEEN[language] if names else "") + word
    return _PROMPT[language] + (names + "。" if names else "")


def _invented(segment: Segment) -> bool:
    """Text that Whisper makes of silence and noise: unsure where it hears no speech, or one phrase over and over."""
    silent = segment.no_speech_prob > 0.6 and segment.avg_logprob < -0.7
    return (
        silent
        or segment.avg_logprob < _UNSURE
        or segment.compression_ratio > _REPETITION
        or repeats(segment.text)
    )


def repeats(text: str) -> bool:
    """Whether a text of some length is mostly one short phrase repeated."""
    letters = "".join(letter for letter in text if letter.isalnum())
    for width in range(1, 9):
        start = letters[:width]
        if len(letters) >= max(8, 4 * width) and letters.count(start) * width >= 0.8 * len(letters):
            return True
    return False


def _confidence(segments: Sequence[Segment]) -> float:
    """The geometric mean of the tokens' probability, each segment weighted by its length."""
    weights_ = [max(0.1, segment.end - segment.start) for segment in segments]
    total = sum(weight * s.avg_logprob for weight, s in zip(weights_, segments, strict=True))
    return min(1.0, math.exp(total / sum(weights_)))
