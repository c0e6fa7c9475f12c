"""kill -9 again and again while residents write, each message delivered twice.

The server is the real one (`minhu up`) in a process of its own; its starting, its receiving, its workers and
its commits are cut off wherever they happen to be. A message is acknowledged when the server answered 200; a
client that got no answer says the same again, as browsers do. Every message is an emergency from another
resident, which is filed without a question, so that each must end as exactly one case (`count`).
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

from bots.web.residents import visitor_of
from casecore import inbox
from casecore.clock import SystemClock
from casecore.ids import new_secret
from casecore.store.engine import Record, open_record
from casecore.store.tables import Case, InboxRow, OutboxRow, OutboxState
from config.drill.count import Tally, count
from config.places import record_url

# How long a server lives once it answers, seconds: from "the first commit" to "in full swing".
LIVES = (0.05, 1.2)
# One kill in so many hits a server that has not answered yet; a start takes one or two seconds.
IN_STARTING = 5
STARTS = (0.1, 1.5)
WRITERS = 8
START_MOST = 60.0
# Longer than a lease, should one have to run out.
SETTLE_MOST = 120.0


class ServerFailed(Exception):
    """The server ended by itself or never answered; carries the end of what it wrote."""


@dataclass(slots=True)
class _Server:
    data: Path
    port: int
    territory: str
    _process: asyncio.subprocess.Process | None = field(init=False, default=None)

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    async def spawn(self) -> None:
        # Settings of whoever runs the drill must not lead it to their database or their bots.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MINHU_")}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "config.cli", "up", "--quiet", "--no-voice", "--data", str(self.data), "--port",
                str(self.port), "--territory", self.territory, stdout=log, stderr=log, env=environment,
            )  # fmt: skip

    async def start(self) -> None:
        """Spawn it and wait until it answers. Raises ServerFailed."""
        await self.spawn()
        deadline = time.monotonic() + START_MOST
        while not _answers(self.port):
            if not self._alive() or time.monotonic() > deadline:
                raise ServerFailed(self._last_words())
            await asyncio.sleep(0.02)

    async def end(self, number: signal.Signals) -> None:
        """Raises ServerFailed when it has ended by itself before."""
        if self._process is None or not self._alive():
            raise ServerFailed(self._last_words())
        self._process.send_signal(number)
        await self._process.wait()

    def _alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] or "the server said nothing"


async def kill_again_and_again(data: Path, *, kills: int, territory: str, place: str, seed: int) -> Tally:
    """Run the drill in `data` (a folder that `minhu up` makes). Every message names `place`. Raises ServerFailed."""
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    server = _Server(data, _free_port(), territory)
    tally = Tally()
    await server.start()
    async with _writing(server, place, tally):
        while tally.kills < kills:
            await asyncio.sleep(chance.uniform(*LIVES))
            await server.end(signal.SIGKILL)
            tally.kills += 1
            if tally.kills < kills and chance.randrange(IN_STARTING) == 0:
                await server.spawn()
                await asyncio.sleep(chance.uniform(*STARTS))
                await server.end(signal.SIGKILL)
                tally.kills += 1
            await server.start()
    record = open_record(record_url(data), clock=SystemClock())
    try:
        await _settled(record)
        await server.end(signal.SIGTERM)
        await count(record, tally)
    finally:
        await record.close()
    return tally


@asynccontextmanager
async def _writing(server: _Server, place: str, tally: Tally) -> AsyncIterator[None]:
    """Residents write all the while; each goes on until their last message is acknowledged."""
    stop = asyncio.Event()
    # No TaskGroup: it would wrap a ServerFailed, and wait for residents whom nobody will answer.
    writers = [asyncio.create_task(_write(server, place, tally, stop)) for _ in range(WRITERS)]
    try:
        yield
        stop.set()
        await asyncio.gather(*writers)
    finally:
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)


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


async def _settled(record: Record) -> None:
    """Until every message that was received has been worked off, and every notice has gone out.

    What is not done when SETTLE_MOST has passed is for `count` to find.
    """
    deadline = time.monotonic() + SETTLE_MOST
    unfinished = (
        select(func.count()).where(InboxRow.state.in_(inbox.OPEN)),
        select(func.count()).where(Case.assignment_id.is_(None)),
        select(func.count()).where(OutboxRow.state == OutboxState.DUE),
    )
    while time.monotonic() < deadline:
        async with record.read() as session:
            left = [await session.scalar(query) for query in unfinished]
        if not any(left):
            return
        await asyncio.sleep(0.2)


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
