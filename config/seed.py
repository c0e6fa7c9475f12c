"""The demo roster: each post of the territory's roster becomes a person with a log-in to the desk and the console.

Passwords are made at the first start, kept readable by their owner alone in `logins.json` of the data folder,
and printed by `minhu up`. A record that already has people is left as it is.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bots.web.desk import DeskDoor, address_of
from bots.web.door import CHANNEL
from casecore.login import make_login
from casecore.parties import add_person, give_post, take_seat
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Login
from casecore.territory.model import Post, Territory, name_in

FILE = "logins.json"
# Read from a terminal and typed once: letters and figures that are not mistaken for each other, 60 bits.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLogin:
    key: str
    role: str
    name: str
    username: str
    password: str


async def seed_roster(record: Record, territory: Territory, data: Path) -> list[DemoLogin]:
    """The log-ins of the demo roster, made now or at an earlier start."""
    file = data / FILE
    async with record.begin() as uow:
        there = await uow.session.scalar(select(func.count()).select_from(Login))
        if there:
            return _read(file)
        logins = [await _seed(uow, territory, post) for post in territory.roster]
        # Before the commit: a start that is cut off here makes both anew, never log-ins that nobody knows.
        _write(file, logins)
    return logins


async def _seed(uow: UnitOfWork, territory: Territory, post: Post) -> DemoLogin:
    lang = territory.languages[0]
    person = await add_person(uow, name=name_in(post.names, lang), lang=lang, demo_key=post.key)
    await give_post(uow, person.id, post.role, post.unit)
    username = post.key.removeprefix("demo_").replace("_", "-")
    password = new_password()
    await make_login(uow, person.id, username, password)
    # Alerts find them before they have opened the desk for the first time.
    await take_seat(
        uow, channel=CHANNEL, account=DeskDoor.account, address=address_of(person.id), person_id=person.id,
        lang=lang,
    )  # fmt: skip
    return DemoLogin(
        key=post.key, role=post.role.value, name=person.name, username=username, password=password
    )


def new_password() -> str:
    """For a log-in that is handed over once and on a screen."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _write(file: Path, logins: list[DemoLogin]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        rows = [
            {"key": x.key, "role": x.role, "name": x.name, "username": x.username, "password": x.password}
            for x in logins
        ]
        json.dump(rows, out, ensure_ascii=False, indent=1)


def _read(file: Path) -> list[DemoLogin]:
    if not file.is_file():
        return []
    return [DemoLogin(**row) for row in json.loads(file.read_text("utf-8"))]
