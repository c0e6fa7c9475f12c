"""Bells of other processes: PostgreSQL's NOTIFY, delivered by their commits, rung here. Lost ones do no harm."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncpg
from sqlalchemy import URL

from casecore.store.bells import Tray
from casecore.store.engine import Record

log = logging.getLogger(__name__)

# How long until a broken line is tried again; the workers' own looking bridges the gap.
AGAIN = 5.0


async def hear_others(record: Record) -> None:
    """Listen on the channel `minhu` until cancelled, connecting anew whenever the line breaks."""
    while True:
        try:
            await _hear(record)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning(
                "no NOTIFY line to the database (%s); looking by the clock meanwhile", type(error).__name__
            )
        await asyncio.sleep(AGAIN)


async def _hear(record: Record) -> None:
    line = await asyncpg.connect(_dsn(record.engine.url))
    broken = asyncio.Event()

    def rung(_line: Any, _pid: int, _channel: str, tray: str) -> None:
        if tray in {each.value for each in Tray}:
            record.bells.ring(Tray(tray))

    line.add_termination_listener(lambda _line: broken.set())
    await line.add_listener("minhu", rung)
    try:
        await broken.wait()
    finally:
        await line.close()


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
