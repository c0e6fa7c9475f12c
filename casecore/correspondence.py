"""What was said in each conversation, both ways and in order: the chat's history and the index of replies."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Text, Update, cast, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.store.engine import UnitOfWork
from casecore.store.tables import Conversation, Correspondence, Direction

# A card further back than this many lines about its case is out of sight: its buttons answer "outdated".
CARDS_BACK = 12
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a conversation. `body` as the table's column says."""

    conversation_id: str
    direction: Direction
    external_id: str
    body: dict[str, Any]
    case_id: str | None = None
    notice: str = ""
    inbox_id: int | None = None
    outbox_id: int | None = None


_FIELDS = tuple(field.name for field in fields(Said))


async def write(uow: UnitOfWork, *lines: Said) -> None:
    """Lines of conversations; the same external id is written once.

    The conversations are locked first: PostgreSQL gives out `seq` before the commit, and a reader who has seen
    a later line must not have missed an earlier one.
    """
    if not lines:
        return
    if uow.dialect == "postgresql":
        chats = sorted({line.conversation_id for line in lines})
        await uow.session.execute(
            select(Conversation.id)
            .where(Conversation.id.in_(chats))
            .order_by(Conversation.id)
            .with_for_update(key_share=True)
        )
    key = (Correspondence.conversation_id, Correspondence.direction, Correspondence.external_id)
    rows = [{name: getattr(line, name) for name in _FIELDS} | {"at": uow.now} for line in lines]
    await uow.insert_new(Correspondence, rows, key, (Correspondence.seq,))


async def case_of_message(session: AsyncSession, conversation_id: str, external_id: str) -> str | None:
    """The case that a sent or received message was about: what a reply to it is about."""
    return await session.scalar(
        select(Correspondence.case_id)
        .where(
            Correspondence.conversation_id == conversation_id,
            Correspondence.external_id == external_id,
            Correspondence.case_id.is_not(None),
        )
        .limit(1)
    )


async def since(
    session: AsyncSession, conversation_id: str, seq: int, *, limit: int = 200
) -> Sequence[Correspondence]:
    """Lines after `seq`, oldest first."""
    rows = await session.scalars(
        select(Correspondence)
        .where(Correspondence.conversation_id == conversation_id, Correspondence.seq > seq)
        .order_by(Correspondence.seq)
        .limit(limit)
    )
    return rows.all()


async def latest(
    session: AsyncSession, conversation_id: str, *, limit: int = 50, before: int | None = None
) -> Sequence[Correspondence]:
    """The newest lines, or the newest before the line `before`, oldest first."""
    query = select(Correspondence).where(Correspondence.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Correspondence.seq < before)
    rows = await session.scalars(query.order_by(Correspondence.seq.desc()).limit(limit))
    return list(reversed(rows.all()))


async def names_file(session: AsyncSession, conversation_id: str, digest: str) -> bool:
    """Whether a file was sent in this conversation, one way or the other: who reads it may see the file."""
    if not _DIGEST.fullmatch(digest):
        return False
    # The search in the text only narrows down: somebody may have written a digest as their words.
    bodies = await session.scalars(
        select(Correspondence.body).where(
            Correspondence.conversation_id == conversation_id,
            cast(Correspondence.body, Text).contains(digest),
        )
    )
    files = (file for body in bodies for file in body.get("files") or ())
    return any(digest in (file.get("digest"), file.get("ref")) for file in files)


async def link(
    uow: UnitOfWork, conversation_id: str, case_id: str, *, since: datetime | None, inbox_id: int | None,
    lines: Collection[str] = (), but: Collection[str] = (),
) -> None:  # fmt: skip
    """Lines from the person that led to a case are of its file.

    Those with the external ids `lines` if there are any; else all since `since`, leaving out `but`; else the one
    message's.
    """
    if lines:
        await _link_lines(uow, conversation_id, case_id, lines)
        return
    theirs = _of_no_case(conversation_id)
    if since is not None:
        theirs = theirs.where(Correspondence.at >= since, Correspondence.external_id.not_in(sorted(but)))
    elif inbox_id is not None:
        theirs = theirs.where(Correspondence.inbox_id == inbox_id)
    else:
        return
    await uow.session.execute(theirs.values(case_id=case_id))


def _of_no_case(conversation_id: str) -> Update:
    return update(Correspondence).where(
        Correspondence.conversation_id == conversation_id,
        Correspondence.direction == Direction.IN,
        Correspondence.case_id.is_(None),
    )


async def _link_lines(uow: UnitOfWork, conversation_id: str, case_id: str, lines: Collection[str]) -> None:
    named = _of_no_case(conversation_id).where(Correspondence.external_id.in_(sorted(lines)))
    await uow.session.execute(named.values(case_id=case_id))


async def earlier_card(
    session: AsyncSession, conversation_id: str, case_id: str, before: str
) -> Correspondence | None:
    """The newest line about the case that was sent with buttons before the line `before`: the card it replaces."""
    lines = await session.scalars(
        select(Correspondence)
        .where(
            Correspondence.conversation_id == conversation_id,
            Correspondence.direction == Direction.OUT,
            Correspondence.case_id == case_id,
            Correspondence.external_id != before,
        )
        .order_by(Correspondence.seq.desc())
        .limit(CARDS_BACK)
    )
    return next((line for line in lines if line.body.get("buttons")), None)


async def latest_case(session: AsyncSession, conversation_id: str, notices: Collection[str]) -> str | None:
    """The case of the newest line sent with one of these notices: the case in hand."""
    return await session.scalar(
        select(Correspondence.case_id)
        .where(
            Correspondence.conversation_id == conversation_id,
            Correspondence.direction == Direction.OUT,
            Correspondence.notice.in_(sorted(notices)),
            Correspondence.case_id.is_not(None),
        )
        .order_by(Correspondence.seq.desc())
        .limit(1)
    )
