"""Starting and stopping the emulator: for a while inside one process, or for good on a port."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

import uvicorn

from bots.telegram.emulator.app import create_app
from bots.telegram.emulator.world import World

LOOPBACK = "127.0.0.1"


def run(port: int, ready: Callable[[int], None]) -> None:
    """Serve until Ctrl-C, on loopback alone: the control API knows no password. OSError when the port is taken.

    `ready` is called with the port (a free one for 0) once connections are taken.
    """
    world = World()
    plug = socket.create_server((LOOPBACK, port))
    # No access log: its lines would hold the tokens.
    config = uvicorn.Config(
        create_app(world),
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    ready(plug.getsockname()[1])
    # uvicorn raises the signal again once it has stopped; it was meant for nobody else.
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, world).run(sockets=[plug])


class _Server(uvicorn.Server):
    """Ends long polls when it is asked to stop; they would hold the shutdown up."""

    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self._world = world

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._world.close()
        super().handle_exit(sig, frame)


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """The emulator around `world` in this event loop, on a free port; the base URL to give to a bot."""
    async with hosting(create_app(world)) as base:
        try:
            yield base
        finally:
            world.close()


@contextlib.asynccontextmanager
async def hosting(app: Any) -> AsyncIterator[str]:
    """Any ASGI application on a free loopback port, without uvicorn's signal handlers; its base URL."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    plug = socket.create_server((LOOPBACK, 0))
    await server.startup(sockets=[plug])
    try:
        yield f"http://{LOOPBACK}:{plug.getsockname()[1]}"
    finally:
        await server.shutdown(sockets=[plug])
