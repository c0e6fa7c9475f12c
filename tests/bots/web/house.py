"""A small house around the web chats: record, receiver, web server; the rooms behind are played by the test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
from fastapi import FastAPI

from bots.channel import Sink
from bots.receive import FetchWorker, Receiver
from bots.registry import create
from bots.telegram.emulator.serving import hosting
from bots.web.channel import WebChannel
from casecore import correspondence, inbox
from casecore.clock import SystemClock
from casecore.correspondence import Said
from casecore.login import make_login
from casecore.messages import InboundMessage
from casecore.parties import add_person, find_conversation, give_post
from casecore.store.bells import Tray
from casecore.store.engine import Record, open_record
from casecore.store.tables import Base, Conversation, Direction
from casecore.territory import read_territory
from casecore.vocabulary import Role
from casecore.words import Words
from media import Archive, Limits, LocalStore

ROOT = Path(__file__).resolve().parents[3]
LITTLEBROOK = ROOT / "config" / "territory" / "littlebrook"
LOCALES = ROOT / "config" / "locales"
# Far below the real limit, so that a test's "too large" is a few kilobytes.
LIMIT = 200_000
USERNAME, PASSWORD = "ferry", "the-old-ferry-stairs"
NUMBERS = iter(range(1, 1_000_000))


@dataclass(kw_only=True)
class Client:
    """A person's browser without a window: it keeps cookies and knows what the page told it."""

    http: httpx.AsyncClient
    prefix: str = ""
    key: str = ""
    mark: str = ""
    page: str = ""

    async def open(self) -> httpx.Response:
        response = await self.http.get(self.prefix or "/")
        self.page = response.text
        found = re.search(r'data-key="([^"]+)"', response.text)
        self.key = found[1] if found else ""
        mark = re.search(r'data-chat="([^"]+)"', response.text)
        self.mark = mark[1] if mark else ""
        return response

    async def sign_in(self, username: str = USERNAME, password: str = PASSWORD) -> httpx.Response:
        form = {"username": username, "password": password}
        response = await self.http.post(f"{self.prefix}/sign-in", data=form, headers=SAME)
        if response.status_code == 303:
            await self.open()
        return response

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        return await self.http.post(
            f"{self.prefix}/chat/message", json=body, headers=SAME | {"X-Minhu-Key": self.key} | headers
        )

    async def send_file(
        self, content: bytes, name: str = "a.jpg", mime: str = "image/jpeg", **fields: str
    ) -> httpx.Response:
        form = {"client_id": f"file-{next(NUMBERS):06}", "kind": "photo"} | fields
        headers = SAME | {"X-Minhu-Key": self.key}
        files = {"file": (name, content, mime)}
        return await self.http.post(f"{self.prefix}/chat/file", data=form, files=files, headers=headers)

    async def lines(self, query: str = "") -> list[dict[str, Any]]:
        response = await self.http.get(f"{self.prefix}/chat/history{query}")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["lines"]
        return found


SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass(kw_only=True)
class WebHouse:
    base: str
    record: Record
    archive: Archive
    words: Words
    residents: WebChannel
    desk: WebChannel
    app: FastAPI
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    broken: bool = False
    """True: the record refuses what is posted, as with a full disk."""

    def client(self, prefix: str = "", lang: str = "zh-CN") -> Client:
        http = httpx.AsyncClient(base_url=self.base, headers={"Accept-Language": lang})
        self.clients.append(http)
        return Client(http=http, prefix=prefix)

    async def conversation(self, account: str = "residents") -> Conversation:
        """The only chat of the account."""
        async with self.record.read() as session:
            from sqlalchemy import select

            return (await session.scalars(select(Conversation).where(Conversation.account == account))).one()

    async def say(self, text: str, conversation: Conversation | None = None, **body: Any) -> str:
        """What `bots.deliver` writes for a sent notice."""
        where = conversation or await self.conversation()
        notice, key = body.pop("notice", "help"), body.pop("key", None) or f"out-{next(NUMBERS)}"
        async with self.record.begin() as uow:
            line = Said(
                conversation_id=where.id, direction=Direction.OUT, external_id=key, notice=notice,
                body={"text": text, "buttons": [], "files": [], "data": {}} | body,
            )  # fmt: skip
            await correspondence.write(uow, line)
            uow.ring(Tray.SENT)
        return key

    async def inbox(self) -> list[InboundMessage]:
        """Every message that intake or a listener could claim now, in order."""
        found: list[InboundMessage] = []
        while True:
            async with self.record.begin() as uow:
                # A voice waits for whoever listens; here nobody does.
                claimed = await inbox.claim_ready(uow) or await inbox.claim_unheard(uow)
                if claimed is None:
                    return found
                await inbox.done(uow, claimed)
            found.append(claimed.message)

    async def bring_files(self) -> None:
        worker = FetchWorker(
            self.record, {("web", "residents"): self.residents, ("web", "desk"): self.desk}, self.archive
        )
        while await worker.run_once():
            pass

    async def employ(self, username: str = USERNAME, name: str = "Ferry Man") -> str:
        async with self.record.begin() as uow:
            person = await add_person(uow, name=name, lang="en")
            await give_post(uow, person.id, Role.GRID_FULL, "LB-T1-V1-G01")
            await make_login(uow, person.id, username, PASSWORD)
        return person.id


async def open_web_record(folder: Path) -> Record:
    record = open_record(f"sqlite+aiosqlite:///{folder / 'record.db'}", clock=SystemClock())
    async with record.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return record


@asynccontextmanager
async def open_house(folder: Path, sink: Sink | None = None) -> AsyncIterator[WebHouse]:
    """`sink` instead of the real receiver, for a test that looks at the messages alone."""
    record = await open_web_record(folder)
    archive = Archive(LocalStore(folder / "media"), folder / "under-way", limits=Limits(bytes_in=LIMIT))
    words = Words.load(LOCALES)
    shared: dict[str, Any] = {
        "record": record, "territory": read_territory(LITTLEBROOK), "words": words, "archive": archive,
        "spool": folder / "spool",
    }  # fmt: skip
    residents = cast(WebChannel, create("web", account="residents", **shared))
    desk = cast(WebChannel, create("web", account="desk", **shared))
    app = FastAPI()
    house = WebHouse(
        base="", record=record, archive=archive, words=words, residents=residents, desk=desk, app=app
    )
    into = sink or _sink(house)
    app.include_router(residents.routes(into))
    app.include_router(desk.routes(into))
    await residents.start()
    await desk.start()
    async with hosting(app) as base:
        house.base = base
        try:
            yield house
        finally:
            for client in house.clients:
                await client.aclose()
            await residents.stop()
            await desk.stop()
    await archive.close()
    await record.close()


def _sink(house: WebHouse) -> Callable[[InboundMessage], Awaitable[None]]:
    receiver = Receiver(house.record)

    async def take(message: InboundMessage) -> None:
        if house.broken:
            raise OSError(f"the disk is full; parameters: {message.text}")
        await receiver.take(message)

    return take


def fresh_id() -> str:
    return f"client-{next(NUMBERS):08}"


def instant() -> datetime:
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def has_conversation(house: WebHouse, account: str, address: str) -> bool:
    async with house.record.read() as session:
        return await find_conversation(session, "web", account, address) is not None
