"""Listening with faster-whisper, the default: a CTranslate2 model, a third of the processor time of PyTorch's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media import weights
from media.errors import MediaFault
from media.hallucination import prompt
from media.voice_activity import samples, somebody_speaks
from media.whisper_child import MEMORY, PATIENCE, Piece, WhisperChild, answer, language_of, named, unheard

if TYPE_CHECKING:
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]

BEAM = 5
"""Sentences followed at a time; with one, a tenth more characters of noisy speech are wrong."""


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
    language = job["language"] or language_of(dict(model.detect_language(sound)[2]))
    told = prompt(language, job["hot_words"])
    segments, _ = model.transcribe(
        sound,
        language=language,
        beam_size=BEAM,
        vad_filter=True,
        condition_on_previous_text=False,  # else one invented sentence breeds the next
        initial_prompt=told,
    )
    pieces = (
        Piece(
            start=s.start, end=s.end, text=s.text, no_speech=s.no_speech_prob,
            log_probability=s.avg_logprob, compression=s.compression_ratio,
        )
        for s in segments
    )  # fmt: skip
    return answer(pieces, language=language, prompt=told, name=job["name"])


@lru_cache(maxsize=1)
def _model(folder: str, threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
