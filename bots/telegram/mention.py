"""Whether a message in a group speaks to the bot: by its @name, a command for it, or as an answer to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot's own account, from getMe."""

    id: int
    username: str


def spoken_to(message: Any, me: Me) -> bool:
    """Entities decide, not the words: an @name inside a code block or a quotation addresses nobody."""
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me.id:
        return True
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or ()
    return any(_names(entity, text, me) for entity in entities)


def without_mention(text: str, me: Me) -> str:
    """`text` without the bot's @name, so that a command or a matter reads as in a private chat."""
    at_me = re.compile(rf"[ \t]*@{re.escape(me.username)}\b", re.IGNORECASE)
    return at_me.sub("", text).strip()


def _names(entity: Any, text: str, me: Me) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    if entity.type not in ("mention", "bot_command"):
        return False
    # Telegram counts offsets in UTF-16 code units, two bytes each.
    wide = text.encode("utf-16-le", "surrogatepass")
    word = wide[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le", "replace")
    return word.lower().endswith(f"@{me.username.lower()}")
