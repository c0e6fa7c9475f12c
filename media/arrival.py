"""A stranger's file on its way in: written to quarantine, hashed, and cut off when it is too large or too slow."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from media.errors import MediaFailure, MediaRefused
from media.limits import Limits
from media.sniff import HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A stranger's file in quarantine: its SHA-256, its bytes, and the first of them."""

    path: Path
    digest: str
    size: int
    head: bytes


async def receive(
    stream: AsyncIterable[bytes] | bytes, folder: Path, limits: Limits, lower: int | None
) -> Arrived:
    """The stream in a file, hashed on its way, cut off as soon as it passes the limit or comes too slowly."""
    limit = min(lower or limits.bytes_in, limits.bytes_in)
    path, digest, size, head = folder / "arrived", hashlib.sha256(), 0, b""
    with path.open("xb") as out:
        async for chunk in _in_time(_chunks(stream), limits):
            size += len(chunk)
            if size > limit:
                raise MediaRefused(MediaFailure.TOO_LARGE, f"more than {limit} bytes")
            head = (head + chunk)[:HEAD] if len(head) < HEAD else head
            await asyncio.to_thread(_swallow, chunk, out, digest)
    return Arrived(path=path, digest=digest.hexdigest(), size=size, head=head)


def _swallow(chunk: bytes, out: IO[bytes], digest: hashlib._Hash) -> None:
    digest.update(chunk)
    out.write(chunk)


async def _chunks(stream: AsyncIterable[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(stream, bytes):
        yield stream
        return
    async for chunk in stream:
        yield chunk


async def _in_time(chunks: AsyncIterator[bytes], limits: Limits) -> AsyncIterator[bytes]:
    """MediaRefused for a sender that stalls, or trickles so that the whole would take too long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limits.stream_seconds
    while True:
        try:
            async with asyncio.timeout(min(limits.stall_seconds, max(0.0, end - loop.time()))):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise MediaRefused(MediaFailure.NOT_FETCHED, "too slow") from None
        if chunk is None:
            return
        yield chunk
