"""The wall around each route: strict headers, requests from our own page only, every failure told in words.

Unsafe requests are admitted when the browser says `Sec-Fetch-Site: same-origin` (or, from an older one,
when Origin names our host) and the page's key is in a header that only a script of the same origin can set.
"""

from __future__ import annotations

import hmac
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from casecore.words import Words

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]

KEY_HEADER = "X-Minhu-Key"
LANG_COOKIE = "minhu_lang"

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A file that somebody sent may be opened by its address alone: there it may run nothing and be of no origin.
FILE_CSP = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'; sandbox"

_HEADERS = {
    "Content-Security-Policy": PAGE_CSP,
    "Permissions-Policy": "microphone=(self), geolocation=(self), camera=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Half a year: long enough to count, short enough to leave HTTPS again after a mistake.
_HSTS = {"Strict-Transport-Security": "max-age=15768000"}


class Denied(Exception):
    """A request that gets `status` and the sentence `web.error.<reason>`. `after` is Retry-After in seconds."""

    def __init__(self, status: int, reason: str, *, after: float | None = None, **facts: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.after = after
        self.facts = facts


def strict(handler: Handler, words: Words, *, secure: bool) -> Handler:
    """`handler` with the headers on whatever it answers, and its errors as words in the page's language."""
    headers = _HEADERS | _HSTS if secure else _HEADERS

    async def answer(request: Request) -> Response:
        response = await _answered(handler, request, words)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return answer


async def _answered(handler: Handler, request: Request, words: Words) -> Response:
    try:
        return await handler(request)
    except Denied as denied:
        return told(words, page_language(request, words), denied)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except Exception as error:  # noqa: BLE001 - the surface's one: a person gets words, the page tries again
        _log(request, error)
        return told(words, page_language(request, words), Denied(503, "later", after=2))


def _log(request: Request, error: Exception) -> None:
    """Type and place only: the message of a database error quotes what people wrote."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s %s failed: %s\n%s", request.method, request.url.path, type(error).__name__, frames)


def told(words: Words, lang: str, denied: Denied) -> Response:
    """The denial as JSON for the page's script."""
    say = words.say(lang, f"web.error.{denied.reason}", **denied.facts)
    headers = {} if denied.after is None else {"Retry-After": str(max(1, round(denied.after)))}
    content = {"ok": False, "error": denied.reason, "say": say}
    return JSONResponse(content, status_code=denied.status, headers=headers)


def page_language(request: Request, words: Words) -> str:
    """The language chosen on the page, else the browser's first."""
    chosen = request.cookies.get(LANG_COOKIE)
    if chosen in words.languages:
        return str(chosen)
    accepted = request.headers.get("accept-language", "")[:100]
    return words.nearest(accepted.split(",")[0].split(";")[0].strip() or None)


def require_own_page(headers: Mapping[str, str]) -> None:
    """Refuse what another site's page makes the browser send. Denied 403."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise Denied(403, "elsewhere")
        return
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        raise Denied(403, "elsewhere")


def require_own_reader(headers: Mapping[str, str]) -> None:
    """For what is only read: another site may not embed it; a person who types the address may see it."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Denied(403, "elsewhere")


def require_key(headers: Mapping[str, str], expected: str) -> None:
    """Refuse an unsafe request without the key that only our page knows. Denied 403 asks to load it anew."""
    given = headers.get(KEY_HEADER.lower(), "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Denied(403, "reload")


def require_type(headers: Mapping[str, str], wanted: str) -> None:
    """Refuse another content type than `wanted`. Denied 415."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        raise Denied(415, "content_type")


async def read_body(request: Request, most: int) -> bytes:
    """The body, at most `most` bytes. Denied 413."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > most:
            raise Denied(413, "too_long")
    return bytes(taken)
