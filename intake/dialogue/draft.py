"""The draft: what is known so far in one conversation, before it is a case (R1). A plain value, kept as JSON.

parts     one a matter: words, item, urgency, and why we think so
place     where; shared by the parts
asked     what the bot asked last, so that an answer is read as one
revision  counts the cards shown: a button of an older card is outdated
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from casecore.codec import file_from_json, file_to_json
from casecore.messages import FileRef, Point
from casecore.vocabulary import Level, Urgency
from intake.judgement import Intent


class Asked(StrEnum):
    """What the bot waits for. `gather` is no question: more parts of an album are on their way."""

    NOTHING = "nothing"
    GATHER = "gather"
    MATTER_TEXT = "matter_text"
    MATTER = "matter"
    PLACE = "place"
    CONFIRM = "confirm"
    MORE = "more"
    WORDS = "words"
    CASE = "case"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One matter of the request. `item` is None while nobody knows it; `because` is evidence by layer."""

    text: str
    item: str | None = None
    probability: float = 0.0
    urgency: Urgency = Urgency.NORMAL
    because: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    chosen: bool = False
    """A person said so: it is not guessed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where it is. `level` says how exactly it is known; a spot without a unit is words that nobody could place."""

    unit: str | None = None
    level: Level | None = None
    text: str = ""
    probability: float = 0.0
    point: Point | None = None
    choices: tuple[str, ...] = ()
    because: tuple[Mapping[str, Any], ...] = ()
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A handler's act that still needs an answer or two: `need` is asked next, `have` is what was said."""

    act: str
    case_id: str
    need: tuple[str, ...]
    have: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A message that waits to be told which case it is about. `lines` are its lines in the correspondence."""

    id: str
    text: str
    files: tuple[FileRef, ...]
    lines: tuple[str, ...]
    intent: Intent
    part: Part | None
    spot: Spot | None
    choices: tuple[Mapping[str, Any], ...]
    at: datetime
    due_at: datetime
    ends_at: datetime
    reminded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    id: str
    created_at: datetime
    asked: Asked = Asked.NOTHING
    revision: int = 0
    parts: tuple[Part, ...] = ()
    spot: Spot | None = None
    files: tuple[FileRef, ...] = ()
    group: str | None = None
    place_questions: int = 0
    matter_questions: int = 0
    reminded: bool = False
    link_unit: str | None = None
    home_offered: bool = False
    pending: Pending | None = None
    place_was: Mapping[str, Any] | None = None
    """The place that the card showed (`unit`, `words`) before the resident changed it."""
    corrects: str | None = None
    """The case whose misheard words the next message puts right."""
    held: Held | None = None
    choices: tuple[Mapping[str, Any], ...] = ()
    """The tasks between which a handler is asked to choose, as their buttons name them."""
    due_at: datetime | None = None
    alike: tuple[str, ...] = ()
    """Open cases that its card names as perhaps the same; a press of "me too" says which."""

    @property
    def wakes_at(self) -> datetime | None:
        """When silence speaks next: about the draft itself, or about a message that waits for its case."""
        due = (self.due_at, self.held.due_at if self.held else None)
        return min((at for at in due if at is not None), default=None)

    @property
    def alive(self) -> bool:
        """Is there anything in it besides a message that waits?"""
        return bool(
            self.parts or self.files or self.pending or self.link_unit or self.asked is not Asked.NOTHING
        )

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts if part.text)

    @property
    def urgency(self) -> Urgency:
        order = list(Urgency)
        return max((part.urgency for part in self.parts), key=order.index, default=Urgency.NORMAL)

    def with_part(self, index: int, part: Part) -> Draft:
        parts = list(self.parts)
        parts[index] = part
        return replace(self, parts=tuple(parts))


def draft_to_json(draft: Draft) -> dict[str, Any]:
    """As the drafts tray keeps it. `due_at` and `id` are the row's own columns, written again for the reader."""
    data = asdict(draft)
    data["files"] = [file_to_json(file) for file in draft.files]
    data["created_at"] = draft.created_at.isoformat()
    data["due_at"] = draft.due_at.isoformat() if draft.due_at else None
    if draft.held is not None:
        data["held"]["files"] = [file_to_json(file) for file in draft.held.files]
        for name in ("at", "due_at", "ends_at"):
            data["held"][name] = data["held"][name].isoformat()
    return data


def draft_from_json(data: Mapping[str, Any]) -> Draft:
    spot = data["spot"]
    pending = data["pending"]
    return Draft(
        **{
            **data,
            "created_at": datetime.fromisoformat(data["created_at"]),
            "due_at": datetime.fromisoformat(data["due_at"]) if data["due_at"] else None,
            "asked": Asked(data["asked"]),
            "alike": tuple(data.get("alike", ())),
            "parts": tuple(_part(part) for part in data["parts"]),
            "choices": tuple(data.get("choices", ())),
            "held": _held(data["held"]) if data.get("held") else None,
            "spot": _spot(spot) if spot else None,
            "files": tuple(file_from_json(file) for file in data["files"]),
            "pending": Pending(**{**pending, "need": tuple(pending["need"])}) if pending else None,
        }
    )


def _part(data: Mapping[str, Any]) -> Part:
    return Part(**{**data, "urgency": Urgency(data["urgency"]), "choices": tuple(data["choices"])})


def _held(data: Mapping[str, Any]) -> Held:
    return Held(
        **{
            **data,
            **{name: datetime.fromisoformat(data[name]) for name in ("at", "due_at", "ends_at")},
            "files": tuple(file_from_json(file) for file in data["files"]),
            "lines": tuple(data["lines"]),
            "choices": tuple(data["choices"]),
            "part": _part(data["part"]) if data["part"] else None,
            "spot": _spot(data["spot"]) if data["spot"] else None,
        }
    )


def _spot(data: Mapping[str, Any]) -> Spot:
    return Spot(
        **{
            **data,
            "level": Level(data["level"]) if data["level"] else None,
            "point": Point(**data["point"]) if data["point"] else None,
            "choices": tuple(data["choices"]),
            "because": tuple(data["because"]),
        }
    )
