"""What the dialogue may decide: a closed list of effects, carried out by the worker in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from casecore.messages import Button, FileRef
from casecore.vocabulary import Notice
from intake.dialogue.draft import Draft, Part, Spot

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Owe a notice to this conversation."""

    notice: Notice
    facts: Mapping[str, Any] = field(default_factory=dict)
    buttons: Rows = ()
    case_id: str | None = None
    files: tuple[str, ...] = ()
    of_filed: bool = False
    """About the first case that was filed before it: its buttons without a subject are about that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Save the draft as it is now (it may be new)."""

    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The draft is over: filed, cancelled or expired. `held`: and so is the message that waited for its case."""

    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Open a case for each part; several are linked to each other (R1.3)."""

    parts: tuple[Part, ...]
    spot: Spot | None
    files: tuple[FileRef, ...]
    how: str
    joins: str | None = None
    """The open case that the resident says it is (R8): filed with a number of its own, and merged into that one."""
    not_alike: tuple[str, ...] = ()
    """Open cases that the resident was shown and filed beside."""
    place_was: Mapping[str, Any] | None = None
    lines: tuple[str, ...] = ()
    """Lines of the conversation that led to it; none: all since the draft began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOn:
    """An act on a case; `args` are what its function in casecore.acts takes."""

    act: str
    case_id: str
    args: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    """Lines of the conversation that it carries out; none: the message at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Owe something that has to be read from the record first: `status`, `cases`, `tasks`, `overdue`, `why`, …"""

    what: str
    case_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """The conversation's language from now on."""

    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """Bind this handlers' chat by a one-time code."""

    code: str


Effect = Say | Keep | Drop | File | ActOn | Show | Speak | Duty | Bind
