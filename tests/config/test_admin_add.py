"""The first administrator of a record that begins without demo people."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from casecore.clock import SystemClock
from casecore.login import any_login, sign_in
from casecore.parties import posts_of
from casecore.store.engine import open_record
from casecore.store.migrate import upgrade
from casecore.vocabulary import Role
from config.cli.entry import main


def run(*arguments: str) -> int:
    try:
        return main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)


def url(data: Path) -> str:
    return f"sqlite+aiosqlite:///{data / 'minhu.db'}"


async def make_record(data: Path) -> bool:
    record = open_record(url(data), clock=SystemClock())
    await upgrade(record)
    async with record.read() as session:
        staffed = await any_login(session)
    await record.close()
    return staffed


async def roles_behind(data: Path, username: str, password: str) -> list[Role]:
    record = open_record(url(data), clock=SystemClock())
    signed = await sign_in(record, username, password)
    async with record.read() as session:
        posts = await posts_of(session, signed.person_id)
        assert await any_login(session)
    await record.close()
    return [post.role for post in posts]


def test_the_password_that_is_printed_opens_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncio.run(make_record(tmp_path)) is False, "a record without demo people has no log-ins"
    assert run("admin", "add", "chief", "--name", "Chief", "--data", str(tmp_path), "--lang", "en") == 0
    said = capsys.readouterr().out
    password = said.split("password ")[1].split()[0]
    assert asyncio.run(roles_behind(tmp_path, "chief", password)) == [Role.ADMIN]
    assert run("admin", "add", "chief", "--data", str(tmp_path), "--lang", "en") == 1
    assert "is taken" in capsys.readouterr().err


def test_without_a_record_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("admin", "add", "chief", "--data", str(tmp_path), "--lang", "en") == 2
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "minhu.db").exists()
