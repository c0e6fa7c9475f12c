"""One line of the correspondence as the page gets it: plain JSON, by meaning, nothing of ours added but its ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from casecore.store.tables import Correspondence, Direction
from casecore.vocabulary import MessageKind, Notice, Urgency

# Cards whose deadline is the reader's own; elsewhere the sentence says what the reader may expect.
DUE_SHOWN = frozenset({
    Notice.TASK_CARD, Notice.APPROVAL_CARD, Notice.REMINDER, Notice.URGE, Notice.SUPERVISION_ORDER,
    Notice.ADDITION, Notice.FOLLOW_UP, Notice.CASE_FILE,
})  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{64}")


def line(row: Correspondence, prefix: str) -> dict[str, Any]:
    """`prefix` begins the external ids of this chat's own messages (bots.web.door)."""
    body = row.body
    mine = row.direction is Direction.IN
    shown = {
        "seq": row.seq,
        "ref": row.external_id,
        "mine": mine,
        "at": row.at.astimezone(UTC).isoformat(),
        "text": body.get("text") or "",
        "files": [_file(file) for file in _dicts(body.get("files"))],
        "reply_to": body.get("reply_to"),
    }
    return shown | (_said(row, prefix) if mine else _told(row))


def _said(row: Correspondence, prefix: str) -> dict[str, Any]:
    press = row.body.get("press")
    said = {
        "client_id": row.external_id.removeprefix(prefix),
        "point": _point(row.body.get("point")),
        "press": press if isinstance(press, str) else _token(press),
    }
    if row.body.get("kind") == MessageKind.START:
        said |= {"press": MessageKind.START.value, "text": ""}  # shown as a press: nobody typed its words
    return said


def _told(row: Correspondence) -> dict[str, Any]:
    rows = row.body.get("buttons") or []
    buttons = [[{"label": b["label"], "token": b["token"]} for b in each] for each in rows]
    data = row.body.get("data")
    facts = data if isinstance(data, Mapping) else {}
    return {
        "notice": row.notice,
        "buttons": buttons,
        "card": _card(row.notice, facts),
        "asks_location": bool(facts.get("asks_location")),
    }


def _card(notice: str, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The head of a card: which case, how urgent, until when. The text below says it all in words."""
    case, urgency, due = (facts.get(name) for name in ("case", "urgency", "due"))
    if not isinstance(case, str):
        return None
    return {
        "case": case,
        "urgency": urgency if urgency in (Urgency.URGENT, Urgency.EMERGENCY) else None,
        "due": due if isinstance(due, str) and notice in DUE_SHOWN else None,
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    # Until media has looked at a file its digest is not written down; the reference of our own channel is the same.
    digest = file.get("digest") or file.get("ref")
    known = isinstance(digest, str) and _DIGEST.fullmatch(digest) and not file.get("failure")
    return {"kind": file.get("kind"), "digest": digest if known else None, "name": file.get("name")}


def _point(point: Any) -> dict[str, float] | None:
    if isinstance(point, Mapping):
        return {"lat": point["lat"], "lon": point["lon"]}
    return {"lat": point[0], "lon": point[1]} if point else None


def _token(press: Any) -> str | None:
    """The token as the button carried it: empty ends are not written."""
    if not press:
        return None
    parts = [press["act"], press["subject"], press["value"]] if isinstance(press, Mapping) else list(press)
    return ":".join(parts).rstrip(":")


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in value or () if isinstance(each, Mapping))
