"""The unit of work and the reading transaction, on every kind of database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from casecore.clock import ScriptClock
from casecore.errors import VersionConflict
from casecore.parties import add_person
from casecore.store.bells import Tray
from casecore.store.engine import Record, open_record
from casecore.store.tables import Counter, DraftRow, Person, PostRow


async def people(record: Record) -> list[str]:
    async with record.read() as session:
        return list(await session.scalars(select(Person.name).order_by(Person.name)))


async def test_a_block_that_ends_is_kept_and_one_that_raises_is_not(record: Record) -> None:
    async with record.begin() as uow:
        await add_person(uow, name="kept", lang="en")
    with pytest.raises(KeyError):
        async with record.begin() as uow:
            await add_person(uow, name="lost", lang="en")
            raise KeyError("a fault of ours")
    assert await people(record) == ["kept"]


async def test_bells_ring_after_the_commit_and_not_after_a_rollback(record: Record) -> None:
    listener = record.bells.listen(Tray.INBOX)
    with pytest.raises(KeyError):
        async with record.begin() as uow:
            uow.ring(Tray.INBOX)
            raise KeyError
    assert not await listener.heard(0.001)
    async with record.begin() as uow:
        uow.ring(Tray.INBOX)
    assert await listener.heard(0.001)
    listener.close()


async def test_what_a_reading_transaction_changes_is_not_kept(record: Record) -> None:
    async with record.read() as session:
        session.add(Counter(name="n", value=1))
        await session.flush()
    async with record.read() as session:
        assert await session.scalar(select(func.count()).select_from(Counter)) == 0


async def test_instants_come_back_aware_and_in_utc(record: Record) -> None:
    east = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=8)))
    async with record.begin() as uow:
        person = await add_person(uow, name="a", lang="en")
        person.created_at = east
    async with record.read() as session:
        found = await session.scalar(select(Person.created_at))
        later = await session.scalar(
            select(Person.id).where(Person.created_at > east - timedelta(microseconds=1))
        )
    assert found == east
    assert found.tzinfo is UTC
    assert later is not None


async def test_a_naive_instant_is_refused(record: Record) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        async with record.begin() as uow:
            person = await add_person(uow, name="a", lang="en")
            person.created_at = datetime(2024, 3, 4)  # noqa: DTZ001 (that is the mistake)


async def test_json_comes_back_as_it_went(record: Record) -> None:
    groups = ["KG-01", "独居老人 🧓"]
    async with record.begin() as uow:
        person = await add_person(uow, name="a", lang="en")
        person.key_groups = groups
    async with record.read() as session:
        assert await session.scalar(select(Person.key_groups)) == groups


async def test_insert_once_says_the_new_key_and_then_none(record: Record) -> None:
    async with record.begin() as uow:
        assert await uow.insert_once(Counter, {"name": "n", "value": 7}, Counter.name) == "n"
        assert await uow.insert_once(Counter, {"name": "n", "value": 8}, Counter.name) is None
    async with record.read() as session:
        assert await session.scalar(select(Counter.value)) == 7


async def test_unknown_words_and_missing_people_are_refused_by_the_database(record: Record) -> None:
    async with record.begin() as uow:
        person = await add_person(uow, name="a", lang="en")
        good = {"id": "p", "person_id": person.id, "role": "grid_full", "unit_id": "u", "since": uow.now}
    insert = text(
        "INSERT INTO posts (id, person_id, role, unit_id, on_duty, since) "
        "VALUES (:id, :person_id, :role, :unit_id, true, CURRENT_TIMESTAMP)"
    )
    for wrong in ({"role": "emperor"}, {"person_id": "nobody"}):
        with pytest.raises(IntegrityError):
            async with record.begin() as uow:
                await uow.session.execute(insert, {**good, **wrong})
    with pytest.raises(StatementError):
        async with record.begin() as uow:
            uow.session.add(PostRow(**{**good, "role": "emperor"}))


async def test_sqlite_keeps_what_was_acknowledged(record: Record) -> None:
    """WAL, synchronous=FULL, foreign keys on: the promise of engine.py."""
    if record.dialect != "sqlite":
        pytest.skip("settings of SQLite")
    async with record.read() as session:
        assert await session.scalar(text("PRAGMA synchronous")) == 2
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1
        assert await session.scalar(text("PRAGMA journal_mode")) in {"wal", "memory"}


async def open_two(url: str, clock: ScriptClock) -> tuple[Record, Record]:
    return open_record(url, clock=clock), open_record(url, clock=clock)


async def test_a_reader_sees_one_state_of_the_record_throughout(shared_url: str, clock: ScriptClock) -> None:
    writer, reader = await open_two(shared_url, clock)
    async with reader.read() as session:
        before = await session.scalar(select(func.count()).select_from(Person))
        async with writer.begin() as uow:
            await add_person(uow, name="meanwhile", lang="en")
        after = await session.scalar(select(func.count()).select_from(Person))
    assert (before, after) == (0, 0)
    assert await people(reader) == ["meanwhile"]
    await writer.close()
    await reader.close()


async def test_writers_of_two_processes_take_turns(shared_url: str, clock: ScriptClock) -> None:
    """Two engines stand for two processes: 40 read-modify-writes on one row, none lost, none locked out."""
    records = await open_two(shared_url, clock)
    async with records[0].begin() as uow:
        await uow.insert_once(Counter, {"name": "n", "value": 0}, Counter.name)

    async def count(record: Record) -> None:
        for _ in range(20):
            async with record.begin() as uow:
                row = await uow.session.get_one(Counter, "n", with_for_update=True)
                row.value += 1

    await asyncio.gather(*(count(record) for record in records))
    async with records[0].read() as session:
        assert await session.scalar(select(Counter.value)) == 40
    for record in records:
        await record.close()


async def test_a_row_that_changed_meanwhile_is_a_version_conflict(record: Record) -> None:
    """The version column refuses a write on what is no longer there; the room's own error says so."""
    async with record.begin() as uow:
        uow.session.add(await draft(uow.session, uow.now))
    with pytest.raises(VersionConflict):
        async with record.begin() as uow:
            row = await uow.session.get_one(DraftRow, "d")
            await uow.session.execute(text("UPDATE drafts SET version = version + 1"))
            row.body = {"mine": True}


async def draft(session: object, now: datetime) -> DraftRow:
    from casecore.store.tables import Conversation
    from casecore.vocabulary import Side

    session.add(  # type: ignore[attr-defined]
        Conversation(
            id="c", channel="web", account="a", address="x", side=Side.RESIDENT, reachable=True,
            created_at=now, last_in_at=now,
        )
    )  # fmt: skip
    await session.flush()  # type: ignore[attr-defined]
    return DraftRow(id="d", conversation_id="c", body={}, created_at=now, updated_at=now)


async def test_a_deadlock_of_postgresql_is_a_version_conflict(shared_url: str, clock: ScriptClock) -> None:
    """Two transactions that wait for each other: one wins, the other is told to try again."""
    if shared_url.startswith("sqlite"):
        pytest.skip("writers of SQLite never wait for each other's rows")
    record = open_record(shared_url, clock=clock)
    async with record.begin() as uow:
        for name in ("a", "b"):
            await uow.insert_once(Counter, {"name": name, "value": 0}, Counter.name)
    both_hold = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> None:
        async with record.begin() as uow:
            await uow.session.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            await uow.session.get_one(Counter, first, with_for_update=True)
            await both_hold.wait()
            await uow.session.get_one(Counter, second, with_for_update=True)

    results = await asyncio.gather(lock("a", "b"), lock("b", "a"), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [VersionConflict]
    await record.close()


async def test_other_errors_of_the_database_stay_what_they_are(record: Record) -> None:
    with pytest.raises(DBAPIError):
        async with record.begin() as uow:
            await uow.session.execute(text("SELECT * FROM no_such_table"))
