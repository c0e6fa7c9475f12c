"""Importing the room is cheap: the surfaces do it at start-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("PIL", "av", "numpy", "faster_whisper", "ctranslate2", "onnxruntime", "pillow_heif", "obstore")
ROOMS = ("casecore", "bots", "intake", "dispatch", "console", "config")


def test_importing_media_imports_no_decoder_and_no_other_room() -> None:
    code = "import sys, media; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(told.stdout.split())
    assert "media" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint(ROOMS)
