"""The handlers' door: a name and a password, and a chat bound to the person who gave them.

The chat's address is the person, not the browser: at home and in the office a handler sees one chat.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bots.web.door import CHANNEL, Visitor
from bots.web.guard import Denied, page_language, read_body, require_own_page, require_type, strict
from bots.web.pace import Pace
from bots.web.page import Pages, Shortcut
from bots.web.premises import Premises
from casecore import login, outbox, parties
from casecore.errors import Refusal
from casecore.store.bells import Tray
from casecore.telling import name_of
from casecore.vocabulary import Side

COOKIE = "minhu_desk"
MOST_FORM = 8 * 1024
# An office behind one address may sign in at eight o'clock together; a guesser meets each name's lock anyway.
SIGN_IN_BURST, SIGN_IN_PER_SECOND = 60, 1.0

SHORTCUTS = (
    Shortcut(name="tasks", press="tasks", icon="list"),
    Shortcut(name="overdue", press="overdue", icon="clock"),
    Shortcut(name="duty_on", press="duty_on", icon="sun"),
    Shortcut(name="duty_off", press="duty_off", icon="moon"),
    Shortcut(name="help", press="help", icon="help"),
)


class DeskDoor:
    """`/desk`."""

    account = "desk"
    side = Side.HANDLER
    prefix = "/desk"

    def __init__(self, premises: Premises, pages: Pages) -> None:
        self._premises = premises
        self._record = premises.record
        self._pages = pages
        self._pace = Pace(burst=SIGN_IN_BURST, per_second=SIGN_IN_PER_SECOND)

    async def visitor(self, request: Request) -> Visitor | None:
        token = request.cookies.get(COOKIE, "")
        now = self._record.clock.now()
        async with self._record.read() as session:
            held = await login.session_of(session, token, now) if token else None
            if held is None:
                return None
            name = await name_of(session, held.person_id)
        if held.to_touch(now):
            async with self._record.begin() as uow:
                await login.touch(uow, token)
        return Visitor(address=address_of(held.person_id), key=held.csrf, name=name)

    async def admits(self, request: Request) -> bool:
        """Whether the session still holds; looking does not keep it alive, or an open page never would end."""
        async with self._record.read() as session:
            token = request.cookies.get(COOKIE, "")
            return await login.session_of(session, token, self._record.clock.now()) is not None

    async def page(self, request: Request) -> Response:
        chosen = self._pages.choose_language(request, self.prefix)
        if chosen is not None:
            return chosen
        visitor = await self.visitor(request)
        if visitor is None:
            return self._pages.sign_in(request, prefix=self.prefix)
        return self._pages.chat(request, visitor, prefix=self.prefix, shortcuts=SHORTCUTS)

    async def leave(self, request: Request) -> Response:
        """The session ends, on the server too, and with it every page that is open on it."""
        async with self._record.begin() as uow:
            await login.sign_out(uow, request.cookies.get(COOKIE, ""))
            uow.ring(Tray.SENT)
        response = JSONResponse({"ok": True}, headers={"Clear-Site-Data": '"cache", "storage"'})
        response.delete_cookie(COOKIE, path=self.prefix, httponly=True, samesite="lax")
        return response

    def own_routes(self) -> list[Route]:
        guarded = strict(self._sign_in, self._premises.words, secure=self._premises.secure)
        return [Route(f"{self.prefix}/sign-in", guarded, methods=["POST"])]

    async def _sign_in(self, request: Request) -> Response:
        require_own_page(request.headers)
        require_type(request.headers, "application/x-www-form-urlencoded")
        self._keep_pace(request)
        username, password = _form(await read_body(request, MOST_FORM))
        try:
            signed = await login.sign_in(self._record, username, password)
        except Refusal as refusal:
            return self._refused(request, refusal, username)
        await self._bind(request, signed.person_id)
        response = RedirectResponse(self.prefix, status_code=303)
        response.set_cookie(
            COOKIE, signed.token, path=self.prefix, httponly=True, samesite="lax",
            secure=self._premises.secure,
            max_age=int((signed.expires_at - self._record.clock.now()).total_seconds()),
        )  # fmt: skip
        return response

    async def _bind(self, request: Request, person_id: str) -> None:
        """The person's chat at the desk: from now on notices for them can go there, also those kept waiting."""
        lang = page_language(request, self._premises.words)
        async with self._record.begin() as uow:
            await login.sign_out(uow, request.cookies.get(COOKIE, ""))
            await parties.take_seat(
                uow, channel=CHANNEL, account=self.account, address=address_of(person_id),
                person_id=person_id, lang=lang,
            )  # fmt: skip
            await outbox.revive(uow, person_id)

    def _keep_pace(self, request: Request) -> None:
        host = request.client.host if request.client else ""
        wait = self._pace.take(host, self._record.clock.now().timestamp())
        if wait:
            raise Denied(429, "slow_down", after=wait)

    def _refused(self, request: Request, refusal: Refusal, username: str) -> Response:
        words, lang = self._premises.words, page_language(request, self._premises.words)
        if refusal.reason == "login_locked":
            until = datetime.fromisoformat(refusal.facts["until"]).astimezone(self._premises.territory.zone)
            problem = words.say(lang, "web.sign_in.locked", until=f"{until:%H:%M}")
        elif refusal.reason == "login_wrong":
            problem = words.say(lang, "web.sign_in.wrong")
        else:
            raise refusal
        return self._pages.sign_in(request, prefix=self.prefix, problem=problem, username=username)


def address_of(person_id: str) -> str:
    return f"p-{person_id}"


def _form(body: bytes) -> tuple[str, str]:
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=8)
    except ValueError as error:
        raise Denied(400, "malformed") from error
    # A NUL is in nobody's name; PostgreSQL would not even compare with it.
    return tuple(fields.get(name, [""])[0].replace("\0", "") for name in ("username", "password"))  # type: ignore[return-value]
