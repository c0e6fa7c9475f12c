"""What comes in and what is owed: the two value types that surfaces and decisions exchange through the record.

channel ── InboundMessage ──► inbox ──► intake
intake, casecore, dispatch ── Owed ──► outbox ──► channel
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casecore.vocabulary import MessageKind, Notice, Side

# An UNSUPPORTED message whose raw_type is one of these carries no content: it is news about the chat
# itself, to be recorded on the conversation and not answered. CHAT_MOVED has the new address as text.
CHAT_BLOCKED = "chat.blocked"
CHAT_UNBLOCKED = "chat.unblocked"
CHAT_MOVED = "chat.moved"
CHAT_NEWS = frozenset({CHAT_BLOCKED, CHAT_UNBLOCKED, CHAT_MOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """WGS-84 degrees. A channel that reports GCJ-02 converts before it makes a Point."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file that a channel can fetch: `ref` means something to that channel alone.

    `digest` is filled once `media` holds the bytes; `failure` says why it never will
    (a key of the locales, `media.<failure>`). Sizes are bytes, durations seconds.
    `words` is what was heard in a sound; `unheard` says why nothing was (`media.<unheard>`).
    `point` and `taken_at` are what a photo's or video's own file claims of its taking, `seen` the words read in
    a picture: whoever made the file chose them, so they are evidence of little weight and never an order.
    `held` says that nobody may open it before the virus scanner has looked.
    """

    kind: MessageKind
    ref: str
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    duration: float | None = None
    digest: str | None = None
    failure: str | None = None
    words: str | None = None
    unheard: str | None = None
    point: Point | None = None
    taken_at: datetime | None = None
    seen: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button press. `token` is what the button carried: `<act>:<subject>[:<value>]` (see bots.render)."""

    act: str
    subject: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One message from one person in one conversation, in no channel's dialect.

    (channel, account, external_id) names it for ever: a redelivery has the same three.
    `address` is the chat to answer to. `reply_to` is the external id of the message it answers,
    as the channel named it when it was sent. `group` joins the parts of one album.
    `message_ref` is the channel's own id of this message where it has one: what the `reply_to` of
    a later EDIT or answer names. `sender` is the channel's id of the person who wrote, which in a
    group differs from `address`: authority belongs to the sender, never to the group.
    """

    channel: str
    account: str
    external_id: str
    address: str
    side: Side
    kind: MessageKind
    sent_at: datetime
    text: str = ""
    files: tuple[FileRef, ...] = ()
    point: Point | None = None
    press: Press | None = None
    reply_to: str | None = None
    group: str | None = None
    message_ref: str | None = None
    sender: str | None = None
    sender_name: str | None = None
    lang: str | None = None
    raw_type: str | None = None

    @property
    def in_group(self) -> bool:
        """In a group the chat is nobody's own: its words could be anybody's, and its answers are read by all."""
        return self.sender is not None and self.sender != self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A press that a notice offers. `label` is a key of the locales; facts fill its placeholders."""

    act: str
    subject: str = ""
    value: str = ""
    label: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A notice owed to a person, or to one conversation. `cause` + recipient + notice is its key: owed once.

    `facts` are JSON values by meaning (ids, instants as ISO 8601, texts that people wrote);
    rendering turns them into words in the recipient's language.
    """

    notice: Notice
    cause: str
    person_id: str | None = None
    conversation_id: str | None = None
    case_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()
    files: tuple[str, ...] = ()
