"""What the browser loads: two templates, a handful of static files, and the sentences of the page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bots.web.door import Visitor
from bots.web.examples import examples
from bots.web.guard import LANG_COOKIE, Denied, page_language
from bots.web.inbound import MOST_TEXT
from bots.web.premises import Premises
from casecore.territory.model import name_in

HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# A year, which is what browsers read as "for ever": the address changes with the content.
_FOR_EVER = "public, max-age=31536000, immutable"
_LANG_LASTS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A press that the page always offers: `web.menu.<name>` is its label."""

    name: str
    press: str
    icon: str


class Pages:
    """Templates and static files of both chats. The files are read once: they are small and part of the program."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._env = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._static = {file.name: file.read_bytes() for file in sorted((HERE / "static").iterdir())}
        self._version = hashlib.sha256(b"\0".join(self._static.values())).hexdigest()[:12]

    def chat(
        self, request: Request, visitor: Visitor, *, prefix: str, shortcuts: tuple[Shortcut, ...]
    ) -> Response:
        words = self._premises.words
        lang = page_language(request, words)
        return self._rendered(
            "chat.html", lang, prefix, visitor=visitor, shortcuts=shortcuts, most_text=MOST_TEXT,
            most_bytes=self._premises.archive.limits.bytes_in,
            most_seconds=int(self._premises.archive.limits.audio_seconds),
            examples=examples(self._premises.territory, lang), zone=self._premises.territory.zone.key,
            spoken=[(tag, words.say(tag, "web.menu.chat_language")) for tag in words.languages],
        )  # fmt: skip

    def sign_in(self, request: Request, *, prefix: str, problem: str = "", username: str = "") -> Response:
        lang = page_language(request, self._premises.words)
        status = 401 if problem else 200
        return self._rendered("sign_in.html", lang, prefix, status, problem=problem, username=username)

    def choose_language(self, request: Request, prefix: str) -> Response | None:
        """`?lang=` on a page's address: remember it and come back without it."""
        wanted = request.query_params.get("lang")
        if wanted is None:
            return None
        response = RedirectResponse(prefix or "/", status_code=303)
        if wanted in self._premises.words.languages:
            response.set_cookie(
                LANG_COOKIE, wanted, max_age=_LANG_LASTS, samesite="lax", httponly=True,
                secure=self._premises.secure,
            )  # fmt: skip
        return response

    def sentences(self, request: Request) -> Response:
        """The page's words, with their placeholders for the page to fill."""
        words = self._premises.words
        asked = request.query_params.get("lang")
        lang = asked if asked in words.languages else page_language(request, words)
        return JSONResponse({"lang": lang, "words": words.under(lang, "web") | words.under(lang, "button")})

    def static(self, request: Request) -> Response:
        """A file under its version for ever, under any other (an old page's) for once."""
        name = request.path_params["name"]
        if name not in self._static:
            raise Denied(404, "nothing_here")
        current = request.path_params["version"] == self._version
        headers = {"Cache-Control": _FOR_EVER if current else "no-store"}
        return Response(self._static[name], media_type=_TYPES[Path(name).suffix], headers=headers)

    def _rendered(
        self, template: str, lang: str, prefix: str, status: int = 200, /, **facts: Any
    ) -> Response:
        words = self._premises.words

        def w(key: str, **filled: Any) -> str:
            return words.say(lang, f"web.{key}", **filled)

        html = self._env.get_template(template).render(
            w=w, lang=lang, others=[(tag, words.say(tag, "web.language")) for tag in words.languages if tag != lang],
            district=name_in(self._premises.territory.names, lang), prefix=prefix,
            static=f"{prefix}/chat/static/{self._version}", **facts,
        )  # fmt: skip
        return HTMLResponse(html, status_code=status)
