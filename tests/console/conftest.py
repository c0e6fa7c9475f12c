"""The console over Littlebrook, spoken to in process; nobody's password is needed but where signing in is the point."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from casecore.clock import ScriptClock
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.territory import read_territory
from casecore.territory.model import Territory
from casecore.vocabulary import Role
from casecore.words import Words
from console.routes import routes
from media import NotHeld, Served, Variant
from tests.console.world import World

CONFIG = Path(__file__).parents[2] / "config"
START = datetime(2024, 3, 4, 9, 20, tzinfo=UTC)
HERE = "http://minhu.test"
PICTURE = b"a picture, cleaned"


class Shelf:
    """Media at the boundary: one picture under any digest but `e…`."""

    async def serve(self, digest: str, variant: str, *, range_header: str | None = None) -> Served:
        if digest.startswith("e"):
            raise NotHeld("gone")

        async def body() -> AsyncIterator[bytes]:
            yield PICTURE

        return Served(
            digest=digest, variant=Variant.THUMB, mime="image/webp", size=len(PICTURE), start=0,
            stop=len(PICTURE), partial=False, inline=True, body=body(),
        )  # fmt: skip


@dataclass(slots=True)
class Browser:
    """A client with a session; `post` sends the session's own form token unless told otherwise."""

    client: httpx.AsyncClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"origin": HERE, "sec-fetch-site": "same-origin"})

    async def get(self, path: str, **more: str) -> httpx.Response:
        return await self.client.get(f"/console{path}", headers=more)

    async def post(self, path: str, /, **fields: str) -> httpx.Response:
        return await self.client.post(
            f"/console{path}", data={"csrf": self.csrf, **fields}, headers=self.headers
        )


@pytest.fixture(scope="session")
def territory() -> Territory:
    return read_territory(CONFIG / "territory" / "littlebrook")


@pytest.fixture(scope="session")
def words() -> Words:
    return Words.load(CONFIG / "locales")


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test."""
    file = tmp_path_factory.mktemp("record") / "record.db"

    async def make() -> None:
        record = open_record(f"sqlite+aiosqlite:///{file}", clock=ScriptClock(START))
        await upgrade(record)
        await record.close()

    asyncio.run(make())
    return file


@pytest.fixture
def clock() -> ScriptClock:
    return ScriptClock(START)


@pytest.fixture
async def record(empty_record: Path, tmp_path: Path, clock: ScriptClock) -> AsyncIterator[Record]:
    for part in empty_record.parent.glob("record.db*"):
        shutil.copy(part, tmp_path / part.name)
    opened = open_record(f"sqlite+aiosqlite:///{tmp_path / 'record.db'}", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def world(record: Record, territory: Territory, clock: ScriptClock) -> World:
    return World(record=record, territory=territory, clock=clock)


@pytest.fixture
def app(record: Record, territory: Territory, words: Words, clock: ScriptClock) -> FastAPI:
    app = FastAPI()
    app.include_router(routes(record, territory, words, Shelf(), clock))
    return app


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser that nobody has signed in with."""
    async with client_of(app) as client:
        yield Browser(client)


@pytest.fixture
async def browsers(app: FastAPI, world: World) -> AsyncIterator[Browsers]:
    made = Browsers(app=app, world=world)
    yield made
    for browser in made.open:
        await browser.client.aclose()


@dataclass(slots=True, kw_only=True)
class Browsers:
    """Signed-in browsers: `await browsers.of(Role.TOWN_DESK, "LB")`."""

    app: FastAPI
    world: World
    open: list[Browser] = field(default_factory=list)

    async def of(self, role: Role, unit: str = "LB", *, key: str = "", name: str = "") -> Browser:
        key = key or f"{role.value} {unit}"
        person = self.world.people.get(key) or await self.world.staff(key, role, unit, name=name)
        token, csrf = await self.world.session(person)
        browser = Browser(client_of(self.app), csrf)
        browser.client.cookies.set("minhu_console", token, path="/console")
        self.open.append(browser)
        return browser


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=HERE, headers={"accept-language": "en"}
    )
