"""What the page posts → one InboundMessage, or a denial in words.

{"client_id": "…", "text": "…"}               TEXT
{"client_id": "…", "press": "<token>"}        PRESS
{"client_id": "…", "point": {"lat", "lon"}}   LOCATION
{"client_id": "…", "start": "grid_<unit>"}    START: the page was opened by a link or a code
                                              each may carry "reply_to", the `ref` of a line
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.web.door import CHANNEL, Visitor
from bots.web.guard import Denied
from casecore.messages import FileRef, InboundMessage, Point, Press
from casecore.vocabulary import MessageKind, Side

# What Telegram takes too: the longest request that a person writes by hand is far below.
MOST_TEXT = 4096
# Each character may be written as two \uXXXX escapes of six bytes; the rest is the envelope.
MOST_BODY = MOST_TEXT * 12 + 8192
MOST_TOKEN = 200
MOST_REF = 200
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# As Telegram allows it for its own deep links.
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who posts, to which chat, when, and in which language they read the page."""

    account: str
    side: Side
    visitor: Visitor
    lang: str
    now: datetime

    def message(self, client_id: Any, kind: MessageKind, **content: Any) -> InboundMessage:
        if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
            raise Denied(400, "malformed")
        external_id = f"{self.visitor.mark}:{client_id}"
        return InboundMessage(
            channel=CHANNEL, account=self.account, external_id=external_id, address=self.visitor.address,
            side=self.side, kind=kind, sent_at=self.now, message_ref=external_id,
            sender=self.visitor.address, sender_name=self.visitor.name or None, lang=self.lang, **content,
        )  # fmt: skip


def read_message(body: bytes, envelope: Envelope) -> InboundMessage:
    """Raises Denied 400 or 413."""
    said = _object(body)
    content: dict[str, Any]
    given = [name for name in ("text", "press", "point", "start") if said.get(name) is not None]
    if given == ["text"]:
        kind, content = MessageKind.TEXT, {"text": read_text(said["text"])}
    elif given == ["press"]:
        kind, content = MessageKind.PRESS, {"press": _press(said["press"])}
    elif given == ["point"]:
        kind, content = MessageKind.LOCATION, {"point": _point(said["point"])}
    elif given == ["start"]:
        kind, content = MessageKind.START, {"text": _start(said["start"])}
    else:
        raise Denied(400, "malformed")
    return envelope.message(said.get("client_id"), kind, reply_to=_ref(said.get("reply_to")), **content)


def read_file(fields: Mapping[str, Any], file: FileRef, envelope: Envelope) -> InboundMessage:
    """A file with its caption. `group` joins the parts of one album. Raises Denied 400 or 413."""
    text = fields.get("text") or ""
    group = fields.get("group") or None
    if group is not None and not (isinstance(group, str) and _CLIENT_ID.fullmatch(group)):
        raise Denied(400, "malformed")
    return envelope.message(
        fields.get("client_id"),
        file.kind,
        files=(file,),
        text=read_text(text) if text else "",
        group=f"{envelope.visitor.mark}:{group}" if group else None,
        reply_to=_ref(fields.get("reply_to") or None),
    )


def read_text(text: Any) -> str:
    """A person's words, not blank and not too long, without what no database takes."""
    if not isinstance(text, str):
        raise Denied(400, "malformed")
    plain = wholesome(text).strip()
    if not plain:
        raise Denied(400, "empty")
    if len(plain) > MOST_TEXT:
        raise Denied(413, "too_long", most=MOST_TEXT)
    return plain


def read_name(name: str | None) -> str | None:
    """A file's name for showing: no path, no control or direction characters, at most 120 letters."""
    bare = _CONTROL.sub("", wholesome(name or "")).replace("\\", "/").rpartition("/")[2].strip()
    return bare[:120] or None


def wholesome(text: str) -> str:
    """`text` without NUL and half surrogate pairs, both of which JSON allows."""
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Denied(400, "malformed") from error
    if not isinstance(said, dict):
        raise Denied(400, "malformed")
    return said


def _press(token: Any) -> Press:
    if not isinstance(token, str) or not 0 < len(token.encode("utf-8", "replace")) <= MOST_TOKEN:
        raise Denied(400, "malformed")
    act, _, rest = wholesome(token).partition(":")
    subject, _, value = rest.partition(":")
    return Press(act=act, subject=subject, value=value)


def _start(payload: Any) -> str:
    if not isinstance(payload, str) or not _START.fullmatch(payload):
        raise Denied(400, "malformed")
    return payload


def _point(point: Any) -> Point:
    if not isinstance(point, dict):
        raise Denied(400, "malformed")
    lat, lon = _degrees(point.get("lat"), 90), _degrees(point.get("lon"), 180)
    return Point(lat=lat, lon=lon)


def _degrees(value: Any, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Denied(400, "malformed")
    if not (-most <= value <= most and math.isfinite(value)):
        raise Denied(400, "no_such_place")
    return float(value)


def _ref(ref: Any) -> str | None:
    if ref is None:
        return None
    if not isinstance(ref, str) or not 0 < len(ref) <= MOST_REF:
        raise Denied(400, "malformed")
    return wholesome(ref)
