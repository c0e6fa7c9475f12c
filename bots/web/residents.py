"""The residents' door: nobody signs in; a random cookie is the chat, and losing it is leaving the chat behind."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bots.web.door import Visitor
from bots.web.page import Pages, Shortcut
from bots.web.premises import Premises
from casecore.ids import new_secret
from casecore.vocabulary import Side

COOKIE = "minhu_chat"
TOKEN_BYTES = 32
# 400 days is the most that browsers keep a cookie (RFC 6265bis); each visit starts them anew.
LASTS = 400 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

SHORTCUTS = (
    Shortcut(name="my_cases", press="my_cases", icon="list"),
    Shortcut(name="help", press="help", icon="help"),
)


class ResidentsDoor:
    """`/`. The record holds the cookie's SHA-256 only, so a copy of it opens no chat."""

    account = "residents"
    side = Side.RESIDENT
    prefix = ""

    def __init__(self, premises: Premises, pages: Pages) -> None:
        self._premises = premises
        self._pages = pages

    async def visitor(self, request: Request) -> Visitor | None:
        token = request.cookies.get(COOKIE, "")
        return visitor_of(token) if _TOKEN.fullmatch(token) else None

    async def admits(self, request: Request) -> bool:
        return True

    async def page(self, request: Request) -> Response:
        """The chat, and the cookie: a new one at the first visit, the same for longer at the next."""
        chosen = self._pages.choose_language(request, self.prefix)
        if chosen is not None:
            return chosen
        known = request.cookies.get(COOKIE, "")
        token = known if _TOKEN.fullmatch(known) else new_secret(TOKEN_BYTES)
        response = self._pages.chat(request, visitor_of(token), prefix=self.prefix, shortcuts=SHORTCUTS)
        response.set_cookie(
            COOKIE, token, max_age=LASTS, httponly=True, samesite="lax", secure=self._premises.secure
        )
        return response

    async def leave(self, request: Request) -> Response:
        """This device forgets the chat (a lent phone, a library's computer). The request itself goes on."""
        response = JSONResponse({"ok": True}, headers={"Clear-Site-Data": '"cache", "storage"'})
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=self._premises.secure)
        return response

    def own_routes(self) -> list[Route]:
        return []


def visitor_of(token: str) -> Visitor:
    address = hashlib.sha256(token.encode()).hexdigest()[:40]
    return Visitor(address=address, key=hashlib.sha256(f"page {token}".encode()).hexdigest()[:40])
