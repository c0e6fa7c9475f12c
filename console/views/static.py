"""The style sheet, the small script and the mark: a closed list of files, read once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response

from console.errors import NotThere
from console.visit import Page, Visit

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


@cache
def _read(name: str) -> tuple[bytes, str]:
    """The bytes and their strong tag; a name of the closed list only, so the cache holds three entries."""
    content = (FOLDER / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:20]}"'


async def serve(visit: Visit) -> Response:
    name = visit.path("name")
    if name not in TYPES:
        raise NotThere
    content, tag = _read(name)
    # The browser asks each time whether the file is still the same: a new version is seen at once.
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=TYPES[name])


PAGES = (Page(name="static", path="/static/{name}", view=serve),)
