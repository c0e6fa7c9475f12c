"""What the tests of the Telegram adapters share: both bots without a server, and raw updates to give them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from bots.registry import create
from bots.telegram.bot import TelegramBot
from casecore.clock import ScriptClock
from casecore.messages import InboundMessage

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BOTS = ("telegram-residents", "telegram-handlers")
TOKEN = "700001:AAcanaryCanaryCanaryCanaryCanary0123"
KEY = "k" * 24 + "-path"
SECRET = "s" * 24 + "-head"
# A port that nobody listens on: the bot under test must not need Telegram for what is tested.
NOWHERE = "http://127.0.0.1:9"

PERSON = {"id": 42, "is_bot": False, "first_name": "三", "last_name": "张", "language_code": "zh-hans"}
PRIVATE = {"id": 42, "type": "private", "first_name": "三"}
GROUP = {"id": -100200, "type": "supergroup", "title": "富春湾网格群"}


def message(number: int = 1, **content: Any) -> dict[str, Any]:
    fields = {"message_id": 10 + number, "from": PERSON, "chat": PRIVATE, "date": 1_790_000_000, **content}
    return {"update_id": number, "message": fields}


def bot_of(name: str, **settings: Any) -> TelegramBot:
    asked = {"token": TOKEN, "account": "main", "api_base": NOWHERE, "retry_pause": 0.01}
    made = create(name, clock=ScriptClock(NOW), **asked | settings)
    assert isinstance(made, TelegramBot)
    return made


class Kept:
    """A sink that keeps everything, or fails while told to."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.failing = False

    async def __call__(self, message: InboundMessage) -> None:
        if self.failing:
            raise OSError("no space left on device")
        self.messages.append(message)


class Door:
    """A front door with one bot's webhook, reached without a socket."""

    def __init__(self, name: str, client: httpx.AsyncClient, kept: Kept) -> None:
        self.path = f"/hooks/{name}/main/{KEY}"
        self.client = client
        self.kept = kept

    async def post(self, body: Any, *, secret: str | None = SECRET, path: str = "") -> httpx.Response:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.client.post(path or self.path, headers=headers, **sent)


@asynccontextmanager
async def webhook_door(name: str, **settings: Any) -> AsyncIterator[Door]:
    bot = bot_of(name, mode="webhook", webhook_key=KEY, webhook_secret=SECRET, **settings)
    kept = Kept()
    app = FastAPI()
    await bot.start()
    router = bot.routes(kept)
    assert router is not None
    app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        try:
            yield Door(name, client, kept)
        finally:
            await bot.stop()
