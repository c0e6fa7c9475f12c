"""The emulator's state: bots, persons, the chats between them, and the updates that wait for a bot."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bots.telegram.emulator.faults import Faults

TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]+")
# All types but these come without being asked for (Bot API, getUpdates, allowed_updates).
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class ApiError(Exception):
    """What the Bot API answers with ok=false."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass(slots=True, kw_only=True)
class Person:
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "zh-hans"

    def user(self) -> dict[str, Any]:
        named = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        known = {key: value for key, value in named.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **known}


@dataclass(slots=True, kw_only=True)
class Chat:
    """One chat as one bot sees it; `messages` is its history, both sides, as Message objects."""

    id: int
    shape: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    """Ids of the messages that arrived without a sound."""
    blocked: bool = False
    moved_to: int | None = None

    def find(self, message_id: int) -> dict[str, Any] | None:
        return next((one for one in self.messages if one["message_id"] == message_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    file_id: str
    path: str
    name: str
    mime: str
    content: bytes
    size: int


@dataclass(slots=True, kw_only=True)
class Webhook:
    url: str
    secret: str = ""
    last_error: str = ""


@dataclass(slots=True, kw_only=True)
class Bot:
    """One bot. `held` keeps updates back until `release`, which may shuffle and double them."""

    token: str
    id: int
    username: str
    updates: list[dict[str, Any]] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook | None = None
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, Stored] = field(default_factory=dict)
    presses: set[str] = field(default_factory=set)
    answered: list[dict[str, str]] = field(default_factory=list)
    commands: list[dict[str, str]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    revoked: bool = False
    held: bool = False
    polls: int = 0
    update_numbers: Iterable[int] = field(default_factory=lambda: itertools.count(700_000_001))
    message_numbers: Iterable[int] = field(default_factory=lambda: itertools.count(101))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.username, "username": self.username}

    def ring(self) -> None:
        """Wake everybody who waits for this bot's updates."""
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()

    def pending(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Confirm everything below `offset` and show what waits, as getUpdates does."""
        if offset > 0:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        return [] if self.held else self.updates[:limit]

    def queue(self, fields: dict[str, Any], *, unasked: bool = False) -> dict[str, Any] | None:
        """Let an update wait for the bot; None when the bot did not ask for this type.

        `unasked` is for types that Telegram invents later: they come whatever the bot asked for.
        """
        kind = next(iter(fields))
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if not (wanted or unasked):
            return None
        update = {"update_id": next(iter(self.update_numbers)), **fields}
        self.updates.append(update)
        self.ring()
        return update

    def release(self, *, twice: bool = False, seed: int | None = None) -> None:
        """Let held updates go; `twice` doubles each, `seed` shuffles them in an order of its own."""
        if twice:
            self.updates = [one for one in self.updates for _ in range(2)]
        if seed is not None:
            random.Random(seed).shuffle(self.updates)  # noqa: S311 - an order, not a secret
        self.held = False
        self.ring()

    def store(self, content: bytes, *, mime: str, name: str, folder: str, size: int | None = None) -> Stored:
        """Keep a file. `size` is what the Bot API says of it, to pretend one too large to download."""
        number = len(self.files) + 1
        ending = name.rpartition(".")[2] or "bin"
        stored = Stored(
            file_id=f"file-{self.id}-{number:06d}",
            path=f"{folder}/file_{number}.{ending}",
            name=name,
            mime=mime,
            content=content,
            size=len(content) if size is None else size,
        )
        self.files[stored.file_id] = stored
        return stored


class World:
    """Everything. `welcome` lets any well-formed token in, as a bot made on the spot."""

    def __init__(self, *, welcome: bool = True, now: Callable[[], float] = time.time) -> None:
        self.bots: dict[str, Bot] = {}
        self.persons: dict[int, Person] = {}
        self.welcome = welcome
        self.now = now
        self.closing = asyncio.Event()
        self.queued = asyncio.Event()
        self.push_pause = 1.0
        """Seconds before a failed webhook is tried again; Telegram's own pause grows from about this."""
        self._person_numbers = itertools.count(5_000_001)
        self._group_numbers = itertools.count(-4_000_001, -1)

    def bot(self, token: str, username: str | None = None) -> Bot:
        """The bot of this token, made when it is new. ApiError 404 or 401 as the Bot API refuses it."""
        form = TOKEN.fullmatch(token)
        if form is None:
            raise ApiError(404, "Not Found")
        known = self.bots.get(token)
        if known is None:
            if not self.welcome and username is None:
                raise ApiError(401, "Unauthorized")
            number = int(form[1])
            known = self.bots[token] = Bot(token=token, id=number, username=username or f"bot{number}_bot")
        if known.revoked:
            raise ApiError(401, "Unauthorized")
        return known

    def person(self, first_name: str = "张三", last_name: str = "", **more: str) -> Person:
        """A new person; `more` is username and language_code."""
        made = Person(id=next(self._person_numbers), first_name=first_name, last_name=last_name, **more)
        self.persons[made.id] = made
        return made

    def private_chat(self, bot: Bot, person: Person) -> Chat:
        if person.id not in bot.chats:
            shape = {key: value for key, value in person.user().items() if key.endswith("name")}
            bot.chats[person.id] = Chat(id=person.id, shape={"id": person.id, "type": "private", **shape})
        return bot.chats[person.id]

    def group(self, bot: Bot, title: str, kind: str = "group") -> Chat:
        number = next(self._group_numbers)
        bot.chats[number] = Chat(id=number, shape={"id": number, "type": kind, "title": title})
        return bot.chats[number]

    def add(self, bot: Bot, chat: Chat, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """A new message in `chat`."""
        message = {
            "message_id": next(iter(bot.message_numbers)),
            "from": sender,
            "chat": chat.shape,
            "date": int(self.now()),
            **content,
        }
        chat.messages.append(message)
        return message

    def announce(self, bot: Bot, fields: dict[str, Any], *, unasked: bool = False) -> dict[str, Any] | None:
        """Queue an update and wake the webhook pusher."""
        update = bot.queue(fields, unasked=unasked)
        self.wake()
        return update

    def wake(self) -> None:
        self.queued.set()

    def close(self) -> None:
        """End all waiting: long polls and hangs answer at once."""
        self.closing.set()
        for bot in self.bots.values():
            bot.ring()
        self.wake()
