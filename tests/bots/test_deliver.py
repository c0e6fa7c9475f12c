"""Delivering: in order, once written, tried again when the channel says so, and given up where people see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bots.channel import Rejected, TryLater, Unreachable
from bots.deliver import DeliverWorker
from bots.receive import Receiver
from bots.render import Renderer
from bots.simulator import Simulator
from casecore.clock import ScriptClock
from casecore.messages import Button, InboundMessage, Owed
from casecore.outbox import ATTEMPTS_MOST, owe
from casecore.parties import add_person
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Conversation, Correspondence, Delivery, Direction, OutboxRow, OutboxState
from casecore.territory import read_territory
from casecore.vocabulary import MessageKind, Notice, Side
from casecore.words import Words
from media import Archive, LocalStore

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass(slots=True)
class Scene:
    record: Record
    clock: ScriptClock
    channel: Simulator
    worker: DeliverWorker
    chat: str

    async def owe(self, *causes: str, **recipient: str) -> None:
        to = recipient or {"conversation_id": self.chat}
        async with self.record.begin() as uow:
            await owe(uow, *(Owed(notice=Notice.THANKS, cause=cause, **to) for cause in causes))  # type: ignore[arg-type]

    async def rows(self) -> list[OutboxRow]:
        async with self.record.read() as session:
            return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def work(self) -> None:
        while await self.worker.run_once():
            pass


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    clock = ScriptClock(NOW)
    record = open_record(f"sqlite+aiosqlite:///{tmp_path / 'd.db'}", clock=clock)
    await upgrade(record)
    archive = Archive(LocalStore(tmp_path / "media"), tmp_path / "work")
    channel = Simulator(account="residents", side=Side.RESIDENT)
    renderer = Renderer(
        Words.load(ROOT / "config" / "locales"), read_territory(ROOT / "config" / "territory" / "littlebrook")
    )
    hello = InboundMessage(
        channel="simulator", account="residents", external_id="0", address="a", side=Side.RESIDENT,
        kind=MessageKind.TEXT, sent_at=NOW, text="hello",
    )  # fmt: skip
    await Receiver(record).take(hello)
    async with record.read() as session:
        chat = await session.scalar(select(Conversation.id))
    worker = DeliverWorker(record, {("simulator", "residents"): channel}, renderer, archive)
    yield Scene(record=record, clock=clock, channel=channel, worker=worker, chat=chat or "")
    await archive.close()
    await record.close()


async def test_one_recipient_reads_in_the_order_of_writing(scene: Scene) -> None:
    await scene.owe("1", "2", "3")
    await scene.work()
    assert [sent.message.key for sent in scene.channel.sent] == [str(row.id) for row in await scene.rows()]
    async with scene.record.read() as session:
        lines = await session.scalars(select(Correspondence).where(Correspondence.direction == Direction.OUT))
        assert [line.notice for line in lines] == ["thanks"] * 3


async def test_a_failed_send_is_tried_again_and_holds_its_lane_in_order(scene: Scene) -> None:
    scene.channel.failures = [lambda: TryLater("down")]
    await scene.owe("1", "2")
    await scene.work()
    assert not scene.channel.sent
    scene.clock.set(NOW + timedelta(seconds=2))
    await scene.work()
    assert len(scene.channel.sent) == 2
    async with scene.record.read() as session:
        tried = list(await session.scalars(select(Delivery.ok).order_by(Delivery.id)))
    assert tried == [False, True, True]


async def test_a_throttled_send_waits_as_told_and_costs_no_attempt(scene: Scene) -> None:
    scene.channel.failures = [lambda: TryLater("429", after=30, throttled=True)]
    await scene.owe("1")
    await scene.work()
    (row,) = await scene.rows()
    assert row.attempts == 0
    assert row.not_before == NOW + timedelta(seconds=30)
    scene.clock.set(NOW + timedelta(seconds=29))
    await scene.work()
    assert not scene.channel.sent
    scene.clock.set(NOW + timedelta(seconds=30))
    await scene.work()
    assert len(scene.channel.sent) == 1


async def test_what_is_rejected_is_dead_and_does_not_hold_up_the_next(scene: Scene) -> None:
    scene.channel.failures = [lambda: Rejected("too odd")]
    await scene.owe("1", "2")
    await scene.work()
    assert [row.state for row in await scene.rows()] == [OutboxState.DEAD, OutboxState.SENT]


async def test_it_is_given_up_after_many_attempts(scene: Scene) -> None:
    scene.channel.failures = [lambda: TryLater("down")] * ATTEMPTS_MOST
    await scene.owe("1")
    for _ in range(ATTEMPTS_MOST):
        await scene.work()
        scene.clock.set(scene.clock.now() + timedelta(minutes=11))
    (row,) = await scene.rows()
    assert row.state is OutboxState.DEAD


async def test_a_person_without_a_chat_is_unreachable_and_said_so(scene: Scene) -> None:
    async with scene.record.begin() as uow:
        person = await add_person(uow, name="", lang="en")
    await scene.owe("1", person_id=person.id)
    await scene.work()
    (row,) = await scene.rows()
    assert (row.state, row.error) == (OutboxState.UNREACHABLE, "no chat is bound")


async def test_a_blocked_chat_is_not_written_to_again(scene: Scene) -> None:
    scene.channel.failures = [lambda: Unreachable("blocked")]
    await scene.owe("1")
    await scene.work()
    async with scene.record.read() as session:
        chat = await session.get_one(Conversation, scene.chat)
        assert not chat.reachable
    assert (await scene.rows())[0].state is OutboxState.UNREACHABLE


async def test_a_moved_chat_is_followed(scene: Scene) -> None:
    scene.channel.failures = [lambda: Unreachable("moved", moved_to="b")]
    await scene.owe("1")
    await scene.work()
    assert [sent.message.address for sent in scene.channel.sent] == ["b"]


async def test_a_newer_card_of_a_case_takes_the_buttons_off_the_older_one(scene: Scene) -> None:
    yes = Button(act="urge", subject="c" * 32, label="button.urge")

    def card(cause: str, *, case_id: str | None, buttons: bool = True) -> Owed:
        rows = ((yes,),) if buttons else ()
        return Owed(
            notice=Notice.THANKS, cause=cause, conversation_id=scene.chat, case_id=case_id, buttons=rows
        )

    async with scene.record.begin() as uow:
        await owe(
            uow, card("1", case_id="one"), card("2", case_id="other"), card("3", case_id="one", buttons=False),
            card("4", case_id="one"), card("5", case_id=None),
        )  # fmt: skip
    await scene.work()
    assert len(scene.channel.sent) == 5
    assert {card: len(now.buttons) for card, now in scene.channel.edited.items()} == {"s1": 0}
    assert scene.channel.edited["s1"].text == scene.channel.sent[0].message.text
