"""The intake worker: takes messages in order, understands them, decides, and carries it out in one transaction.

    claim ─► read the scene ─► decide (pure) ─► perform + done
                                  └─ refused ─► the reason, in words + done

Drafts whose time has come are its second tray: silence is an answer too.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from casecore import cases, drafts, inbox, parties
from casecore.errors import LeaseLost, Outdated, Refusal, VersionConflict
from casecore.events import record
from casecore.inbox import Claimed
from casecore.messages import CHAT_NEWS, InboundMessage, Owed
from casecore.outbox import owe
from casecore.store.engine import Record
from casecore.store.tables import Conversation
from casecore.territory.model import Territory
from casecore.vocabulary import EventKind, Notice, Side
from intake.dialogue import resident, staff
from intake.dialogue.draft import draft_from_json
from intake.dialogue.effects import Effect, Say
from intake.dialogue.silence import fell_silent
from intake.dialogue.units import UnitFinder
from intake.duplicates.find import Finder, Likeness, nobody_knows
from intake.duplicates.offer import offered
from intake.learning.live import Learned
from intake.perform import Stage, perform
from intake.scene import actor_of, resident_scene, staff_scene
from intake.second_opinion import SecondOpinion, worth_asking
from intake.understand import Understander

log = logging.getLogger(__name__)

# Refusals of what was said and not of the act: the handler is asked still, and may say it again.
BETTER_WORDS = frozenset({"result_missing", "question_empty", "escalate_reason"})

# Two people act on one case at the same instant: the later one looks again and decides anew.
TRIES = 3


def _words(message: InboundMessage) -> str:
    """The message's text, with what was heard in its sounds."""
    said = (message.text.strip(), *(file.words or "" for file in message.files))
    return "\n".join(words for words in said if words)


class IntakeWorker:
    """Call `run_once` until it says False; then wait for the bell or for `next_due`."""

    def __init__(
        self, record: Record, territory: Territory, understander: Understander, learned: Learned | None = None,
        likeness: Likeness = nobody_knows, second: SecondOpinion | None = None,
    ) -> None:  # fmt: skip
        """`learned` hands out the understanding in force; without it the given one stays for good.

        `second` is asked, outside of any transaction, about requests whose matter is in doubt.
        """
        self._record = record
        self._territory = territory
        self._understander = understander
        self._learned = learned
        self._second = second
        self._units = UnitFinder(territory)
        self._likeness = likeness
        self._finder = Finder(understander, likeness)
        self._loaded = False

    @property
    def finder(self) -> Finder:
        """Compares by the understanding in force."""
        if self._finder.understander is not self._understander:
            self._finder = Finder(self._understander, self._likeness)
        return self._finder

    async def run_once(self) -> bool:
        """Work off one message or one draft. True when there was one."""
        if not await self._ready():
            return await self._silence_once()
        async with self._record.begin() as uow:
            claimed = await inbox.claim_ready(uow)
        if claimed is not None:
            await self._work_off(claimed)
            return True
        return await self._silence_once()

    async def _ready(self) -> bool:
        """Load what understanding needs once somebody waits, before a message is claimed.

        Loading takes longer than any message: a process that is killed again and again would otherwise die
        over the same one until it looks like poison.
        """
        if not self._loaded:
            async with self._record.read() as session:
                if not await inbox.somebody_waits(session):
                    return False
            await asyncio.to_thread(self._understander.warm)
            self._loaded = True
        if self._learned is not None:
            # Here, before a message is claimed: each is understood by one model from end to end.
            self._understander = await self._learned.current()
        return True

    async def next_due(self) -> datetime | None:
        """When the next draft's silence speaks, or a message may be tried again."""
        async with self._record.read() as session:
            draft = await drafts.next_due(session)
            retry = await inbox.next_due(session)
        return min((due for due in (draft, retry) if due is not None), default=None)

    # -- messages

    async def _work_off(self, claimed: Claimed) -> None:
        try:
            await self._decide(claimed, _words(claimed.message))
        except LeaseLost:
            log.info("message %s: another worker took it over", claimed.inbox_id)
        except Exception as error:
            # The one broad catch of this loop: one message must not stop the conversation behind it.
            log.exception("message %s failed", claimed.inbox_id)
            await self._failed(claimed, error)

    async def _decide(self, claimed: Claimed, text: str) -> None:
        understander = await self._advised(claimed, text)
        for attempt in range(1, TRIES + 1):
            try:
                await self._decide_once(claimed, text, understander)
                return
            except Refusal as refusal:
                await self._refuse(claimed, refusal)
                return
            except VersionConflict:
                if attempt == TRIES:
                    raise

    async def _advised(self, claimed: Claimed, text: str) -> Understander:
        """The understanding in force, with a second opinion on this text when one is set, wanted and given."""
        if self._second is None or not text or claimed.message.in_group or claimed.message.press is not None:
            return self._understander
        if not worth_asking(self._understander.understand(text)):
            return self._understander
        codes = await self._second.codes(text, self._territory.items)
        return self._understander.advised(text, codes) if codes else self._understander

    async def _decide_once(self, claimed: Claimed, text: str, understander: Understander) -> None:
        async with self._record.begin() as uow:
            conversation = await uow.session.get_one(Conversation, claimed.conversation_id)
            actor = await actor_of(uow.session, conversation)
            since: datetime | None = None
            waiting: tuple[str, ...] = ()
            effects: list[Effect]
            if claimed.message.raw_type in CHAT_NEWS:
                await parties.chat_news(uow, conversation, claimed.message)
                effects = []
            elif claimed.message.in_group:
                effects = [Say(notice=Notice.HELP, facts={"which": "group"})]
            elif conversation.side is Side.RESIDENT:
                scene = await resident_scene(uow, understander, self._units, claimed, conversation, text)
                since = scene.draft.created_at if scene.draft else None
                waiting = scene.draft.held.lines if scene.draft and scene.draft.held else ()
                effects = await offered(
                    uow.session, self.finder, conversation.person_id, resident.decide(scene), uow.now
                )
            else:
                scene_of_staff = await staff_scene(
                    uow, self._understander, self._units, claimed, conversation, text
                )
                effects = staff.decide(scene_of_staff)
            stage = Stage(
                conversation_id=conversation.id, cause=f"in/{claimed.inbox_id}", actor=actor,
                inbox_id=claimed.inbox_id, drafted_since=since, waiting=waiting,
            )  # fmt: skip
            await perform(uow, self._territory, stage, effects, self.finder)
            await inbox.done(uow, claimed)

    async def _refuse(self, claimed: Claimed, refusal: Refusal) -> None:
        """Say why, in words; the message is done with. A pending question is over, unless better words help."""
        outdated = isinstance(refusal, Outdated)
        async with self._record.begin() as uow:
            conversation = await uow.session.get_one(Conversation, claimed.conversation_id)
            if refusal.on_file is not None:
                case = await cases.load(uow.session, refusal.on_file)
                await record(
                    uow, case, EventKind.REFUSED, actor=conversation.person_id, unit_id=case.unit_id,
                    reason=refusal.reason, rule=refusal.rule,
                )  # fmt: skip
            if conversation.side is Side.HANDLER and refusal.reason not in BETTER_WORDS:
                await drafts.drop(uow, conversation.id)
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
            silent = await drafts.take_silent(uow)
            if silent is None:
                return False
            draft = draft_from_json(silent.body)
            conversation = await uow.session.get_one(Conversation, silent.conversation_id)
            stage = Stage(
                conversation_id=conversation.id, cause=f"draft/{draft.id}/{silent.version}",
                actor=await actor_of(uow.session, conversation), drafted_since=draft.created_at,
                waiting=draft.held.lines if draft.held else (),
            )  # fmt: skip
            effects = fell_silent(draft, self._territory, uow.now)
            shown = await offered(uow.session, self.finder, conversation.person_id, effects, uow.now)
            await perform(uow, self._territory, stage, shown, self.finder)
        return True
