"""A whole house with both Telegram bots on the emulator, and people who use it through the emulator's control API."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from bots.telegram.emulator.serving import hosting, serving
from bots.telegram.emulator.world import World
from casecore.store.tables import Case
from config.compose import House, compose, open_channels
from config.seed import seed_roster
from config.serve import application, working
from config.settings import Settings

# Until a test that waits gives up, seconds; none waits that long when it passes.
PATIENCE = 60.0
RESIDENTS, HANDLERS = "100001:AAresidents-token-nobody-may-log", "100002:AAhandlers-token-nobody-may-log"
WEBHOOK_KEY, WEBHOOK_SECRET = "hook-key-nobody-may-log", "hook-secret-nobody-may-log"
SECRETS = (RESIDENTS, HANDLERS, WEBHOOK_KEY, WEBHOOK_SECRET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One person's private chat with one bot. Everything goes over the control API's HTTP."""

    control: httpx.AsyncClient
    bot: int
    person: int

    async def act(self, act: str, **how: Any) -> Any:
        answer = await self.control.post(
            f"/_emulator/bots/{self.bot}/acts", json={"person": self.person, "act": act, **how}
        )
        answer.raise_for_status()
        return answer.json()

    async def write(self, text: str) -> None:
        await self.act("write", text=text)

    async def photo(self, content: bytes, caption: str = "") -> None:
        await self.act("photo", content=base64.b64encode(content).decode(), caption=caption)

    async def heard(self, *parts: str, button: str = "") -> dict[str, Any]:
        """The newest message of the bot with all of `parts` in it, and with a button of this act; waits for it."""

        async def look() -> dict[str, Any] | None:
            for message in reversed(await self.history()):
                words = message.get("text", message.get("caption", ""))
                if all(part in words for part in parts) and (not button or token(message, button)):
                    return message
            return None

        return await until(look, f"the bot to say {parts} [{button}]", self.told)

    async def press(self, act: str) -> None:
        """The button of this act on the newest message that has one."""
        message = await self.heard(button=act)
        await self.act("press", message_id=message["message_id"], data=token(message, act))

    async def history(self) -> list[dict[str, Any]]:
        """What the bot has said in this chat."""
        answer = await self.control.get(f"/_emulator/bots/{self.bot}/chats/{self.person}")
        if answer.status_code == 404:
            return []
        return [message for message in answer.json() if message["from"]["id"] == self.bot]

    async def told(self) -> str:
        return "\n".join(str(m.get("text", m.get("caption", "[file]"))) for m in await self.history())


def token(message: dict[str, Any], act: str) -> str | None:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return next(
        (b["callback_data"] for row in rows for b in row if b["callback_data"].split(":")[0] == act), None
    )


async def until(look: Callable[[], Any], what: str, told: Callable[[], Any] | None = None) -> Any:
    """Look again until something is there."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not (found := await look()):
        if loop.time() > deadline:
            raise AssertionError(f"waited in vain for {what}; so far:\n{await told() if told else ''}")
        await asyncio.sleep(0.01)
    return found


@dataclass(slots=True, kw_only=True)
class Town:
    """The emulator with its world, and the house on it."""

    world: World
    control: httpx.AsyncClient
    house: House
    usernames: dict[str, str] = field(default_factory=dict)

    async def chat(self, secret: str, first_name: str) -> Chat:
        """A new person of this first name, in a chat with the bot of this token."""
        person = await self.control.post(
            "/_emulator/persons", json={"first_name": first_name, "language_code": "en"}
        )
        bot = await self.control.post("/_emulator/bots", json={"token": secret})
        return Chat(control=self.control, bot=bot.json()["id"], person=person.json()["id"])

    async def fault(self, chat: Chat, kind: str, **how: Any) -> None:
        answer = await self.control.post(f"/_emulator/bots/{chat.bot}/faults", json={"kind": kind, **how})
        answer.raise_for_status()

    async def cases(self) -> list[Case]:
        async with self.house.record.read() as session:
            return list(await session.scalars(select(Case).order_by(Case.id)))

    async def until_state(self, state: str) -> Case:
        async def look() -> Case | None:
            return next((case for case in await self.cases() if case.state.value == state), None)

        return await until(look, f"a case that is {state}")  # type: ignore[no-any-return]


@asynccontextmanager
async def town(data: Path, mode: Literal["polling", "webhook"], **given: Any) -> AsyncIterator[Town]:
    """Everything running: emulator, house, its loops, and in webhook mode its front door. `given` are settings."""
    world = World()
    world.push_pause = 0.01
    async with AsyncExitStack() as exits:
        base = await exits.enter_async_context(serving(world))
        door = FastAPI()
        public = await exits.enter_async_context(hosting(door)) if mode == "webhook" else None
        control = await exits.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))
        house = await compose(
            Settings(
                **{
                    "data": data, "territory": "littlebrook", "public_url": public, "telegram_api": base,
                    "telegram_mode": mode, "telegram_residents_token": RESIDENTS, "telegram_handlers_token": HANDLERS,
                    "telegram_webhook_key": WEBHOOK_KEY, "telegram_webhook_secret": WEBHOOK_SECRET, **given,
                }
            )
        )  # fmt: skip
        exits.push_async_callback(house.close)
        logins = await seed_roster(house.record, house.territory, data)
        open_channels(house)
        if mode == "webhook":
            door.mount("/", application(house))
        await exits.enter_async_context(working(house))
        names = {login.key: login.username for login in logins}
        yield Town(world=world, control=control, house=house, usernames=names)
