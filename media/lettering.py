"""The words in a picture: signs, notices, screenshots, number plates; read by RapidOCR in a child process.

Only ever given a picture that was encoded anew here (SCREEN). Its models lie in its package; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "rapidocr-3"
"""Under which its findings are kept: another reader, or another size, would find others."""
EDGE = 960
"""Pixels to which a picture is shrunk before letters are looked for: a sign is read as well as at 1600 px, in 0.45 s
of one core instead of 1.1 s, and within 400 MB instead of 620."""
_SURE = 0.7
"""Below this the reader guesses; a wrong house number is worse than none."""
_LINES, _LETTERS = 40, 120
"""A page of a document is no sign: what lies beyond is left unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words that stand together. `box` is left, top, right, bottom, as shares of the picture's width and height."""

    text: str
    sure: float
    box: tuple[float, float, float, float]


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """In a child: the lines of the picture `source`, top to bottom. Raises ImportError without the reader."""
    return {"lines": [asdict(line) for line in read(Path(job["source"]))]}


def read(source: Path) -> list[Line]:
    from PIL import Image

    with Image.open(source, formats=("JPEG",)) as image:
        width, height = image.size
    found: Any = _reader()(str(source))
    if found.txts is None or found.boxes is None or found.scores is None:
        return []
    lines = [
        Line(text=text.strip()[:_LETTERS], sure=round(float(score), 3), box=_box(corners, width, height))
        for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
        if score >= _SURE and text.strip()
    ]
    return sorted(lines, key=lambda line: (line.box[1], line.box[0]))[:_LINES]


_kept: list[Any] = []


def _reader() -> Any:
    """Loading takes a second, so a child keeps it."""
    if not _kept:
        from rapidocr import RapidOCR

        engine = "EngineConfig.onnxruntime"
        _kept.append(
            RapidOCR(
                params={
                    "Global.log_level": "critical", "Global.use_cls": False,
                    "Det.limit_type": "max", "Det.limit_side_len": EDGE,
                    f"{engine}.intra_op_num_threads": 1, f"{engine}.inter_op_num_threads": 1,
                    f"{engine}.enable_cpu_mem_arena": False,
                }
            )
        )  # fmt: skip
    return _kept[0]


def _box(corners: Any, width: int, height: int) -> tuple[float, float, float, float]:
    across = [float(corner[0]) / width for corner in corners]
    down = [float(corner[1]) / height for corner in corners]
    return (
        round(max(0.0, min(across)), 4), round(max(0.0, min(down)), 4),
        round(min(1.0, max(across)), 4), round(min(1.0, max(down)), 4),
    )  # fmt: skip


def lines_from(data: Mapping[str, Any]) -> tuple[Line, ...]:
    """As `work` wrote them. Raises KeyError, TypeError, ValueError for anything else."""
    return tuple(
        Line(text=str(one["text"]), sure=float(one["sure"]), box=_four(one["box"])) for one in data["lines"]
    )


def _four(box: Any) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(side) for side in box)
    return left, top, right, bottom
