"""The house a journey is played in: composed for real, the simulator at both ends, a clock that the script moves.

What is dear to make is made once a process: a territory, its understander, and the schema of a database in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.channel import ChannelError, MaybeSent, Rejected, TryLater, Unreachable
from bots.simulator import Simulator
from casecore import models
from casecore.clock import ScriptClock
from casecore.store.bells import Bells, Listener, Tray
from casecore.store.engine import Record, open_record
from casecore.store.migrate import BASE, downgrade, upgrade
from casecore.store.tables import Person
from casecore.territory import Territory, read_territory
from casecore.vocabulary import Side
from config.compose import House, Worker, compose
from config.places import territory_folder
from config.settings import Settings
from intake.understand import Understander

MEMORY = "sqlite+aiosqlite://"
RESIDENTS, HANDLERS = "residents", "handlers"
# Parts of an album come within two seconds, and what is late is late just after its due time: a script
# does not have to wait for either.
GRACE = timedelta(seconds=3)
# Every so many-th shipped text is tried again when a journey learns: all of them take a quarter of a minute.
TAUGHT_SAMPLE = 20

FAILURES: dict[str, Callable[[], ChannelError]] = {
    "fail": lambda: TryLater("the journey makes it fail"),
    "throttled": lambda: TryLater("the journey makes it wait", after=1.0, throttled=True),
    "maybe_sent": lambda: MaybeSent("the journey cuts the line"),
    "unreachable": lambda: Unreachable("the journey blocks the chat"),
    "rejected": lambda: Rejected("the journey makes it refuse"),
}


DueOf = Callable[[], Awaitable[datetime | None]]


class RecordNotEmpty(Exception):
    """Journeys replace the whole roster: they are played on a record of their own, never on one with people in it."""


class Stuck(Exception):
    """Something is due and no worker can do it: a defect of the house, not of the journey."""


@dataclass(slots=True)
class Props:
    """What several journeys share. `warm` reads what is dear; each is read once."""

    _territories: dict[Path, Territory] = field(default_factory=dict)
    _understanders: dict[Path, Understander] = field(default_factory=dict)
    _schema: list[str] = field(default_factory=list)

    def folder(self, name: str, beside: Path) -> Path:
        """A territory by name, or a folder seen from the journey's file or from here."""
        near = beside.parent / name
        return near if near.is_dir() else territory_folder(name)

    def zone(self, name: str, beside: Path) -> ZoneInfo:
        """A territory's time zone, without reading the whole of it. OSError or KeyError when there is none."""
        head = yaml.safe_load((self.folder(name, beside) / "territory.yaml").read_text(encoding="utf-8"))
        return ZoneInfo(head["timezone"])

    def territory(self, folder: Path) -> Territory:
        if folder not in self._territories:
            self._territories[folder] = read_territory(folder)
        return self._territories[folder]

    def understander(self, folder: Path) -> Understander:
        if folder not in self._understanders:
            self._understanders[folder] = Understander(self.territory(folder))
            self._understanders[folder].warm()
        return self._understanders[folder]

    async def memory(self, clock: ScriptClock) -> Record:
        """An empty record in memory with the newest schema."""
        record = open_record(MEMORY, clock=clock)
        if not self._schema:
            await upgrade(record)
            self._schema = await _schema_of(record.engine)
            return record
        async with record.engine.connect() as connection:
            for statement in self._schema:
                await connection.exec_driver_sql(statement)
        return record


async def _schema_of(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        made = await connection.execute(
            text(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
            )
        )
        statements = [row[0] for row in made]
        version = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return [*statements, f"INSERT INTO alembic_version VALUES ('{version}')"]  # noqa: S608  # our own word


@dataclass(slots=True)
class _Desk:
    """A worker and its bell. Awake until it has found nothing to do; a ring or its own due time wakes it."""

    worker: Worker
    ear: Listener
    due_of: DueOf
    due: datetime | None = None
    awake: bool = True

    async def work(self) -> int:
        """Work until nothing is left. Pieces of work done."""
        done = 0
        if self.awake or self.ear.rang():
            while await self.worker.run_once():
                done += 1
            self.ear.rang()  # its own rings: nothing came in since it looked last
            self.awake = False
        return done


@dataclass(slots=True)
class Theatre:
    """One journey's house. `open` it, play, `close` it."""

    props: Props
    folder: Path
    data: Path
    clock: ScriptClock
    database: str = MEMORY
    house: House = field(init=False)
    residents: Simulator = field(init=False)
    handlers: Simulator = field(init=False)
    _desks: list[_Desk] = field(default_factory=list)

    async def open(self) -> None:
        failures: list[Callable[[], ChannelError]] = []  # one line to the outside: faults hit whoever is next
        self.residents = Simulator(account=RESIDENTS, side=Side.RESIDENT, failures=failures)
        self.handlers = Simulator(account=HANDLERS, side=Side.HANDLER, failures=failures)
        if self.database == MEMORY:
            record = await self.props.memory(self.clock)
        else:
            record = open_record(self.database, clock=self.clock)
            await upgrade(record)
            await _require_empty(record)
        await self._compose(record)

    async def _compose(self, record: Record) -> None:
        settings = Settings(
            data=self.data, database_url=self.database, territory=str(self.folder), demo=False,
            files_read=False, files_veil=False,  # a script plays the same whatever extras are installed
        )  # fmt: skip
        self.house = await compose(
            settings, clock=self.clock, territory=self.territory, record=record,
            understander=self.props.understander(self.folder),
        )  # fmt: skip
        self.house.add(self.residents)
        self.house.add(self.handlers)
        self._desks = [
            _Desk(worker, self.house.record.bells.listen(*trays), due_of)
            for worker, trays, due_of in self._work()
        ]

    def _work(self) -> tuple[tuple[Worker, tuple[Tray, ...], DueOf], ...]:
        """Each worker with the trays it reads and when something of its own falls due (intake knows of fetching)."""
        h = self.house
        return (
            (h.fetch, (Tray.INBOX,), h.intake.next_due),
            (h.listen, (Tray.SOUNDS,), h.listen.next_due),
            (h.intake, (Tray.INBOX, Tray.DRAFTS), h.intake.next_due),
            (h.dispatch, (Tray.CASES, Tray.TIMERS), h.dispatch.next_due),
            (h.deliver, (Tray.OUTBOX,), h.deliver.next_due),
        )

    @property
    def territory(self) -> Territory:
        return self.props.territory(self.folder)

    async def close(self) -> None:
        if self.database != MEMORY:
            await downgrade(self.house.record, BASE)  # it was empty when we came
        await self.house.close()

    async def restart(self) -> None:
        """The house is gone without a word, and another one opens on what is written down.

        A database in memory lives in its one connection, which the new house is given; of the old house
        nothing else is kept. Only file handles are closed.
        """
        await self.house.archive.close()
        engine = self.house.record.engine
        if self.database == MEMORY:
            record = Record(engine, self.clock, Bells())
        else:
            await engine.dispose()
            record = open_record(self.database, clock=self.clock)
        await self._compose(record)

    def channel(self, side: Side) -> Simulator:
        return self.residents if side is Side.RESIDENT else self.handlers

    def fail(self, how: str, times: int) -> None:
        self.residents.failures += [FAILURES[how]] * times

    async def settle(self) -> int:
        """Run every worker that a bell or the time has woken, until nothing is left that is due now.

        Like `House.settle`, but idle workers do not look: a look is a transaction, and most are idle.
        """
        done = 0
        while worked := sum([await desk.work() for desk in self._desks]):
            done += worked
        return done

    async def advance(self, target: datetime) -> None:
        """Move the clock; everything that falls due on the way happens at its own time, in order."""
        await self.settle()
        while (due := await self.next_due()) is not None and due <= target:
            await self._reach(due)
        self.clock.set(max(target, self.clock.now()))

    async def grace(self) -> bool:
        """Let happen what is due within three seconds. True when there was something."""
        limit = self.clock.now() + GRACE
        happened = await self.settle() > 0
        while (due := await self.next_due()) is not None and due <= limit:
            await self._reach(due)
            happened = True
        return happened

    async def _reach(self, due: datetime) -> None:
        was = self.clock.now()
        self.clock.set(max(due, was))
        for desk in self._desks:
            desk.awake = desk.due is not None and desk.due <= self.clock.now()
        if not await self.settle() and due <= was:
            raise Stuck(f"something was due at {due:%Y-%m-%d %H:%M:%S} and no worker does it")

    async def next_due(self) -> datetime | None:
        """When something falls due next; each desk remembers its own."""
        for desk in self._desks:
            desk.due = await desk.due_of()
        return min((desk.due for desk in self._desks if desk.due is not None), default=None)

    async def learn(self) -> str:
        """`minhu learn` on this record, against a sample of what was taught: what it came to."""
        from intake.learning.course import Course

        base = self.props.understander(self.folder)
        course = Course(self.house.record, base, self.house.settings.models_folder, (), sample=TAUGHT_SAMPLE)
        return (await course.run()).state

    async def roll_back(self, version: int) -> None:
        async with self.house.record.begin() as uow:
            await models.activate(uow, version)


async def _require_empty(record: Record) -> None:
    async with record.read() as session:
        somebody = await session.scalar(select(Person.id).limit(1))
    if somebody is not None:
        await record.close()
        raise RecordNotEmpty("this database has people in it; journeys are played on an empty one")
