"""What a case's file is made of, as values: stays, events, files, letters, notices, and the case itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casecore.reading.cases import Line
from casecore.reading.merging import Merging
from casecore.store.tables import Direction, FileState, OutboxState
from casecore.vocabulary import CloseReason, EventKind, Level, MessageKind, Notice, Outcome, Stage
from casecore.why import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One stay with one unit (办理单)."""

    unit_id: str
    level: Level
    stage: Stage
    person: str
    round: int
    arrived_at: datetime
    accepted_at: datetime | None
    deemed: bool
    due_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event. `who` is blank for the nameless, `by_house` says it was nobody; `data` are its facts."""

    n: int
    kind: EventKind
    at: datetime
    who: str
    by_house: bool
    unit_id: str | None
    data: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file of the case: `role` is `evidence` (before) or `proof` (after)."""

    digest: str
    kind: MessageKind
    role: str
    round: int
    by: str
    added_at: datetime
    words: str | None = None
    """What was heard in a sound; None when a person has to listen."""
    seen: str | None = None
    """Words read in the picture."""
    state: FileState = FileState.OPEN
    same: tuple[str, ...] = ()
    """Numbers of other cases with the same photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One line of correspondence about the case."""

    direction: Direction
    at: datetime
    notice: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice that was owed about the case, and what became of it."""

    notice: Notice
    to: str
    at: datetime
    state: OutboxState
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The case itself beyond its line in a list."""

    kind: str
    requester: str
    phone: str
    t0: datetime
    response_due: datetime | None
    responded_at: datetime | None
    stage: Stage | None
    stage_due: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    round: int
    rating: int | None
    solved: bool | None
    result: str
    urges: int
    supervisions: int
    designated: bool
    first_unit: str | None
    first_person: str
    item_probability: float | None
    place_probability: float | None
    lat: float | None
    lon: float | None
    because: Mapping[str, Any]
    linked: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything that one reader may see of one case. `broken` names the event that does not verify."""

    id: str
    line: Line
    details: Details | None
    stays: tuple[Stay, ...] = ()
    events: tuple[Happened, ...] = ()
    files: tuple[Shown, ...] = ()
    letters: tuple[Letter, ...] = ()
    told: tuple[Told, ...] = ()
    event_count: int = 0
    head_hash: str = ""
    broken: str | None = None
    merging: Merging | None = None
    why: tuple[Reason, ...] = ()
    """Why it went where it is, decision by decision."""
