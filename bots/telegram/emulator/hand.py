"""A person's hand in one chat: everything somebody can do towards a bot, each becoming an update."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bots.telegram.emulator.world import Bot, Chat, Person, Stored, World

_ENTITY = re.compile(
    r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]+(?:@\w+)?)|(?P<url>https?://\S+)|(?P<mention>@\w{4,})"
)


def entities(text: str) -> list[dict[str, Any]]:
    """Commands, mentions and links in `text`, with offsets in UTF-16 code units as Telegram counts."""
    return [
        {"type": found.lastgroup, "offset": _width(text[: found.start()]), "length": _width(found.group())}
        for found in _ENTITY.finditer(text)
    ]


def _width(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _words(text: str, *, caption: bool = False) -> dict[str, Any]:
    if caption and not text:
        return {}
    names = ("caption", "caption_entities") if caption else ("text", "entities")
    found = entities(text)
    return {names[0]: text, **({names[1]: found} if found else {})}


def _facts(stored: Stored) -> dict[str, Any]:
    return {"file_id": stored.file_id, "file_unique_id": f"u-{stored.file_id}", "file_size": stored.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Each method returns the Message or update that it made. `chat` is the private one when not given."""

    world: World
    bot: Bot
    person: Person
    group: Chat | None = None

    @property
    def chat(self) -> Chat:
        return self.group or self.world.private_chat(self.bot, self.person)

    def write(self, text: str, *, reply_to: int | None = None) -> dict[str, Any]:
        return self._say(_words(text), reply_to)

    def start(self, payload: str = "") -> dict[str, Any]:
        """Open the bot by a deep link, t.me/<bot>?start=<payload>."""
        return self.write(f"/start {payload}".strip())

    def photo(self, content: bytes, caption: str = "", *, album: str | None = None) -> dict[str, Any]:
        small = self._keep(content[:64], "image/jpeg", "photo.jpg", "photos")
        large = self._keep(content, "image/jpeg", "photo.jpg", "photos")
        sizes = [
            {**_facts(small), "width": 90, "height": 67},
            {**_facts(large), "width": 1280, "height": 960},
        ]
        joined = {"media_group_id": album} if album else {}
        return self._say({"photo": sizes, **joined, **_words(caption, caption=True)})

    def album(self, contents: Sequence[bytes], caption: str = "") -> list[dict[str, Any]]:
        """Several photos at once; the caption stands on the first, as Telegram's clients do it."""
        name = f"album-{self.bot.id}-{len(self.bot.files)}"
        return [self.photo(one, caption if n == 0 else "", album=name) for n, one in enumerate(contents)]

    def voice(self, content: bytes, duration: int = 3, mime: str = "audio/ogg") -> dict[str, Any]:
        kept = self._keep(content, mime, "voice.oga", "voice")
        return self._say({"voice": {**_facts(kept), "duration": duration, "mime_type": mime}})

    def audio(self, content: bytes, name: str = "memo.mp3", duration: int = 3) -> dict[str, Any]:
        kept = self._keep(content, "audio/mpeg", name, "music")
        facts = {"duration": duration, "mime_type": "audio/mpeg", "file_name": name}
        return self._say({"audio": {**_facts(kept), **facts}})

    def video(self, content: bytes, caption: str = "", duration: int = 5) -> dict[str, Any]:
        kept = self._keep(content, "video/mp4", "video.mp4", "videos")
        facts = {"width": 640, "height": 360, "duration": duration, "mime_type": "video/mp4"}
        return self._say({"video": {**_facts(kept), **facts}, **_words(caption, caption=True)})

    def video_note(self, content: bytes, duration: int = 5) -> dict[str, Any]:
        kept = self._keep(content, "video/mp4", "note.mp4", "video_notes")
        return self._say({"video_note": {**_facts(kept), "length": 240, "duration": duration}})

    def document(
        self,
        content: bytes,
        name: str,
        mime: str,
        caption: str = "",
        *,
        size: int | None = None,
    ) -> dict[str, Any]:
        """`size` pretends: a 30 MB file is shown by its size alone, no bot could fetch it."""
        kept = self.bot.store(content, mime=mime, name=name, folder="documents", size=size)
        facts = {**_facts(kept), "file_name": name, "mime_type": mime}
        return self._say({"document": facts, **_words(caption, caption=True)})

    def location(self, lat: float, lon: float, *, live: bool = False) -> dict[str, Any]:
        more = {"live_period": 900} if live else {}
        return self._say({"location": {"latitude": lat, "longitude": lon, **more}})

    def venue(self, lat: float, lon: float, title: str, address: str) -> dict[str, Any]:
        place = {"latitude": lat, "longitude": lon}
        return self._say(
            {"location": place, "venue": {"location": place, "title": title, "address": address}}
        )

    def contact(self, phone: str, first_name: str) -> dict[str, Any]:
        return self._say({"contact": {"phone_number": phone, "first_name": first_name}})

    def sticker(self) -> dict[str, Any]:
        kept = self._keep(b"RIFF....WEBP", "image/webp", "sticker.webp", "stickers")
        look = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._say({"sticker": {**_facts(kept), **look}})

    def edit(self, message_id: int, text: str) -> dict[str, Any]:
        """Change a text or caption that was sent. LookupError when there is no such message."""
        message = self._find(message_id)
        message.update(_words(text, caption="text" not in message), edit_date=int(self.world.now()))
        self.world.announce(self.bot, {"edited_message": dict(message)})
        return message

    def move_live(self, message_id: int, lat: float, lon: float) -> dict[str, Any]:
        """A live location moves on."""
        message = self._find(message_id)
        message["location"] = {**message["location"], "latitude": lat, "longitude": lon}
        message["edit_date"] = int(self.world.now())
        self.world.announce(self.bot, {"edited_message": dict(message)})
        return message

    def press(self, message_id: int, data: str) -> dict[str, Any] | None:
        """Press a button by what it carries; nothing checks that the message has it, as a forger's would."""
        query = f"press-{self.bot.id}-{len(self.bot.presses) + 1}"
        self.bot.presses.add(query)
        fields = {"id": query, "from": self.person.user(), "chat_instance": str(self.chat.id), "data": data}
        message = self._find(message_id)
        return self.world.announce(self.bot, {"callback_query": {**fields, "message": message}})

    def block(self) -> dict[str, Any] | None:
        self.chat.blocked = True
        return self._membership("member", "kicked")

    def unblock(self) -> dict[str, Any] | None:
        self.chat.blocked = False
        return self._membership("kicked", "member")

    def migrate(self) -> Chat:
        """The group becomes a supergroup; the old one tells its new id and refuses messages."""
        old = self.chat
        new = self.world.group(self.bot, str(old.shape.get("title")), "supergroup")
        old.moved_to = new.id
        self._say({"migrate_to_chat_id": new.id})
        return new

    def unknown(self, kind: str = "telepathy") -> dict[str, Any] | None:
        """An update of a type that no library knows yet."""
        fields = {
            "id": "x1",
            "from": self.person.user(),
            "chat": self.chat.shape,
            "date": int(self.world.now()),
        }
        return self.world.announce(self.bot, {kind: fields}, unasked=True)

    def raw(self, fields: dict[str, Any]) -> dict[str, Any] | None:
        """Any update at all, well-formed or not; it gets its number and goes out."""
        return self.world.announce(self.bot, fields, unasked=True)

    def _say(self, content: dict[str, Any], reply_to: int | None = None) -> dict[str, Any]:
        more = {} if reply_to is None else {"reply_to_message": self._find(reply_to)}
        message = self.world.add(self.bot, self.chat, self.person.user(), {**more, **content})
        self.world.announce(self.bot, {"message": dict(message)})
        return message

    def _keep(self, content: bytes, mime: str, name: str, folder: str) -> Stored:
        return self.bot.store(content, mime=mime, name=name, folder=folder)

    def _find(self, message_id: int) -> dict[str, Any]:
        found = self.chat.find(message_id)
        if found is None:
            raise LookupError(f"no message {message_id} in this chat")
        return found

    def _membership(self, old: str, new: str) -> dict[str, Any] | None:
        def member(status: str) -> dict[str, Any]:
            extra = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self.bot.user(), **extra}

        change = {
            "chat": self.chat.shape,
            "from": self.person.user(),
            "date": int(self.world.now()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        return self.world.announce(self.bot, {"my_chat_member": change})
