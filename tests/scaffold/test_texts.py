"""What is written down: no place of one machine, catalogues that match, the list of features complete."""

from __future__ import annotations

import re
import string
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.cli.commands import COMMANDS, LAUNCHER

ROOT = Path(__file__).resolve().parents[2]
LOCALES = ROOT / "config" / "locales"
FEATURES = ROOT / "docs" / "features.md"
# Written in pieces, so that this file does not find itself.
PLACES = re.compile("/(?:" + "|".join(("work", "tmp", "home", "root", "opt")) + r")/[\w.]")
WRITTEN = {".md", ".py", ".toml", ".yaml", ".yml", ".html", ".js", ".css", ".lock", ".ini", ".cfg", ""}


def project_files() -> list[Path]:
    """What belongs to the project: tracked, or new and not ignored; without git, all but what tools made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = [name for name in listed.stdout.split("\0") if name]
    files = [ROOT / name for name in names] or [file for file in ROOT.rglob("*") if not _made(file)]
    return [file for file in files if file.is_file()]


def _made(file: Path) -> bool:
    """Made by a tool: hidden (all but our own .ci), or Python's cache."""
    folders = file.relative_to(ROOT).parts[:-1]
    return any((name.startswith(".") and name != ".ci") or name == "__pycache__" for name in folders)


def test_no_text_names_a_place_of_one_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for file in project_files()
        if file.suffix in WRITTEN and "vendor" not in file.parts and ".git" not in file.parts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if PLACES.search(line) and not line.startswith("#!")
    ]
    assert not found, "\n".join(found)


def test_every_page_that_a_page_links_to_is_there() -> None:
    missing = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in project_files()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not missing, "\n".join(missing)


def catalogue(file: Path) -> dict[str, str]:
    return dict(_leaves(tomllib.loads(file.read_text(encoding="utf-8")), ""))


def _leaves(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def test_both_catalogues_know_the_same_keys() -> None:
    chinese, english = (catalogue(LOCALES / f"{lang}.toml") for lang in ("zh-CN", "en"))
    assert sorted(chinese.keys() ^ english.keys()) == []
    assert chinese


def test_both_catalogues_use_the_same_facts_in_each_sentence() -> None:
    chinese, english = (catalogue(LOCALES / f"{lang}.toml") for lang in ("zh-CN", "en"))

    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    differing = [key for key in chinese if key in english and facts(chinese[key]) != facts(english[key])]
    assert not differing


def test_no_sentence_is_blank() -> None:
    for file in sorted(LOCALES.glob("*.toml")):
        assert not [key for key, text in catalogue(file).items() if not str(text).strip()], file.name


def rows() -> list[list[str]]:
    lines = FEATURES.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if re.fullmatch(r"S?\d+", row[0])]


def test_the_list_of_features_has_exactly_its_134_rows() -> None:
    wanted = [str(n) for n in range(1, 101)] + [f"S{n}" for n in range(1, 35)]
    assert [row[0] for row in rows()] == wanted


def test_each_feature_says_how_far_it_is_and_what_shows_it() -> None:
    for number, _name, state, shown in rows():
        assert state in {"yes", "partly", "not yet"}, number
        assert (state == "not yet") or shown, f"{number}: {state}, but nothing shows it"


def test_the_counts_above_the_rows_are_counted() -> None:
    states = [row[2] for row in rows()]
    told = ", ".join(f"{states.count(state)} {state}" for state in ("yes", "partly", "not yet"))
    assert f"Now: {told}." in FEATURES.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "README.en.md"])
def test_the_front_page_lists_every_command(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not [each.typed for each in (*COMMANDS, *LAUNCHER) if f"`./minhu {each.typed}" not in text]


def test_both_front_pages_show_the_same_commands() -> None:
    """The same commands, options and variables as often as each other, whatever the words around them."""
    typed = re.compile(
        "|".join((*(rf"\./minhu {c.typed}\b" for c in (*COMMANDS, *LAUNCHER)), r"--[a-z]+|MINHU_[A-Z_]+"))
    )
    chinese, english = (
        sorted(typed.findall((ROOT / page).read_text(encoding="utf-8")))
        for page in ("README.md", "README.en.md")
    )
    assert chinese == english


@pytest.mark.parametrize("state", ["yes", "partly"])
def test_what_shows_a_feature_exists(state: str) -> None:
    """A path in the last column (in backticks, with a slash or a suffix) is a file of the project."""
    missing = [
        f"{row[0]}: {path}"
        for row in rows()
        if row[2] == state
        for path in re.findall(r"`([\w-]+/[\w./-]+)`", row[3])
        if not (ROOT / path).exists()
    ]
    assert not missing
