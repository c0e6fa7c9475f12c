"""`minhu audit verify` names each case whose file is not what was written, and says when there is nothing to check."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casecore.messages import InboundMessage
from casecore.vocabulary import MessageKind, Side
from config.cli.entry import main
from config.compose import compose, open_channels
from config.settings import Settings


def verify(data: Path, *more: str) -> int:
    try:
        return main(["audit", "verify", "--data", str(data), "--lang", "en", *more])
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two cases."""

    async def fill() -> None:
        house = await compose(Settings(data=tmp_path, territory="littlebrook"))
        open_channels(house)
        for name in ("first", "second"):
            await house.receiver.take(
                InboundMessage(
                    channel="web", account="residents", external_id=name, address=name, side=Side.RESIDENT,
                    kind=MessageKind.TEXT, sent_at=datetime.now(UTC), text="Fire at Ferry Green, people are trapped",
                )
            )  # fmt: skip
        await house.settle()
        await house.close()

    asyncio.run(fill())
    return tmp_path


def tamper(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "minhu.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1


def numbers(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "minhu.db")) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM cases ORDER BY id")]


def test_a_record_that_nobody_touched_is_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(data) == 0
    assert "2 cases" in capsys.readouterr().out


def test_the_changed_case_is_named_and_no_other(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = numbers(data)
    tamper(
        data,
        "UPDATE case_events SET actor = 'x' "
        f"WHERE n = 2 AND case_id IN (SELECT id FROM cases WHERE number = '{second}')",
    )
    assert verify(data) == 1
    said = capsys.readouterr().out
    assert f"case {second}, event 2" in said
    assert first not in said


def test_programs_get_the_same_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = numbers(data)
    tamper(data, f"UPDATE cases SET head_hash = '' WHERE number = '{first}'")
    assert verify(data, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], [each["case"] for each in found["broken"]]) == (2, [first])


def test_a_case_that_was_cut_out_is_missed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = numbers(data)
    tamper(data, f"DELETE FROM cases WHERE number = '{first}'")
    assert verify(data) == 1
    assert "the case is gone" in capsys.readouterr().out


def test_another_record_by_its_address(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert verify(elsewhere, "--database", f"sqlite+aiosqlite:///{data / 'minhu.db'}") == 0
    assert "2 cases" in capsys.readouterr().out


def test_no_record_is_no_sound_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path) == 2
    assert "no record" in capsys.readouterr().err
    assert not (tmp_path / "minhu.db").exists()
