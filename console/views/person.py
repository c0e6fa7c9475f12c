"""One member of staff: posts, duty, chats bound by one-time codes, and log-ins."""

from __future__ import annotations

import logging

from starlette.responses import Response

from casecore import login, parties
from casecore.errors import Refusal
from casecore.ids import new_secret
from casecore.reading.roster import Member, read_member
from casecore.store.engine import UnitOfWork
from casecore.vocabulary import LEVEL_OF_ROLE, Role
from console.errors import NotThere
from console.views.people import offered_places, post_asked
from console.visit import Page, Visit

log = logging.getLogger(__name__)


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, *, code: str = "", password: str = "", username: str = "") -> Response:
    """The person's page; a code or a password is on it once, when it was just made."""
    async with visit.ground.record.read() as session:
        member = await read_member(session, visit.path("person"))
    if member is None:
        raise NotThere
    return visit.show(
        "person.html",
        member=member,
        code=code,
        code_minutes=int(parties.CODE_LASTS.total_seconds() // 60),
        password=password,
        username=username,
        own=member.id == visit.actor.person_id,
        roles=[each for each in Role if each in LEVEL_OF_ROLE],
        places=offered_places(visit),
        done=visit.query.text("done", most=40),
    )


async def _member(visit: Visit, uow: UnitOfWork, *, own: bool = False) -> Member:
    """The person an act is about: staff only, and oneself only where no right comes of it."""
    member = await read_member(uow.session, visit.path("person"))
    if member is None:
        raise NotThere
    if member.id == visit.actor.person_id and not own:
        raise Refusal("own_account")
    return member


async def give_post(visit: Visit) -> Response:
    """A post more. Nobody gives one to themselves: who keeps the roster reads no cases (roles.csv, admin)."""
    role, unit_id = post_asked(visit)
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        await parties.give_post(uow, member.id, role, unit_id)
    _note(visit, f"post {role} at {unit_id} given to", member)
    return visit.go(f"/roster/{member.id}?done=post_given")


async def end_posts(visit: Visit) -> Response:
    """The person serves nowhere from now on, and their sessions end at once."""
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        await parties.end_posts(uow, member.id)
        await login.sign_out_everywhere(uow, member.id)
    _note(visit, "posts ended of", member)
    return visit.go(f"/roster/{member.id}?done=posts_ended")


async def set_duty(visit: Visit) -> Response:
    on_duty = visit.form.ticked("on")
    async with visit.acting() as uow:
        member = await _member(visit, uow, own=True)
        await parties.set_duty(uow, member.id, on_duty)
    return visit.go(f"/roster/{member.id}?done={'duty_on' if on_duty else 'duty_off'}")


async def make_code(visit: Visit) -> Response:
    """A code for the person's chat: on this answer and nowhere else."""
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        code = await parties.make_binding_code(uow, member.id)
    _note(visit, "binding code made for", member)
    return await _page(visit, code=code)


async def unbind(visit: Visit) -> Response:
    """A chat of this person speaks for nobody any more; somebody else's chat is not touched."""
    chat = visit.form.text("chat", most=40)
    async with visit.acting() as uow:
        member = await _member(visit, uow, own=True)
        if chat not in {bound.conversation_id for bound in member.chats}:
            raise NotThere
        await parties.unbind(uow, chat)
    _note(visit, "chat unbound of", member)
    return visit.go(f"/roster/{member.id}?done=unbound")


async def make_login(visit: Visit) -> Response:
    """A name to sign in with, and a password nobody has chosen: shown on this answer only."""
    username, password = visit.form.text("username", most=80), new_secret(12)
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        made = await login.make_login(uow, member.id, username, password)
        name = made.username
    _note(visit, "log-in made for", member)
    return await _page(visit, password=password, username=name)


async def new_password(visit: Visit) -> Response:
    """Forgotten or leaked: a new one, shown once; every session of the person ends."""
    password = new_secret(12)
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        await login.set_password(uow, member.id, password)
    _note(visit, "new password for", member)
    return await _page(visit, password=password, username=member.logins[0].username if member.logins else "")


async def login_off(visit: Visit) -> Response:
    """The person may (not) sign in; ending it ends their sessions."""
    disabled = not visit.form.ticked("on")
    async with visit.acting() as uow:
        member = await _member(visit, uow)
        await login.set_disabled(uow, member.id, disabled)
    _note(visit, "log-in disabled of" if disabled else "log-in enabled of", member)
    return visit.go(f"/roster/{member.id}?done={'login_off' if disabled else 'login_on'}")


def _note(visit: Visit, what: str, member: Member) -> None:
    """Ids only: the log holds no names."""
    log.info("%s %s by %s", what, member.id, visit.actor.person_id)


PAGES = (
    Page(name="person", path="/roster/{person}", view=show),
    Page(name="person_post", path="/roster/{person}/post", view=give_post, method="POST"),
    Page(name="person_end", path="/roster/{person}/end", view=end_posts, method="POST"),
    Page(name="person_duty", path="/roster/{person}/duty", view=set_duty, method="POST"),
    Page(name="person_code", path="/roster/{person}/code", view=make_code, method="POST"),
    Page(name="person_unbind", path="/roster/{person}/unbind", view=unbind, method="POST"),
    Page(name="person_login", path="/roster/{person}/login", view=make_login, method="POST"),
    Page(name="person_password", path="/roster/{person}/password", view=new_password, method="POST"),
    Page(name="person_login_off", path="/roster/{person}/login-off", view=login_off, method="POST"),
)
