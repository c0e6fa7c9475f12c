"""Inbound messages and buttons as JSON and back: what the trays keep in their `body` columns.

People's words are kept as they came, but for what a database refuses: see `storable`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casecore.messages import Button, FileRef, InboundMessage, Point, Press
from casecore.vocabulary import MessageKind, Side


def storable(text: str) -> str:
    """The text without what no record can hold: NUL (PostgreSQL) and lone surrogates (no UTF-8 for them)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def message_to_json(message: InboundMessage) -> dict[str, Any]:
    """Everything but the row's own columns (channel, account, external id, kind)."""
    body = {
        "address": message.address,
        "side": message.side.value,
        "sent_at": message.sent_at.isoformat(),
        "text": message.text,
        "files": [file_to_json(file) for file in message.files],
        "point": [message.point.lat, message.point.lon] if message.point else None,
        "press": [message.press.act, message.press.subject, message.press.value] if message.press else None,
        "reply_to": message.reply_to,
        "group": message.group,
        "message_ref": message.message_ref,
        "sender": message.sender,
        "sender_name": message.sender_name,
        "lang": message.lang,
        "raw_type": message.raw_type,
    }
    storable_body: dict[str, Any] = _storable(body)
    return storable_body


def message_from_json(
    channel: str, account: str, external_id: str, kind: MessageKind, body: dict[str, Any]
) -> InboundMessage:
    point, press = body["point"], body["press"]
    return InboundMessage(
        channel=channel,
        account=account,
        external_id=external_id,
        kind=kind,
        address=body["address"],
        side=Side(body["side"]),
        sent_at=datetime.fromisoformat(body["sent_at"]),
        text=body["text"],
        files=tuple(file_from_json(file) for file in body["files"]),
        point=Point(lat=point[0], lon=point[1]) if point else None,
        press=Press(act=press[0], subject=press[1], value=press[2]) if press else None,
        reply_to=body["reply_to"],
        group=body["group"],
        message_ref=body["message_ref"],
        sender=body["sender"],
        sender_name=body["sender_name"],
        lang=body["lang"],
        raw_type=body["raw_type"],
    )


def file_to_json(file: FileRef) -> dict[str, Any]:
    return {
        "kind": file.kind.value,
        "ref": file.ref,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "duration": file.duration,
        "digest": file.digest,
        "failure": file.failure,
        "words": file.words,
        "unheard": file.unheard,
        "point": [file.point.lat, file.point.lon] if file.point else None,
        "taken_at": file.taken_at.isoformat() if file.taken_at else None,
        "seen": file.seen,
        "held": file.held,
    }


def file_from_json(data: dict[str, Any]) -> FileRef:
    point, taken_at = data.get("point"), data.get("taken_at")
    changed = {
        "kind": MessageKind(data["kind"]),
        "point": Point(lat=point[0], lon=point[1]) if point else None,
        "taken_at": datetime.fromisoformat(taken_at) if taken_at else None,
    }
    return FileRef(**{**data, **changed})


def buttons_to_json(rows: tuple[tuple[Button, ...], ...]) -> list[list[dict[str, Any]]]:
    return [
        [
            {"act": b.act, "subject": b.subject, "value": b.value, "label": b.label, "facts": dict(b.facts)}
            for b in row
        ]
        for row in rows
    ]


def buttons_from_json(rows: list[list[dict[str, Any]]]) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(Button(**button) for button in row) for row in rows)
