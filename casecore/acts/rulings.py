"""What each yes and each no does: one line a kind of request (`approval` knows how they are asked and answered)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from casecore.acts import approval, extension, promise, suspension
from casecore.authority import HOUSE, Actor
from casecore.errors import Refusal
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Approval, Case
from casecore.telling import cause_of, to_person
from casecore.territory.model import Territory
from casecore.vocabulary import ApprovalKind, ApprovalState, Notice

Then = Callable[[UnitOfWork, Territory, Case, Approval, Actor], Awaitable[None]]


async def nothing(uow: UnitOfWork, territory: Territory, case: Case, asked: Approval, by: Actor) -> None:
    """All stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows when the request is granted, and when it is refused or lapses."""

    granted: Then
    refused: Then = nothing


KINDS: Mapping[ApprovalKind, Ruling] = {
    ApprovalKind.EXTENSION: Ruling(granted=extension.granted),  # R6
    ApprovalKind.SUSPENSION: Ruling(granted=suspension.granted),  # R7
    ApprovalKind.REVIEW: Ruling(granted=nothing, refused=suspension.not_continued),  # R7, S2
    ApprovalKind.PROMISE: Ruling(granted=promise.granted),  # R2.4
    ApprovalKind.PROMISE_AGAIN: Ruling(granted=promise.granted),  # R2.4
}


async def decide(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, which: str, yes: bool, why: str = ""
) -> None:
    """A person's answer; `which` is the request's id or the end of it."""
    asked = await approval.find(uow, case, which)
    approval.require_decider(territory, by, case, asked)
    if uow.now > asked.due_at:
        raise Refusal("approval_late", rule="R6", until=asked.due_at.isoformat())
    state = ApprovalState.APPROVED if yes else ApprovalState.REFUSED
    await approval.settle(uow, case, asked, state, by=by.person_id, why=why)
    if by.person_id is not None:
        noted = to_person(case, by.person_id, Notice.NOTED, cause=f"{cause_of(case)}/{asked.id}", act="ruled")
        await owe(uow, noted)
    ruling = KINDS[asked.kind]
    await (ruling.granted if yes else ruling.refused)(uow, territory, case, asked, by)


async def lapsed(uow: UnitOfWork, territory: Territory, case: Case, approval_id: str) -> None:
    """R6: nobody answered in time."""
    asked = await uow.session.get_one(Approval, approval_id)
    if asked.state is ApprovalState.ASKED:
        await approval.settle(uow, case, asked, ApprovalState.LAPSED)
        await KINDS[asked.kind].refused(uow, territory, case, asked, HOUSE)
