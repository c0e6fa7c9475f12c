"""The inbox: each message once for ever, in order within a conversation, poison set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from casecore import inbox
from casecore.clock import ScriptClock
from casecore.errors import LeaseLost
from casecore.leases import LEASE, give_back
from casecore.messages import FileRef, InboundMessage, Point, Press
from casecore.store.engine import Record, open_record
from casecore.store.tables import Conversation, InboxRow, InboxState, Person
from casecore.vocabulary import MessageKind, Side

Deliver = Callable[..., Awaitable[inbox.Received]]


async def claim(record: Record) -> inbox.Claimed | None:
    async with record.begin() as uow:
        return await inbox.claim_ready(uow)


async def finish(record: Record, claimed: inbox.Claimed | None) -> None:
    assert claimed is not None
    async with record.begin() as uow:
        await inbox.done(uow, claimed)


async def state_of(record: Record, inbox_id: int) -> InboxRow:
    async with record.read() as session:
        return await session.get_one(InboxRow, inbox_id)


async def test_a_redelivery_changes_nothing(record: Record, deliver: Deliver) -> None:
    """Five deliveries of one message are one row, one conversation, one person."""
    first = await deliver("7")
    assert not first.again
    for text in ("路灯坏了", "another text under the same id", "", "x", "y"):
        again = await deliver("7", text=text)
        assert again.again
        assert (again.inbox_id, again.conversation_id) == (first.inbox_id, first.conversation_id)
    async with record.read() as session:
        for table in (InboxRow, Conversation, Person):
            assert await session.scalar(select(func.count()).select_from(table)) == 1
    claimed = await claim(record)
    assert claimed is not None and claimed.message.text == "路灯坏了"
    await finish(record, claimed)
    assert (await deliver("7")).again, "worked off, and still known"
    assert await claim(record) is None


async def test_a_message_comes_out_as_it_went_in(record: Record, say: Callable[..., InboundMessage]) -> None:
    message = say(
        "9", text="看\n这里", kind=MessageKind.PRESS, point=Point(lat=30.05, lon=119.95), reply_to="8", group="g",
        message_ref="m9", sender="u1", sender_name="王 阿姨", lang="zh-CN", raw_type="callback_query",
        press=Press(act="rate_5", subject="c", value="v"),
        files=(FileRef(kind=MessageKind.PHOTO, ref="r", name="a.jpg", mime="image/jpeg", size=3, digest="d"),),
    )  # fmt: skip
    async with record.begin() as uow:
        await inbox.receive(uow, message)
    claimed = await claim(record)
    assert claimed is not None and claimed.message == message


async def test_what_no_database_can_hold_is_left_out(record: Record, deliver: Deliver) -> None:
    """NUL and half a surrogate pair come in JSON escapes; they must not cost the message."""
    await deliver(
        "1\x00",
        text="水\x00管 \ud83d 爆了",
        sender_name="\x00王",
        lang="zh-Hans-CN-x-long",
        address="w\udc00",
    )
    claimed = await claim(record)
    assert claimed is not None
    assert (claimed.message.text, claimed.message.external_id) == ("水管 ? 爆了", "1")


async def test_a_conversation_is_worked_off_in_order_and_others_do_not_wait(
    record: Record, deliver: Deliver
) -> None:
    for external_id, address in (("1", "wang"), ("2", "wang"), ("3", "li"), ("4", "wang")):
        await deliver(external_id, address=address)
    first, other, none = await claim(record), await claim(record), await claim(record)
    assert first and other and none is None, "wang's second waits for wang's first"
    assert (first.message.external_id, other.message.external_id) == ("1", "3")
    await finish(record, first)
    second = await claim(record)
    assert second and second.message.external_id == "2"


async def test_files_are_fetched_before_intake_sees_the_message(
    record: Record, deliver: Deliver, photo: Callable[..., FileRef]
) -> None:
    """A later message waits for an earlier one whose files are still on their way."""
    await deliver("1", kind=MessageKind.PHOTO, files=(photo(),))
    await deliver("2")
    assert await claim(record) is None
    async with record.begin() as uow:
        fetching = await inbox.claim_unfetched(uow)
    assert fetching is not None
    async with record.begin() as uow:
        await inbox.fetched(uow, fetching, (photo(digest="d1"),))
    ready = await claim(record)
    assert ready is not None
    assert (ready.message.external_id, ready.message.files) == ("1", (photo(digest="d1"),))
    assert ready.attempts == 1, "tries to fetch are not tries to understand"


async def test_a_failed_message_rests_and_comes_back(
    record: Record, deliver: Deliver, clock: ScriptClock
) -> None:
    await deliver("1")
    claimed = await claim(record)
    assert claimed is not None
    async with record.begin() as uow:
        assert not await inbox.failed(uow, claimed, "busy")
    assert await claim(record) is None
    async with record.read() as session:
        again_at = await inbox.next_due(session)
    assert again_at == clock.now() + timedelta(seconds=1)
    clock.set(again_at)
    retried = await claim(record)
    assert retried is not None and retried.attempts == 2


async def test_poison_is_set_aside_and_the_conversation_goes_on(
    record: Record, deliver: Deliver, clock: ScriptClock
) -> None:
    poison = await deliver("1")
    await deliver("2")
    for attempt in range(1, inbox.ATTEMPTS_MOST + 1):
        clock.set(clock.now() + timedelta(minutes=10))
        claimed = await claim(record)
        assert claimed is not None and claimed.message.external_id == "1"
        async with record.begin() as uow:
            assert await inbox.failed(uow, claimed, "boom") is (attempt == inbox.ATTEMPTS_MOST)
    row = await state_of(record, poison.inbox_id)
    assert (row.state, row.error) == (InboxState.QUARANTINED, "boom")
    after = await claim(record)
    assert after is not None and after.message.external_id == "2"

    async with record.begin() as uow:
        await inbox.replay(uow, poison.inbox_id)
    await finish(record, after)
    replayed = await claim(record)
    assert replayed is not None and (replayed.message.external_id, replayed.attempts) == ("1", 1)


async def test_a_message_that_kills_its_workers_is_poison_too(
    record: Record, deliver: Deliver, clock: ScriptClock
) -> None:
    """A worker that dies says nothing; five deaths over one message set it aside."""
    poison = await deliver("1")
    for _ in range(inbox.ATTEMPTS_MOST):
        claimed = await claim(record)
        assert claimed is not None and claimed.message.external_id == "1"
        clock.set(clock.now() + LEASE)
    await deliver("2")
    after = await claim(record)
    assert after is not None and after.message.external_id == "2"
    assert (await state_of(record, poison.inbox_id)).state is InboxState.QUARANTINED


async def test_a_message_set_aside_before_its_files_came_is_fetched_again(
    record: Record, deliver: Deliver, photo: Callable[..., FileRef], clock: ScriptClock
) -> None:
    row = await deliver("1", kind=MessageKind.PHOTO, files=(photo(),))
    for _ in range(inbox.ATTEMPTS_MOST):
        clock.set(clock.now() + timedelta(minutes=10))
        async with record.begin() as uow:
            claimed = await inbox.claim_unfetched(uow)
            assert claimed is not None
            await inbox.failed(uow, claimed, "no such file")
    async with record.begin() as uow:
        await inbox.replay(uow, row.inbox_id)
    assert (await state_of(record, row.inbox_id)).state is InboxState.RECEIVED


async def test_a_zombie_cannot_finish_what_another_worker_took_over(
    record: Record, deliver: Deliver, clock: ScriptClock
) -> None:
    """reliability A3: past its lease a worker's late write is refused, whole transaction and all."""
    row = await deliver("1")
    zombie = await claim(record)
    assert await claim(record) is None
    clock.set(clock.now() + LEASE)
    heir = await claim(record)
    assert zombie and heir and heir.inbox_id == zombie.inbox_id and heir.attempts == 2
    with pytest.raises(LeaseLost):
        async with record.begin() as uow:
            uow.session.add(
                Person(id="effect", name="of the zombie", lang="", key_groups=[], created_at=uow.now)
            )
            await inbox.done(uow, zombie)
    async with record.read() as session:
        assert await session.get(Person, "effect") is None
    assert (await state_of(record, row.inbox_id)).state is InboxState.READY
    await finish(record, heir)
    with pytest.raises(LeaseLost):
        await finish(record, heir)


async def test_the_end_of_a_lease_is_a_time_to_wake_up_for(
    record: Record, deliver: Deliver, clock: ScriptClock
) -> None:
    await deliver("1")
    await deliver("2")
    await claim(record)
    async with record.read() as session:
        assert await inbox.next_due(session) == clock.now() + LEASE


async def test_two_first_messages_at_once_make_one_conversation(
    shared_url: str, clock: ScriptClock, say: Callable[..., InboundMessage]
) -> None:
    """Two processes meet a stranger at the same time: one conversation, one person, both messages."""
    records = [open_record(shared_url, clock=clock) for _ in range(2)]

    async def receive(record: Record, external_id: str) -> inbox.Received:
        async with record.begin() as uow:
            return await inbox.receive(uow, say(external_id))

    results = await asyncio.gather(*(receive(records[n % 2], str(n // 2)) for n in range(12)))
    assert len({result.conversation_id for result in results}) == 1
    assert sum(not result.again for result in results) == 6
    async with records[0].read() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 1
    for record in records:
        await record.close()


async def test_many_workers_never_claim_one_message_twice(
    shared_url: str, clock: ScriptClock, say: Callable[..., InboundMessage]
) -> None:
    """Four workers over two connections: every message once, each conversation in its order."""
    records = [open_record(shared_url, clock=clock) for _ in range(2)]
    async with records[0].begin() as uow:
        for n in range(24):
            await inbox.receive(uow, say(f"{n:02}", address=f"chat{n % 6}"))
    seen: list[Any] = []

    async def work(record: Record) -> None:
        idle = 0
        while idle < 3:
            claimed = await claim(record)
            if claimed is None:
                idle += 1
                await asyncio.sleep(0)
                continue
            seen.append((claimed.conversation_id, claimed.message.external_id))
            await finish(record, claimed)

    await asyncio.gather(*(work(records[n % 2]) for n in range(4)))
    while (left := await claim(records[0])) is not None:
        seen.append((left.conversation_id, left.message.external_id))
        await finish(records[0], left)
    assert sorted(external_id for _, external_id in seen) == [f"{n:02}" for n in range(24)]
    for chat in {conversation for conversation, _ in seen}:
        order = [external_id for conversation, external_id in seen if conversation == chat]
        assert order == sorted(order)
    for record in records:
        await record.close()


async def test_a_handlers_chat_is_nobody_until_it_is_bound(record: Record, deliver: Deliver) -> None:
    received = await deliver("1", side=Side.HANDLER, address="desk")
    async with record.read() as session:
        conversation = await session.get_one(Conversation, received.conversation_id)
        assert conversation.person_id is None
        assert await session.scalar(select(func.count()).select_from(Person)) == 0


async def test_a_crowd_of_strangers_is_written_down_together(
    record: Record, say: Callable[..., InboundMessage]
) -> None:
    """One conversation and one person each, whoever wrote twice in the same batch or before it."""
    async with record.begin() as uow:
        known = await inbox.receive(uow, say("0", address="old"))
    batch = [say(f"{n}", address=f"new-{n % 3}", sender_name=f"name {n}") for n in range(1, 7)]
    async with record.begin() as uow:
        received = await inbox.receive_all(uow, [*batch, say("7", address="old")])
    assert not any(each.again for each in received)
    assert received[-1].conversation_id == known.conversation_id
    assert len({each.conversation_id for each in received}) == 4
    async with record.read() as session:
        chats = (await session.scalars(select(Conversation))).all()
        people = (await session.scalars(select(Person))).all()
    assert {chat.person_id for chat in chats} == {person.id for person in people}
    assert {person.name for person in people} == {"", "name 1", "name 2", "name 3"}


async def test_a_new_process_gets_back_what_the_old_one_had_in_hand(record: Record, deliver: Deliver) -> None:
    """At once, counted as a try; and the old one, should it live after all, can finish nothing."""
    await deliver("1")
    old = await claim(record)
    assert await claim(record) is None
    async with record.begin() as uow:
        await give_back(uow)
    new = await claim(record)
    assert new is not None
    assert new.attempts == 2
    with pytest.raises(LeaseLost):
        await finish(record, old)
    await finish(record, new)
