"""Opening the record: one engine for either dialect, and the unit of work that alone commits.

SQLite runs in WAL with synchronous=FULL: an acknowledged message survives a power cut. Its writers queue
at one gate in the process (and at BEGIN IMMEDIATE between processes), so that nobody upgrades a read
lock and meets "database is locked" halfway through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, event, inspect, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import StaticPool

from casecore.clock import Clock
from casecore.errors import VersionConflict
from casecore.store.bells import Bells, Tray
from casecore.store.gate import Gate
from casecore.store.tables import Base

Reading = AsyncSession
"""What `Record.read` hands out, for the annotations of rooms that speak no SQL."""

# Long enough for the slowest honest writer of another process; a writer that waits longer is stuck.
BUSY_TIMEOUT_MS = 30_000

# PostgreSQL's way of saying "somebody was quicker": serialization_failure and deadlock_detected.
OVERTAKEN = frozenset({"40001", "40P01"})


@dataclass(slots=True)
class UnitOfWork:
    """One transaction. `now` is the same instant for everything in it; bells ring after the commit."""

    session: AsyncSession
    now: datetime
    rung: set[Tray] = field(default_factory=set)

    @property
    def dialect(self) -> str:
        return self.session.get_bind().dialect.name

    def ring(self, *trays: Tray) -> None:
        self.rung.update(trays)

    async def insert_once(
        self, table: type[Base], values: dict[str, Any], *key: InstrumentedAttribute[Any]
    ) -> int | None:
        """Insert a row unless its key is taken: the new row's first primary key, or None when it was there."""
        insert = sqlite_insert if self.dialect == "sqlite" else pg_insert
        statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=list(key))
        found: int | None = await self.session.scalar(statement.returning(inspect(table).primary_key[0]))
        return found

    async def insert_new(
        self,
        table: type[Base],
        rows: Sequence[dict[str, Any]],
        key: tuple[InstrumentedAttribute[Any], ...],
        answer: tuple[InstrumentedAttribute[Any], ...],
    ) -> Sequence[tuple[Any, ...]]:
        """Insert the rows whose key is not taken, in one statement; `answer` columns of those that were new."""
        if not rows:
            return ()
        insert = sqlite_insert if self.dialect == "sqlite" else pg_insert
        columns = table.__table__
        assert isinstance(columns, Table)
        statement = insert(columns).on_conflict_do_nothing(index_elements=[k.key for k in key])
        found = await self.session.execute(
            statement.returning(*(columns.c[a.key] for a in answer)), list(rows)
        )
        return [tuple(row) for row in found]


class Record:
    """The open database. Make it with `open_record`, end it with `close`."""

    def __init__(self, engine: AsyncEngine, clock: Clock, bells: Bells) -> None:
        self.engine = engine
        self.clock = clock
        self.bells = bells
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
        self._gate = Gate() if engine.dialect.name == "sqlite" else None
        # A database in memory has one connection: its readers wait for the writer, and the other way round.
        self._read_gate = self._gate if isinstance(engine.pool, StaticPool) else None

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @asynccontextmanager
    async def begin(self, *, awaited: bool = False) -> AsyncIterator[UnitOfWork]:
        """A writing transaction: commits at the end of the block, rolls back when it raises.

        `awaited`: somebody waits for the answer; such transactions have every other turn at the gate.

        VersionConflict when another transaction changed a row between our reading and writing it.
        """
        gate = self._gate.turn(awaited=awaited) if self._gate else nullcontext()
        async with gate, self._sessions() as session:
            uow = UnitOfWork(session=session, now=self.clock.now())
            with _overtaken():
                await self._begin_writing(session)
                yield uow
                await self._notify(uow)
                await session.commit()
        self.bells.ring(*uow.rung)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A reading transaction: one consistent view; nothing that it changes is kept. Rows outlive the block."""
        gate = self._read_gate.turn(awaited=True) if self._read_gate else nullcontext()
        async with gate, self._sessions() as session:
            if self.dialect == "sqlite":
                await session.execute(text("BEGIN"))
            else:
                # The default of PostgreSQL would show each statement another state of the record.
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            # Closing the session rolls back; doing so here would expire the rows that were read.
            yield session

    async def close(self) -> None:
        await self.engine.dispose()

    async def _begin_writing(self, session: AsyncSession) -> None:
        if self.dialect == "sqlite":
            await session.execute(text("BEGIN IMMEDIATE"))

    async def _notify(self, uow: UnitOfWork) -> None:
        """Tell other processes too; the message is delivered by the commit itself or not at all."""
        await uow.session.flush()
        if self.dialect == "postgresql":
            for tray in sorted(uow.rung):
                await uow.session.execute(text("SELECT pg_notify('minhu', :tray)"), {"tray": tray.value})


@contextmanager
def _overtaken() -> Iterator[None]:
    """The database's several ways of refusing a write on changed rows, as the room's one error."""
    try:
        yield
    except StaleDataError as error:
        raise VersionConflict(str(error)) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in OVERTAKEN:
            raise VersionConflict(str(error.orig)) from error
        raise


def open_record(url: str, *, clock: Clock, bells: Bells | None = None) -> Record:
    """Open `sqlite+aiosqlite:///FILE`, `sqlite+aiosqlite://` (memory) or `postgresql+asyncpg://…`."""
    # A failed statement is logged by whoever ran it; its parameters are what people wrote.
    options: dict[str, Any] = {"hide_parameters": True}
    if url in {"sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"}:
        options["poolclass"] = StaticPool
    engine = create_async_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return Record(engine, clock, bells or Bells())


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: BEGIN IMMEDIATE is ours to say.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
