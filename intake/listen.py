"""Listening: between fetching and intake, the sounds of a message become words; nobody else has to wait for it.

    fetched ─► claim (lease, extended while it lasts) ─► hear ─► words | why not ─► ready

A sound that cannot be heard is kept and goes on with the reason; whoever died over one is followed by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casecore import cases, inbox
from casecore.errors import LeaseLost
from casecore.inbox import Claimed
from casecore.leases import LEASE
from casecore.messages import FileRef
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Conversation, Person
from casecore.territory.model import Territory
from intake.hot_words import HotWords
from intake.misheard import Mender
from media import MediaFault, NotHeld
from media.transcribe import Hearing, Transcript, Unheard

log = logging.getLogger(__name__)

# A lease is extended this many times before it would run out: one late turn of the loop loses nothing.
EXTENSIONS = 4
NOT_HEARD = "not_heard"
"""Listening failed, as opposed to nothing being said (locales: `media.not_heard`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speaker:
    """What is known of who speaks: the language, if it is sure, and the unit they are likely to speak of."""

    lang_hint: str | None
    home: str | None


class ListenWorker:
    """Call `run_once` until it says False; then wait for the bell or for `next_due`. Several may run at a time."""

    def __init__(self, record: Record, territory: Territory, hearing: Hearing) -> None:
        self._record = record
        self._hearing = hearing
        self._hot_words = HotWords(territory)
        self._mender = Mender(territory)

    async def run_once(self) -> bool:
        """Listen to one message's sounds. True when there was one."""
        async with self._record.begin() as uow:
            claimed = await inbox.claim_unheard(uow)
            speaker = await _speaker(uow, claimed) if claimed is not None else None
        if claimed is None or speaker is None:
            return False
        try:
            if claimed.attempts > inbox.ATTEMPTS_MOST:
                await self._give_up(claimed, f"{claimed.attempts - 1} workers died over it")
                return True
            files = await self._holding(claimed, self._hear_all(claimed, speaker))
            async with self._record.begin() as uow:
                await inbox.heard(uow, claimed, files)
        except LeaseLost:
            log.info("sounds of message %s: another worker took it over", claimed.inbox_id)
        except MediaFault as fault:
            await self._later(claimed, fault)
        return True

    async def next_due(self) -> datetime | None:
        """When a sound may be tried again."""
        async with self._record.read() as session:
            return await inbox.next_unheard_due(session)

    async def _hear_all(self, claimed: Claimed, speaker: _Speaker) -> tuple[FileRef, ...]:
        return tuple([await self._hear(file, speaker) for file in claimed.message.files])

    async def _hear(self, file: FileRef, speaker: _Speaker) -> FileRef:
        """The file with its words, or with the reason why it has none."""
        if not inbox.is_unheard(file):
            return file
        assert file.digest is not None
        try:
            heard = await self._hearing.hear(
                file.digest, lang_hint=speaker.lang_hint, hot_words=self._hot_words.of(speaker.home)
            )
        except NotHeld:
            return replace(file, unheard=NOT_HEARD)
        if isinstance(heard, Transcript):
            words = self._mender.mend(heard.text)
            return replace(file, words=words) if words else replace(file, unheard=Unheard.NO_SPEECH.value)
        reason = NOT_HEARD if heard.reason is Unheard.TIMEOUT else heard.reason.value
        return replace(file, unheard=reason)

    async def _holding(
        self, claimed: Claimed, work: Coroutine[Any, Any, tuple[FileRef, ...]]
    ) -> tuple[FileRef, ...]:
        """Its result; meanwhile the lease is kept alive. The work ends with us, or when the lease is lost."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait((task,), timeout=LEASE.total_seconds() / EXTENSIONS))[0]:
                async with self._record.begin() as uow:
                    await inbox.hold(uow, claimed)
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _later(self, claimed: Claimed, fault: MediaFault) -> None:
        """The transcriber is in trouble: try again; at last go on without the words."""
        log.warning("sounds of message %s: %s", claimed.inbox_id, fault)
        if claimed.attempts >= inbox.ATTEMPTS_MOST:
            await self._give_up(claimed, str(fault))
            return
        async with self._record.begin() as uow:
            await inbox.failed(uow, claimed, f"{type(fault).__name__}: {fault}")

    async def _give_up(self, claimed: Claimed, why: str) -> None:
        log.error("sounds of message %s go on unheard: %s", claimed.inbox_id, why)
        files = tuple(
            replace(file, unheard=NOT_HEARD) if inbox.is_unheard(file) else file
            for file in claimed.message.files
        )
        async with self._record.begin() as uow:
            await inbox.heard(uow, claimed, files)


async def _speaker(uow: UnitOfWork, claimed: Claimed) -> _Speaker:
    conversation = await uow.session.get_one(Conversation, claimed.conversation_id)
    # A conversation in English may still be spoken in Chinese; the other way round is rare, and asking the
    # model which it is costs half of a short note's time again.
    hint = "zh" if (conversation.lang or "").startswith("zh") else None
    return _Speaker(lang_hint=hint, home=await _home(uow, conversation))


async def _home(uow: UnitOfWork, conversation: Conversation) -> str | None:
    """Where the speaker last reported from, else where they are registered."""
    if conversation.person_id is None:
        return None
    found = await cases.latest_of_resident(uow.session, conversation.person_id)
    last = next((case.place_unit for case in found if case.place_unit), None)
    return last or (await uow.session.get_one(Person, conversation.person_id)).home_unit
