"""The command line: every command of the table exists, is explained, and is imported only when asked for."""

from __future__ import annotations

import importlib
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from casecore.words import Words
from config.cli.commands import COMMANDS, LAUNCHER, Command
from config.cli.entry import language, main
from config.places import HERE, LOCALES, TERRITORIES
from config.runfile import serving

WORDS = Words.load(LOCALES)


def run(*arguments: str) -> int:
    """The exit status of a command, whether it returns it or leaves by it."""
    try:
        return main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.typed)
def test_each_command_has_its_function(command: Command) -> None:
    assert callable(importlib.import_module(command.module).command)


@pytest.mark.parametrize("command", (*COMMANDS, *LAUNCHER), ids=lambda command: command.typed)
def test_each_command_is_explained_in_each_language(command: Command) -> None:
    for lang in WORDS.languages:
        assert WORDS.say(lang, command.help_key)


def test_every_command_that_a_readme_shows_exists() -> None:
    known = {command.typed.split(" ")[0] for command in (*COMMANDS, *LAUNCHER)} | {"--help"}
    for page in ("README.md", "README.en.md", "CONTRIBUTING.md"):
        shown = re.findall(r"\./minhu ([a-z-]+)", (HERE.parent / page).read_text(encoding="utf-8"))
        assert shown
        assert set(shown) <= known, page


def test_listing_the_commands_imports_none_of_them() -> None:
    script = (
        "import sys; from config.cli.entry import main; main(['--help']);"
        "heavy = {'typer', 'sqlalchemy', 'pydantic', 'yaml', 'config.cli.doctor'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["territory"], "territory check"), (["territory", "chek"], "territory check"), (["docter"], "doctor")],
)
def test_an_unknown_command_leads_to_the_one_that_was_meant(
    typed: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*typed) == 2
    assert f"./minhu {meant}" in capsys.readouterr().err


def test_a_command_like_no_other_leads_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("xyzzy") == 2
    assert "./minhu --help" in capsys.readouterr().err


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert capsys.readouterr().out.strip() == project["project"]["version"]


@pytest.mark.parametrize(
    ("chosen", "shell", "lang"),
    [
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"MINHU_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh-CN"),
        (None, {"LANG": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "zh-CN"),
        (None, {}, "zh-CN"),
    ],
)
def test_the_answers_language(chosen: str | None, shell: dict[str, str], lang: str) -> None:
    assert language(WORDS, chosen, shell) == lang


def test_stop_says_when_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stop", "--data", str(tmp_path), "--lang", "en") == 0
    assert "not running" in capsys.readouterr().out


def test_stop_says_when_it_does_not_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The serving process is this one, and it ignores being asked."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with serving(tmp_path):
            assert run("stop", "--data", str(tmp_path), "--wait", "0.1", "--lang", "zh-CN") == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "没有结束" in capsys.readouterr().err


def test_a_sound_territory_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("territory", "check", str(TERRITORIES / "littlebrook"), "--lang", "en") == 0
    assert "No mistakes" in capsys.readouterr().out


def test_each_mistake_of_a_territory_is_shown_with_its_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(TERRITORIES / "littlebrook", tmp_path / "broken")
    units = folder / "units.csv"
    header, first, *rest = units.read_text(encoding="utf-8").splitlines()
    at = header.split(",").index("level")
    cells = first.split(",")
    cells[at] = "planet"
    units.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    assert run("territory", "check", str(folder), "--lang", "en") == 1
    said = capsys.readouterr()
    assert "units.csv:2:level: 'planet'" in said.out
    assert "mistake" in said.err


def test_a_territory_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("territory", "check", str(tmp_path / "none"), "--lang", "en") == 2
    assert "no such folder" in capsys.readouterr().err
