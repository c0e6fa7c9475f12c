"""What this room needs from the machine, and the one command that mends what is missing."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from media import weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `need` is an id for the words; `remedy` a command for the operator, "" when fine."""

    need: str
    fine: bool
    detail: str
    remedy: str = ""


_PACKAGES = {
    "photos": ("PIL", "pip install pillow"),
    "heic": ("pillow_heif", "pip install pillow-heif"),
    "sound_and_video": ("av", "pip install av"),
    "transcriber": ("faster_whisper", "pip install faster-whisper"),
}


def examine(weights_folder: Path) -> list[Finding]:
    """Looks without importing a decoder. `weights_folder` is where `minhu voice setup` puts the model."""
    return [
        *(_package(need, *known) for need, known in _PACKAGES.items()),
        _memory(),
        _weights(weights_folder),
    ]


def _package(need: str, module: str, remedy: str) -> Finding:
    fine = importlib.util.find_spec(module) is not None
    return Finding(need=need, fine=fine, detail=module, remedy="" if fine else remedy)


def _memory() -> Finding:
    """Only Linux holds a process to RLIMIT_AS; elsewhere a bomb is stopped by time alone."""
    fine = sys.platform == "linux"
    return Finding(need="memory_limit", fine=fine, detail=sys.platform)


def _weights(folder: Path) -> Finding:
    fine = weights.present(folder)
    return Finding(
        need="speech_model", fine=fine, detail=folder.name, remedy="" if fine else "minhu voice setup"
    )
