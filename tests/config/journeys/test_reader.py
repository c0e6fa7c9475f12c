"""A journey's file is read whole or refused with file, line and step; nothing in it is skipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casecore.vocabulary import MessageKind, Role, Side
from config.journeys.document import JourneyInvalid
from config.journeys.reader import read_journey
from config.journeys.script import (
    Check,
    ExpectCase,
    ExpectEvents,
    ExpectKpi,
    ExpectNothing,
    ExpectNotice,
    Journey,
    Op,
    Presses,
    Says,
    Step,
    Until,
    Waits,
)

HEAD = "title: T\nterritory: fuyang\nstart: 2026-03-02T09:00:00+08:00\n"
ZONE = ZoneInfo("Asia/Shanghai")


def read(folder: Path, text: str) -> Journey:
    file = folder / "a.yaml"
    file.write_text(text, encoding="utf-8")
    return read_journey(file, lambda _name: ZONE)


def steps(folder: Path, *lines: str) -> tuple[Step, ...]:
    return read(folder, HEAD + "steps:\n" + "\n".join(lines) + "\n").steps


def step(folder: Path, *lines: str) -> Step:
    (only,) = steps(folder, *lines)
    return only


def test_people_roles_and_residents(tmp_path: Path) -> None:
    journey = read(
        tmp_path,
        HEAD
        + "people:\n  li: {role: [grid_full, grid_lead], unit: 新登镇/双塔村/1, name: 李文, kind: locksmith}\n"
        "residents:\n  cai: {home: 新登镇双塔村, groups: [KG-01]}\nsteps:\n- wait: 1h\n",
    )
    assert journey.people is not None
    assert journey.people["li"].roles == (Role.GRID_FULL, Role.GRID_LEAD)
    assert (journey.people["li"].name, journey.people["li"].kind) == ("李文", "locksmith")
    assert journey.residents["cai"].groups == ("KG-01",)
    assert journey.start == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_without_people_the_demo_roster_is_meant(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "steps:\n- wait: 1h\n").people is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [("25h", timedelta(hours=25)), ("30m", timedelta(minutes=30)), ("1d 2h", timedelta(hours=26)),
     ("90s", timedelta(seconds=90)), ("10min", timedelta(minutes=10)), ("1.5h", timedelta(minutes=90)),
     ("2 days", timedelta(days=2)), ("1w", timedelta(days=7))],
)  # fmt: skip
def test_durations(tmp_path: Path, said: str, meant: timedelta) -> None:
    waits = step(tmp_path, f"- wait: {said}")
    assert isinstance(waits, Waits)
    assert waits.how_long == meant


def test_words_stay_words(tmp_path: Path) -> None:
    """YAML 1.1 would read these as false, a number in base sixty, and a date without a zone."""
    said = [
        each.text
        for each in steps(
            tmp_path, *(f"- {{resident: w, says: {word}}}" for word in ("no", "21:03", "2026-03-02", "5"))
        )
        if isinstance(each, Says)
    ]
    assert said == ["no", "21:03", "2026-03-02", "5"]


def test_a_time_without_a_zone_is_the_territorys(tmp_path: Path) -> None:
    until = step(tmp_path, "- until: 2026-03-02 21:03")
    assert isinstance(until, Until)
    assert until.at == datetime(2026, 3, 2, 13, 3, tzinfo=UTC)


def test_files_places_and_stickers(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    photo = step(tmp_path, "- {handler: li, sends: {photo: a.jpg, text: done}, case: 2}")
    assert isinstance(photo, Says)
    assert (photo.side, photo.text, photo.case) == (Side.HANDLER, "done", 2)
    assert [file.kind for file in photo.files] == [MessageKind.PHOTO]
    place = step(tmp_path, "- {resident: w, sends: {location: {lat: 30, lon: 119.9}}}")
    assert isinstance(place, Says)
    assert place.point is not None
    assert place.point.lat == 30.0


def test_a_press_with_answers(tmp_path: Path) -> None:
    press = step(
        tmp_path, "- {handler: li, presses: return, case: 1, card_of: wu, with: {unit: UCB, reason: r}}"
    )
    assert isinstance(press, Presses)
    assert (press.act, press.case, press.card_of, press.answers) == (
        "return",
        1,
        "wu",
        {"unit": "UCB", "reason": "r"},
    )


def test_expectations_of_each_kind(tmp_path: Path) -> None:
    (notice,) = steps(
        tmp_path, "- expect: {to: w, notice: [done, progress], text~: [a, b], 'buttons!~': urge, case: null}"
    )
    assert isinstance(notice, ExpectNotice)
    assert notice.checks == (
        Check(key="notice", op=Op.IS, wanted=("done", "progress")),
        Check(key="text", op=Op.HAS, wanted=("a", "b")),
        Check(key="buttons", op=Op.LACKS, wanted=("urge",)),
        Check(key="case", op=Op.IS, wanted=(None,)),
    )
    assert isinstance(step(tmp_path, "- expect: {to: w, nothing: true}"), ExpectNothing)
    case = step(tmp_path, "- expect: {case: 1, state: closed, assignment: {level: grid}}")
    assert isinstance(case, ExpectCase)
    assert case.assignment[0].wanted == ("grid",)
    assert isinstance(step(tmp_path, "- expect: {events: {case: 1, kinds: [done]}}"), ExpectEvents)
    assert isinstance(step(tmp_path, "- expect: {kpi: {person: li, demands: 2}}"), ExpectKpi)


def test_a_list_of_expectations_is_one_step_each(tmp_path: Path) -> None:
    found = steps(tmp_path, "- expect: [{cases: 1}, {to: w, nothing: true}]")
    assert [each.number for each in found] == [1, 1]


@pytest.mark.parametrize(
    ("lines", "line", "number", "said"),
    [
        (["- wait: soon"], 5, 1, "duration"),
        (["- wait: 1h", "- {resident: w, sayz: a}"], 6, 2, "unknown key 'sayz'"),
        (["- {resident: w, says: a, loud: true}"], 5, 1, "unknown key 'loud'"),
        (["- expect: {to: w, notice: dome}"], 5, 1, "no notice 'dome'"),
        (["- expect: {to: w}"], 5, 1, "what does w get"),
        (["- expect: {case: 1, stat: done}"], 5, 1, "unknown key 'stat'"),
        (["- expect: {events: {case: 1, kinds: [finished]}}"], 5, 1, "no event 'finished'"),
        (["- expect: {kpi: {volume: 1}}"], 5, 1, "one `unit` or of one `person`"),
        (["- {handler: li, presses: return, with: {weather: x}}"], 5, 1, "`with` has no 'weather'"),
        (["- {resident: w, sends: {photo: nowhere.jpg}}"], 5, 1, "no file 'nowhere.jpg'"),
        (["- fault: {channel: simulator, send: explode}"], 5, 1, "send is one of"),
        (["- restart: maybe"], 5, 1, "restart is `true`"),
        (["- people: {li: {role: king, unit: a}}"], 5, 1, "no role 'king'"),
        (["- {wait: 1h, until: 2026-03-02T10:00:00+08:00}"], 5, 1, "exactly one of"),
        (["- {}"], 5, 1, "exactly one of"),
        (["- until: tomorrow"], 5, 1, "is a time such as"),
    ],
)  # fmt: skip
def test_each_mistake_names_file_line_and_step(
    tmp_path: Path, lines: list[str], line: int, number: int, said: str
) -> None:
    with pytest.raises(JourneyInvalid) as caught:
        steps(tmp_path, *lines)
    assert (caught.value.line, caught.value.step) == (line, number)
    assert f"a.yaml:{line}, step {number}: " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "expected"),
        ("- a\n", "a journey is a mapping"),
        ("title: T\ntitle: U\nstart: x\nsteps: []\n", "stands here twice"),
        (HEAD, "'steps' is missing"),
        (HEAD + "steps: []\n", "at least one step"),
        (HEAD + "mood: good\nsteps:\n- wait: 1h\n", "unknown key 'mood'"),
        (HEAD + "people: {li: {role: grid_full}}\nsteps:\n- wait: 1h\n", "needs a role and a unit"),
        (
            HEAD + "people: {li: {role: grid_full, unit: a}}\nsteps:\n- {resident: li, says: a}\n",
            "handler: li",
        ),
    ],
)
def test_a_file_that_is_no_journey(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(JourneyInvalid, match="a.yaml:") as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def test_an_unknown_territory_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(HEAD + "steps:\n- wait: 1h\n", encoding="utf-8")

    def nowhere(name: str) -> ZoneInfo:
        raise FileNotFoundError(f"{name}/territory.yaml")

    with pytest.raises(JourneyInvalid, match="no territory 'fuyang'"):
        read_journey(file, nowhere)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JourneyInvalid, match="No such file"):
        read_journey(tmp_path / "b.yaml", lambda _name: ZONE)
