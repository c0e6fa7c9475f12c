"""One Telegram update → one InboundMessage, or none when nobody said anything to the bot.

message            TEXT PHOTO VOICE VIDEO DOCUMENT LOCATION CONTACT START, else UNSUPPORTED
edited_message     EDIT; reply_to names the edited message
callback_query     PRESS; reply_to names the message that carries the button
my_chat_member     UNSUPPORTED with chat news (blocked, unblocked)
anything else      UNSUPPORTED in a private chat, so that the person is answered
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bots.channel import CHAT_BLOCKED, CHAT_MOVED, CHAT_UNBLOCKED
from bots.telegram.content import SERVICE, Content, content_name, read_content, wholesome
from bots.telegram.mention import Me, spoken_to, without_mention
from casecore.messages import InboundMessage, Press
from casecore.vocabulary import MessageKind, Side

GROUPS = frozenset({"group", "supergroup"})
MALFORMED = "malformed"
_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who receives: the adapter's channel, account and side."""

    channel: str
    account: str
    side: Side


def read_update(
    update: Any, raw: Mapping[str, Any], *, desk: Desk, me: Me | None, now: datetime
) -> InboundMessage | None:
    """The message in `update`, the library's own object made from `raw`.

    `me` is needed for groups alone (`in_group`). `now` dates what Telegram does not date: presses.
    """
    if update.callback_query is not None:
        return _press(update, desk, now)
    if update.message is not None:
        return _message(update, raw["message"], desk, me)
    if update.edited_message is not None:
        return _edit(update, raw["edited_message"], desk, me)
    if update.my_chat_member is not None:
        return _membership(update, desk)
    return salvage(raw, desk=desk, now=now, raw_type=None)


def in_group(raw: Mapping[str, Any]) -> bool:
    """Whether the raw update is a message in a group, where the bot listens only when spoken to."""
    said = raw.get("message") or raw.get("edited_message")
    chat = said.get("chat") if isinstance(said, Mapping) else None
    kind = chat.get("type") if isinstance(chat, Mapping) else None
    return isinstance(kind, str) and kind in GROUPS


def update_id(raw: object) -> int | None:
    """The raw update's id; None when it is no update at all."""
    found = raw.get("update_id") if isinstance(raw, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def salvage(
    raw: Mapping[str, Any], *, desk: Desk, now: datetime, raw_type: str | None
) -> InboundMessage | None:
    """What can still be told of an update of unknown or broken shape: that somebody wrote, and their words.

    None where there is nobody to answer: no update id, no private chat.
    """
    number = update_id(raw)
    chat, field = _chat_of(raw)
    if number is None or chat.get("type") != "private" or not isinstance(chat.get("id"), int):
        return None
    said = raw[field]
    words = said.get("text") or said.get("caption") or ""
    return InboundMessage(
        channel=desk.channel,
        account=desk.account,
        external_id=str(number),
        address=str(chat["id"]),
        side=desk.side,
        kind=MessageKind.UNSUPPORTED,
        sent_at=now,
        text=wholesome(words) if isinstance(words, str) else "",
        sender=str(chat["id"]),
        raw_type=raw_type or field,
    )


def _chat_of(raw: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The chat of a raw update of any type, and the name of the field that holds it."""
    for field, value in raw.items():
        if not isinstance(value, Mapping):
            continue
        chat = value.get("chat")
        if chat is None and isinstance(value.get("message"), Mapping):
            chat = value["message"].get("chat")
        if isinstance(chat, Mapping):
            return chat, field
    return {}, ""


def _message(update: Any, raw: Mapping[str, Any], desk: Desk, me: Me | None) -> InboundMessage | None:
    message = update.message
    if message.migrate_to_chat_id is not None:
        news = Content(
            kind=MessageKind.UNSUPPORTED, raw_type=CHAT_MOVED, text=str(message.migrate_to_chat_id)
        )
        return _build(update, message, message.from_user, news, desk)
    if not _for_us(message, raw, me):
        return None
    content = read_content(message, raw)
    content = replace(content, text=_heard(message, content.text, me))
    if content.kind is MessageKind.TEXT and (start := _START.fullmatch(content.text)):
        content = replace(content, kind=MessageKind.START, text=(start["payload"] or "").strip())
    return _build(update, message, message.from_user, content, desk)


def _edit(update: Any, raw: Mapping[str, Any], desk: Desk, me: Me | None) -> InboundMessage | None:
    message = update.edited_message
    words = message.text or message.caption
    if words is None or not _for_us(message, raw, me):
        # A live location moves by edits, several a minute: the place was told by the first message.
        return None
    content = Content(kind=MessageKind.EDIT, text=_heard(message, wholesome(words), me))
    told = _build(update, message, message.from_user, content, desk)
    return replace(told, sent_at=_instant(message.edit_date), reply_to=str(message.message_id))


def _press(update: Any, desk: Desk, now: datetime) -> InboundMessage:
    query = update.callback_query
    address = query.message.chat.id if query.message is not None else query.from_user.id
    act, _, rest = wholesome(query.data or "").partition(":")
    subject, _, value = rest.partition(":")
    return InboundMessage(
        channel=desk.channel,
        account=desk.account,
        external_id=str(update.update_id),
        address=str(address),
        side=desk.side,
        kind=MessageKind.PRESS,
        sent_at=now,
        press=Press(act=act, subject=subject, value=value),
        reply_to=str(query.message.message_id) if query.message is not None else None,
        sender=str(query.from_user.id),
        sender_name=_name(query.from_user),
        lang=_lang(query.from_user),
    )


def _membership(update: Any, desk: Desk) -> InboundMessage | None:
    change = update.my_chat_member
    gone = change.new_chat_member.status in ("kicked", "left")
    news = CHAT_BLOCKED if gone else CHAT_UNBLOCKED
    content = Content(kind=MessageKind.UNSUPPORTED, raw_type=news)
    return _build(update, change, change.from_user, content, desk)


def _build(update: Any, source: Any, person: Any, content: Content, desk: Desk) -> InboundMessage:
    answered = getattr(source, "reply_to_message", None)
    number = getattr(source, "message_id", None)
    return InboundMessage(
        channel=desk.channel,
        account=desk.account,
        external_id=str(update.update_id),
        address=str(source.chat.id),
        side=desk.side,
        kind=content.kind,
        sent_at=_instant(source.date),
        text=content.text,
        files=content.files,
        point=content.point,
        reply_to=str(answered.message_id) if answered is not None else None,
        group=getattr(source, "media_group_id", None),
        message_ref=str(number) if number is not None else None,
        sender=str(person.id) if person is not None else None,
        sender_name=_name(person),
        lang=_lang(person),
        raw_type=content.raw_type,
    )


def _for_us(message: Any, raw: Mapping[str, Any], me: Me | None) -> bool:
    """Whether a person speaks to the bot: not another bot, not a channel, not the messenger itself."""
    if content_name(raw) in SERVICE or (message.from_user is not None and message.from_user.is_bot):
        return False
    if message.chat.type == "private":
        return True
    return message.chat.type in GROUPS and me is not None and spoken_to(message, me)


def _heard(message: Any, text: str, me: Me | None) -> str:
    return text if me is None or message.chat.type == "private" else without_mention(text, me)


def _name(person: Any) -> str | None:
    if person is None:
        return None
    return wholesome(" ".join(part for part in (person.first_name, person.last_name) if part)) or None


def _lang(person: Any) -> str | None:
    """Our two languages for an IETF tag: every Chinese is zh-CN, any other language reads English."""
    code = getattr(person, "language_code", None)
    if not code:
        return None
    return "zh-CN" if code.lower().partition("-")[0] == "zh" else "en"


def _instant(moment: Any) -> datetime:
    """Aware UTC: aiogram leaves edit_date the Unix time that it is in the Bot API."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.fromtimestamp(moment, UTC)
