"""A posted file → the media store, hashed on its way, cut off at the limit; the body is never whole in memory.

What is kept is the original under its digest, which no surface serves: `fetch` hands it to media, which
sniffs and cleans it. A file that nobody comes to name is swept by media like any other orphan.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from bots.web.guard import Denied
from bots.web.inbound import read_name
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind
from media.store import Store, original_key

KINDS = frozenset({MessageKind.PHOTO, MessageKind.VIDEO, MessageKind.VOICE, MessageKind.DOCUMENT})
# Between two pieces of a body, and for all of it: a phone in a lift is back before, a slow-loris is not worth a socket.
STALL_SECONDS = 30.0
BODY_SECONDS = 300.0
# The other fields and the multipart lines around them.
ENVELOPE = 64 * 1024
# A browser that is answered while it still writes sees a broken connection, not the answer. So a body
# somewhat too large is read to its end and thrown away; a much larger one is not worth the traffic.
READ_OUT = 3
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The other fields of the form, and the file as a reference that `fetch` understands."""

    fields: dict[str, Any]
    file: FileRef


async def take(request: Request, store: Store, spool: Path, *, limit: int) -> Posted:
    """Read the form and keep its file. Denied 400, 413, 415."""
    async with _form(request, limit) as form:
        file, kind = form.get("file"), _kind(form.get("kind"))
        if not isinstance(file, UploadFile):
            raise Denied(400, "malformed")
        if not file.size:
            raise Denied(400, "empty_file")
        if file.size > limit:
            raise Denied(413, "file_too_large", most=limit // (1024 * 1024))
        digest = await _keep(file.file, store, spool)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        ref = FileRef(
            kind=kind, ref=digest, name=read_name(file.filename), mime=_mime(file), size=file.size,
            duration=_seconds(fields.get("seconds")),
        )  # fmt: skip
    return Posted(fields=fields, file=ref)


@asynccontextmanager
async def _form(request: Request, limit: int) -> AsyncIterator[FormData]:
    parser = MultiPartParser(request.headers, _limited(request, limit), max_files=1, max_fields=8)
    parser.max_part_size = ENVELOPE
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Denied(400, "malformed") from error
    try:
        yield form
    finally:
        await form.close()


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body up to the limit; past it, the rest is read and dropped, and then denied."""
    denied = Denied(413, "file_too_large", most=limit // (1024 * 1024))
    if int(request.headers.get("content-length") or 0) > READ_OUT * limit:
        raise denied
    seen, most = 0, limit + ENVELOPE
    async for chunk in in_time(request.stream()):
        seen += len(chunk)
        if seen > READ_OUT * limit:
            break
        if seen <= most:
            yield chunk
    if seen > most:
        raise denied


async def in_time(
    chunks: AsyncIterator[bytes], *, stall: float = STALL_SECONDS, whole: float = BODY_SECONDS
) -> AsyncGenerator[bytes, None]:
    """The chunks as they come. Denied 408 when one lets itself be waited for, or all of them together."""
    loop = asyncio.get_running_loop()
    end = loop.time() + whole
    while True:
        try:
            async with asyncio.timeout(min(stall, max(0.0, end - loop.time()))):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise Denied(408, "too_slow") from None
        if chunk is None:
            return
        yield chunk


def _kind(given: Any) -> MessageKind:
    if not isinstance(given, str) or given not in KINDS:
        raise Denied(400, "malformed")
    return MessageKind(given)


def _mime(file: UploadFile) -> str | None:
    """As the browser names it, for the log alone: media looks at the bytes."""
    return (file.content_type or "").partition(";")[0].strip()[:80] or None


def _seconds(given: Any) -> float | None:
    """A recording's length as the page measured it; media measures for itself."""
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < 24 * 3600 else None


async def _keep(source: IO[bytes], store: Store, spool: Path) -> str:
    path, digest = await asyncio.to_thread(_written, source, spool)
    try:
        await store.put(original_key(digest), path)
    finally:
        path.unlink(missing_ok=True)
    return digest


def _written(source: IO[bytes], spool: Path) -> tuple[Path, str]:
    """The upload as a file of ours, and its SHA-256."""
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=spool)
    digest = hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name), digest.hexdigest()
