"""The intake worker: takes messages in order, understands them, decides, and carries it out in one transaction.

    claim ─► listen (voice → words) ─► read the scene ─► decide (pure) ─► perform + done
                                                            └─ refused ─► the reason, in words + done

Drafts whose time has come are its second tray: silence is an answer too.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from casecore import inbox
from casecore.errors import LeaseLost, Outdated, Refusal, VersionConflict
from casecore.inbox import Claimed
from casecore.messages import FileRef, Owed
from casecore.outbox import owe
from casecore.store.engine import Record
from casecore.store.tables import Conversation, DraftRow
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Notice, Side
from intake.dialogue import resident, staff
from intake.dialogue.draft import draft_from_json
from intake.dialogue.effects import Effect
from intake.dialogue.silence import fell_silent
from intake.dialogue.units import UnitFinder
from intake.perform import Stage, perform
from intake.scene import actor_of, resident_scene, staff_scene
from intake.understand import Understander

log = logging.getLogger(__name__)

Listen = Callable[[FileRef], Awaitable[str | None]]
"""A sound → its words, or None when nobody can hear it here."""

# Two people act on one case at the same instant: the later one looks again and decides anew.
TRIES = 3


async def no_ears(_file: FileRef) -> str | None:
    """Without a transcriber the voice is kept, and a person listens."""
    return None


class IntakeWorker:
    """Call `run_once` until it says False; then wait for the bell or for `next_due`."""

    def __init__(
        self, record: Record, territory: Territory, understander: Understander, listen: Listen = no_ears
    ) -> None:
        self._record = record
        self._territory = territory
        self._understander = understander
        self._units = UnitFinder(territory)
        self._listen = listen

    async def run_once(self) -> bool:
        """Work off one message or one draft. True when there was one."""
        async with self._record.begin() as uow:
            claimed = await inbox.claim_ready(uow)
        if claimed is not None:
            await self._work_off(claimed)
            return True
        return await self._silence_once()

    async def next_due(self) -> datetime | None:
        """When the next draft's silence speaks, or a message may be tried again."""
        async with self._record.read() as session:
            draft = await session.scalar(
                select(DraftRow.due_at).where(DraftRow.due_at.is_not(None)).order_by(DraftRow.due_at).limit(1)
            )
            retry = await inbox.next_due(session)
        return min((due for due in (draft, retry) if due is not None), default=None)

    # -- messages

    async def _work_off(self, claimed: Claimed) -> None:
        try:
            text = await self._words(claimed)
            await self._decide(claimed, text)
        except LeaseLost:
            log.info("message %s: another worker took it over", claimed.inbox_id)
        except Exception as error:
            # The one broad catch of this loop: one message must not stop the conversation behind it.
            log.exception("message %s failed", claimed.inbox_id)
            await self._failed(claimed, error)

    async def _words(self, claimed: Claimed) -> str:
        """The message's text, with what was heard in its sounds."""
        said = [claimed.message.text.strip()]
        for file in claimed.message.files:
            if file.kind in {MessageKind.VOICE, MessageKind.VIDEO} and file.digest:
                said.append(await self._listen(file) or "")
        return "\n".join(words for words in said if words)

    async def _decide(self, claimed: Claimed, text: str) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self._decide_once(claimed, text)
                return
            except Refusal as refusal:
                await self._refuse(claimed, refusal)
                return
            except VersionConflict:
                if attempt == TRIES:
                    raise

    async def _decide_once(self, claimed: Claimed, text: str) -> None:
        async with self._record.begin() as uow:
            conversation = await uow.session.get_one(Conversation, claimed.conversation_id)
            actor = await actor_of(uow.session, conversation)
            since: datetime | None = None
            effects: list[Effect]
            if conversation.side is Side.RESIDENT:
                scene = await resident_scene(uow, self._understander, claimed, conversation, text)
                since = scene.draft.created_at if scene.draft else None
                effects = resident.decide(scene)
            else:
                effects = staff.decide(await staff_scene(uow, self._units, claimed, conversation, text))
            stage = Stage(
                conversation_id=conversation.id, cause=f"in/{claimed.inbox_id}", actor=actor,
                inbox_id=claimed.inbox_id, drafted_since=since,
            )  # fmt: skip
            await perform(uow, self._territory, stage, effects)
            await inbox.done(uow, claimed)

    async def _refuse(self, claimed: Claimed, refusal: Refusal) -> None:
        """Say why, in words; the message is done with."""
        outdated = isinstance(refusal, Outdated)
        async with self._record.begin() as uow:
            await owe(
                uow,
                Owed(
                    notice=Notice.OUTDATED if outdated else Notice.REFUSED, cause=f"in/{claimed.inbox_id}.refused",
                    conversation_id=claimed.conversation_id,
                    facts={"reason": refusal.reason, "rule": refusal.rule, "what": "state", **refusal.facts},
                ),
            )  # fmt: skip
            await inbox.done(uow, claimed)

    async def _failed(self, claimed: Claimed, error: Exception) -> None:
        async with self._record.begin() as uow:
            if await inbox.failed(uow, claimed, f"{type(error).__name__}: {error}"):
                await owe(
                    uow,
                    Owed(
                        notice=Notice.NOT_UNDERSTOOD, cause=f"in/{claimed.inbox_id}.poison",
                        conversation_id=claimed.conversation_id, facts={"why": "fault"},
                    ),
                )  # fmt: skip

    # -- drafts

    async def _silence_once(self) -> bool:
        async with self._record.begin() as uow:
            row = await uow.session.scalar(
                select(DraftRow)
                .where(DraftRow.due_at <= uow.now)
                .order_by(DraftRow.due_at, DraftRow.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return False
            draft = draft_from_json(row.body)
            conversation = await uow.session.get_one(Conversation, row.conversation_id)
            row.due_at = None
            await uow.session.flush()
            stage = Stage(
                conversation_id=conversation.id, cause=f"draft/{draft.id}/{row.version}",
                actor=await actor_of(uow.session, conversation),
                drafted_since=draft.created_at,
            )  # fmt: skip
            effects = fell_silent(replace(draft, due_at=None), self._territory, uow.now)
            await perform(uow, self._territory, stage, effects)
        return True
