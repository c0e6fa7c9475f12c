"""One file to clean, as the child process is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from media.limits import Limits
from media.sniff import FileType, MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file to clean. Variants are written to `into` under their names; `zone` is the wall clock of a
    camera that names none (IANA name)."""

    source: Path
    into: Path
    type: FileType
    hint: MediaKind | None
    zone: str
    limits: Limits
