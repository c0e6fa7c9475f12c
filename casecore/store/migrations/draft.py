"""Draft a revision: the difference between the tables and what the revisions make, for whoever changed them.

    python -m casecore.store.migrations.draft 0007 "who was asked"

It writes versions/0007_who_was_asked.py to be read, corrected and completed by hand: Alembic sees neither
CHECK constraints nor triggers nor the conditions of partial indexes, and a test compares all of them.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Integer
from sqlalchemy.ext.asyncio import create_async_engine

from casecore.store.columns import Instant, Word
from casecore.store.migrate import config_for

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def frozen(kind: str, thing: Any, context: AutogenContext) -> str | bool:
    """Our own column types by what they are in the database: a revision must not change when they do."""
    if kind != "type":
        return False
    if isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, Word):
        return "sa.String(40)"  # the length of every Word
    variants = getattr(thing, "_variant_mapping", {})
    if "postgresql" in variants:
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if isinstance(variants.get("sqlite"), Integer):
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return False


def draft(connection: Connection, revision: str, message: str) -> None:
    """Write the revision that turns the present revisions into the present tables."""
    from alembic import command

    config = config_for(connection)
    config.attributes["render_item"] = frozen
    command.upgrade(config, "head")
    command.revision(config, message=message, rev_id=revision, autogenerate=True)


async def main(revision: str, message: str) -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.connect() as connection:
        await connection.run_sync(draft, revision, message)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
