"""One call of the Bot API: its parameters read and checked, and the message that it posts.

Limits and descriptions are the Bot API's own, as its documentation and its server give them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bots.telegram.emulator.hand import entities
from bots.telegram.emulator.world import ApiError, Bot, Chat, Stored, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA = 64  # bytes
MAX_PHOTO = 10 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
_MIME = {"photo": "image/jpeg", "video": "video/mp4", "voice": "audio/ogg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: form fields as text (JSON where the Bot API wants objects), and uploaded files by field."""

    world: World
    bot: Bot
    params: dict[str, str]
    files: dict[str, Upload]

    def number(self, name: str, default: int | None = None) -> int:
        value = self.params.get(name)
        if value is None and default is not None:
            return default
        if value is None or not re.fullmatch(r"-?\d+", value):
            raise ApiError(400, f"Bad Request: parameter {name} must be an integer")
        return int(value)

    def structure(self, name: str, default: Any = None) -> Any:
        if name not in self.params:
            return default
        try:
            return json.loads(self.params[name])
        except ValueError:
            raise ApiError(400, f"Bad Request: can't parse {name} JSON object") from None

    def chat(self) -> Chat:
        """The chat to write to, refused as Telegram refuses a stranger, a blocked bot and a moved group."""
        found = self.bot.chats.get(self.number("chat_id"))
        if found is None:
            raise ApiError(400, "Bad Request: chat not found")
        if found.moved_to is not None:
            moved = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, moved, migrate_to_chat_id=found.moved_to)
        if found.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return found


def post(call: Call, content: dict[str, Any]) -> dict[str, Any]:
    chat = call.chat()
    answered = _answered(call, chat)
    more = {"reply_markup": keyboard} if (keyboard := keyboard_of(call)) else {}
    made = call.world.add(call.bot, chat, call.bot.user(), {**answered, **content, **more})
    if call.params.get("disable_notification", "").lower() == "true":
        chat.silent.add(made["message_id"])
    return made


def _answered(call: Call, chat: Chat) -> dict[str, Any]:
    wanted = call.structure("reply_parameters", {})
    if not wanted:
        return {}
    found = chat.find(int(wanted["message_id"]))
    if found is None and not wanted.get("allow_sending_without_reply"):
        raise ApiError(400, "Bad Request: message to be replied not found")
    return {"reply_to_message": {k: v for k, v in found.items() if k != "reply_to_message"}} if found else {}


def keyboard_of(call: Call) -> dict[str, Any]:
    markup: dict[str, Any] = call.structure("reply_markup", {})
    for button in (one for row in markup.get("inline_keyboard", []) for one in row):
        if not str(button.get("text", "")).strip():
            raise ApiError(400, "Bad Request: can't parse inline keyboard button: text can't be empty")
        if len(button.get("callback_data", "").encode()) > MAX_CALLBACK_DATA:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup if "inline_keyboard" in markup else {}


def text_of(call: Call) -> dict[str, Any]:
    text = call.params.get("text", "")
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text) > MAX_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    found = entities(text)
    return {"text": text, **({"entities": found} if found else {})}


def caption_of(text: str) -> dict[str, Any]:
    if len(text) > MAX_CAPTION:
        raise ApiError(400, "Bad Request: message caption is too long")
    return {"caption": text} if text else {}


def received(call: Call, kind: str, named: str) -> Stored:
    """The file that a call names: uploaded with it, or known from before."""
    upload = call.files.get(named.removeprefix("attach://"))
    if upload is None:
        known = call.bot.files.get(named)
        if known is None:
            raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return known
    if not upload.content:
        raise ApiError(400, "Bad Request: file must be non-empty")
    if len(upload.content) > (MAX_PHOTO if kind == "photo" else MAX_UPLOAD):
        raise ApiError(413, "Request Entity Too Large")
    mime = _MIME.get(kind, upload.mime)
    return call.bot.store(upload.content, mime=mime, name=upload.name, folder=f"{kind}s")


def shown(kind: str, stored: Stored) -> Any:
    facts: dict[str, Any] = {
        "file_id": stored.file_id,
        "file_unique_id": f"u-{stored.file_id}",
        "file_size": stored.size,
    }
    if kind == "photo":
        return [{**facts, "width": 1280, "height": 960}]
    if kind == "voice":
        return {**facts, "duration": 1, "mime_type": stored.mime}
    named = {**facts, "file_name": stored.name, "mime_type": stored.mime}
    return {**named, "width": 640, "height": 360, "duration": 1} if kind == "video" else named
