"""Messages acknowledged durably, beside the limit: the same web server, one durable commit and nothing else.

Both servers are one process under uvicorn, asked by the same client over loopback keep-alive connections; they
take turns, so that a machine that slows down slows both. An acknowledged message is committed with
synchronous=FULL in each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bots.web.residents import visitor_of
from casecore.ids import new_secret

# More than a district's worst minute: every resident of a town writing within five minutes is 130 a second.
MESSAGES = 2000
CONNECTIONS = 32
ROUNDS = 3
WARM = 200
# A chat says a few things in a row: so many messages of a connection come from one resident.
EACH = 10
TEXT = "村口的路灯坏了三天，晚上黑漆漆的，麻烦来修一下"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load: messages a second, and the waiting times of single messages in milliseconds."""

    rate: float
    p50: float
    p99: float


def house_server(port: int, folder: Path, *, work: bool) -> None:
    """Minhu with the web channel; with `work` its workers run beside the receiving."""
    from config.compose import compose, open_channels
    from config.serve import application, working
    from config.settings import Settings

    async def run() -> None:
        house = await compose(Settings(data=folder, port=port))
        open_channels(house)
        app = application(house)
        if not work:
            await _uvicorn(app, port)
            return
        async with working(house):
            await _uvicorn(app, port)

    asyncio.run(run())


def limit_server(port: int, folder: Path) -> None:
    """The limit rig: read the JSON, insert one row, commit durably, answer."""
    import aiosqlite
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import JSONResponse

    async def run() -> None:
        database = await aiosqlite.connect(folder / "limit.db", isolation_level=None)
        await database.execute("PRAGMA journal_mode=WAL")
        await database.execute("PRAGMA synchronous=FULL")
        await database.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body TEXT)")
        gate = asyncio.Lock()
        app = FastAPI()

        async def message(request: Request) -> JSONResponse:
            body = json.dumps(await request.json())
            async with gate:
                await database.execute("BEGIN IMMEDIATE")
                await database.execute("INSERT INTO inbox (body) VALUES (?)", (body,))
                await database.execute("COMMIT")
            return JSONResponse({"ok": True})

        app.add_route("/chat/message", message, methods=["POST"])
        await _uvicorn(app, port)

    asyncio.run(run())


async def _uvicorn(app: object, port: int) -> None:
    import uvicorn

    config = uvicorn.Config(app, port=port, log_level="error", access_log=False, lifespan="off")  # type: ignore[arg-type]
    await uvicorn.Server(config).serve()


async def load(port: int, messages: int, each: int) -> Run:
    """Send `messages` over CONNECTIONS connections, each waiting for its answer before the next."""
    waits: list[float] = []
    numbers = iter(range(messages))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_talk(port, numbers, each, waits))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(waits, n=100)
    return Run(rate=messages / took, p50=cuts[49] * 1000, p99=cuts[98] * 1000)


async def _talk(port: int, numbers: Iterator[int], each: int, waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    token = ""
    for own, number in enumerate(numbers):
        if own % each == 0:
            token = new_secret(32)
        body = json.dumps({"client_id": f"{number:032x}", "text": TEXT}).encode()
        head = (
            f"POST /chat/message HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\nCookie: minhu_chat={token}\r\n"
            f"X-Minhu-Key: {visitor_of(token).key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        await _answered(reader)
        waits.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def _answered(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
    )
    body = await reader.readexactly(length)
    if " 200 " not in head.splitlines()[0]:
        raise RuntimeError(f"{head.splitlines()[0]}: {body.decode()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(server: Callable[..., None], messages: int, each: int, **options: bool) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        process = multiprocessing.get_context("spawn").Process(
            target=server, args=(port, Path(folder)), kwargs=options
        )
        process.start()
        try:
            _wait_for(port)
            asyncio.run(load(port, WARM, each))
            run = asyncio.run(load(port, messages, each))
        finally:
            process.kill()
            process.join()
        _require_all(Path(folder), WARM + messages)
        return run


def _require_all(folder: Path, wanted: int) -> None:
    """Killed without a word, and every acknowledged message is in the file: else the figures mean nothing."""
    file = next(folder.glob("*.db"))
    with contextlib.closing(sqlite3.connect(file)) as database:
        (found,) = database.execute("SELECT count(*) FROM inbox").fetchone()
    if found != wanted:
        raise RuntimeError(f"{file.name}: {wanted} messages were acknowledged, {found} are there")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the server did not start")


def main(arguments: list[str]) -> None:
    """Print a row a server and the ratios; the medians of the rounds are what to quote."""
    parser = argparse.ArgumentParser(prog="python -m bench intake")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--each", type=int, default=EACH, help="messages of one resident; 1: all are strangers"
    )
    options = parser.parse_args(arguments)
    limits, minhus, busies = [], [], []
    for _ in range(options.rounds):
        limits.append(_measure(limit_server, options.messages, options.each))
        minhus.append(_measure(house_server, options.messages, options.each, work=False))
        busies.append(_measure(house_server, options.messages, options.each, work=True))
    print(f"{options.messages} messages, {CONNECTIONS} connections, {options.rounds} rounds, medians")
    for name, runs in (("limit rig", limits), ("minhu, receiving", minhus), ("minhu, all at work", busies)):
        rate, p50, p99 = (statistics.median(getattr(r, f) for r in runs) for f in ("rate", "p50", "p99"))
        ratio = statistics.median(r.rate / limit.rate for r, limit in zip(runs, limits, strict=True))
        print(f"{name:<20} {rate:8.0f}/s   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   ratio {ratio:.2f}")
