"""The clocks against a table that was worked out without them (see deadlines_by_counting.py)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casecore import deadlines, freeze
from casecore.acts.promise import last_day
from casecore.territory.model import ServiceLevels, Territory
from casecore.vocabulary import Stage, SuspensionReason, Urgency
from tests.casecore.deadlines_by_counting import rows

ZONE = ZoneInfo("Asia/Shanghai")
LEVELS = ServiceLevels()
FILE = Path(__file__).with_name("deadlines_oracle.csv")
NAMES = ("by", "what", "first", "second", "third", "fourth", "due")


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZONE)


def _extension(stage: str, urgency: str, due: str, hours: str) -> datetime:
    most = deadlines.extension_most(LEVELS, Stage(stage), Urgency(urgency))
    assert most is not None
    return at(due) + min(timedelta(hours=int(hours)), most)


def _mode(began: str, due: str, since: str, until: str) -> datetime:
    return at(due) + freeze.overlap(at(began), at(until), at(since), at(until))


def _promise(stage_ends: str, territory: Territory) -> datetime:
    return datetime.combine(last_day(territory, at(stage_ends)), time(), ZONE)


def _reminder(started: str, due: str, which: str) -> datetime:
    return dict(deadlines.reminders(LEVELS, at(started), at(due)))[which]


def _response(urgency: str, arrived: str, halved: str) -> datetime:
    return deadlines.response_due(LEVELS, Urgency(urgency), at(arrived), ZONE, halved=bool(halved))


def _return(stage: str, urgency: str, arrived: str) -> datetime | None:
    return deadlines.return_until(LEVELS, Stage(stage), Urgency(urgency), at(arrived))


def _suspension(reason: str, since: str) -> datetime:
    return at(since) + deadlines.suspension_most(LEVELS, SuspensionReason(reason))


CLOCKS: dict[str, Callable[..., datetime | None]] = {
    "stage": lambda stage, start: deadlines.stage_due(LEVELS, Stage(stage), at(start)),
    "reopened": lambda stage, start: deadlines.reopened_due(LEVELS, Stage(stage), at(start)),
    "unit": lambda ends, arrived: deadlines.unit_due(LEVELS, at(ends), at(arrived)),
    "response": _response,
    "claim": lambda arrived: deadlines.claim_due(LEVELS, at(arrived), ZONE),
    "reminder": _reminder,
    "return": _return,
    "extension": _extension,
    "suspension": _suspension,
    "freeze": lambda due, since, until: freeze.thawed(at(due), at(since), at(until)),
    "mode": _mode,
}
MAY_BE_BLANK = {"response": 3}


def table() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_three_hundred_rows_and_all_the_clocks() -> None:
    found = table()
    assert len(found) >= 300
    assert {row["what"] for row in found} == {*CLOCKS, "promise"}


def test_the_table_is_what_the_counting_makes() -> None:
    assert [tuple(row[name] for name in NAMES) for row in table()] == list(rows())


@pytest.mark.parametrize("what", [*CLOCKS, "promise"])
def test_the_clocks_agree_with_the_table(what: str, tiny: Territory) -> None:
    wrong = []
    for row in table():
        if row["what"] != what:
            continue
        given = [row[name] for name in NAMES[2:6]]
        args = given[: MAY_BE_BLANK[what]] if what in MAY_BE_BLANK else [each for each in given if each]
        due = _promise(*args, tiny) if what == "promise" else CLOCKS[what](*args)
        if due != at(row["due"]):
            wrong.append((row, due))
    assert not wrong


@pytest.fixture
def tiny() -> Territory:
    return Territory(
        id="tiny", names={"en": "Tiny"}, languages=("en",), zone=ZONE, root="district", folder=FILE.parent, units={},
        departments={}, items={}, landmarks=(), levels=LEVELS, roster=(), digest="",
    )  # fmt: skip
