"""The far side of both Telegram bots: the emulator, and a person's hand in it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import FastAPI

from bots.channel import Channel
from bots.registry import create
from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.serving import hosting, serving
from bots.telegram.emulator.world import Bot, World
from casecore.clock import ScriptClock
from casecore.vocabulary import MessageKind
from tests.contracts.far_side import PATIENCE, Ability, Factory, Far, Received, Stage, Tray

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_NUMBERS = itertools.count(900_001)
_KINDS = {
    "photo": MessageKind.PHOTO,
    "video": MessageKind.VIDEO,
    "voice": MessageKind.VOICE,
    "document": MessageKind.DOCUMENT,
}
_TROUBLE = {
    Ability.THROTTLE: "throttle",
    Ability.PAGE: "html",
    Ability.GARBLED: "garbled",
    Ability.HANG: "hang",
    Ability.RESET: "reset_after",
}
SENDING = "sendmessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramFar:
    channel: Channel
    hand: Hand
    bot: Bot
    world: World
    listening: asyncio.Task[None]

    @property
    def address(self) -> str:
        return str(self.hand.chat.id)

    async def hang_up(self) -> None:
        self.listening.cancel()
        await asyncio.gather(self.listening, return_exceptions=True)
        await self.channel.stop()

    async def write(self, text: str, reply_to: str | None = None) -> str:
        return _id(self.hand.write(text, reply_to=int(reply_to) if reply_to else None))

    async def photo(self, content: bytes, caption: str = "") -> str:
        return _id(self.hand.photo(content, caption))

    async def album(self, contents: Sequence[bytes], caption: str = "") -> list[str]:
        return [_id(one) for one in self.hand.album(contents, caption)]

    async def voice(self, content: bytes, seconds: int) -> str:
        return _id(self.hand.voice(content, seconds))

    async def video(self, content: bytes, caption: str = "") -> str:
        return _id(self.hand.video(content, caption))

    async def video_note(self, content: bytes) -> str:
        return _id(self.hand.video_note(content))

    async def document(self, content: bytes, name: str, mime: str) -> str:
        return _id(self.hand.document(content, name, mime))

    async def location(self, lat: float, lon: float) -> str:
        return _id(self.hand.location(lat, lon))

    async def contact(self, phone: str, name: str) -> str:
        return _id(self.hand.contact(phone, name))

    async def start(self, payload: str) -> str:
        return _id(self.hand.start(payload))

    async def sticker(self) -> str:
        return _id(self.hand.sticker())

    async def unknown(self) -> None:
        self.hand.unknown("telepathy")

    async def press(self, message_id: str, token: str) -> None:
        self.hand.press(int(message_id), token)

    async def edit(self, message_id: str, text: str) -> None:
        self.hand.edit(int(message_id), text)

    async def storm(self, texts: Sequence[str]) -> None:
        self.bot.held = True
        for text in texts:
            self.hand.write(text)
        self.bot.release(twice=True, seed=7)
        self.world.wake()

    def received(self) -> list[Received]:
        return [self._seen(one) for one in self.hand.chat.messages if one["from"]["id"] == self.bot.id]

    async def trouble(self, ability: Ability, value: float = 0) -> None:
        match ability:
            case Ability.BLOCK:
                self.hand.block()
            case Ability.REFUSE:
                self.bot.faults.put("error", method=SENDING, value=400, text="Bad Request: no such thing")
            case Ability.FETCH_BREAKS:
                self.bot.faults.put("short", method="download")
            case _:
                self.bot.faults.put(_TROUBLE[ability], method=SENDING, value=value)

    async def move(self) -> str:
        new = self.world.group(self.bot, "moved", "supergroup")
        self.hand.chat.moved_to = new.id
        return str(new.id)

    def _seen(self, message: dict[str, Any]) -> Received:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        answered = message.get("reply_to_message")
        return Received(
            id=_id(message),
            text=message.get("text", message.get("caption", "")),
            buttons=tuple(tuple((b["text"], b["callback_data"]) for b in row) for row in rows),
            files=tuple(self._file(name, message[name]) for name in _KINDS if name in message),
            reply_to=_id(answered) if answered else None,
        )

    def _file(self, name: str, shown: Any) -> tuple[MessageKind, bytes]:
        facts = shown[-1] if isinstance(shown, list) else shown
        return _KINDS[name], self.bot.files[facts["file_id"]].content


def _id(message: dict[str, Any]) -> str:
    return str(message["message_id"])


@asynccontextmanager
async def _emulator() -> AsyncIterator[tuple[World, str]]:
    world = World(now=NOW.timestamp)
    world.push_pause = 0.01
    async with serving(world) as base:
        yield world, base


@asynccontextmanager
async def _front_door() -> AsyncIterator[tuple[FastAPI, str]]:
    """Where webhooks arrive: one server for all tests, to which each test's channel adds its route."""
    app = FastAPI()
    async with hosting(app) as base:
        yield app, base


@asynccontextmanager
async def open_far(name: str, mode: str, stage: Stage, tray: Tray) -> AsyncIterator[Far]:
    world, base = await stage.keep("telegram", _emulator)
    number = next(_NUMBERS)
    bot = world.bot(f"{number}:test-token-of-bot-{number}", f"minhu{number}_bot")
    settings: dict[str, Any] = {"token": bot.token, "account": f"bot-{number}", "api_base": base}
    settings |= {
        "mode": mode,
        "timeout": stage.patience,
        "upload_timeout": stage.patience,
        "retry_pause": 0.01,
    }
    if mode == "webhook":
        door, public = await stage.keep("front door", _front_door)
        settings |= {"public_url": public, "webhook_key": "k" * 32, "webhook_secret": "s" * 32}
    channel = create(name, clock=ScriptClock(NOW), **settings)
    await channel.start()
    if mode == "webhook":
        door.include_router(channel.routes(tray))
    listening = asyncio.create_task(channel.listen(tray))
    hand = Hand(world=world, bot=bot, person=world.person("三", "张", language_code="zh-hans"))
    world.private_chat(bot, hand.person)
    far = TelegramFar(channel=channel, hand=hand, bot=bot, world=world, listening=listening)
    try:
        await _until_listening(bot, mode)
        yield far
    finally:
        await far.hang_up()


async def _until_listening(bot: Bot, mode: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not (bot.webhook if mode == "webhook" else bot.polls):
            await asyncio.sleep(0.002)


_ARRIVING = frozenset(list(Ability)[: list(Ability).index(Ability.SEE)]) | {Ability.FETCH}


def _factory(name: str, mode: str, can: frozenset[Ability]) -> Factory:
    def open_it(stage: Stage, tray: Tray) -> AbstractAsyncContextManager[Far]:
        return partial(open_far, name, mode)(stage, tray)

    return Factory(open=open_it, can=can)


# What goes out is the same by polling and by webhook, so it is tried by polling alone.
FACTORIES: dict[str, Factory] = {
    f"{name}-{mode}": _factory(name, mode, frozenset(Ability) if mode == "polling" else _ARRIVING)
    for name in ("telegram-residents", "telegram-handlers")
    for mode in ("polling", "webhook")
}
