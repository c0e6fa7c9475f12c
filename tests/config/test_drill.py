"""The kill drill can fail: its counting finds what was lost, doubled or changed, and nothing in a whole record."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casecore.messages import InboundMessage
from casecore.vocabulary import MessageKind, Side
from config.compose import House, compose, open_channels
from config.drill.count import Tally, count
from config.drill.kills import kill_again_and_again
from config.settings import Settings

NAMES = [f"{number:016x}:drill-message" for number in range(3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """A house after three emergencies, and its file for whoever breaks it."""

    house: House
    file: Path

    async def counted(self) -> Tally:
        tally = Tally(kills=1, acknowledged=list(NAMES))
        await count(self.house.record, tally)
        return tally

    def sabotage(self, *statements: str) -> None:
        """As somebody with the file in hand could: no trigger, no foreign key, no unique index in the way."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in guards:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, f"changes nothing: {statement}"


@pytest.fixture
async def drilled(tmp_path: Path) -> AsyncIterator[Drilled]:
    house = await compose(Settings(data=tmp_path, territory="littlebrook", demo=False))
    try:
        open_channels(house)
        for name in NAMES:
            await house.receiver.take(emergency(name))
            await house.receiver.take(emergency(name))  # delivered twice, as in the drill
        await house.settle()
        yield Drilled(house=house, file=tmp_path / "minhu.db")
    finally:
        await house.close()


def emergency(name: str) -> InboundMessage:
    return InboundMessage(
        channel="web", account="residents", external_id=name, address=f"chat-{name}", side=Side.RESIDENT,
        kind=MessageKind.TEXT, sent_at=datetime.now(UTC), text="Ferry Green fire! People are trapped", lang="en",
    )  # fmt: skip


async def test_a_whole_record_keeps_the_promise(drilled: Drilled) -> None:
    tally = await drilled.counted()
    assert tally.kept, (tally.lost, tally.doubled, tally.broken)
    assert (tally.inbox, tally.cases) == (3, 3)


COPY_OF_A_CASE = (
    "CREATE TEMP TABLE copy AS SELECT * FROM cases LIMIT 1",
    "UPDATE copy SET id = 'f' || substr(id, 2), number = number || 'X'",
    "INSERT INTO cases SELECT * FROM copy",
)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ((f"DELETE FROM inbox WHERE external_id = '{NAMES[0]}'",), lambda t: t.lost),
        ((f"UPDATE inbox SET state = 'quarantined' WHERE external_id = '{NAMES[0]}'",), lambda t: t.lost),
        (("DELETE FROM correspondence WHERE direction = 'in' AND inbox_id = 1",), lambda t: t.lost),
        (("DELETE FROM outbox WHERE notice = 'submitted'",), lambda t: t.lost),
        (("UPDATE outbox SET state = 'due' WHERE notice = 'submitted'",), lambda t: t.lost),
        (("DELETE FROM cases WHERE id = (SELECT min(id) FROM cases)",), lambda t: t.lost and t.broken),
        (
            ("UPDATE correspondence SET inbox_id = 1 WHERE direction = 'in' AND inbox_id = 2",),
            lambda t: t.doubled and t.lost,
        ),
        (
            (
                "INSERT INTO outbox (\"key\", lane, notice, person_id, conversation_id, case_id, facts, buttons, files,"
                " created_at, state, attempts) SELECT \"key\" || 'X', lane, notice, person_id, conversation_id,"
                " case_id, facts, buttons, files, created_at, state, attempts FROM outbox"
                " WHERE notice = 'submitted' LIMIT 1",
            ),
            lambda t: t.doubled,
        ),
        (("UPDATE case_events SET data = '{}' WHERE kind = 'submitted'",), lambda t: t.broken),
        (("DELETE FROM case_events WHERE kind = 'dispatched'",), lambda t: t.broken),
        (("DELETE FROM assignments",), lambda t: t.broken),
    ],
    ids=[
        "message removed", "message set aside", "line removed", "notice removed", "notice not sent", "case removed",
        "line doubled", "notice doubled", "event changed", "event removed", "nobody holds it",
    ],
)  # fmt: skip
async def test_what_is_amiss_is_found(
    drilled: Drilled, statements: tuple[str, ...], found: Callable[[Tally], object]
) -> None:
    drilled.sabotage(*statements)
    tally = await drilled.counted()
    assert found(tally)
    assert not tally.kept


async def test_a_doubled_case_is_found(drilled: Drilled) -> None:
    with closing(sqlite3.connect(drilled.file, isolation_level=None)) as connection:
        for statement in COPY_OF_A_CASE:
            connection.execute(statement)
    tally = await drilled.counted()
    assert tally.doubled
    assert not tally.kept


async def test_an_acknowledged_message_that_never_arrived_is_lost(drilled: Drilled) -> None:
    tally = Tally(kills=1, acknowledged=[*NAMES, "0:never-written-down"])
    await count(drilled.house.record, tally)
    assert tally.lost == ["message 0:never-written-down"]


def test_a_drill_without_a_kill_or_a_message_proves_nothing() -> None:
    assert not Tally(kills=0, acknowledged=["one"]).kept
    assert not Tally(kills=1).kept


@pytest.mark.slow
async def test_three_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """The real server under kill -9; `minhu dev kill-test` is the long form."""
    tally = await kill_again_and_again(
        tmp_path / "data", kills=3, territory="littlebrook", place="Ferry Green", seed=1
    )
    assert tally.kept, (tally.lost, tally.doubled, tally.broken)
    assert tally.kills == 3
