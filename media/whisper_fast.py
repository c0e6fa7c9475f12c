"""Listening with faster-whisper, the default: a CTranslate2 model, a third of the processor time of PyTorch's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media import weights
from media.errors import MediaFault
from media.hallucination import prompt
from media.voice_activity import RATE, samples, somebody_speaks
from media.whisper_child import (
    MEMORY,
    PATIENCE,
    Piece,
    WhisperChild,
    answer,
    certainty,
    language_of,
    named,
    unheard,
)

if TYPE_CHECKING:
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]

BEAM = 5
"""Sentences followed at a time; with one, a tenth more characters of noisy speech are wrong."""
_TASTE, _FRAMES = 6, 100
"""Seconds of sound by which zh and en are told apart, and the model's frames in each."""
_WINDOW = 30
"""Seconds that the model was trained to look at, whatever there is to hear: most of a short note's time is spent on
silence. With less silence a note costs half."""
_SILENCE, _LEAST = 4, 10
"""Seconds of silence behind a note, and of both together. With 1.5 and 6, a fifth more characters were wrong."""
_HOPELESS, _SURE = -0.6, -0.3
"""Mean log probabilities between which the whole window is looked at too, and the surer of both answers taken: of 30
clean recordings one, of 30 with street noise 11, in which one more place was heard. Below, both are guesses."""


class FasterWhisper(WhisperChild):
    """The Transcriber over a CTranslate2 Whisper model in `folder`; `threads` cores for one recording at a time."""

    def __init__(
        self, folder: Path, *, threads: int = 1, benches: int = 1, patience: float = PATIENCE
    ) -> None:
        if not weights.present(folder):
            raise MediaFault(f"no speech model in {folder.name}; `minhu voice setup` fetches one")
        super().__init__(
            work="transcribe", name=named("faster-whisper", folder), model=folder, threads=threads,
            benches=benches, memory=MEMORY, patience=patience,
        )  # fmt: skip


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: the transcript of the job's sound as JSON."""
    model = _model(job["model"], job["threads"])
    sound = samples(job["sound"])
    if not somebody_speaks(sound):
        return unheard(job["name"])
    language = job["language"] or _language(model, sound)
    told = prompt(language, job["hot_words"])
    heard = _hear(model, sound, language, told, short=True)
    if _HOPELESS < certainty(heard) < _SURE and len(sound) < _WINDOW * RATE:
        closer = _hear(model, sound, language, told, short=False)
        heard = max(heard, closer, key=certainty)
    return answer(heard, language=language, prompt=told, name=job["name"])


def _hear(model: WhisperModel, sound: Any, language: str, told: str, *, short: bool) -> list[Piece]:
    model.short = short
    segments, _ = model.transcribe(
        sound,
        language=language,
        beam_size=BEAM,
        vad_filter=True,
        condition_on_previous_text=False,  # else one invented sentence breeds the next
        initial_prompt=told,
    )
    return [
        Piece(
            start=s.start, end=s.end, text=s.text, no_speech=s.no_speech_prob,
            log_probability=s.avg_logprob, compression=s.compression_ratio,
        )
        for s in segments
    ]  # fmt: skip


def _language(model: WhisperModel, sound: Any) -> str:
    """By the first seconds alone: looking at half a minute of silence would take as long as listening does."""
    features = model.feature_extractor(sound[: _TASTE * RATE])
    frames = min(features.shape[-1], _TASTE * _FRAMES)
    (chances,) = model.model.detect_language(model.encode(features[:, :frames]))
    return language_of({token[2:-2]: chance for token, chance in chances})


@lru_cache(maxsize=1)
def _model(folder: str, threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    class NoteModel(WhisperModel):  # type: ignore[misc]
        """Looks at a short note with some seconds of silence behind it, and not with half a minute."""

        short = True

        def encode(self, features: Any) -> Any:
            return super().encode(_cut(features) if self.short else features)

    return NoteModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def _cut(features: Any) -> Any:
    """Without most of the zeros that fill up the window; what a sound's own silence gives is not zero."""
    sounding = features.any(axis=tuple(range(features.ndim - 1))).nonzero()[0]
    end = int(sounding[-1]) + 1 if len(sounding) else 0
    return features[..., : max(_LEAST * _FRAMES, end + _SILENCE * _FRAMES)]
