"""Bringing the record's schema to where the code wants it, and back: Alembic, run in our own transaction.

At a warm start one SELECT says that nothing is to do, and Alembic is not even imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from casecore.errors import Fault
from casecore.store.engine import Record
from casecore.store.migrations import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

BASE = "base"

# Any number that no other user of the database locks with: it makes two starting processes take turns.
TURN = 7_305_211


class SchemaUnknown(Fault):
    """The record was written by a newer Minhu: this one does not know its revision and leaves it alone."""


async def current(record: Record) -> str | None:
    """The record's revision, or None for an empty database."""
    async with record.engine.connect() as connection:
        return await connection.run_sync(_stored)


async def is_current(record: Record) -> bool:
    """Does the record have the schema that this code was written for?"""
    return await current(record) == HEAD


async def upgrade(record: Record) -> bool:
    """Bring the record to HEAD; True when there was something to do. SchemaUnknown for a newer record."""
    if await is_current(record):
        return False
    async with _alone(record) as connection:
        await connection.run_sync(_run, _upgrade)
    return True


async def downgrade(record: Record, to: str) -> None:
    """Back to revision `to` (`base`: no tables at all). What the dropped columns held is lost."""
    async with _alone(record) as connection:
        await connection.run_sync(_run, lambda config: _downgrade(config, to))


def _stored(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@asynccontextmanager
async def _alone(record: Record) -> AsyncIterator[AsyncConnection]:
    """One transaction that no other migration shares; committed at the end of the block."""
    async with record.engine.connect() as connection:
        if record.dialect == "sqlite":
            async with _copying_tables(connection):
                yield connection
                await connection.commit()
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
            yield connection
            await connection.commit()


@asynccontextmanager
async def _copying_tables(connection: AsyncConnection) -> AsyncIterator[None]:
    """SQLite alters a table by copying, dropping and renaming it: foreign keys rest, and are checked at the end."""
    await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    await connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        await connection.rollback()
        await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        await connection.rollback()


def config_for(connection: Connection) -> Config:
    """Alembic's configuration, made here rather than read from a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection, command: Callable[[Config], None]) -> None:
    config = config_for(connection)
    _require_known(config, _stored(connection))
    command(config)
    if connection.dialect.name == "sqlite":
        _require_no_orphans(connection)


def _require_known(config: Config, stored: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stored is not None and stored not in known:
        raise SchemaUnknown(f"the record is at revision {stored!r}; this Minhu knows {sorted(known)}")


def _require_no_orphans(connection: Connection) -> None:
    orphans: list[Any] = list(connection.exec_driver_sql("PRAGMA foreign_key_check"))
    if orphans:
        raise Fault(f"after the migration {len(orphans)} rows refer to rows that are gone, e.g. {orphans[0]}")


def _upgrade(config: Config) -> None:
    from alembic import command

    command.upgrade(config, HEAD)


def _downgrade(config: Config, to: str) -> None:
    from alembic import command

    command.downgrade(config, to)
