"""The revisions make what the tables say, on both dialects, forwards and back, with rows in between."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from casecore.clock import ScriptClock
from casecore.store import migrate
from casecore.store.engine import Record, open_record
from casecore.store.migrations import HEAD
from casecore.store.tables import Base, Person


@pytest.fixture
def empty(empty_url: str, clock: ScriptClock) -> Record:
    return open_record(empty_url, clock=clock)


def schema_of(connection: Connection) -> set[str]:
    """Everything the database says of itself but the bookkeeping of Alembic: tables, CHECKs, indexes, triggers."""
    queries = {
        "sqlite": [
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND tbl_name NOT IN ('alembic_version', 'sqlite_sequence')"
        ],
        "postgresql": [
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || "
            "coalesce(character_maximum_length, 0) || ' ' || coalesce(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        ],
    }  # fmt: skip
    said: set[str] = set()
    for query in queries[connection.dialect.name]:
        said |= {_letters(row) for row in connection.scalars(text(query))}
    return said


def _letters(statement: str) -> str:
    """A statement without the spaces, quotes and order of constraints that mean nothing."""
    flat = re.sub(r'[\s"]+', " ", statement).strip()
    head, _, body = flat.partition("( ")
    parts = sorted(part.strip(" )") for part in re.split(r", (?=CONSTRAINT)", body))
    return f"{head} {parts}"


def make_tables(connection: Connection) -> set[str]:
    Base.metadata.create_all(connection)
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")
    return schema_of(connection)


async def schema_by_revisions(record: Record) -> set[str]:
    await migrate.upgrade(record)
    async with record.engine.connect() as connection:
        return await connection.run_sync(schema_of)


async def test_the_revisions_make_exactly_what_the_tables_say(empty: Record) -> None:
    """No drift: columns, CHECKs and conditions of partial indexes too; only the triggers are the revisions' own."""
    async with empty.engine.begin() as connection:
        by_tables = await connection.run_sync(make_tables)
        await connection.run_sync(Base.metadata.drop_all)
        await connection.exec_driver_sql("DROP TABLE alembic_version")
    by_revisions = await schema_by_revisions(empty)
    assert by_tables - by_revisions == set()
    assert all("TRIGGER" in more for more in by_revisions - by_tables)
    assert by_revisions - by_tables != set()
    await empty.close()


async def test_alembic_sees_no_difference(empty: Record) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    await migrate.upgrade(empty)

    def difference(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with empty.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await empty.close()


async def test_there_and_back_and_there_again_with_rows(empty: Record) -> None:
    async def add(name: str) -> None:
        async with empty.begin() as uow:
            uow.session.add(Person(id=name, name=name, lang="en", key_groups=[], created_at=uow.now))

    first = await schema_by_revisions(empty)
    await add("before")
    await migrate.downgrade(empty, migrate.BASE)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(lambda c: set(inspect(c).get_table_names())) == {"alembic_version"}
    assert await migrate.current(empty) is None
    assert await schema_by_revisions(empty) == first
    await add("after")
    await empty.close()


async def test_the_stored_revision_is_told(empty: Record) -> None:
    assert await migrate.current(empty) is None
    assert not await migrate.is_current(empty)
    assert await migrate.upgrade(empty)
    assert await migrate.current(empty) == HEAD
    assert await migrate.is_current(empty)
    assert not await migrate.upgrade(empty), "a second upgrade has nothing to do"
    await empty.close()


async def test_a_record_of_a_newer_minhu_is_left_alone(empty: Record) -> None:
    await migrate.upgrade(empty)
    async with empty.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(migrate.SchemaUnknown, match="9999"):
        await migrate.upgrade(empty)
    await empty.close()


async def test_a_revision_that_fails_leaves_nothing_behind(
    empty: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables of a half-done revision are rolled back with it: the next try starts clean."""

    def protect_nothing(_table: str) -> None:
        raise RuntimeError("a revision that breaks at its end")

    monkeypatch.setattr("casecore.store.migrations.append_only.protect", protect_nothing)
    with pytest.raises(RuntimeError, match="breaks"):
        await migrate.upgrade(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == []
        if empty.dialect == "sqlite":
            assert await connection.scalar(text("PRAGMA foreign_keys")) == 1, "foreign keys rest no longer"
    await empty.close()


async def test_two_processes_that_start_together_take_turns(empty_url: str, clock: ScriptClock) -> None:
    import asyncio

    records = [open_record(empty_url, clock=clock) for _ in range(3)]
    await asyncio.gather(*(migrate.upgrade(record) for record in records))
    for record in records:
        assert await migrate.is_current(record)
        await record.close()


def test_history_is_one_line_that_ends_at_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from casecore.store import migrations

    config = Config()
    config.set_main_option("script_location", str(migrations.__path__[0]))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert not any(
        revision.is_branch_point or revision.is_merge_point for revision in script.walk_revisions()
    )


def test_a_warm_start_does_not_import_alembic(schema_file: Any) -> None:
    """Alembic costs more to import than all the rest of a warm start."""
    code = (
        "import asyncio, sys\n"
        "from casecore.clock import SystemClock\n"
        "from casecore.store.engine import open_record\n"
        "from casecore.store.migrate import upgrade\n"
        "async def main():\n"
        f"    record = open_record('sqlite+aiosqlite:///{schema_file}', clock=SystemClock())\n"
        "    print(await upgrade(record), 'alembic' in sys.modules)\n"
        "    await record.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
