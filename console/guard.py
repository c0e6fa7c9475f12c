"""The one door to every page: session, posts, forged forms, refusals in words, headers; no view does this itself."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from casecore.errors import Refusal
from console.access import ACCESS, OPEN, admits
from console.errors import ConsoleError, Forbidden, SignInFirst
from console.visit import ROOT, Ground, Page, Visit, arrive

log = logging.getLogger(__name__)

# Nothing from elsewhere, nothing inline, nobody frames us, forms go home only.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def guarded(ground: Ground, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page."""

    async def answer(request: Request) -> Response:
        response = await _answer(ground, page, request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


async def _answer(ground: Ground, page: Page, request: Request) -> Response:
    visit: Visit | None = None
    try:
        visit = await arrive(ground, request, page)
        _admit(visit, page)
        return await page.view(visit)
    except SignInFirst:
        return _to_the_door(request)
    except Refusal as refusal:
        assert visit is not None
        log.info("%s refused: %s %s", page.name, refusal.reason, refusal.rule)
        return visit.show("error.html", status=409, title=None, sentence=visit.speech.refusal(refusal))
    except ConsoleError as error:
        visit = visit or await arrive(ground, request, Page(name=page.name, path=page.path, view=page.view))
        log.info("%s not given: %s", page.name, error)
        sentence = visit.speech.say(f"console.error.{error.key}")
        return visit.show("error.html", status=error.status, title=error.status, sentence=sentence)


def _admit(visit: Visit, page: Page) -> None:
    """Raises SignInFirst or Forbidden."""
    if page.method != "GET":
        _require_own_page(visit.request)
    rule = ACCESS[page.name]
    if rule == OPEN:
        return
    if visit.session is None:
        raise SignInFirst
    if page.method != "GET" and not hmac.compare_digest(visit.form.secret("csrf"), visit.session.csrf):
        raise Forbidden("forged")
    if not admits(rule, visit.roles):
        raise Forbidden


def _require_own_page(request: Request) -> None:
    """A form comes from our own page, as the browser says (it says so unasked; a page cannot lie for it)."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site != "same-origin" or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise Forbidden("forged")


def _to_the_door(request: Request) -> Response:
    """To the sign-in page, and after it back here if this page can be fetched again."""
    back = request.url.path.removeprefix(ROOT) if request.method == "GET" else ""
    if request.url.query and back:
        back = f"{back}?{request.url.query}"
    wanted = f"?next={quote(back, safe='')}" if back.strip("/") else ""
    return RedirectResponse(f"{ROOT}/sign-in{wanted}", status_code=303)
