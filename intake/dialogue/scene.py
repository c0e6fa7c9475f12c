"""What a decision on a resident's message may look at: their words, draft and cases; no clock, no record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casecore.lifecycle import OPEN_STATES
from casecore.messages import InboundMessage
from casecore.territory.model import Territory
from casecore.vocabulary import State
from intake.binding.signals import NOTHING_SAID, Candidate, Memory
from intake.dialogue.draft import Draft
from intake.dialogue.units import UnitFinder
from intake.understand import Understander


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """What the dialogue needs to know of a case of this resident."""

    id: str
    number: str
    state: State
    item: str | None
    place: str | None
    urged: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a decision may look at: no clock, no record."""

    now: datetime
    message: InboundMessage
    text: str
    territory: Territory
    understander: Understander
    units: UnitFinder
    draft: Draft | None
    new_draft_id: str
    cases: Sequence[OpenCase] = ()
    bound_case: str | None = None
    lang: str = "zh-CN"
    home: str | None = None
    last_place: str | None = None
    candidates: Sequence[Candidate] = ()
    """The same cases as binding sees them."""
    memory: Memory = NOTHING_SAID

    @property
    def open_cases(self) -> list[OpenCase]:
        return [case for case in self.cases if case.state in OPEN_STATES]

    @property
    def done_cases(self) -> list[OpenCase]:
        return [case for case in self.cases if case.state is State.DONE]

    def fresh_draft(self) -> Draft:
        return self.draft or Draft(id=self.new_draft_id, created_at=self.now)
