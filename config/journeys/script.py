"""A journey as values: who is in it and what happens, step by step. Made by `reader`, played by `player`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from casecore.messages import Point
from casecore.vocabulary import MessageKind, Role, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in `people`: posts of `roles` at a unit. `bound` false: has no chat until a code is sent."""

    roles: tuple[Role, ...]
    unit: str
    name: str
    kind: str | None = None
    lang: str | None = None
    bound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Somebody in `residents`: what is registered of them before they write."""

    home: str | None = None
    groups: tuple[str, ...] = ()
    name: str = ""
    lang: str | None = None


class Op(StrEnum):
    """How a wanted value is held against the seen one."""

    IS = ""
    HAS = "~"
    LACKS = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One key of an expectation. `wanted` holds one value or several (any of, all, none); None means absent."""

    key: str
    op: Op
    wanted: tuple[Any, ...]

    def __str__(self) -> str:
        shown = ", ".join("null" if value is None else str(value) for value in self.wanted)
        return f"{self.key}{self.op.value}: {shown if len(self.wanted) == 1 else f'[{shown}]'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file beside the journey that somebody sends."""

    kind: MessageKind
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`source` is the step as it stands in the file, for the transcript."""

    number: int
    line: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Says(Step):
    """A message: words, files (several are one album), a place; `case` replies to the latest message about it."""

    who: str
    side: Side
    text: str = ""
    files: tuple[File, ...] = ()
    point: Point | None = None
    unsupported: str | None = None
    case: int | None = None
    code: bool = False
    """Sends a fresh binding code made for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses(Step):
    who: str
    side: Side
    act: str
    case: int | None = None
    card_of: str | None = None
    choice: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits(Step):
    """`how_long` None: until the resident's draft falls due (silence)."""

    how_long: timedelta | None
    who: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Until(Step):
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Step):
    """The next `times` sends of the channel fail as `how` says."""

    how: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Learns(Step):
    """`minhu learn`, which must come to `state`; or, with `back`, `minhu learn rollback`."""

    state: str = ""
    back: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(Step):
    """None removes."""

    people: Mapping[str, Member | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNotice(Step):
    to: str
    first: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNothing(Step):
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNot(Step):
    to: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectCase(Step):
    case: int
    checks: tuple[Check, ...]
    assignment: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectCounts(Step):
    cases: int | None
    drafts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectEvents(Step):
    case: int
    kinds: tuple[str, ...]
    exact: bool = False
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectKpi(Step):
    unit: str | None
    person: str | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    file: Path
    title: str
    territory: str
    start: datetime
    people: Mapping[str, Member] | None
    """None: the territory's demo roster."""
    residents: Mapping[str, Neighbour]
    steps: tuple[Step, ...]
