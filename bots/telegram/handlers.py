"""The handlers' bot, on python-telegram-bot: its types and client, no Application, Updater or JobQueue."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
)
from telegram import error as api
from telegram.request import HTTPXRequest

from bots.channel import ChannelError, MaybeSent, OutboundFile, Rejected, TryLater, Unreachable
from bots.telegram.bot import ALLOWED_UPDATES, Malformed, TelegramBot
from bots.telegram.download import Meter, check_size, check_status
from bots.telegram.mention import Me
from bots.telegram.outbound import Files, Words
from bots.telegram.refusal import REFUSED_TOKEN_PAUSE, refusal
from bots.telegram.secrecy import hide
from bots.telegram.settings import BotSettings
from casecore.clock import Clock
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind, Side

T = TypeVar("T")

# The library checks no types; it only trips over the wrong ones, now or when they are read.
_CROOKED = (TypeError, AttributeError, KeyError, ValueError, IndexError, OverflowError, RecursionError)


class Garbled(api.TelegramError):
    """An answer without the JSON that it should be: the server may have taken the call or not."""


class Request(HTTPXRequest):
    """The library's transport, which does not log the body it could not read: that may be people's words."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        try:
            return json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            raise Garbled("an answer without JSON") from None


class Client(Bot):
    """The library's bot, with updates as they came and a name that does not tell the token."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}[token=…]"

    async def raw_updates(self, offset: int | None, wait: int, read_timeout: float) -> list[dict[str, Any]]:
        """getUpdates without parsing the batch: one strange update must not hold up the rest."""
        asked = {"offset": offset, "timeout": wait, "allowed_updates": ALLOWED_UPDATES}
        found: list[dict[str, Any]] = await self._post("getUpdates", asked, read_timeout=read_timeout)
        return found


def translate(error: Exception, *, repeatable: bool) -> ChannelError:
    """The library's error as ours. `repeatable`: the call changes nothing, a lost answer is no dilemma."""
    lost = TryLater if repeatable else MaybeSent
    cause = error.__cause__
    what = type(cause or error).__name__
    match error:
        case api.RetryAfter():
            return TryLater("flood control", after=_seconds(error.retry_after), throttled=True)
        case api.ChatMigrated():
            return Unreachable("the group has moved", moved_to=str(error.new_chat_id))
        case api.Forbidden():
            return Unreachable(hide(error.message))
        case api.BadRequest():
            return refusal(error.message)
        case api.InvalidToken():
            return TryLater("the server refuses the bot's token", after=REFUSED_TOKEN_PAUSE)
        case api.NetworkError() if isinstance(
            cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
        ):
            return TryLater(f"not connected: {what}")
        case api.NetworkError() if isinstance(cause, httpx.HTTPError):
            return lost(f"connection lost: {what}")
        case api.NetworkError() if "Request Entity Too Large" in error.message:
            return refusal(error.message)
        case api.NetworkError():
            # The message may carry the whole error page; its first words are its status.
            return TryLater(hide(error.message.partition(". Parsing")[0]))
        case Garbled() | TimeoutError():
            return lost(f"no readable answer: {what}")
        case api.TelegramError():
            return TryLater(hide(error.message))
    return TryLater(f"python-telegram-bot: {what}")


class HandlersBot(TelegramBot):
    """The channel `telegram-handlers`."""

    name: ClassVar[str] = "telegram-handlers"
    side: ClassVar[Side] = Side.HANDLER

    def __init__(self, settings: BotSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        # The library's own switch to durations as timedelta; without it each voice note logs a deprecation.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self._requests: tuple[Request, Request]
        self._bot: Client
        self._files: httpx.AsyncClient

    async def _open(self) -> None:
        limits = self._settings
        wait = limits.timeout
        # Proxies from the environment are not taken over unasked: aiogram, next door, does not either.
        plain: dict[str, Any] = {"trust_env": False, "verify": _authorities(limits.base)}
        self._requests = (
            Request(1, wait, wait, wait, httpx_kwargs=plain),
            Request(100, wait, wait, wait, media_write_timeout=limits.upload_timeout, httpx_kwargs=plain),
        )
        self._bot = Client(
            limits.token,
            base_url=f"{limits.base}/bot",
            base_file_url=f"{limits.base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self._files = httpx.AsyncClient(follow_redirects=False, timeout=limits.timeout, **plain)

    async def _close(self) -> None:
        for request in self._requests:
            await request.shutdown()
        await self._files.aclose()

    async def _call(self, call: Awaitable[T], *, within: float | None = None, repeatable: bool = False) -> T:
        """One call. The library's error is left behind, context and all: it may hold the URL with the token.

        httpx limits each phase; the sum is limited here, twice over because a phase may use its whole share.
        """
        try:
            async with asyncio.timeout(2 * (within or self._settings.timeout)):
                return await call
        except (api.TelegramError, TimeoutError) as error:
            failure = translate(error, repeatable=repeatable)
        except _CROOKED as error:
            failure = translate(Garbled(type(error).__name__), repeatable=repeatable)
        raise failure

    async def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        meter = Meter(file, limit)
        found = await self._call(self._bot.get_file(file.ref), repeatable=True)
        check_size(found.file_size, limit)
        if not found.file_path:
            raise Rejected("the server offers no path for this file")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.upload_timeout
        try:
            async with self._files.stream("GET", found.file_path) as answer:
                check_status(answer.status_code)
                # As they arrive: chunks of a fixed size would be waited for, however slowly they fill.
                async for chunk in answer.aiter_bytes():
                    yield meter.pass_on(chunk)
                    if loop.time() > deadline:
                        raise TimeoutError
            return
        except (httpx.HTTPError, TimeoutError) as error:
            failure = TryLater(f"download broke off: {type(error).__name__}")
        raise failure

    def _parse(self, raw: Mapping[str, Any]) -> Update:
        try:
            return Update.de_json(dict(raw), self._bot)
        except _CROOKED:
            raise Malformed("python-telegram-bot cannot read it") from None

    async def _get_me(self) -> Me:
        me = await self._call(self._bot.get_me(), repeatable=True)
        return Me(id=me.id, username=me.username or "")

    async def _get_updates(self, offset: int | None) -> list[dict[str, Any]]:
        wait = self._settings.poll_timeout
        patience = wait + self._settings.timeout
        poll = self._bot.raw_updates(offset, wait, patience)
        return await self._call(poll, within=patience, repeatable=True)

    async def _set_webhook(self, url: str) -> None:
        secret = self._settings.webhook_secret
        call = self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        await self._call(call, repeatable=True)

    async def _unregister(self) -> None:
        await self._call(self._bot.delete_webhook(), repeatable=True)

    async def _answer_press(self, query_id: str) -> None:
        await self._call(self._bot.answer_callback_query(query_id), repeatable=True)

    async def _send_words(self, chat: int, words: Words) -> str:
        call = self._bot.send_message(
            chat,
            words.text,
            reply_markup=_keyboard(words),
            reply_parameters=_reply(words.reply_to),
            disable_notification=words.quiet or None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return _id(await self._call(call))

    async def _edit(self, chat: int, words: Words) -> str:
        call = self._bot.edit_message_text(
            words.text,
            chat_id=chat,
            message_id=words.edit_of,
            reply_markup=_keyboard(words),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        # Editing twice to the same text is refused as "not modified", so a lost answer is no dilemma.
        await self._call(call, repeatable=True)
        return str(words.edit_of)

    async def _send_file(self, chat: int, part: Files) -> str:
        patience = self._settings.upload_timeout
        return _id(await self._call(self._file_call(chat, part), within=patience))

    async def _send_album(self, chat: int, part: Files) -> str:
        media = [_album_item(file) for file in part.files]
        patience = self._settings.upload_timeout
        call = self._bot.send_media_group(
            chat,
            media,
            reply_parameters=_reply(part.reply_to),
            read_timeout=patience,
            disable_notification=part.quiet or None,
        )
        return _id((await self._call(call, within=patience))[0])

    def _file_call(self, chat: int, part: Files) -> Awaitable[Message]:
        file = part.files[0]
        shared: dict[str, Any] = {
            "caption": part.caption or None,
            "reply_parameters": _reply(part.reply_to),
            "disable_notification": part.quiet or None,
            "read_timeout": self._settings.upload_timeout,
        }
        match file.kind:
            case MessageKind.PHOTO:
                return self._bot.send_photo(chat, _upload(file), **shared)
            case MessageKind.VIDEO:
                return self._bot.send_video(chat, _upload(file), supports_streaming=True, **shared)
            case MessageKind.VOICE:
                return self._bot.send_voice(chat, _upload(file), **shared)
            case _:
                return self._bot.send_document(chat, _upload(file), **shared)


def _authorities(base: str) -> ssl.SSLContext:
    """Whom to believe. Reading the authorities takes 30 ms for each client, so the three share one context;
    for a server on plain HTTP it stays empty, which refuses any https that should turn up."""
    if base.startswith("https://"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def open_channel(*, clock: Clock, **settings: Any) -> HandlersBot:
    """The bot with the settings of `BotSettings`, as plain values."""
    return HandlersBot(BotSettings(**settings), clock)


def _seconds(period: int | timedelta) -> float:
    return period.total_seconds() if isinstance(period, timedelta) else float(period)


def _id(message: Message) -> str:
    return str(message.message_id)


def _reply(to: int | None) -> ReplyParameters | None:
    # The person may have deleted the message since; the answer goes out all the same.
    return None if to is None else ReplyParameters(message_id=to, allow_sending_without_reply=True)


def _keyboard(words: Words) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(b.label, callback_data=b.token) for b in row] for row in words.buttons]
    return InlineKeyboardMarkup(rows) if rows else None


def _upload(file: OutboundFile, *, attach: bool = False) -> InputFile:
    return InputFile(file.content, filename=file.name, attach=attach)


def _album_item(file: OutboundFile) -> InputMediaPhoto | InputMediaVideo | InputMediaDocument:
    upload = _upload(file, attach=True)
    match file.kind:
        case MessageKind.PHOTO:
            return InputMediaPhoto(upload)
        case MessageKind.VIDEO:
            return InputMediaVideo(upload, supports_streaming=True)
        case _:
            return InputMediaDocument(upload)
