"""The residents' bot, on aiogram: its types and its client, none of its dispatcher or state machine."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, TypeVar

from aiogram import Bot
from aiogram import exceptions as api
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageText,
    GetFile,
    GetMe,
    Response,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
    SendVoice,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    MediaUnion,
    Message,
    ReplyParameters,
    Update,
)
from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError
from pydantic import ValidationError

from bots.channel import ChannelError, MaybeSent, OutboundFile, Rejected, TryLater, Unreachable
from bots.telegram.bot import ALLOWED_UPDATES, Malformed, TelegramBot
from bots.telegram.download import CHUNK, Meter, check_size, check_status
from bots.telegram.mention import Me
from bots.telegram.outbound import Files, Words
from bots.telegram.refusal import REFUSED_TOKEN_PAUSE, refusal
from bots.telegram.secrecy import hide
from bots.telegram.settings import BotSettings
from casecore.clock import Clock
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind, Side

T = TypeVar("T")


class Garbled(api.AiogramError):
    """An answer that is no Bot API JSON. aiogram's ClientDecodeError drops the status, which decides here."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status} without a readable answer")
        self.status = status


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without parsing the whole batch: one strange update must not hold up the rest."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]


class Session(AiohttpSession):
    def check_response(
        self, bot: Bot, method: TelegramMethod[T], status_code: int, content: str
    ) -> Response[T]:
        try:
            return super().check_response(bot, method, status_code, content)
        except (api.ClientDecodeError, TypeError):
            # TypeError: aiogram looks into a description that the answer does not have.
            raise Garbled(status_code) from None

    async def close(self) -> None:
        # aiogram waits 0.25 s for TLS to say goodbye; a Bot API server on plain HTTP has nothing to say.
        if self.api.base.startswith("https://"):
            await super().close()
        elif self._session is not None:
            await self._session.close()


def translate(error: Exception, *, repeatable: bool) -> ChannelError:
    """aiogram's error as ours. `repeatable`: the call changes nothing, so a lost answer is no dilemma."""
    lost = TryLater if repeatable else MaybeSent
    what = type(error.__cause__ or error).__name__
    match error:
        case api.TelegramRetryAfter():
            return TryLater("flood control", after=float(error.retry_after), throttled=True)
        case api.TelegramMigrateToChat():
            return Unreachable("the group has moved", moved_to=str(error.migrate_to_chat_id))
        case api.TelegramForbiddenError():
            return Unreachable(hide(error.message))
        case api.TelegramBadRequest() | api.TelegramEntityTooLarge():
            return refusal(error.message)
        case api.TelegramUnauthorizedError() | api.TelegramNotFound():
            return TryLater("the server refuses the bot's token", after=REFUSED_TOKEN_PAUSE)
        case api.TelegramNetworkError():
            unsent = isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
            return TryLater(f"not connected: {what}") if unsent else lost(f"connection lost: {what}")
        case Garbled():
            # A 2xx came from a server that took the call; an error page came from something before it.
            return lost(str(error)) if error.status < 300 else TryLater(str(error))
        case api.TelegramAPIError():
            return TryLater(hide(str(error.message)))
        case ClientError() | OSError():
            return lost(f"connection lost: {what}")
    return TryLater(f"aiogram: {what}")


class ResidentsBot(TelegramBot):
    """The channel `telegram-residents`."""

    name: ClassVar[str] = "telegram-residents"
    side: ClassVar[Side] = Side.RESIDENT

    def __init__(self, settings: BotSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._session: Session
        self._bot: Bot

    async def _open(self) -> None:
        server = TelegramAPIServer.from_base(self._settings.base)
        self._session = Session(api=server, timeout=self._settings.timeout)
        self._bot = Bot(self._settings.token, session=self._session)

    async def _close(self) -> None:
        await self._session.close()

    async def _call(
        self, method: TelegramMethod[T], *, within: float | None = None, repeatable: bool = False
    ) -> T:
        """One call. The library's error is left behind, context and all: it may hold the token's URL."""
        seconds = None if within is None else math.ceil(within)
        try:
            answer = await self._bot(method, request_timeout=seconds)
            if answer is not None:
                return answer
            failure = translate(Garbled(200), repeatable=repeatable)
        except (api.AiogramError, ClientError, OSError, RuntimeError) as error:
            failure = translate(error, repeatable=repeatable)
        raise failure

    async def fetch(self, file: FileRef, *, limit: int) -> AsyncIterator[bytes]:
        meter = Meter(file, limit)
        found = await self._call(GetFile(file_id=file.ref), repeatable=True)
        check_size(found.file_size, limit)
        if not found.file_path:
            raise Rejected("the server offers no path for this file")
        url = self._session.api.file_url(self._settings.token, found.file_path)
        patience = ClientTimeout(total=self._settings.upload_timeout, sock_read=self._settings.timeout)
        client = await self._session.create_session()
        try:
            async with client.get(url, timeout=patience, allow_redirects=False) as answer:
                check_status(answer.status)
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield meter.pass_on(chunk)
            return
        except (ClientError, TimeoutError) as error:
            failure = TryLater(f"download broke off: {type(error).__name__}")
        raise failure

    def _parse(self, raw: Mapping[str, Any]) -> Update:
        try:
            return Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError as error:
            places = {".".join(str(step) for step in one["loc"]) for one in error.errors()}
        raise Malformed(f"aiogram cannot read {', '.join(sorted(places))}")

    async def _get_me(self) -> Me:
        me = await self._call(GetMe(), repeatable=True)
        return Me(id=me.id, username=me.username or "")

    async def _get_updates(self, offset: int | None) -> list[dict[str, Any]]:
        wait = self._settings.poll_timeout
        poll = RawUpdates(offset=offset, timeout=wait, allowed_updates=ALLOWED_UPDATES)
        return await self._call(poll, within=wait + self._settings.timeout, repeatable=True)

    async def _set_webhook(self, url: str) -> None:
        secret = self._settings.webhook_secret
        method = SetWebhook(url=url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        await self._call(method, repeatable=True)

    async def _unregister(self) -> None:
        await self._call(DeleteWebhook(), repeatable=True)

    async def _answer_press(self, query_id: str) -> None:
        await self._call(AnswerCallbackQuery(callback_query_id=query_id), repeatable=True)

    async def _send_words(self, chat: int, words: Words) -> str:
        method = SendMessage(
            chat_id=chat,
            text=words.text,
            reply_markup=_keyboard(words),
            reply_parameters=_reply(words.reply_to),
            disable_notification=words.quiet or None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return _id(await self._call(method))

    async def _edit(self, chat: int, words: Words) -> str:
        method = EditMessageText(
            chat_id=chat,
            message_id=words.edit_of,
            text=words.text,
            reply_markup=_keyboard(words),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        # Editing twice to the same text is refused as "not modified", so a lost answer is no dilemma.
        await self._call(method, repeatable=True)
        return str(words.edit_of)

    async def _send_file(self, chat: int, part: Files) -> str:
        method = _file_method(chat, part)
        return _id(await self._call(method, within=self._settings.upload_timeout))

    async def _send_album(self, chat: int, part: Files) -> str:
        media = [_album_item(file) for file in part.files]
        method = SendMediaGroup(
            chat_id=chat,
            media=media,
            reply_parameters=_reply(part.reply_to),
            disable_notification=part.quiet or None,
        )
        return _id((await self._call(method, within=self._settings.upload_timeout))[0])


def open_channel(*, clock: Clock, **settings: Any) -> ResidentsBot:
    """The bot with the settings of `BotSettings`, as plain values."""
    return ResidentsBot(BotSettings(**settings), clock)


def _id(message: Message) -> str:
    return str(message.message_id)


def _reply(to: int | None) -> ReplyParameters | None:
    # A resident may have deleted the message since; the answer goes out all the same.
    return None if to is None else ReplyParameters(message_id=to, allow_sending_without_reply=True)


def _keyboard(words: Words) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=b.label, callback_data=b.token) for b in row] for row in words.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _upload(file: OutboundFile) -> BufferedInputFile:
    return BufferedInputFile(file.content, filename=file.name)


def _file_method(chat: int, part: Files) -> TelegramMethod[Message]:
    file = part.files[0]
    shared: dict[str, Any] = {"chat_id": chat, "reply_parameters": _reply(part.reply_to)}
    shared["caption"] = part.caption or None
    shared["disable_notification"] = part.quiet or None
    match file.kind:
        case MessageKind.PHOTO:
            return SendPhoto(photo=_upload(file), **shared)
        case MessageKind.VIDEO:
            return SendVideo(video=_upload(file), supports_streaming=True, **shared)
        case MessageKind.VOICE:
            return SendVoice(voice=_upload(file), **shared)
        case _:
            return SendDocument(document=_upload(file), **shared)


def _album_item(file: OutboundFile) -> MediaUnion:
    match file.kind:
        case MessageKind.PHOTO:
            return InputMediaPhoto(media=_upload(file))
        case MessageKind.VIDEO:
            return InputMediaVideo(media=_upload(file), supports_streaming=True)
        case _:
            return InputMediaDocument(media=_upload(file))
