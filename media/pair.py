"""Before and after in one picture, side by side at one height: the work of a child process.

There are no letters in it: which side is which is said in the words beside it, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from media import photo
from media.store import Variant

HEIGHT = 900
"""Pixels: beside each other, two upright phone photos then fill a phone held across."""
_WIDEST = 1600
"""Of one side; a panorama is shrunk to it."""
_GAP = 16


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """Write the pictures `before` and `after` as one JPEG to `into`."""
    sides = [_side(Path(job[name])) for name in ("before", "after")]
    height = max(side.height for side in sides)
    whole = Image.new("RGB", (sum(side.width for side in sides) + _GAP, height), "white")
    at = 0
    for side in sides:
        whole.paste(side, (at, (height - side.height) // 2))
        at += side.width + _GAP
    photo.write_jpeg(whole, Path(job["into"]), Variant.SCREEN)
    return {"width": whole.width, "height": whole.height}


def _side(source: Path) -> Image.Image:
    with Image.open(source, formats=("JPEG",)) as image:
        image.load()
        picture = image.convert("RGB")
    scale = min(HEIGHT / picture.height, _WIDEST / picture.width)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
