"""Files that people send: taken in safely, kept by content, cleaned before they are seen; speech as text.

    stream ─► quarantine (size, digest) ─► sniff ─► child process (decode, clean, describe) ─► store ─► Taken

Importing this package imports no decoder: those live in the child processes (media.workshop).
"""

from __future__ import annotations

from media.archive import Archive, Taken
from media.errors import (
    HeldBack,
    MediaError,
    MediaFailure,
    MediaFault,
    MediaRefused,
    NotHeld,
    RangeNotSatisfiable,
)
from media.limits import Limits
from media.objects import BucketAddress, BucketStore, LocalStore
from media.serving import Served
from media.sniff import MediaKind
from media.store import Store, Variant

__all__ = [
    "Archive",
    "BucketAddress",
    "BucketStore",
    "HeldBack",
    "Limits",
    "LocalStore",
    "MediaError",
    "MediaFailure",
    "MediaFault",
    "MediaKind",
    "MediaRefused",
    "NotHeld",
    "RangeNotSatisfiable",
    "Served",
    "Store",
    "Taken",
    "Variant",
]
