"""Where the bytes are: objects under generated keys, behind a contract that a folder keeps (and S3 can).

    original/<digest>             as received; no surface ever serves it
    served/<digest>/<variant>     made here from the original; the only bytes that leave the house
    facts/<digest>                what is known of it (JSON); written last: with it the file is whole
    transcripts/<digest>/<name>   what was heard in it (JSON)

A digest is the SHA-256 of the original bytes in lower-case hex. No part of a key is chosen by a sender.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from stat import S_ISREG
from typing import IO, Protocol

from media.errors import MediaFault, NotHeld

CHUNK = 256 * 1024
"""Bytes read at a time: large enough to be cheap, small enough for hundreds of readers at once."""

_UNFINISHED = "unfinished"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"(original|served|facts|transcripts)/[0-9a-f]{64}(/[a-z0-9][a-z0-9_.-]{0,79})?")


class Variant(StrEnum):
    """The forms in which a file is served."""

    CLEAN = "clean"
    SCREEN = "screen"
    THUMB = "thumb"
    POSTER = "poster"
    SPEECH = "speech"
    """Mono 16 kHz FLAC for the transcriber; not for people."""


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


class LocalStore:
    """The store in one folder: `<root>/original/ab/abcd…`. A file appears by rename, its bytes safe."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where the object lies. Keys come from this module's functions; anything else is refused."""
        if not _KEY.fullmatch(key):
            raise NotHeld("not a key")
        namespace, digest, *rest = key.split("/")
        return self._root.joinpath(namespace, digest[:2], digest, *rest)

    async def put(self, key: str, source: Path) -> None:
        await asyncio.to_thread(_copy_in, source, self.path(key), self._root / _UNFINISHED)

    async def put_bytes(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(_write_in, content, self.path(key), self._root / _UNFINISHED)

    async def size(self, key: str) -> int:
        return (await asyncio.to_thread(_stat, self.path(key))).st_size

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        path, at = self.path(key), start
        while True:
            wanted = CHUNK if stop is None else min(CHUNK, stop - at)
            chunk = await asyncio.to_thread(_read_at, path, at, wanted)
            if not chunk:
                return
            yield chunk
            at += len(chunk)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(_remove, self.path(key))

    async def held(self, digest: str | None = None) -> AsyncIterator[Held]:
        for held in await asyncio.to_thread(lambda: list(_walk(self._root, digest))):
            yield held

    async def tidy(self, *, before: datetime) -> None:
        await asyncio.to_thread(_remove_unfinished, self._root / _UNFINISHED, before)


def _copy_in(source: Path, target: Path, beside: Path) -> None:
    with source.open("rb") as stream, _appearing(target, beside) as out:
        shutil.copyfileobj(stream, out, CHUNK)


def _write_in(content: bytes, target: Path, beside: Path) -> None:
    with _appearing(target, beside) as out:
        out.write(content)


@contextmanager
def _appearing(target: Path, beside: Path) -> Iterator[IO[bytes]]:
    """A file that is there wholly or not at all: written elsewhere, forced to disk, renamed."""
    try:
        for folder in (target.parent, beside):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=beside, delete=False) as out:
            try:
                yield out
                out.flush()
                os.fsync(out.fileno())
                Path(out.name).replace(target)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
        _force(target.parent)
    except OSError as error:
        raise MediaFault(f"cannot keep a file: {error.strerror}") from error


def _force(folder: Path) -> None:
    """Without this a power cut may forget the name of a file whose bytes are safe."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        raise NotHeld(path.name) from None


def _read_at(path: Path, start: int, wanted: int) -> bytes:
    """One bounded read. The file is opened each time: a reader that goes away leaves no handle behind."""
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            return stream.read(max(0, wanted))
    except FileNotFoundError:
        raise NotHeld(path.name) from None
    except OSError as error:
        raise MediaFault(f"cannot read a file: {error.strerror}") from error


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if _DIGEST.fullmatch(path.parent.name):
        with suppress(OSError):  # not empty yet, or another worker was first
            path.parent.rmdir()


def _remove_unfinished(folder: Path, before: datetime) -> None:
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()


def _walk(root: Path, digest: str | None) -> Iterator[Held]:
    pattern = f"*/{digest[:2]}/{digest}" if digest else "*/*/*"
    for found in (*root.glob(pattern), *root.glob(f"{pattern}/*")):
        namespace, _, *rest = found.relative_to(root).parts
        key = "/".join((namespace, *rest))
        with suppress(FileNotFoundError):  # deleted since it was listed
            seen = found.stat()
            if S_ISREG(seen.st_mode) and _KEY.fullmatch(key):
                yield Held(key=key, size=seen.st_size, changed=datetime.fromtimestamp(seen.st_mtime, UTC))
