"""The outbox: owed once, sent in order to each recipient, put off, given up, revived."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from casecore import outbox
from casecore.clock import ScriptClock
from casecore.errors import LeaseLost
from casecore.leases import LEASE
from casecore.messages import Button, Owed
from casecore.parties import add_person
from casecore.store.bells import Tray
from casecore.store.engine import Record, open_record
from casecore.store.tables import Delivery, OutboxRow, OutboxState
from casecore.vocabulary import Notice


@pytest.fixture
async def people(record: Record) -> dict[str, str]:
    async with record.begin() as uow:
        return {name: (await add_person(uow, name=name, lang="en")).id for name in ("wang", "li")}


def notice(person_id: str, cause: str, kind: Notice = Notice.STATUS, **more: Any) -> Owed:
    return Owed(notice=kind, cause=cause, person_id=person_id, **more)


async def owe(record: Record, *notices: Owed) -> None:
    async with record.begin() as uow:
        await outbox.owe(uow, *notices)


async def claim(record: Record) -> outbox.ToSend | None:
    async with record.begin() as uow:
        return await outbox.claim(uow)


async def put_off(
    record: Record, row: outbox.ToSend, *, after: float | None = None, throttled: bool = False
) -> None:
    async with record.begin() as uow:
        await outbox.put_off(uow, row, "later", conversation_id=None, after=after, throttled=throttled)


async def sent(record: Record, row: outbox.ToSend | None) -> None:
    assert row is not None
    async with record.begin() as uow:
        await outbox.sent(uow, row, conversation_id="c", external_id="x")


async def row_of(record: Record, row: outbox.ToSend) -> OutboxRow:
    async with record.read() as session:
        return await session.get_one(OutboxRow, row.outbox_id)


async def test_the_same_cause_owes_the_same_notice_once(record: Record, people: dict[str, str]) -> None:
    wang, li = people["wang"], people["li"]
    for _ in range(3):
        await owe(
            record,
            notice(wang, "c/1"),
            notice(li, "c/1"),
            notice(wang, "c/1", Notice.DONE),
            notice(wang, "c/2"),
        )
    async with record.read() as session:
        keys = list(await session.scalars(select(OutboxRow.key).order_by(OutboxRow.id)))
    assert keys == [f"c/1/{wang}/status", f"c/1/{li}/status", f"c/1/{wang}/done", f"c/2/{wang}/status"]


async def test_a_notice_comes_out_as_it_went_in(record: Record, people: dict[str, str]) -> None:
    owed = notice(
        people["wang"], "c/1", Notice.TASK_CARD, case_id="case", facts={"n": 1, "why": ["路灯"]}, files=("d1", "d2"),
        buttons=((Button(act="accept", subject="c", label="button.accept", facts={"k": "v"}),), (Button(act="open"),)),
    )  # fmt: skip
    await owe(record, owed)
    row = await claim(record)
    assert row is not None and row.attempts == 1
    assert row.owed == Owed(
        notice=owed.notice, cause=f"c/1/{people['wang']}/task_card", person_id=owed.person_id, case_id="case",
        facts=owed.facts, buttons=owed.buttons, files=owed.files,
    )  # fmt: skip


async def test_a_notice_for_nobody_is_a_mistake_of_ours(record: Record) -> None:
    with pytest.raises(ValueError, match="nobody"):
        await owe(record, Owed(notice=Notice.STATUS, cause="c"))


async def test_one_recipient_reads_in_order_and_others_do_not_wait(
    record: Record, people: dict[str, str]
) -> None:
    wang, li = people["wang"], people["li"]
    await owe(record, notice(wang, "1"), notice(wang, "2"), notice(li, "3"))
    first, other = await claim(record), await claim(record)
    assert first and other and await claim(record) is None
    assert (first.owed.person_id, other.owed.person_id) == (wang, li)
    await sent(record, first)
    second = await claim(record)
    assert second is not None and second.key.startswith("2/")
    assert (await row_of(record, first)).state is OutboxState.SENT


async def test_a_throttled_send_waits_as_told_and_costs_no_attempt(
    record: Record, people: dict[str, str], clock: ScriptClock
) -> None:
    """reliability B11: 429 with retry_after: not before its time, no attempt burned, other chats not stalled."""
    await owe(record, notice(people["wang"], "1"), notice(people["wang"], "2"), notice(people["li"], "3"))
    row = await claim(record)
    assert row is not None
    await put_off(record, row, after=30, throttled=True)
    other = await claim(record)
    assert other is not None and other.owed.person_id == people["li"]
    await sent(record, other)
    assert await claim(record) is None, "wang's lane waits as a whole"
    async with record.read() as session:
        assert await outbox.next_due(session) == clock.now() + timedelta(seconds=30)
    clock.set(clock.now() + timedelta(seconds=29))
    assert await claim(record) is None
    clock.set(clock.now() + timedelta(seconds=1))
    again = await claim(record)
    assert again is not None and (again.outbox_id, again.attempts) == (row.outbox_id, 1)


async def test_a_row_that_fails_too_often_is_dead_and_its_lane_goes_on(
    record: Record, people: dict[str, str], clock: ScriptClock
) -> None:
    await owe(record, notice(people["wang"], "1"), notice(people["wang"], "2"))
    for attempt in range(1, outbox.ATTEMPTS_MOST + 1):
        row = await claim(record)
        assert row is not None and (row.key[0], row.attempts) == ("1", attempt)
        await put_off(record, row)
        clock.set(clock.now() + timedelta(minutes=10))
    dead = await row_of(record, row)
    assert (dead.state, dead.error) == (OutboxState.DEAD, "later")
    after = await claim(record)
    assert after is not None and after.key.startswith("2/")
    async with record.read() as session:
        attempts = list(await session.scalars(select(Delivery.ok).where(Delivery.outbox_id == row.outbox_id)))
    assert attempts == [False] * outbox.ATTEMPTS_MOST

    async with record.begin() as uow:
        await outbox.replay(uow, row.outbox_id)
    await sent(record, after)
    replayed = await claim(record)
    assert replayed is not None and (replayed.outbox_id, replayed.attempts) == (row.outbox_id, 1)


async def test_who_has_no_chat_gets_everything_once_one_is_bound(
    record: Record, people: dict[str, str]
) -> None:
    wang, li = people["wang"], people["li"]
    await owe(record, notice(wang, "1"), notice(wang, "2"), notice(li, "3"))
    for _ in range(3):
        row = await claim(record)
        assert row is not None
        async with record.begin() as uow:
            await outbox.give_up(uow, row, "no chat", state=OutboxState.UNREACHABLE)
    assert await claim(record) is None
    async with record.begin() as uow:
        await outbox.revive(uow, wang)
        assert Tray.OUTBOX in uow.rung
    first = await claim(record)
    assert first is not None and first.key.startswith("1/")
    await sent(record, first)
    second = await claim(record)
    await sent(record, second)
    assert await claim(record) is None, "li's stays where it was"


async def test_only_what_was_given_up_is_replayed(record: Record, people: dict[str, str]) -> None:
    await owe(record, notice(people["wang"], "1"))
    row = await claim(record)
    assert row is not None
    await sent(record, row)
    async with record.begin() as uow:
        await outbox.replay(uow, row.outbox_id)
    assert await claim(record) is None, "a notice that arrived is not sent again"


async def test_a_late_sender_does_not_overwrite_its_heir(
    record: Record, people: dict[str, str], clock: ScriptClock
) -> None:
    await owe(record, notice(people["wang"], "1"))
    zombie = await claim(record)
    clock.set(clock.now() + LEASE)
    heir = await claim(record)
    assert zombie and heir
    await sent(record, heir)
    with pytest.raises(LeaseLost):
        await put_off(record, zombie)
    assert (await row_of(record, heir)).state is OutboxState.SENT
    async with record.read() as session:
        assert list(await session.scalars(select(Delivery.ok))) == [True]


async def test_many_senders_never_send_one_row_twice(shared_url: str, clock: ScriptClock) -> None:
    records = [open_record(shared_url, clock=clock) for _ in range(2)]
    async with records[0].begin() as uow:
        people = [(await add_person(uow, name=str(n), lang="en")).id for n in range(4)]
        await outbox.owe(uow, *(notice(people[n % 4], f"{n:02}") for n in range(16)))
    seen: list[str] = []

    async def send(record: Record) -> None:
        idle = 0
        while idle < 3:
            row = await claim(record)
            if row is None:
                idle += 1
                await asyncio.sleep(0)
                continue
            seen.append(row.key)
            await sent(record, row)

    await asyncio.gather(*(send(records[n % 2]) for n in range(4)))
    await send(records[0])
    assert sorted(key[:2] for key in seen) == [f"{n:02}" for n in range(16)]
    for lane in range(4):
        order = [key for key in seen if int(key[:2]) % 4 == lane]
        assert order == sorted(order)
    for record in records:
        await record.close()
