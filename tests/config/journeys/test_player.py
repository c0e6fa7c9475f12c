"""The runner itself: it fails where the script and the house differ, says why, and never passes what is not built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.cli.entry import main
from config.journeys.player import Verdict, play
from config.journeys.reader import read_journey
from config.journeys.theatre import Props

HEAD = """title: A lamp
territory: littlebrook
start: 2026-03-02T09:00:00+00:00
people:
  ann: {role: grid_full, unit: Brookside/Mill Lane/1, name: Ann}
steps:
- {resident: tom, says: "the street lamp at the Old Mill is out, a dark road"}
- {resident: tom, presses: confirm}
"""


@pytest.fixture(scope="module")
def props() -> Props:
    return Props()


async def played(folder: Path, props: Props, *lines: str, database: str | None = None) -> Verdict:
    file = folder / "lamp.yaml"
    file.write_text(HEAD + "".join(f"- {line}\n" for line in lines), encoding="utf-8")
    journey = read_journey(file, lambda name: props.zone(name, file))
    return await play(journey, props, **({"database": database} if database else {}))


async def test_a_journey_that_holds(tmp_path: Path, props: Props) -> None:
    verdict = await played(tmp_path, props, "expect: {case: 1, state: dispatched, person: ann}")
    assert verdict.failure is None
    assert verdict.steps == 3
    assert any("task_card" in line for line in verdict.transcript)


@pytest.mark.parametrize(
    ("line", "expected", "seen"),
    [
        ("expect: {case: 1, state: closed}", "state: closed", "state: dispatched"),
        ("expect: {case: 2, state: closed}", "case 2", "1 cases opened so far"),
        ("expect: {to: tom, notice: done}", "tom gets notice: done", "submitted (case 1)"),
        ("expect: {to: ann, notice: task_card, text~: water}", "text~: water", "task_card (case 1)"),
        ("expect: {to: ann, nothing: true}", "ann gets nothing", "task_card"),
        ("expect: {to: ann, not: task_card}", "no unread task_card", "task_card"),
        ("expect: {to: tom, first: true, notice: submitted}", "first", "summary_card"),
        ("expect: {cases: 2}", "cases: 2", "cases: 1, drafts: 0"),
        ("expect: {drafts: 1}", "drafts: 1", "drafts: 0"),
        ("expect: {events: {case: 1, kinds: [dispatched, submitted]}}", "dispatched, submitted", "submitted, disp"),
        ("expect: {events: {case: 1, exact: true, kinds: [submitted]}}", "submitted", "submitted, dispatched"),
        ("expect: {events: {case: 1, kinds: [], 'kinds!~': [dispatched]}}", "never dispatched", "dispatched"),
        ("expect: {kpi: {person: ann, volume: 2}}", "volume: 2", "volume: 1"),
        ("expect: {kpi: {person: ann, completion_rate: 1.0}}", "completion_rate: 1.0", "completion_rate: null"),
        ("expect: {case: 1, assignment: {outcome: done}}", "outcome: done", "outcome: open"),
        ("expect: {to: ann, notice: summons}", "notice: summons", "not built yet"),
        ("{handler: ann, presses: summon}", "summon", "not built yet"),
        ("{handler: ann, presses: done}", "done", "ever bore 'done'"),
        ("{resident: tom, case: 3, says: hello}", "case: 3", "there is no case 3"),
        ("{resident: jim, case: 1, says: hello}", "case: 1", "got no message about case 1"),
        ("{resident: jim, silent: true}", "silent", "nothing is open with jim"),
        ("until: 2026-03-01T09:00:00+00:00", "until", "already"),
        ("people: {bob: {role: grid_full, unit: Atlantis}}", "Atlantis", "no unit 'Atlantis'"),
    ],
)  # fmt: skip
async def test_a_journey_that_does_not_hold_says_where_and_why(
    tmp_path: Path, props: Props, line: str, expected: str, seen: str
) -> None:
    verdict = await played(tmp_path, props, line)
    assert verdict.failure is not None
    assert (verdict.failure.step, verdict.failure.line) == (3, 9)
    assert expected in verdict.failure.expected
    assert seen in verdict.failure.seen


async def test_a_button_may_be_pressed_again_when_it_is_outdated(tmp_path: Path, props: Props) -> None:
    """The newest card that ever bore the button, even when the button no longer holds."""
    verdict = await played(
        tmp_path, props, "{handler: ann, presses: accept}", "{handler: ann, presses: accept}",
        "expect: {to: ann, notice: outdated}",
    )  # fmt: skip
    assert verdict.failure is None


async def test_due_things_happen_at_their_own_time_and_in_order(tmp_path: Path, props: Props) -> None:
    """One long wait passes the response limit, three reminders and the end of the stage."""
    verdict = await played(
        tmp_path, props, "wait: 25h",
        "expect: {to: ann, notice: reminder, at: 2026-03-02T09:30:00+00:00}",
        "expect: {to: ann, notice: reminder, at: 2026-03-02T21:00:00+00:00}",
        "expect: {to: ann, notice: reminder, at: 2026-03-03T03:00:00+00:00}",
        "expect: {to: ann, notice: reminder, at: 2026-03-03T07:00:00+00:00}",
        "expect: {to: ann, notice: task_moved, at: 2026-03-03T09:00:00+00:00}",
        "expect: {to: ann, not: reminder}",
    )  # fmt: skip
    assert verdict.failure is None


async def test_at_due_it_is_not_late_unless_it_is_looked_at_later(tmp_path: Path, props: Props) -> None:
    """R18.2: what holds at the due time holds; what does not is given the moment after it."""
    at_due = "until: 2026-03-03T09:00:00+00:00"
    stays = await played(tmp_path, props, at_due, "expect: {case: 1, level: grid}")
    moves = await played(tmp_path, props, at_due, "expect: {case: 1, level: village}")
    assert stays.failure is None
    assert moves.failure is None


async def test_a_file_database_is_empty_before_and_after(tmp_path: Path, props: Props) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'journeys.db'}"
    for _ in range(2):
        verdict = await played(
            tmp_path, props, "restart: true", "expect: {case: 1, state: dispatched}", database=url
        )
        assert verdict.failure is None


async def test_a_database_with_people_in_it_is_left_alone(tmp_path: Path, props: Props) -> None:
    from casecore.clock import SystemClock
    from casecore.parties import add_person
    from casecore.store.engine import open_record
    from casecore.store.migrate import upgrade

    url = f"sqlite+aiosqlite:///{tmp_path / 'lived_in.db'}"
    record = open_record(url, clock=SystemClock())
    await upgrade(record)
    async with record.begin() as uow:
        await add_person(uow, name="Ann", lang="en")
    await record.close()
    verdict = await played(tmp_path, props, database=url)
    assert verdict.failure is not None
    assert "empty" in verdict.failure.seen


def test_the_command_answers_with_its_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, broken = (tmp_path / name for name in ("good.yaml", "bad.yaml", "broken.yaml"))
    good.write_text(HEAD, encoding="utf-8")
    bad.write_text(HEAD + "- expect: {cases: 7}\n", encoding="utf-8")
    broken.write_text("title: x\n", encoding="utf-8")
    assert _status("journey", str(good), "--lang", "en") == 0
    assert "✓ A lamp" in capsys.readouterr().out
    assert _status("journey", str(bad), "--lang", "en") == 1
    out = capsys.readouterr().out
    assert "ends at step 3, line 9" in out
    assert "expected: cases: 7" in out
    assert "seen: cases: 1" in out
    assert "tom > the street lamp" in out
    assert _status("journey", str(broken), "--lang", "en") == 2
    assert "broken.yaml:1" in capsys.readouterr().err
    assert _status("journey", str(tmp_path / "empty"), "--lang", "en") == 2
    capsys.readouterr()
    assert _status("journey", "--json", str(good), str(bad)) == 1
    shown = json.loads(capsys.readouterr().out)
    assert [each["ok"] for each in shown] == [True, False]
    assert shown[1]["failure"]["step"] == 3


def test_the_words_of_journeys_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status("journey", "--keys") == 0
    out = capsys.readouterr().out
    assert "summary_card" in out
    assert "grid_full" in out
    assert _status("journey", "--keys", "--json") == 0
    assert "notices" in json.loads(capsys.readouterr().out)


def _status(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
