"""One Telegram bot as a Channel: what both adapters share. The libraries are behind the abstract methods.

polling    getUpdates → take → sink; the offset moves on only after the sink returned
webhook    POST → take → sink; 200 only after the sink returned
send       plan → parts → the library's calls
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

from fastapi import APIRouter

from bots.channel import Capabilities, ChannelError, OutboundMessage, Rejected, Sink, TryLater
from bots.telegram.inbound import MALFORMED, Desk, in_group, read_update, salvage, update_id
from bots.telegram.mention import Me
from bots.telegram.outbound import CAPABILITIES, Files, Part, Progress, Words, chat_id, plan
from bots.telegram.refusal import NOT_MODIFIED
from bots.telegram.secrecy import hide, quieten
from bots.telegram.settings import BotSettings
from bots.telegram.webhook import webhook_path, webhook_router
from casecore.clock import Clock
from casecore.messages import FileRef, InboundMessage
from casecore.vocabulary import Side

log = logging.getLogger(__name__)

# What the bot asks Telegram for; other types are then never sent, and are answered if they come all the same.
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
# What a crooked update makes its reader trip over, where the library has not checked the types.
_CROOKED = (TypeError, AttributeError, KeyError, ValueError, IndexError, OverflowError, RecursionError)
_MAX_BACKOFF = 30  # times retry_pause: half a minute between polls of a server that stays down


class Malformed(Exception):
    """The library could not read an update: a bug of the sender, or a Bot API newer than the library."""


class TelegramBot(ABC):
    """Keeps bots.channel.Channel; an adapter gives it a name, a side and its library's calls."""

    name: ClassVar[str]
    side: ClassVar[Side]

    def __init__(self, settings: BotSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._desk = Desk(channel=self.name, account=settings.account, side=self.side)
        self._known_me: Me | None = None
        self._progress = Progress()

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def start(self) -> None:
        """Open the client; no call to Telegram is made, so that a start never waits for it."""
        quieten()
        await self._open()

    async def stop(self) -> None:
        await self._close()

    def routes(self, sink: Sink) -> APIRouter | None:
        return webhook_router(self, self._settings, sink) if self._settings.mode == "webhook" else None

    async def listen(self, sink: Sink) -> None:
        """Poll for ever; in webhook mode register the webhook, if its public address is known, and wait."""
        if self._settings.mode == "webhook":
            if self._settings.public_url is not None:
                await self._insist("setWebhook", self._register)
            await asyncio.Event().wait()
        await self._insist("deleteWebhook", self._unregister)
        async with asyncio.TaskGroup() as errands:
            await self._poll(sink, errands)

    async def send(self, message: OutboundMessage) -> str:
        """Send the parts that were not sent by an earlier try; the id of the last one."""
        chat = chat_id(message.address)
        parts = plan(message)
        done, last = self._progress.of(message, parts)
        for number, part in enumerate(parts[done:], done + 1):
            last = await self._send_part(chat, part)
            self._progress.mark(message, parts[:number], last)
        self._progress.forget(message)
        return last

    async def take(self, raw: Mapping[str, Any], sink: Sink) -> str | None:
        """Hand one raw update to `sink`; the callback query to acknowledge afterwards, if it was a press.

        Raises what the sink raises, and ChannelError when a group needs the bot's name and it is unknown.
        """
        message = await self._read(raw)
        if message is None:
            log.info("%s: update %s says nothing to the bot", self.name, update_id(raw))
            return None
        await sink(message)
        query = raw.get("callback_query")
        return str(query["id"]) if isinstance(query, Mapping) and query.get("id") else None

    async def _read(self, raw: Mapping[str, Any]) -> InboundMessage | None:
        now = self._clock.now()
        me = await self._identity() if in_group(raw) else None
        try:
            return read_update(self._parse(raw), raw, desk=self._desk, me=me, now=now)
        except (Malformed, *_CROOKED) as error:
            log.warning("%s: update %s is malformed: %s", self.name, update_id(raw), type(error).__name__)
            return salvage(raw, desk=self._desk, now=now, raw_type=MALFORMED)

    async def _identity(self) -> Me:
        if self._known_me is None:
            self._known_me = await self._get_me()
        return self._known_me

    async def _poll(self, sink: Sink, errands: asyncio.TaskGroup) -> None:
        offset: int | None = None
        failures = 0
        while True:
            try:
                # Sorted, so that no offset ever passes over an update that is still to be taken.
                batch = await self._get_updates(offset)
                for raw in sorted((one for one in batch if update_id(one) is not None), key=update_id):  # type: ignore[arg-type]
                    press = await self.take(raw, sink)
                    offset = int(raw["update_id"]) + 1
                    if press is not None:
                        errands.create_task(self._acknowledge(press))
                failures = 0
            except Exception as error:  # noqa: BLE001 - the loop's one: whatever failed, the update stays unconfirmed
                failures += 1
                await self._back_off(f"polling from {offset}", error, failures)

    async def _insist(self, what: str, call: Any) -> None:
        """`call` until it works: a bot that cannot reach Telegram yet waits for it."""
        failures = 0
        while True:
            try:
                await call()
                return
            except ChannelError as error:
                failures += 1
                await self._back_off(what, error, failures)

    async def _back_off(self, what: str, error: Exception, failures: int) -> None:
        pause = self._settings.retry_pause * min(2 ** min(failures - 1, 10), _MAX_BACKOFF)
        if isinstance(error, TryLater) and error.after is not None:
            pause = max(pause, error.after)
        log.warning(
            "%s/%s: %s: %s: %s; again in %.1f s",
            self.name,
            self.account,
            what,
            type(error).__name__,
            hide(str(error)),
            pause,
        )
        await asyncio.sleep(pause)

    async def _acknowledge(self, query_id: str) -> None:
        """Stop the button's spinner. The press is safe in the inbox already: a failure costs nothing else."""
        try:
            await self._answer_press(query_id)
        except ChannelError as error:
            log.info("%s: press not acknowledged: %s", self.name, hide(str(error)))

    async def _register(self) -> None:
        base = (self._settings.public_url or "").rstrip("/")
        path = webhook_path(self.name, self._settings).replace("{key}", self._settings.webhook_key)
        await self._set_webhook(base + path)

    async def _send_part(self, chat: int, part: Part) -> str:
        if isinstance(part, Words):
            return await (self._send_words(chat, part) if part.edit_of is None else self._change(chat, part))
        return await (self._send_album(chat, part) if len(part.files) > 1 else self._send_file(chat, part))

    async def _change(self, chat: int, words: Words) -> str:
        try:
            return await self._edit(chat, words)
        except Rejected as refusal:
            # The card says this already: an earlier try, or the same news twice. That is what was wanted.
            if NOT_MODIFIED not in str(refusal).lower():
                raise
            return str(words.edit_of)

    @abstractmethod
    def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        """See bots.channel.Channel.fetch."""

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    @abstractmethod
    def _parse(self, raw: Mapping[str, Any]) -> Any:
        """The library's own Update. Raises Malformed."""

    @abstractmethod
    async def _get_me(self) -> Me: ...

    @abstractmethod
    async def _get_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Raw updates, not parsed as a batch: one that the library cannot read must not hold up others."""

    @abstractmethod
    async def _set_webhook(self, url: str) -> None: ...

    @abstractmethod
    async def _unregister(self) -> None: ...

    @abstractmethod
    async def _answer_press(self, query_id: str) -> None: ...

    @abstractmethod
    async def _send_words(self, chat: int, words: Words) -> str: ...

    @abstractmethod
    async def _edit(self, chat: int, words: Words) -> str: ...

    @abstractmethod
    async def _send_file(self, chat: int, part: Files) -> str: ...

    @abstractmethod
    async def _send_album(self, chat: int, part: Files) -> str: ...
