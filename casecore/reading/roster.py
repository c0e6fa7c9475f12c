"""The roster for its keeper: staff with their posts, chats and log-ins. Residents are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.store.tables import Conversation, Login, Person, PostRow
from casecore.vocabulary import Role, Side

PAGE_ROWS = 30
PAGE_MOST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPost:
    id: str
    role: Role
    unit_id: str
    on_duty: bool
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundChat:
    """A chat that speaks for the person."""

    conversation_id: str
    channel: str
    reachable: bool
    last_in_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A name that the person signs in with."""

    username: str
    disabled: bool
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of staff; `posts` are those held now (all, with the ended ones, on their own page)."""

    id: str
    name: str
    lang: str
    posts: tuple[HeldPost, ...]
    chats: tuple[BoundChat, ...]
    logins: tuple[SignIn, ...]

    @property
    def on_duty(self) -> bool:
        return any(post.on_duty and post.until is None for post in self.posts)

    @property
    def serves(self) -> bool:
        return any(post.until is None for post in self.posts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    members: tuple[Member, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, min(PAGE_MOST, -(-self.total // PAGE_ROWS)))


async def list_staff(
    session: AsyncSession, *, text: str = "", role: Role | None = None, page: int = 1
) -> Staff:
    """Everybody who has or had a post, by name; `text` is part of a name or of a log-in."""
    post = exists().where(PostRow.person_id == Person.id)
    conditions: list[ColumnElement[bool]] = [post]
    if role is not None:
        conditions.append(
            exists().where(PostRow.person_id == Person.id, PostRow.role == role, PostRow.until.is_(None))
        )
    if text:
        login = exists().where(Login.person_id == Person.id, Login.username.icontains(text, autoescape=True))
        conditions.append(or_(Person.name.icontains(text, autoescape=True), login))
    total = await session.scalar(select(func.count()).select_from(Person).where(*conditions)) or 0
    page = min(max(1, page), PAGE_MOST)
    people = await session.scalars(
        select(Person)
        .where(*conditions)
        .order_by(Person.name, Person.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    )
    return Staff(members=await _members(session, people.all(), ended=False), total=total, page=page)


async def read_member(session: AsyncSession, person_id: str) -> Member | None:
    """One member of staff with their ended posts; None for an unknown id or for a resident."""
    staff = exists().where(PostRow.person_id == Person.id)
    person = await session.scalar(select(Person).where(Person.id == person_id, staff))
    if person is None:
        return None
    return (await _members(session, [person], ended=True))[0]


async def _members(session: AsyncSession, people: Sequence[Person], *, ended: bool) -> tuple[Member, ...]:
    ids = [person.id for person in people]
    posts = select(PostRow).where(PostRow.person_id.in_(ids)).order_by(PostRow.since, PostRow.id)
    if not ended:
        posts = posts.where(PostRow.until.is_(None))
    held = (await session.scalars(posts)).all()
    chats = (
        await session.scalars(
            select(Conversation)
            .where(Conversation.person_id.in_(ids), Conversation.side == Side.HANDLER)
            .order_by(Conversation.created_at)
        )
    ).all()
    logins = (await session.scalars(select(Login).where(Login.person_id.in_(ids)))).all()
    return tuple(
        Member(
            id=person.id,
            name=person.name,
            lang=person.lang,
            posts=tuple(_post(row) for row in held if row.person_id == person.id),
            chats=tuple(_chat(row) for row in chats if row.person_id == person.id),
            logins=tuple(_sign_in(row) for row in logins if row.person_id == person.id),
        )
        for person in people
    )


def _post(row: PostRow) -> HeldPost:
    return HeldPost(
        id=row.id, role=row.role, unit_id=row.unit_id, on_duty=row.on_duty, since=row.since, until=row.until
    )


def _chat(row: Conversation) -> BoundChat:
    return BoundChat(
        conversation_id=row.id, channel=row.channel, reachable=row.reachable, last_in_at=row.last_in_at
    )


def _sign_in(row: Login) -> SignIn:
    return SignIn(username=row.username, disabled=row.disabled, locked_until=row.locked_until)
