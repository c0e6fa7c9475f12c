"""One OutboundMessage → the calls it takes in Telegram, in order, and which of them are already done.

one file, no buttons, short text       the file with the text as its caption
several photos and videos              albums of up to 10, then the text with the buttons
an answer to a card (`edit_of`)        the files, then the card's text changed in place
"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bots.channel import Capabilities, OutboundFile, OutboundMessage, Rejected, RenderedButton
from casecore.vocabulary import MessageKind

MAX_CAPTION = 1024  # Bot API, sendPhoto and its sisters
MAX_ALBUM = 10  # Bot API, sendMediaGroup: 2 to 10
MAX_PHOTO = 10 * 1024 * 1024  # Bot API, Sending files: larger pictures go as documents
_REMEMBERED = 1024  # messages of which one part was sent and a later one failed; far above any burst

CAPABILITIES = Capabilities(
    max_text=4096,
    # 100 buttons a keyboard and 8 in a row are what Telegram's clients and server take; labels have
    # no documented limit, and 40 characters are what a phone shows of a full-width button.
    max_buttons=100,
    max_buttons_in_row=8,
    max_button_label=40,
    max_button_token=64,
    receives=frozenset(MessageKind),
    sends_files=frozenset({MessageKind.PHOTO, MessageKind.VIDEO, MessageKind.VOICE, MessageKind.DOCUMENT}),
    edits=True,
    # Telegram could ask by a reply keyboard, but an OutboundMessage has no word for it.
    asks_location=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """sendMessage, or editMessageText of `edit_of`."""

    text: str
    buttons: Sequence[Sequence[RenderedButton]] = ()
    edit_of: int | None = None
    reply_to: int | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """One file with its caption, or an album of 2 to 10 of one sort."""

    files: tuple[OutboundFile, ...]
    caption: str = ""
    reply_to: int | None = None
    quiet: bool = False


Part = Words | Files


def plan(message: OutboundMessage) -> tuple[Part, ...]:
    """The parts of `message`. Rejected when an id in it is none of Telegram's, or nothing is to be said."""
    edit_of = _number(message.edit_of, "edit_of")
    reply_to = _number(message.reply_to, "reply_to")
    files = tuple(_fit(file) for file in message.files)
    alone = len(files) == 1 and not message.buttons and edit_of is None
    if alone and len(message.text) <= MAX_CAPTION:
        return (Files(files=files, caption=message.text, reply_to=reply_to, quiet=message.quiet),)
    parts: list[Part] = [Files(files=group, quiet=message.quiet) for group in _groups(files)]
    if message.text or message.buttons or edit_of is not None or not parts:
        words = Words(
            text=message.text,
            buttons=message.buttons,
            edit_of=edit_of,
            reply_to=reply_to,
            quiet=message.quiet,
        )
        parts.append(words)
    return tuple(parts)


def chat_id(address: str) -> int:
    """The Telegram chat behind an address of ours."""
    number = _number(address, "address")
    if number is None:
        raise Rejected("address: empty")
    return number


def safe_name(name: str, fallback: str) -> str:
    """A file name that cannot break a multipart header nor hide its ending: no controls, quotes or paths."""
    kept = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    kept = re.sub(r'["\\/:*?<>|]', "_", kept).strip(" .")
    return kept[-60:] or fallback


class Progress:
    """How far each message came, so that trying again does not send its album twice.

    In memory and bounded: after a restart the worst is a second copy of files that arrived.
    """

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str], tuple[list[str], str]] = OrderedDict()

    def of(self, message: OutboundMessage, parts: Sequence[Part]) -> tuple[int, str]:
        """How many of `parts` were sent already, and the id of the last of them.

        None of them, if what was sent under this key was rendered differently then.
        """
        sent, last = self._done.get((message.address, message.key), ([], ""))
        return (len(sent), last) if sent == [_mark(part) for part in parts[: len(sent)]] else (0, "")

    def mark(self, message: OutboundMessage, sent: Sequence[Part], last: str) -> None:
        self._done[message.address, message.key] = ([_mark(part) for part in sent], last)
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)

    def forget(self, message: OutboundMessage) -> None:
        self._done.pop((message.address, message.key), None)


def _mark(part: Part) -> str:
    """What a part was, without keeping its bytes."""
    if isinstance(part, Words):
        return f"words {part.edit_of} {part.text}"
    return " ".join(("files", *(file.digest for file in part.files), part.caption))


def _number(value: str | None, what: str) -> int | None:
    if value is None or value == "":
        return None
    if not re.fullmatch(r"-?[0-9]{1,19}", value):
        raise Rejected(f"{what}: not a number of Telegram's")
    return int(value)


def _fit(file: OutboundFile) -> OutboundFile:
    """The file as Telegram takes it: an oversized photo and an odd voice note are documents."""
    too_big = file.kind is MessageKind.PHOTO and len(file.content) > MAX_PHOTO
    # sendVoice: OGG with OPUS, MP3 or M4A; anything else would arrive as a silent file.
    odd = file.kind is MessageKind.VOICE and file.mime not in ("audio/ogg", "audio/mpeg", "audio/mp4")
    unknown = file.kind not in CAPABILITIES.sends_files
    kind = MessageKind.DOCUMENT if too_big or odd or unknown else file.kind
    return OutboundFile(
        kind=kind,
        name=safe_name(file.name, file.digest[:16] or "file"),
        mime=file.mime,
        content=file.content,
        digest=file.digest,
    )


def _groups(files: Sequence[OutboundFile]) -> Iterator[tuple[OutboundFile, ...]]:
    """Photos and videos together, documents together, voice notes one by one: what an album may hold."""
    seen = [file for file in files if file.kind in (MessageKind.PHOTO, MessageKind.VIDEO)]
    papers = [file for file in files if file.kind is MessageKind.DOCUMENT]
    for group in (seen, papers):
        for start in range(0, len(group), MAX_ALBUM):
            yield tuple(group[start : start + MAX_ALBUM])
    for file in files:
        if file.kind is MessageKind.VOICE:
            yield (file,)
