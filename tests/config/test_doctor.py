"""The doctor: each symptom is found, well machines are left in peace, and each remedy is one command."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casecore.territory import ServiceLevels, Territory
from casecore.territory.reader import FILES, OPTIONAL
from casecore.words import Words
from config import doctor
from config.cli.entry import main
from config.doctor import Finding, Grade, Premises
from config.launch import RUNTIME, Environment
from config.places import LOCALES, TERRITORIES
from config.runfile import serving

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
TOKEN = "123456:" + "A" * 35


@pytest.fixture
def place(tmp_path: Path) -> Premises:
    """A machine on which everything is well."""
    data = tmp_path / "data"
    data.mkdir()
    return Premises(
        data=data, territory=TERRITORIES / "littlebrook", host="127.0.0.1", port=free(), now=datetime.now(UTC)
    )


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def with_(place: Premises, **changes: object) -> Premises:
    values = {name: getattr(place, name) for name in Premises.__slots__}
    return Premises(**{**values, **changes})


def only(findings: list[Finding], check: str) -> Finding:
    (found,) = [finding for finding in findings if finding.check == check]
    return found


async def test_a_well_machine_has_nothing_to_mend(place: Premises) -> None:
    findings = await doctor.examine(place)
    unwell = [
        f
        for f in findings
        if f.grade in {Grade.WARN, Grade.BAD} and f.check not in {"space", "media", "calendar"}
    ]
    assert unwell == []


async def test_every_finding_has_words_in_both_languages_and_no_remedy_when_well(place: Premises) -> None:
    words = Words.load(LOCALES)
    for finding in await doctor.examine(with_(place, channels={"A": None, "B": TOKEN, "C": "?"})):
        for lang in words.languages:
            assert words.say(lang, finding.key, **finding.facts)
        assert finding.remedy or finding.grade in {Grade.OK, Grade.NOTE}
        assert not (finding.remedy and finding.grade is Grade.OK)
        assert "\n" not in finding.remedy


def test_a_data_folder_that_is_not_there_yet_is_no_fault(place: Premises) -> None:
    found = list(doctor.data_folder(with_(place, data=place.data / "a" / "b")))
    assert [(f.symptom, f.grade) for f in found if f.check == "data"] == [("absent", Grade.NOTE)]


@pytest.mark.skipif(
    os.geteuid() == 0 and not Path("/proc/self").is_dir(), reason="needs a place nobody may write"
)
def test_a_data_folder_that_cannot_be_written_is_found(place: Premises) -> None:
    """/proc refuses new files even to root."""
    (found,) = doctor.data_folder(with_(place, data=Path("/proc/self")))
    assert (found.symptom, found.grade) == ("closed", Grade.BAD)
    assert found.remedy.startswith("sudo chown")


def test_a_port_that_another_program_has_is_found_and_a_free_one_offered(place: Premises) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        found = doctor.port(with_(place, port=other.getsockname()[1]))
    assert (found.symptom, found.grade) == ("taken", Grade.BAD)
    assert int(found.remedy.removeprefix("./minhu up --port ")) > 0


def test_a_port_that_minhu_itself_has_is_well(place: Premises) -> None:
    with serving(place.data), socket.create_server(("127.0.0.1", place.port)):
        assert doctor.port(place).symptom == "ours"


def test_a_clock_behind_the_newest_file_is_found(place: Premises) -> None:
    (place.data / "minhu.db").touch()
    found = doctor.clock(with_(place, now=datetime.now(UTC) - timedelta(hours=2)))
    assert (found.symptom, found.grade) == ("behind", Grade.BAD)
    assert found.facts["minutes"] == "120"


def test_packages_older_than_the_lock_are_found(place: Premises, tmp_path: Path) -> None:
    (tmp_path / RUNTIME).write_text("# nothing\n")
    home = Environment(root=tmp_path, words=Words.load(LOCALES))
    (found,) = doctor.packages(with_(place, environment=home))
    assert found.symptom == "stale"


def test_a_broken_territory_leads_to_the_command_that_lists_its_mistakes(
    place: Premises, tmp_path: Path
) -> None:
    (found,) = doctor.territory(with_(place, territory=tmp_path))
    assert (found.symptom, found.grade) == ("invalid", Grade.BAD)
    assert int(found.facts["count"]) >= len(FILES) - len(OPTIONAL)
    assert found.remedy == f"./minhu territory check {tmp_path}"


@pytest.mark.parametrize(
    ("today", "symptom", "grade"),
    [
        (date(2026, 10, 31), "ok", Grade.OK),
        (date(2026, 11, 1), "ends", Grade.WARN),
        (date(2026, 12, 31), "ends", Grade.WARN),
        (date(2027, 1, 1), "over", Grade.BAD),
    ],
)
def test_the_calendars_end_is_told_60_days_before(
    place: Premises, today: date, symptom: str, grade: Grade
) -> None:
    """Just after midnight in the district, which is still yesterday in UTC."""
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime(today.year, today.month, today.day, 0, 5, tzinfo=zone).astimezone(UTC)
    known = Territory(
        id="t",
        names={"en": "T"},
        languages=("en",),
        zone=zone,
        root="t",
        folder=place.territory,
        units={},
        departments={},
        items={},
        landmarks=(),
        levels=ServiceLevels(),
        roster=(),
        digest="",
        holidays={"2026-10-01": False, "2026-10-10": True},
    )
    found = doctor.calendar(known, with_(place, now=now))
    assert (found.symptom, found.grade) == (symptom, grade)


@pytest.mark.parametrize(
    ("token", "symptom", "grade"),
    [
        (None, "off", Grade.NOTE),
        ("", "off", Grade.NOTE),
        (TOKEN, "ok", Grade.OK),
        ("12 34", "malformed", Grade.BAD),
    ],
)
def test_a_token_is_judged_and_never_shown(
    place: Premises, token: str | None, symptom: str, grade: Grade
) -> None:
    (found,) = doctor.channels(with_(place, channels={"MINHU_X_TOKEN": token}))
    assert (found.symptom, found.grade) == (symptom, grade)
    assert not token or token not in repr(found)


def test_a_missing_speech_model_leads_to_the_command_that_fetches_it(place: Premises) -> None:
    (found,) = [finding for finding in doctor.media(place) if finding.symptom == "speech_model"]
    assert (found.grade, found.remedy) == (Grade.WARN, "./minhu voice setup")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_command_reports_and_fails_when_something_is_required(
    place: Premises, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINHU_TELEGRAM_RESIDENTS_TOKEN", "secret and malformed")
    options = ["--data", str(place.data), "--port", str(place.port), "--territory", str(place.territory)]
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *options, "--lang", lang])
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "✗ MINHU_TELEGRAM_RESIDENTS_TOKEN" in said
    assert "secret" not in said


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_wrong_setting_is_named_without_its_value(
    lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINHU_PORT", "geheim")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--lang", lang])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "MINHU_PORT" in said
    assert "geheim" not in said


def test_json_is_for_programs(place: Premises, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--data", str(place.data), "--port", str(place.port), "--territory", str(place.territory)]
    with pytest.raises(SystemExit):
        main(["doctor", *options, "--json"])
    findings = json.loads(capsys.readouterr().out)
    assert {"check", "symptom", "grade", "text", "facts", "remedy"} == set(findings[0])


async def test_a_damaged_record_is_found(place: Premises) -> None:
    file = place.data / "minhu.db"
    file.write_bytes(b"this is no database" * 100)
    found = await doctor.database(f"sqlite+aiosqlite:///{file}")
    assert (found.symptom, found.grade) == ("unreachable", Grade.BAD)
    assert found.remedy.startswith("python3 -c")


async def test_a_record_that_is_not_there_is_not_made_by_looking(place: Premises) -> None:
    file = place.data / "minhu.db"
    assert (await doctor.database(f"sqlite+aiosqlite:///{file}")).symptom == "absent"
    assert not file.exists()


async def test_a_record_of_a_newer_program_is_found(place: Premises) -> None:
    file = place.data / "minhu.db"
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE alembic_version (version_num TEXT)")
        base.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
    base.close()
    assert (await doctor.database(f"sqlite+aiosqlite:///{file}")).symptom == "ahead"
