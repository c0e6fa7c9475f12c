"""Listening with openai-whisper (the extra `[openai-whisper]`): the first implementation, with PyTorch.

`model` is a checkpoint of its own kind (NAME.pt) or a CTranslate2 folder, whose weights are turned back in memory,
so that both libraries can be run on the same ones.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from media import weights
from media.errors import MediaFault
from media.hallucination import prompt
from media.limits import MIB
from media.voice_activity import samples, somebody_speaks
from media.whisper_child import PATIENCE, Piece, WhisperChild, answer, language_of, named, unheard

BEAM = 5
_MEMORY = 8192 * MIB
"""Address space: PyTorch maps and reserves twice what CTranslate2 does; the base model uses 700 MB of it."""


def installed() -> bool:
    return all(importlib.util.find_spec(package) for package in ("whisper", "torch"))


class OpenAIWhisper(WhisperChild):
    """The Transcriber over openai-whisper. Raises MediaFault when the extra or the model is not there."""

    def __init__(
        self, model: Path, *, threads: int = 1, benches: int = 1, patience: float = PATIENCE
    ) -> None:
        if not installed():
            raise MediaFault("openai-whisper is not installed: the extra [openai-whisper] brings it")
        if not (model.is_file() or weights.present(model)):
            raise MediaFault(f"no speech model in {model.name}; `minhu voice setup` fetches one")
        super().__init__(
            work="transcribe_torch", name=named("openai-whisper", model), model=model, threads=threads,
            benches=benches, memory=_MEMORY, patience=2 * patience,  # it takes more than twice the time
        )  # fmt: skip


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: the transcript of the job's sound as JSON."""
    sound = samples(job["sound"])
    if not somebody_speaks(sound):
        return unheard(job["name"])
    model = _model(job["model"], job["threads"])
    language = job["language"] or _language(model, sound)
    told = prompt(language, job["hot_words"])
    heard = model.transcribe(
        sound, language=language, beam_size=BEAM, fp16=False, condition_on_previous_text=False,
        initial_prompt=told, verbose=None,
    )  # fmt: skip
    pieces = (
        Piece(
            start=float(s["start"]), end=float(s["end"]), text=str(s["text"]),
            no_speech=float(s["no_speech_prob"]), log_probability=float(s["avg_logprob"]),
            compression=float(s["compression_ratio"]),
        )
        for s in heard["segments"]
    )  # fmt: skip
    return answer(pieces, language=language, prompt=told, name=job["name"])


def _language(model: Any, sound: Any) -> str:
    whisper = importlib.import_module("whisper")
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound), n_mels=model.dims.n_mels)
    return language_of(model.detect_language(mel)[1])


@lru_cache(maxsize=1)
def _model(model: str, threads: int) -> Any:
    # By name: an extra, whose types nobody needs to have installed to check ours.
    torch, whisper = importlib.import_module("torch"), importlib.import_module("whisper")
    torch.set_num_threads(threads)
    if Path(model).is_file():
        return whisper.load_model(model, device="cpu")
    return _turned_back(Path(model), torch, importlib.import_module("whisper.model"))


def _turned_back(folder: Path, torch: Any, library: Any) -> Any:
    from media.whisper_weights import dimensions, read, state

    arrays = read(folder / "model.bin")
    made = library.Whisper(library.ModelDimensions(**dimensions(arrays)))
    found = {name: torch.from_numpy(array) for name, array in state(arrays).items()}
    missing, unknown = made.load_state_dict(found, strict=False)
    # The mask of the decoder is computed, not learned.
    if unknown or [name for name in missing if not name.endswith("mask")]:
        raise MediaFault(f"{folder.name}: the weights do not fit openai-whisper")
    return made.eval()
