"""The work of a child process on one stranger's file: decode it, write it anew, tell what it is.

Runs only in a child (media.child): the decoders are imported here, when the type is known, and nowhere else.
A decoder is told which single format to expect, so no file can choose its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from media.facts import Facts, to_json
from media.limits import Limits
from media.piece import Piece
from media.sniff import TYPES, FileType, MediaKind


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the job's file as JSON. Raises MediaRefused, or what a decoder raises on a broken file."""
    piece = Piece(
        source=Path(job["source"]),
        into=Path(job["into"]),
        type=TYPES[job["type"]],
        hint=MediaKind(job["hint"]) if job["hint"] else None,
        zone=job["zone"],
        limits=Limits(**job["limits"]),
    )
    return to_json(_cleaner(piece.type, piece.hint)(piece))


def _cleaner(found: FileType, hint: MediaKind | None) -> Callable[[Piece], Facts]:
    """Imports the decoder of the type, and no other."""
    if MediaKind.PHOTO in found.kinds:
        from media.photo import clean_photo

        return clean_photo
    if MediaKind.DOCUMENT in found.kinds:
        from media.document import clean_document

        return clean_document
    if MediaKind.VIDEO in found.kinds and hint is not MediaKind.VOICE:
        from media.film import clean_film

        return clean_film
    from media.sound import clean_sound

    return clean_sound
