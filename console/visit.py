"""One request to the console: who asks, in which language, with which posts; made once, handed to the view."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from casecore import login
from casecore.authority import Actor
from casecore.clock import Clock
from casecore.parties import posts_of
from casecore.reading.scope import Scope, scope_of
from casecore.store.engine import Record, UnitOfWork
from casecore.telling import name_of
from casecore.territory.model import Territory
from casecore.vocabulary import Role, Side
from casecore.words import Words
from console.access import ACCESS, admits
from console.errors import Forbidden
from console.form import Form, asked, sent
from console.speech import Speech
from media.serving import Served

if TYPE_CHECKING:
    from jinja2 import Environment

ROOT = "/console"
SESSION_COOKIE = "minhu_console"
LANGUAGE_COOKIE = "minhu_lang"
# Name, path, and the page whose rule decides: the start page is worth nothing to who sees no cases.
MENU = (
    ("start", "", "cases"),
    ("cases", "/cases", "cases"),
    ("triage", "/triage", "triage"),
    ("road", "/road", "road"),
    ("learning", "/learning", "learning"),
    ("roster", "/roster", "roster"),
)


class MediaReader(Protocol):
    """What the console needs of `media.Archive`: a variant of a file, ready for a response."""

    async def serve(self, digest: str, variant: str, *, range_header: str | None = None) -> Served: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every page stands on."""

    record: Record
    territory: Territory
    words: Words
    media: MediaReader
    clock: Clock
    paper: Environment


@dataclass(slots=True, kw_only=True)
class Visit:
    """A request with its answers to: who, what may they, in which words."""

    ground: Ground
    request: Request
    now: datetime
    speech: Speech
    page: str
    query: Form
    form: Form = field(default_factory=lambda: Form({}))
    token: str = ""
    session: login.Session | None = None
    actor: Actor = field(default_factory=lambda: Actor(person_id=None))
    scope: Scope = field(default_factory=lambda: Scope(person_id=None))

    @property
    def territory(self) -> Territory:
        return self.ground.territory

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(post.role for post in self.actor.posts)

    def may(self, page: str) -> bool:
        """Would this person be let in there?"""
        return self.session is not None and admits(ACCESS[page], self.roles)

    def menu(self) -> list[tuple[str, str]]:
        """Names and paths of the pages that are worth a link for this person."""
        return [(name, path) for name, path, decides in MENU if self.may(decides)]

    def here(self) -> str:
        """This address below /console, to come back to; blank for what a form led to."""
        if self.request.method != "GET":
            return ""
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        return self.request.url.path.removeprefix(ROOT) + query

    def back(self) -> str:
        """The page of ours that the browser says it came from; blank if it was none."""
        came = urlsplit(self.request.headers.get("referer", ""))
        ours = came.netloc == self.request.headers.get("host") and came.path.startswith(f"{ROOT}/")
        return came.path + (f"?{came.query}" if came.query else "") if ours else ""

    def path(self, name: str) -> str:
        """A piece of the address, as text."""
        return str(self.request.path_params[name])

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[UnitOfWork]:
        """A transaction in which this person's posts are read anew: whoever lost them meanwhile acts no more."""
        async with self.ground.record.begin() as uow:
            assert self.actor.person_id is not None
            self.actor = Actor(
                person_id=self.actor.person_id,
                name=self.actor.name,
                side=Side.HANDLER,
                posts=await posts_of(uow.session, self.actor.person_id),
                lang=self.speech.lang,
            )
            self.scope = scope_of(self.territory, self.actor)
            if not admits(ACCESS[self.page], self.roles):
                raise Forbidden
            yield uow

    def show(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """A page."""
        sheet = self.ground.paper.get_template(template)
        return HTMLResponse(sheet.render(visit=self, s=self.speech, t=self.speech.say, **facts), status)

    def go(self, path: str) -> Response:
        """To another page, which the browser fetches anew: a reload sends no form twice."""
        return RedirectResponse(f"{ROOT}{path}", status_code=303)


View = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One route: its name (a line in `access`), method, path below /console, and the view that answers."""

    name: str
    path: str
    view: View
    method: str = "GET"


async def arrive(ground: Ground, request: Request, page: Page) -> Visit:
    """Read who is asking. No session, an ended one or no posts are no error here: `guard` decides."""
    visit = Visit(
        ground=ground,
        request=request,
        now=ground.clock.now(),
        speech=Speech(ground.words, ground.territory, _language(ground.words, request)),
        page=page.name,
        query=asked(request),
        token=request.cookies.get(SESSION_COOKIE, ""),
    )
    if visit.token:
        await _recognise(visit)
    if page.method != "GET":
        visit.form = await sent(request)
    return visit


async def _recognise(visit: Visit) -> None:
    async with visit.ground.record.read() as session:
        visit.session = await login.session_of(session, visit.token, visit.now)
        if visit.session is None:
            return
        person = visit.session.person_id
        visit.actor = Actor(
            person_id=person,
            name=await name_of(session, person),
            side=Side.HANDLER,
            posts=await posts_of(session, person),
            lang=visit.speech.lang,
        )
    visit.scope = scope_of(visit.territory, visit.actor)
    if visit.session.to_touch(visit.now):
        async with visit.ground.record.begin() as uow:
            await login.touch(uow, visit.token)


def _language(words: Words, request: Request) -> str:
    """The language chosen in the console, else the browser's first that we have, else the product's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in words.languages:
        return chosen
    first = request.headers.get("accept-language", "").split(",")[0].split(";")[0].strip()
    return words.nearest(first[:20] or None)
