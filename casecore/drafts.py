"""The drafts tray: what is known so far in one conversation, one live draft each, kept as intake's own JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import DraftRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentDraft:
    """A draft whose time has come. `version` names this moment of it: what it causes is caused once."""

    conversation_id: str
    version: int
    body: dict[str, Any]


async def body_of(session: AsyncSession, conversation_id: str) -> dict[str, Any] | None:
    """The live draft of a conversation."""
    return await session.scalar(select(DraftRow.body).where(DraftRow.conversation_id == conversation_id))


async def keep(
    uow: UnitOfWork, conversation_id: str, draft_id: str, body: dict[str, Any], *, created_at: datetime,
    due_at: datetime | None,
) -> None:  # fmt: skip
    """Save the draft; `due_at` is when silence speaks."""
    row = await uow.session.scalar(select(DraftRow).where(DraftRow.conversation_id == conversation_id))
    if row is None:
        row = DraftRow(
            id=draft_id, conversation_id=conversation_id, body=body, created_at=created_at, updated_at=uow.now
        )
        uow.session.add(row)
    row.body, row.due_at, row.updated_at = body, due_at, uow.now
    await uow.session.flush()
    uow.ring(Tray.DRAFTS)


async def drop(uow: UnitOfWork, conversation_id: str) -> None:
    """The draft is over: filed, cancelled or expired."""
    await uow.session.execute(delete(DraftRow).where(DraftRow.conversation_id == conversation_id))


async def take_silent(uow: UnitOfWork) -> SilentDraft | None:
    """The draft that fell silent first; its time is cleared in this transaction, so that it speaks once."""
    row = await uow.session.scalar(
        select(DraftRow)
        .where(DraftRow.due_at <= uow.now)
        .order_by(DraftRow.due_at, DraftRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.due_at = None
    await uow.session.flush()
    return SilentDraft(conversation_id=row.conversation_id, version=row.version, body=row.body)


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next draft's silence speaks."""
    return await session.scalar(
        select(DraftRow.due_at).where(DraftRow.due_at.is_not(None)).order_by(DraftRow.due_at).limit(1)
    )
