"""Who is who: people, the chats they are bound to, the posts they hold, and who is on duty for a unit."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import Refusal
from casecore.ids import new_id
from casecore.lifecycle import HELD_STATES
from casecore.messages import CHAT_BLOCKED, CHAT_MOVED, InboundMessage
from casecore.store.engine import UnitOfWork
from casecore.store.tables import BindingCode, Case, Conversation, Person, PostRow
from casecore.territory.model import Territory
from casecore.vocabulary import DUTY_ROLE, Level, Role, Side

# A code is read from one screen and typed into another; a quarter of an hour covers a slow thumb.
CODE_LASTS = timedelta(minutes=15)
# 31 letters that are not mistaken for each other, eight of them: 39 bits for 15 minutes.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8

# Who stands in when nobody holds a level's duty role: the next in line of the same level.
STAND_INS: dict[Level, tuple[Role, ...]] = {
    Level.MICROGRID: (),
    Level.GRID: (Role.GRID_PART, Role.GRID_LEAD),
    Level.VILLAGE: (Role.VILLAGE_SEC,),
    Level.TOWN: (Role.TOWN_CMD,),
    Level.DISTRICT: (Role.DISTRICT_CMD,),
    Level.DEPARTMENT: (Role.DEPT_HEAD,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of a person, as a value."""

    role: Role
    unit_id: str
    on_duty: bool


async def conversation_for(uow: UnitOfWork, message: InboundMessage) -> Conversation:
    """The conversation a message belongs to, made at first sight; a resident becomes a person at once."""
    chats = await conversations_for(uow, [message])
    return await uow.session.get_one(Conversation, chats[address_of(message)])


Address = tuple[str, str, str]
"""(channel, account, address): one chat."""


def address_of(message: InboundMessage) -> Address:
    return message.channel, message.account, message.address


async def conversations_for(uow: UnitOfWork, messages: Sequence[InboundMessage]) -> dict[Address, str]:
    """The ids of the conversations that these messages belong to, made at first sight, in a handful of statements."""
    known = await _known(uow.session, {message.address for message in messages})
    # Of several first messages the first one says who it is.
    strangers = {address_of(message): message for message in reversed(messages)}
    first = [message for address, message in strangers.items() if address not in known]
    return known | await _make_conversations(uow, first) if first else known


async def _known(session: AsyncSession, addresses: Collection[str]) -> dict[Address, str]:
    found = await session.execute(
        select(Conversation.channel, Conversation.account, Conversation.address, Conversation.id).where(
            Conversation.address.in_(sorted(addresses))
        )
    )
    return {(row[0], row[1], row[2]): row[3] for row in found}


async def _make_conversations(uow: UnitOfWork, first: Sequence[InboundMessage]) -> dict[Address, str]:
    people = {address_of(m): _stranger(uow, m) for m in first if m.side is Side.RESIDENT}
    if people:
        await uow.session.execute(insert(Person), list(people.values()))
    rows = [
        {
            "id": new_id(), "channel": m.channel, "account": m.account, "address": m.address, "side": m.side,
            "person_id": people[address_of(m)]["id"] if address_of(m) in people else None, "lang": _lang(m),
            "reachable": True, "created_at": uow.now, "last_in_at": uow.now,
        }
        for m in first
    ]  # fmt: skip
    key = (Conversation.channel, Conversation.account, Conversation.address)
    made = {
        (r[0], r[1], r[2]): str(r[3])
        for r in await uow.insert_new(Conversation, rows, key, (*key, Conversation.id))
    }
    late = [message for message in first if address_of(message) not in made]
    if late:
        # Two first messages came at once and the other was quicker: its person is the one.
        ids = [people[address_of(message)]["id"] for message in late if address_of(message) in people]
        await uow.session.execute(delete(Person).where(Person.id.in_(ids)))
        made |= await _known(uow.session, {message.address for message in late})
    return made


def _stranger(uow: UnitOfWork, message: InboundMessage) -> dict[str, Any]:
    name = (message.sender_name or "")[:120]
    return {
        "id": new_id(), "name": name, "lang": _lang(message) or "", "key_groups": [], "created_at": uow.now,
    }  # fmt: skip


def _lang(message: InboundMessage) -> str | None:
    """The tag as far as the column goes: the language and the script are in its first ten letters."""
    return message.lang[:10] if message.lang else None


async def find_conversation(
    session: AsyncSession, channel: str, account: str, address: str
) -> Conversation | None:
    return await session.scalar(
        select(Conversation).where(
            Conversation.channel == channel,
            Conversation.account == account,
            Conversation.address == address,
        )
    )


async def take_seat(
    uow: UnitOfWork, *, channel: str, account: str, address: str, person_id: str, lang: str
) -> Conversation:
    """The handlers' chat of somebody who has signed in: bound to them, and from now on where they are written to."""
    values = {
        "id": new_id(), "channel": channel, "account": account, "address": address, "side": Side.HANDLER,
        "reachable": True, "created_at": uow.now, "last_in_at": uow.now,
    }  # fmt: skip
    await uow.insert_once(
        Conversation, values, Conversation.channel, Conversation.account, Conversation.address
    )
    found = await find_conversation(uow.session, channel, account, address)
    assert found is not None
    found.person_id, found.lang, found.reachable, found.last_in_at = person_id, lang, True, uow.now
    await uow.session.flush()
    return found


async def chat_news(uow: UnitOfWork, conversation: Conversation, news: InboundMessage) -> None:
    """What a channel tells of a chat itself: it was blocked, opened again, or has a new address."""
    if news.raw_type == CHAT_MOVED:
        taken = await find_conversation(uow.session, news.channel, news.account, news.text)
        if taken is None:
            conversation.address = news.text
    else:
        conversation.reachable = news.raw_type != CHAT_BLOCKED


async def posts_of(session: AsyncSession, person_id: str) -> tuple[Post, ...]:
    """The posts that a person holds now."""
    rows = await session.scalars(
        select(PostRow).where(PostRow.person_id == person_id, PostRow.until.is_(None)).order_by(PostRow.id)
    )
    return tuple(Post(role=row.role, unit_id=row.unit_id, on_duty=row.on_duty) for row in rows)


async def holders(
    session: AsyncSession, territory: Territory, role: Role, unit_id: str, *, on_duty: bool = True
) -> list[str]:
    """Ids of the people whose post of `role` serves `unit_id`: nearest post first, then longest in post."""
    rows = await _serving(session, territory, role, unit_id, on_duty=on_duty)
    return list(dict.fromkeys(row.person_id for row in rows))


async def _serving(
    session: AsyncSession, territory: Territory, role: Role, unit_id: str, *, on_duty: bool
) -> list[PostRow]:
    lineage = [unit.id for unit in territory.lineage(unit_id)]
    query = select(PostRow).where(PostRow.role == role, PostRow.unit_id.in_(lineage), PostRow.until.is_(None))
    if on_duty:
        query = query.where(PostRow.on_duty)
    rows = [row for row in await session.scalars(query) if territory.serves(role, row.unit_id, unit_id)]
    rows.sort(key=lambda row: (lineage.index(row.unit_id), row.since, row.id))
    return rows


async def receiver(session: AsyncSession, territory: Territory, unit_id: str) -> str | None:
    """Who gets the unit's next case: of those on duty there in the first role that is staffed, who has the least in
    hand; of equals, the longest in post. Else whoever `duty_person` names."""
    level = territory.unit(unit_id).level
    for role in (DUTY_ROLE[level], *STAND_INS[level]):
        rows = await _serving(session, territory, role, unit_id, on_duty=True)
        near = list(dict.fromkeys(row.person_id for row in rows if row.unit_id == rows[0].unit_id))
        if len(near) > 1:
            counted = await session.execute(
                select(Case.person_id, func.count())
                .where(Case.person_id.in_(near), Case.state.in_(HELD_STATES))
                .group_by(Case.person_id)
            )
            in_hand = {row[0]: row[1] for row in counted}
            return min(near, key=lambda person: (in_hand.get(person, 0), near.index(person)))
        if near:
            return near[0]
    return await duty_person(session, territory, unit_id)


async def duty_person(session: AsyncSession, territory: Territory, unit_id: str) -> str | None:
    """Who receives for a unit now: the duty role, then its stand-ins, then the duty role off duty; else nobody."""
    level = territory.unit(unit_id).level
    for role in (DUTY_ROLE[level], *STAND_INS[level]):
        found = await holders(session, territory, role, unit_id)
        if found:
            return found[0]
    away = await holders(session, territory, DUTY_ROLE[level], unit_id, on_duty=False)
    return away[0] if away else None


async def answered_sooner(session: AsyncSession, territory: Territory, person_id: str) -> bool:
    """R3.2: does the person's key group halve the first response? Of several the one with the highest weight counts."""
    codes = await session.scalar(select(Person.key_groups).where(Person.id == person_id)) or []
    groups = [territory.key_groups[code] for code in codes if code in territory.key_groups]
    heaviest = max((group.weight for group in groups), default=0)
    return any(group.halves_response for group in groups if group.weight == heaviest)


async def set_duty(uow: UnitOfWork, person_id: str, on_duty: bool) -> None:
    """All of a person's posts go on or off duty. What they hold stays theirs until it is reassigned."""
    await uow.session.execute(
        update(PostRow).where(PostRow.person_id == person_id, PostRow.until.is_(None)).values(on_duty=on_duty)
    )


async def add_person(uow: UnitOfWork, *, name: str, lang: str, demo_key: str | None = None) -> Person:
    person = Person(id=new_id(), name=name, lang=lang, demo_key=demo_key, key_groups=[], created_at=uow.now)
    uow.session.add(person)
    await uow.session.flush()
    return person


async def give_post(uow: UnitOfWork, person_id: str, role: Role, unit_id: str) -> PostRow:
    row = PostRow(id=new_id(), person_id=person_id, role=role, unit_id=unit_id, on_duty=True, since=uow.now)
    uow.session.add(row)
    await uow.session.flush()
    return row


async def end_posts(uow: UnitOfWork, person_id: str) -> None:
    """The person serves nowhere from now on; what they did stays under their name."""
    await uow.session.execute(
        update(PostRow).where(PostRow.person_id == person_id, PostRow.until.is_(None)).values(until=uow.now)
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


async def make_binding_code(uow: UnitOfWork, person_id: str) -> str:
    """A code that its holder sends to the handlers' bot once; it replaces earlier ones. Lasts 15 minutes."""
    await uow.session.execute(
        update(BindingCode)
        .where(BindingCode.person_id == person_id, BindingCode.used_at.is_(None))
        .values(expires_at=uow.now)
    )
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    uow.session.add(
        BindingCode(
            code_hash=_hash(code), person_id=person_id, made_at=uow.now, expires_at=uow.now + CODE_LASTS
        )
    )
    await uow.session.flush()
    return code


async def bind(uow: UnitOfWork, conversation_id: str, code: str) -> Person:
    """Bind a handlers' chat by its one-time code. Refusal when the code is unknown, used or too old."""
    row = await uow.session.get(BindingCode, _hash(code), with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at < uow.now:
        raise Refusal("code_invalid")
    row.used_at = uow.now
    conversation = await uow.session.get_one(Conversation, conversation_id)
    if conversation.side is not Side.HANDLER:
        raise Refusal("code_invalid")
    conversation.person_id = row.person_id
    return await uow.session.get_one(Person, row.person_id)


async def unbind(uow: UnitOfWork, conversation_id: str) -> None:
    """A handlers' chat no longer speaks for anybody."""
    conversation = await uow.session.get_one(Conversation, conversation_id)
    if conversation.side is Side.HANDLER:
        conversation.person_id = None


async def chat_of(session: AsyncSession, person_id: str, *, side: Side | None = None) -> Conversation | None:
    """Where to write to a person: the reachable chat they last wrote from."""
    query = select(Conversation).where(Conversation.person_id == person_id, Conversation.reachable)
    if side is not None:
        query = query.where(Conversation.side == side)
    return await session.scalar(query.order_by(Conversation.last_in_at.desc()).limit(1))
