"""Signing in and out, and the choice of the language."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import Response

from casecore import login
from casecore.errors import Refusal
from casecore.ids import new_secret
from console.errors import Forbidden, NotThere
from console.visit import LANGUAGE_COOKIE, ROOT, SESSION_COOKIE, Page, Visit

# Before anybody is known, the form carries a copy of this cookie: another site cannot sign a browser in.
DOOR_COOKIE = "minhu_console_door"
YEAR = 365 * 24 * 3600


async def ask(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go(_inside(visit.query.text("next")))
    return _door(visit, visit.query.text("next"))


async def enter(visit: Visit) -> Response:
    """Check name and password; a new session replaces whatever this browser had."""
    expected = visit.request.cookies.get(DOOR_COOKIE, "")
    if not expected or not hmac.compare_digest(visit.form.secret("door"), expected):
        raise Forbidden("forged")
    back, username = visit.form.text("next"), visit.form.text("username", most=80)
    try:
        signed_in = await login.sign_in(visit.ground.record, username, visit.form.secret("password"))
    except Refusal as refusal:
        sentence = visit.speech.refusal(refusal)
        return _door(visit, back, username=username, sentence=sentence, status=401)
    if visit.token:
        async with visit.ground.record.begin() as uow:
            await login.sign_out(uow, visit.token)
    response = visit.go(_inside(back))
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=int(login.LASTS_MOST.total_seconds()),
        path=ROOT,
        httponly=True,
        samesite="lax",
        secure=_encrypted(visit.request),
    )
    response.delete_cookie(DOOR_COOKIE, path=ROOT)
    return response


async def leave(visit: Visit) -> Response:
    async with visit.ground.record.begin() as uow:
        await login.sign_out(uow, visit.token)
    response = visit.go("/sign-in")
    response.delete_cookie(SESSION_COOKIE, path=ROOT)
    return response


async def speak(visit: Visit) -> Response:
    """Another language from now on, on the page where it was chosen."""
    if visit.path("lang") not in visit.ground.words.languages:
        raise NotThere
    response = visit.go(_inside(visit.query.text("next")))
    response.set_cookie(
        LANGUAGE_COOKIE,
        visit.path("lang"),
        max_age=YEAR,
        path=ROOT,
        httponly=True,
        samesite="lax",
        secure=_encrypted(visit.request),
    )
    return response


def _door(visit: Visit, back: str, *, username: str = "", sentence: str = "", status: int = 200) -> Response:
    key = visit.request.cookies.get(DOOR_COOKIE) or new_secret()
    response = visit.show(
        "sign_in.html", status=status, door=key, back=back, username=username, sentence=sentence
    )
    response.set_cookie(
        DOOR_COOKIE, key, path=ROOT, httponly=True, samesite="strict", secure=_encrypted(visit.request)
    )
    return response


def _inside(path: str) -> str:
    """A path below /console to go on to; anything else leads to the start page."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if fine else ""


def _encrypted(request: Request) -> bool:
    return request.url.scheme == "https"


PAGES = (
    Page(name="sign_in", path="/sign-in", view=ask),
    Page(name="sign_in_try", path="/sign-in", view=enter, method="POST"),
    Page(name="sign_out", path="/sign-out", view=leave, method="POST"),
    Page(name="language", path="/language/{lang}", view=speak),
)
