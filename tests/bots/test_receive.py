"""Receiving: what is acknowledged is written once, however much arrives at once; files come in or say why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bots.channel import TryLater
from bots.receive import FetchWorker, Receiver
from bots.simulator import Simulator
from casecore import inbox
from casecore.clock import ScriptClock
from casecore.messages import FileRef, InboundMessage
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Conversation, Correspondence, InboxRow, InboxState, Person
from casecore.vocabulary import MessageKind, Side
from media import Archive, LocalStore

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    record = open_record(f"sqlite+aiosqlite:///{tmp_path / 'r.db'}", clock=ScriptClock(NOW))
    await upgrade(record)
    yield record
    await record.close()


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    archive = Archive(LocalStore(tmp_path / "media"), tmp_path / "work")
    yield archive
    await archive.close()


def message(
    name: str, *, address: str = "a", text: str = "hello", files: tuple[FileRef, ...] = ()
) -> InboundMessage:
    return InboundMessage(
        channel="simulator", account="residents", external_id=name, address=address, side=Side.RESIDENT,
        kind=MessageKind.PHOTO if files else MessageKind.TEXT, sent_at=NOW, text=text, files=files,
    )  # fmt: skip


async def count(record: Record, table: type) -> int:
    async with record.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_crowd_is_written_down_each_once(record: Record) -> None:
    """200 messages of 20 chats at one instant, each delivered twice: 200 rows, 20 chats, 20 people, 200 lines."""
    receiver = Receiver(record)
    crowd = [message(str(n), address=f"a{n % 20}") for n in range(200)]
    await asyncio.gather(*(receiver.take(m) for m in [*crowd, *crowd]))
    assert await count(record, InboxRow) == 200
    assert await count(record, Conversation) == 20
    assert await count(record, Person) == 20
    assert await count(record, Correspondence) == 200


async def test_order_of_arrival_is_order_in_the_inbox(record: Record) -> None:
    receiver = Receiver(record)
    await asyncio.gather(*(receiver.take(message(str(n))) for n in range(150)))
    async with record.read() as session:
        names = list(await session.scalars(select(InboxRow.external_id).order_by(InboxRow.id)))
    assert names == [str(n) for n in range(150)]


async def test_one_that_the_record_refuses_does_not_take_the_others_with_it(record: Record) -> None:
    """A message without an instant is refused; its neighbours of the same commit are kept."""
    receiver = Receiver(record)
    broken = message("broken", address=None)  # type: ignore[arg-type]
    results = await asyncio.gather(
        *(receiver.take(m) for m in [message("1"), broken, message("2")]), return_exceptions=True
    )
    assert results[0] is None
    assert isinstance(results[1], Exception)
    assert results[2] is None
    assert await count(record, InboxRow) == 2


async def test_a_caller_who_goes_away_loses_nothing_of_the_others(record: Record) -> None:
    receiver = Receiver(record)
    tasks = [asyncio.create_task(receiver.take(message(str(n)))) for n in range(40)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(result is None for result in results[1:])
    async with record.read() as session:
        names = set(await session.scalars(select(InboxRow.external_id)))
    assert {str(n) for n in range(1, 40)} <= names


async def test_files_come_in_or_say_why_not(record: Record, archive: Archive) -> None:
    """A document is kept; a photo that is no photo carries its reason; the message is ready either way."""
    channel = Simulator(account="residents", side=Side.RESIDENT)
    channel.files = {"doc": b"plain words of a resident\n" * 3, "photo": b"this is not a photo"}
    files = (FileRef(kind=MessageKind.DOCUMENT, ref="doc"), FileRef(kind=MessageKind.PHOTO, ref="photo"))
    await Receiver(record).take(message("m", files=files))
    worker = FetchWorker(record, {("simulator", "residents"): channel}, archive)
    assert await worker.run_once()
    assert not await worker.run_once()
    async with record.begin() as uow:
        claimed = await inbox.claim_ready(uow)
    assert claimed is not None
    kept, refused = claimed.message.files
    assert kept.digest and not kept.failure
    assert refused.failure == "not_a_photo"
    assert await count(record, Correspondence) == 1


class Unwilling(Simulator):
    """A channel whose server is down."""

    async def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        raise TryLater("down")
        yield b""


async def test_a_channel_in_trouble_is_asked_again_and_at_last_passed_over(
    record: Record, archive: Archive
) -> None:
    clock = record.clock
    assert isinstance(clock, ScriptClock)
    await Receiver(record).take(message("m", files=(FileRef(kind=MessageKind.PHOTO, ref="x"),)))
    worker = FetchWorker(
        record, {("simulator", "residents"): Unwilling(account="residents", side=Side.RESIDENT)}, archive
    )
    for _ in range(inbox.ATTEMPTS_MOST + 1):
        await worker.run_once()
        async with record.read() as session:
            row = (await session.scalars(select(InboxRow))).one()
        if row.state is InboxState.READY:
            break
        assert row.not_before is not None
        clock.set(row.not_before)
    assert row.state is InboxState.READY
    assert row.body["files"][0]["failure"] == "not_fetched"
