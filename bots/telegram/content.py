"""What one Telegram message carries: its kind, files, words and point.

aiogram and python-telegram-bot both spell their attributes as the Bot API does, so one reader
serves both; that is why `message` is Any here and checked by the contract suite over both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from casecore.messages import FileRef, Point
from casecore.vocabulary import MessageKind


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# The Bot API's content fields that are one file, and what they are to us. An animation is a silent
# MP4 and arrives with a `document` twin, so it comes first; an `audio` is somebody's recording, sent
# as a music file, and is listened to like a voice note.
_FILES: dict[str, MessageKind] = {
    "animation": MessageKind.VIDEO,
    "voice": MessageKind.VOICE,
    "audio": MessageKind.VOICE,
    "video": MessageKind.VIDEO,
    "video_note": MessageKind.VIDEO,
    "document": MessageKind.DOCUMENT,
}
# Telegram names no type for these two: photos are JPEG, video notes MPEG-4 (Bot API, Sending files).
_KNOWN_MIME = {"video_note": "video/mp4"}

# Service messages: the messenger talks about the chat, no person says anything that wants an answer.
SERVICE = _names("""new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo
    group_chat_created supergroup_chat_created channel_chat_created message_auto_delete_timer_changed
    migrate_from_chat_id pinned_message write_access_allowed connected_website proximity_alert_triggered
    boost_added chat_background_set forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden video_chat_scheduled
    video_chat_started video_chat_ended video_chat_participants_invited chat_owner_left chat_owner_changed
    paid_message_price_changed""")
# Fields that stand around the content and say nothing of its kind.
_ENVELOPE = _names("""message_id message_thread_id from sender_chat sender_boost_count date chat
    sender_business_bot
    business_connection_id forward_origin is_topic_message is_automatic_forward reply_to_message
    external_reply quote reply_to_story via_bot edit_date has_protected_content is_from_offline
    media_group_id author_signature caption caption_entities show_caption_above_media entities
    link_preview_options effect_id reply_markup has_media_spoiler direct_messages_topic
    is_paid_post paid_star_count sender_tag""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    kind: MessageKind
    files: tuple[FileRef, ...] = ()
    text: str = ""
    point: Point | None = None
    raw_type: str | None = None


def read_content(message: Any, raw: Mapping[str, Any]) -> Content:
    """`message` as the library parsed it, `raw` as it came: only that names a kind the library ignores."""
    words = wholesome(message.text or message.caption or "")
    if message.photo:
        return Content(kind=MessageKind.PHOTO, files=(_photo(message.photo),), text=words)
    for name, kind in _FILES.items():
        if (thing := getattr(message, name)) is not None:
            return Content(kind=kind, files=(_file(name, kind, thing),), text=words)
    if message.location is not None:
        return _location(message, words)
    if message.contact is not None:
        return Content(kind=MessageKind.CONTACT, text=_contact(message.contact))
    if message.text is not None:
        return Content(kind=MessageKind.TEXT, text=words)
    return Content(kind=MessageKind.UNSUPPORTED, text=words, raw_type=content_name(raw))


def content_name(raw: Mapping[str, Any]) -> str:
    """The Bot API's name of what a raw message carries: its first field that is no envelope."""
    return next((key for key in raw if key not in _ENVELOPE), "empty")


def wholesome(text: str) -> str:
    """`text` that every database takes: no NUL, no half surrogate pair (JSON allows both)."""
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def seconds(duration: Any) -> float | None:
    """A duration: aiogram gives whole seconds, python-telegram-bot a timedelta."""
    if duration is None:
        return None
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)


def _photo(sizes: Any) -> FileRef:
    largest = max(sizes, key=lambda size: size.width * size.height)
    return FileRef(
        kind=MessageKind.PHOTO, ref=largest.file_id, mime="image/jpeg", size=largest.file_size or None
    )


def _file(name: str, kind: MessageKind, thing: Any) -> FileRef:
    file_name = getattr(thing, "file_name", None)
    return FileRef(
        kind=kind,
        ref=thing.file_id,
        name=wholesome(file_name) if file_name else None,
        mime=getattr(thing, "mime_type", None) or _KNOWN_MIME.get(name),
        size=thing.file_size or None,
        duration=seconds(getattr(thing, "duration", None)),
    )


def _location(message: Any, words: str) -> Content:
    place = message.location
    if message.venue is not None:
        words = wholesome(f"{message.venue.title} {message.venue.address}".strip())
    point = Point(lat=float(place.latitude), lon=float(place.longitude))
    return Content(kind=MessageKind.LOCATION, text=words, point=point)


def _contact(contact: Any) -> str:
    parts = (contact.first_name, contact.last_name, contact.phone_number)
    return wholesome(" ".join(part for part in parts if part))
