"""One process, one TaskGroup, every loop: channels listening, workers working, the web server answering.

Each worker looks in its tray when a bell rings, when something of its own falls due, and at least every
LOOK seconds: a lost ring costs a moment, never a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from bots.channel import Channel
from bots.links import link_routes
from casecore.store.bells import Tray
from config.compose import House, Worker
from console.routes import routes as console_routes

log = logging.getLogger(__name__)

# At most this long until a worker looks by itself: other processes' writes on SQLite ring no bell here.
LOOK = 1.0
# A page's live line is ended by its channel; what still holds a connection then has had its chance.
GRACE = 3
# After an unexpected fault a loop rests, so that a broken disk does not fill the log.
REST = 1.0

DueOf = Callable[[], Awaitable[datetime | None]]


def application(house: House) -> FastAPI:
    """One HTTP application: each surface's router, and a health answer for whoever watches the process."""
    app = FastAPI(title="Minhu", docs_url=None, redoc_url=None, openapi_url=None)
    for channel in house.channels.values():
        router = channel.routes(house.receiver.take)
        if router is not None:
            app.include_router(router)
    app.include_router(link_routes(house.links, house.archive, house.sight, house.clock))
    app.include_router(console_routes(house.record, house.territory, house.words, house.archive, house.clock))

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        async with house.record.read():
            return JSONResponse({"ok": True})

    return app


async def serve(
    house: House, ready: Callable[[int], None], beside: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called with the port once people can be answered; `beside` is one
    more thing to do meanwhile, such as fetching the speech model."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    server = _Server(_config(house))
    listener = _listener(house.settings.host, house.settings.port)
    async with asyncio.TaskGroup() as group:
        loops = _loops(group, house)
        web = group.create_task(server.serve(sockets=[listener]), name="web")
        await _until(server.answering, web)
        if web.done():
            await web  # it could not start: its own error says why
        ready(listener.getsockname()[1])
        if beside is not None:
            loops.append(group.create_task(beside(), name="beside"))
        await _until(stopping, web)
        for channel in house.channels.values():
            await channel.stop()
        server.should_exit = True
        await web
        for each in loops:
            each.cancel()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling (the house decides when to end), and with word of its start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn's own is untyped here
        yield


def _config(house: House) -> uvicorn.Config:
    return uvicorn.Config(
        # log_config=None: uvicorn's lines go where all others go, through the same redaction.
        application(house), log_config=None, log_level="warning", access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=GRACE, proxy_headers=house.settings.public_url is not None,
    )  # fmt: skip


def _listener(host: str, port: int) -> socket.socket:
    """Bound before anything runs: a taken port is said at once (OSError)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


async def _until(stopping: asyncio.Event, web: asyncio.Task[None]) -> None:
    asked = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((asked, web), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()


def _loops(group: asyncio.TaskGroup, house: House) -> list[asyncio.Task[None]]:
    work: list[tuple[str, Worker, DueOf | None, tuple[Tray, ...]]] = [
        *((f"fetch-{n}", house.fetch, None, (Tray.INBOX,)) for n in range(house.settings.fetch_workers)),
        ("upkeep", house.upkeep, None, ()),
        *(
            (f"listen-{n}", house.listen, house.listen.next_due, (Tray.SOUNDS,))
            for n in range(house.settings.voice_workers)
        ),
        ("intake", house.intake, house.intake.next_due, (Tray.INBOX, Tray.DRAFTS)),
        ("dispatch", house.dispatch, house.dispatch.next_due, (Tray.CASES, Tray.TIMERS)),
        *(
            (f"deliver-{n}", house.deliver, house.deliver.next_due, (Tray.OUTBOX,))
            for n in range(house.settings.deliver_workers)
        ),
    ]
    loops = [group.create_task(keep_working(house, w, due, bells), name=name) for name, w, due, bells in work]
    loops += [
        group.create_task(_listen(house, c), name=f"{c.name}/{c.account}") for c in house.channels.values()
    ]
    if house.record.dialect == "postgresql":
        # Here, so that a house on SQLite does not load PostgreSQL's driver.
        from config.listen import hear_others

        loops.append(group.create_task(hear_others(house.record), name="notify"))
    return loops


async def keep_working(house: House, worker: Worker, due: DueOf | None, bells: tuple[Tray, ...]) -> None:
    """Work until nothing is left; then wait for a bell, the next due time, or LOOK seconds."""
    ear = house.record.bells.listen(*bells)
    try:
        while True:
            try:
                while await worker.run_once():
                    pass
                pause = await _pause(house, due)
            except Exception:
                # The loop itself must outlive a full disk or a lost database; workers catch their own rows' faults.
                log.exception("worker %s", type(worker).__name__)
                pause = REST
            await ear.heard(pause)
    finally:
        ear.close()


async def _pause(house: House, due: DueOf | None) -> float:
    at = await due() if due is not None else None
    if at is None:
        return LOOK
    return min(max((at - house.clock.now()).total_seconds(), 0.01), LOOK)


async def _listen(house: House, channel: Channel) -> None:
    await channel.start()
    await channel.listen(house.receiver.take)


@contextlib.asynccontextmanager
async def working(house: House) -> AsyncIterator[None]:
    """The workers alone, without a web server (tests, benches)."""
    async with asyncio.TaskGroup() as group:
        loops = _loops(group, house)
        try:
            yield
        finally:
            for each in loops:
                each.cancel()
