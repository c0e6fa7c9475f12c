"""The chat's endpoints, the same below both doors.

GET  <page>                            the chat, or the log-in
GET  /chat/history?after|before=seq    lines, oldest first: the newest, those after, those before
GET  /chat/events                      the same, live (Last-Event-ID)
POST /chat/message  /chat/file         something said, durable when answered
GET  /chat/media/{digest}/{variant}    a file of this conversation
POST /chat/leave                       this device forgets the chat; at the desk, log out
GET  /chat/words.json  /chat/static/…  what the page is made of
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bots.channel import Sink
from bots.web import upload
from bots.web.door import CHANNEL, Door, Visitor, external_prefix
from bots.web.guard import (
    FILE_CSP,
    Denied,
    Handler,
    page_language,
    read_body,
    require_key,
    require_own_page,
    require_own_reader,
    require_type,
    strict,
)
from bots.web.inbound import MOST_BODY, Envelope, read_file, read_message
from bots.web.lines import line
from bots.web.live import events
from bots.web.pace import Pace
from bots.web.page import Pages
from bots.web.premises import Premises
from casecore import correspondence
from casecore.parties import find_conversation
from media import NotHeld, RangeNotSatisfiable, Served

PAGE = 50
# A person who pours out ten photos and as many sentences is not slowed; 200 messages a minute are.
BURST, PER_SECOND = 40, 0.5


class Chat:
    """One door's endpoints. `open` turns False when the house closes, which ends every live line."""

    def __init__(self, premises: Premises, door: Door, pages: Pages, sink: Sink) -> None:
        self._premises = premises
        self._record = premises.record
        self._door = door
        self._pages = pages
        self._sink = sink
        self._said = Pace(burst=BURST, per_second=PER_SECOND)
        self._opened = Pace(burst=BURST, per_second=PER_SECOND)
        self.open = True

    def router(self) -> APIRouter:
        router = APIRouter()
        chat = f"{self._door.prefix}/chat"
        for path, handler, method in (
            (self._door.prefix or "/", self._door.page, "GET"),
            (f"{chat}/history", self._history, "GET"),
            (f"{chat}/events", self._events, "GET"),
            (f"{chat}/message", self._message, "POST"),
            (f"{chat}/file", self._file, "POST"),
            (f"{chat}/leave", self._leave, "POST"),
            (f"{chat}/media/{{digest}}/{{variant}}", self._media, "GET"),
            (f"{chat}/words.json", self._words, "GET"),
            (f"{chat}/static/{{version}}/{{name}}", self._static, "GET"),
        ):
            router.add_route(path, self._guarded(handler), methods=[method], include_in_schema=False)
        router.routes.extend(self._door.own_routes())
        return router

    def _guarded(self, handler: Handler) -> Handler:
        return strict(handler, self._premises.words, secure=self._premises.secure)

    async def _words(self, request: Request) -> Response:
        return self._pages.sentences(request)

    async def _static(self, request: Request) -> Response:
        return self._pages.static(request)

    async def _leave(self, request: Request) -> Response:
        require_own_page(request.headers)
        require_key(request.headers, (await self._visitor(request)).key)
        return await self._door.leave(request)

    async def _message(self, request: Request) -> Response:
        envelope = await self._admit(request)
        require_type(request.headers, "application/json")
        await self._sink(read_message(await read_body(request, MOST_BODY), envelope))
        return JSONResponse({"ok": True})

    async def _file(self, request: Request) -> Response:
        envelope = await self._admit(request)
        require_type(request.headers, "multipart/form-data")
        archive = self._premises.archive
        limit = archive.limits.bytes_in
        posted = await upload.take(request, archive.store, self._premises.spool, limit=limit)
        await self._sink(read_file(posted.fields, posted.file, envelope))
        return JSONResponse({"ok": True})

    async def _history(self, request: Request) -> Response:
        require_own_reader(request.headers)
        visitor = await self._visitor(request)
        after, before = _number(request, "after"), _number(request, "before")
        async with self._record.read() as session:
            found = await find_conversation(session, CHANNEL, self._door.account, visitor.address)
            if found is None:
                return JSONResponse({"lines": [], "more": False})
            if after is not None:
                rows = await correspondence.since(session, found.id, after)
            else:
                rows = await correspondence.latest(session, found.id, limit=PAGE, before=before)
        prefix = external_prefix(visitor.address)
        return JSONResponse({"lines": [line(row, prefix) for row in rows], "more": len(rows) >= PAGE})

    async def _events(self, request: Request) -> Response:
        require_own_reader(request.headers)
        visitor = await self._visitor(request)
        self._keep_pace(self._opened, visitor)
        last = request.headers.get("last-event-id", "")
        after = (
            int(last) if last.isascii() and last.isdigit() and len(last) < 19 else _number(request, "after")
        )
        prefix = external_prefix(visitor.address)

        async def fresh(seq: int) -> Sequence[dict[str, Any]]:
            async with self._record.read() as session:
                found = await find_conversation(session, CHANNEL, self._door.account, visitor.address)
                rows = await correspondence.since(session, found.id, seq) if found else ()
            return [line(row, prefix) for row in rows]

        async def admits() -> bool:
            return self.open and await self._door.admits(request)

        return StreamingResponse(
            events(self._record, after or 0, fresh=fresh, admits=admits),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    async def _media(self, request: Request) -> Response:
        require_own_reader(request.headers)
        visitor = await self._visitor(request)
        digest, variant = request.path_params["digest"], request.path_params["variant"]
        async with self._record.read() as session:
            found = await find_conversation(session, CHANNEL, self._door.account, visitor.address)
            if found is None or not await correspondence.names_file(session, found.id, digest):
                raise Denied(404, "nothing_here")
        try:
            served = await self._premises.archive.serve(
                digest, variant, range_header=request.headers.get("range")
            )
        except NotHeld as error:
            raise Denied(404, "nothing_here") from error
        except RangeNotSatisfiable as error:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{error.size}"})
        return _served(served, request.headers.get("if-none-match"))

    async def _visitor(self, request: Request) -> Visitor:
        visitor = await self._door.visitor(request)
        if visitor is None:
            raise Denied(401, "no_chat")
        return visitor

    async def _admit(self, request: Request) -> Envelope:
        """Who says something: from our page, with its key, not too fast."""
        require_own_page(request.headers)
        visitor = await self._visitor(request)
        require_key(request.headers, visitor.key)
        self._keep_pace(self._said, visitor)
        return Envelope(
            account=self._door.account,
            side=self._door.side,
            visitor=visitor,
            lang=page_language(request, self._premises.words),
            now=self._record.clock.now(),
        )

    def _keep_pace(self, pace: Pace, visitor: Visitor) -> None:
        wait = pace.take(visitor.address, self._record.clock.now().timestamp())
        if wait:
            raise Denied(429, "slow_down", after=wait)


def _number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Denied(400, "malformed")
    return int(given)


def _served(served: Served, known: str | None) -> Response:
    """Private and asked for again each time, so that a log-out ends it; unchanged bytes are not sent twice."""
    extension = mimetypes.guess_extension(served.mime) or ""
    how = "inline" if served.inline else "attachment"
    headers = {
        "Content-Security-Policy": FILE_CSP,
        "Content-Disposition": f'{how}; filename="{served.digest[:12]}{extension}"',
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": served.etag,
    }
    if known == served.etag and not served.partial:
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(served.length)
    if served.content_range:
        headers["Content-Range"] = served.content_range
    return StreamingResponse(served.body, status_code=served.status, media_type=served.mime, headers=headers)
