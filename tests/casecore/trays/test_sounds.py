"""Sounds of the inbox: heard one at a time in each chat, the newest chat first, and never poison."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from casecore import inbox
from casecore.clock import ScriptClock
from casecore.errors import LeaseLost
from casecore.leases import LEASE, give_back
from casecore.messages import FileRef
from casecore.store.engine import Record
from casecore.store.tables import InboxRow, InboxState
from casecore.vocabulary import MessageKind

Deliver = Callable[..., Awaitable[inbox.Received]]
VOICE = FileRef(kind=MessageKind.VOICE, ref="r", digest="d")


async def claim(record: Record) -> inbox.Claimed | None:
    async with record.begin() as uow:
        return await inbox.claim_unheard(uow)


async def hear(record: Record, claimed: inbox.Claimed | None) -> None:
    assert claimed is not None
    async with record.begin() as uow:
        await inbox.heard(uow, claimed, tuple(replace(file, words="w") for file in claimed.message.files))


async def ready(record: Record) -> inbox.Claimed | None:
    async with record.begin() as uow:
        return await inbox.claim_ready(uow)


async def test_who_waited_long_then_the_newest_chat_each_in_its_own_order(
    record: Record, deliver: Deliver
) -> None:
    clock = record.clock
    assert isinstance(clock, ScriptClock)
    old = await deliver("1", address="old", files=(VOICE,))
    clock.set(clock.now() + inbox.WAITED_LONG)
    names = [await deliver(str(n), address=who, files=(VOICE,)) for n, who in enumerate("aab", 2)]
    first = await claim(record)
    assert first is not None and first.inbox_id == old.inbox_id
    heard = [first]
    for expected in (names[2], names[0], None):
        claimed = await claim(record)
        assert (claimed and claimed.inbox_id) == (expected and expected.inbox_id)
        heard += [claimed] if claimed else []
    await hear(record, heard[2])
    behind = await claim(record)
    assert behind is not None and behind.inbox_id == names[1].inbox_id


async def test_intake_waits_for_the_words_and_the_chat_keeps_its_order(
    record: Record, deliver: Deliver
) -> None:
    voice = await deliver("1", files=(VOICE,))
    await deliver("2", text="typed after it")
    assert await ready(record) is None
    await hear(record, await claim(record))
    claimed = await ready(record)
    assert claimed is not None and claimed.inbox_id == voice.inbox_id
    assert claimed.message.files[0].words == "w"


async def test_a_lease_that_is_held_is_not_taken_over(record: Record, deliver: Deliver) -> None:
    clock = record.clock
    assert isinstance(clock, ScriptClock)
    await deliver("1", files=(VOICE,))
    claimed = await claim(record)
    assert claimed is not None
    clock.set(clock.now() + LEASE - timedelta(seconds=1))
    async with record.begin() as uow:
        await inbox.hold(uow, claimed)
    clock.set(clock.now() + timedelta(seconds=2))
    assert await claim(record) is None
    async with record.begin() as uow:
        await give_back(uow)
    assert await claim(record) is not None
    with pytest.raises(LeaseLost):
        await hear(record, claimed)


async def test_a_sound_is_never_set_aside(record: Record, deliver: Deliver) -> None:
    """However many workers died over it, somebody gets it again, and knows how often it was tried."""
    sound = await deliver("1", files=(VOICE,))
    for attempt in range(1, inbox.ATTEMPTS_MOST + 3):
        claimed = await claim(record)
        assert claimed is not None and claimed.attempts == attempt
        async with record.begin() as uow:
            await give_back(uow)
    async with record.read() as session:
        assert (await session.get_one(InboxRow, sound.inbox_id)).state is InboxState.FETCHED
