"""Is anybody speaking? A small detector (Silero, inside faster-whisper) that is asked before any model is.

Whisper invents text when it hears none, and a server elsewhere need not be sent a street's noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RATE = 16_000


def somebody_speaks(sound: Any) -> bool:
    """Of samples (float32, 16 kHz, mono)."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # type: ignore[import-untyped]

    return bool(get_speech_timestamps(sound, VadOptions()))


def samples(path: str) -> Any:
    """The sound of a file as float32 at 16 kHz, mono."""
    from faster_whisper import decode_audio  # type: ignore[import-untyped]

    return decode_audio(path, sampling_rate=RATE)


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """In a child, for a transcriber elsewhere: {"speech": …} of the job's sound."""
    return {"speech": somebody_speaks(samples(job["sound"]))}
