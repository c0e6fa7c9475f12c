"""kill -9 again and again while residents write, each message delivered twice; then count what is lost or doubled.

The server is the real one (`minhu up`) in a process of its own; its receiving, its workers and its commits are
cut off wherever they happen to be. A message is acknowledged when the server answered 200; a client that got
no answer says the same again, as browsers do. Every message is an emergency from another resident, which is
filed without a question, so that each must end as exactly one case.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.web.residents import visitor_of
from casecore.clock import SystemClock
from casecore.errors import ChainBroken
from casecore.events import events_of, verify
from casecore.ids import new_secret
from casecore.store.engine import open_record
from casecore.store.tables import Assignment, Case, Delivery, InboxRow, InboxState, OutboxRow
from casecore.vocabulary import EventKind, Outcome
from config.places import record_url

# How long a server lives once it answers, seconds: from "the first commit" to "in full swing".
LIVES = (0.05, 1.2)
WRITERS = 8
START_MOST = 60.0
SETTLE_MOST = 120.0


@dataclass(slots=True)
class Tally:
    """What happened and what was found. The promise is kept when `lost`, `doubled` and `broken` are empty."""

    kills: int = 0
    said: int = 0
    acknowledged: list[str] = field(default_factory=list)
    inbox: int = 0
    cases: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    repeated_sends: int = 0

    @property
    def kept(self) -> bool:
        return not (self.lost or self.doubled or self.broken) and self.kills > 0 and bool(self.acknowledged)


@dataclass(slots=True)
class _Server:
    data: Path
    port: int
    territory: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "config.cli", "up", "--quiet", "--data", str(self.data), "--port",
            str(self.port), "--territory", self.territory, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + START_MOST
        while not _answers(self.port):
            if self.process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.02)

    async def kill(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)
        await self.process.wait()


async def kill_again_and_again(
    data: Path, *, kills: int, territory: str, place: str, seed: int
) -> Tally:
    """Run the drill in `data` (an empty folder). `place` is a name in the territory that every message gives."""
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    server = _Server(data, _free_port(), territory)
    tally = Tally()
    await server.start()
    async with _writing(server, place, tally):
        while tally.kills < kills:
            await asyncio.sleep(chance.uniform(*LIVES))
            await server.kill(signal.SIGKILL)
            tally.kills += 1
            await server.start()
    await _settled(data)
    await server.kill(signal.SIGTERM)
    await _count(data, tally)
    return tally


@asynccontextmanager
async def _writing(server: _Server, place: str, tally: Tally) -> AsyncIterator[None]:
    """Residents write all the while; each goes on until their last message is acknowledged."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(_write(server, place, tally, stop))
        try:
            yield
        finally:
            stop.set()


async def _write(server: _Server, place: str, tally: Tally, stop: asyncio.Event) -> None:
    while not stop.is_set():
        token, name = new_secret(32), new_secret(16)
        body = json.dumps({"client_id": name, "text": f"{place} fire! 着火了,快来人,有人被困"}).encode()
        tally.said += 1
        answers = 0
        while answers < 2:  # delivered twice, as a server that missed the answer would
            if await _post(server.port, token, body):
                answers += 1
            else:
                await asyncio.sleep(0.05)
        tally.acknowledged.append(f"{visitor_of(token).mark}:{name}")


async def _post(port: int, token: str, body: bytes) -> bool:
    """True when the server answered 200. No answer, or a refusal for now, is False."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        head = (
            f"POST /chat/message HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\nCookie: minhu_chat={token}\r\nX-Minhu-Key: {visitor_of(token).key}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


async def _settled(data: Path) -> None:
    """Until every message that was received has been worked off, and every notice has gone out."""
    record = open_record(record_url(data), clock=SystemClock())
    try:
        deadline = time.monotonic() + SETTLE_MOST
        while time.monotonic() < deadline:
            async with record.read() as session:
                open_rows = await session.scalar(
                    select(func.count()).where(InboxRow.state.in_((InboxState.RECEIVED, InboxState.READY)))
                )
                waiting = await session.scalar(select(func.count()).where(Case.assignment_id.is_(None)))
            if not open_rows and not waiting:
                return
            await asyncio.sleep(0.2)
    finally:
        await record.close()


async def _count(data: Path, tally: Tally) -> None:
    record = open_record(record_url(data), clock=SystemClock())
    try:
        async with record.read() as session:
            await _count_messages(session, tally)
            for case in (await session.scalars(select(Case))).all():
                await _check_case(session, case, tally)
            sends = select(func.count()).where(Delivery.ok).group_by(Delivery.outbox_id)
            tally.repeated_sends = sum(n - 1 for n in await session.scalars(sends))
            await _check_keys(session, tally)
    finally:
        await record.close()


async def _count_messages(session: AsyncSession, tally: Tally) -> None:
    rows = (await session.execute(select(InboxRow.external_id, InboxRow.state, InboxRow.conversation_id))).all()
    names = [row[0] for row in rows]
    chats = list(await session.scalars(select(Case.conversation_id)))
    tally.inbox, tally.cases = len(names), len(chats)
    tally.doubled += [f"message {name}" for name in set(names) if names.count(name) > 1]
    tally.doubled += [f"case of chat {chat}" for chat in set(chats) if chats.count(chat) > 1]
    tally.lost += [f"message {name}" for name in sorted(set(tally.acknowledged) - set(names))]
    tally.lost += [f"case of message {row[0]}" for row in rows if row[2] not in set(chats)]
    tally.lost += [f"work on message {row[0]} ({row[1].value})" for row in rows if row[1] is not InboxState.DONE]


async def _check_case(session: AsyncSession, case: Case, tally: Tally) -> None:
    events = await events_of(session, case.id)
    kinds = [event.kind for event in events]
    for once in (EventKind.SUBMITTED, EventKind.DISPATCHED):
        if kinds.count(once) != 1:
            tally.broken.append(f"case {case.number}: {kinds.count(once)} x {once.value}")
    stays = await session.scalar(
        select(func.count()).where(Assignment.case_id == case.id, Assignment.outcome == Outcome.OPEN)
    )
    if stays != 1:
        tally.broken.append(f"case {case.number}: {stays} open stays")
    try:
        verify(case, events)
    except ChainBroken as error:
        tally.broken.append(str(error))


async def _check_keys(session: AsyncSession, tally: Tally) -> None:
    """A notice that was written twice would have two rows for one event, recipient and meaning."""
    twice = select(OutboxRow.case_id, OutboxRow.lane, OutboxRow.notice, func.count()).where(
        OutboxRow.case_id.is_not(None), OutboxRow.notice.in_(("submitted", "task_card", "alert"))
    )
    grouped = twice.group_by(OutboxRow.case_id, OutboxRow.lane, OutboxRow.notice).having(func.count() > 1)
    tally.doubled += [f"notice {row[2].value} of case {row[0]}" for row in await session.execute(grouped)]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


