"""Where the bytes are: objects under generated keys, behind a contract that a folder and a bucket keep.

    original/<digest>             as received; no surface ever serves it
    served/<digest>/<variant>     made here from the original; the only bytes that leave the house
    facts/<digest>                what is known of it (JSON); written last: with it the file is whole
    transcripts/<digest>/<name>   what was heard or read in it (JSON)

`media.objects` keeps the contract in a folder or in an S3 bucket, `media.sealing` encrypts what it is given.
A digest is the SHA-256 of the original bytes in lower-case hex. No part of a key is chosen by a sender.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Container
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from media.errors import NotHeld

CHUNK = 256 * 1024
"""Bytes read at a time: large enough to be cheap, small enough for hundreds of readers at once."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"(original|served|facts|transcripts)/[0-9a-f]{64}(/[a-z0-9][a-z0-9_.-]{0,79})?")
WHOLE, PARTS = ("original", "facts"), ("served", "transcripts")
"""Namespaces with one object a digest, and those with several."""


class Variant(StrEnum):
    """The forms in which a file is served."""

    CLEAN = "clean"
    SCREEN = "screen"
    THUMB = "thumb"
    POSTER = "poster"
    SPEECH = "speech"
    """Mono 16 kHz FLAC for the transcriber; not for people."""
    PUBLIC = "public"
    """SCREEN with faces and number plates made unrecognisable; made when first asked for (media.discretion)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One object of the store."""

    key: str
    size: int
    changed: datetime


class Store(Protocol):
    """Objects by key. Every method raises MediaFault when the storage itself fails."""

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file `source` under `key`; durable and whole when it returns, else not there."""
        ...

    async def put_bytes(self, key: str, content: bytes) -> None:
        """The same for a few bytes."""
        ...

    async def size(self, key: str) -> int:
        """Bytes of the object. Raises NotHeld."""
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `stop`. Raises NotHeld at the first step."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the object; no error when it is not there."""
        ...

    def held(self, digest: str | None = None) -> AsyncIterator[Held]:
        """The objects, or those of one digest; the order means nothing."""
        ...

    async def tidy(self, *, before: datetime) -> None:
        """Remove what interrupted writes have left lying since `before`."""
        ...


def original_key(digest: str) -> str:
    return f"original/{_checked(digest)}"


def served_key(digest: str, variant: Variant) -> str:
    return f"served/{_checked(digest)}/{variant.value}"


def facts_key(digest: str) -> str:
    return f"facts/{_checked(digest)}"


def transcript_key(digest: str, name: str) -> str:
    """`name` is the transcriber's (see media.transcribe): another model hears something else."""
    return f"transcripts/{_checked(digest)}/{name}"


def is_key(key: str) -> bool:
    """Was it made by one of the functions above?"""
    return _KEY.fullmatch(key) is not None


def digest_of(key: str) -> str:
    return key.split("/")[1]


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise NotHeld("not a digest")
    return digest


async def forget(store: Store, digest: str) -> int:
    """Delete all that is kept of `digest`; the facts go first, so what is half gone counts as gone."""
    keys = [held.key async for held in store.held(_checked(digest))]
    for key in sorted(keys, key=lambda key: not key.startswith("facts/")):
        await store.delete(key)
    return len(keys)


async def sweep(store: Store, live: Container[str], *, before: datetime) -> list[str]:
    """Delete what no record names: objects of digests not in `live` that have lain untouched since `before`.

    `before` (aware) leaves time for a file whose message is not yet committed. Returns the digests deleted.
    """
    newest: dict[str, datetime] = {}
    async for held in store.held():
        digest = digest_of(held.key)
        newest[digest] = max(held.changed, newest.get(digest, held.changed))
    orphans = [digest for digest, changed in newest.items() if digest not in live and changed < before]
    for digest in orphans:
        await forget(store, digest)
    await store.tidy(before=before)
    return orphans
