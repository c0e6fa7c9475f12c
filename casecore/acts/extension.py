"""Extension (延期, R6): asked before due, once a stage, granted one level up; the resident hears why and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from casecore import deadlines
from casecore.acts import approval, clock
from casecore.acts.approval import Request
from casecore.acts.assign import open_stay_of
from casecore.authority import Actor, require
from casecore.errors import Refusal
from casecore.events import record
from casecore.lifecycle import after
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Approval, Assignment, Case
from casecore.telling import cause_of, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import Act, ApprovalKind, EventKind, Notice


async def ask(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, hours: int, reason: str
) -> None:
    """Ask for more time; more than the limit is cut to it (T6-3)."""
    require(territory, by, Act.EXTEND, case)
    case.state = after(case.state, Act.EXTEND)
    stay = await open_stay_of(uow, case)
    granted = await _granted(uow, territory, case, hours=hours, reason=reason)
    role, unit_id = approval.one_level_up(territory, case)
    assert case.stage_due is not None
    request = Request(
        kind=ApprovalKind.EXTENSION, role=role, unit_id=unit_id, due_at=case.stage_due, reason=reason.strip(),
        facts={"hours": granted, "new_due": _later(stay, granted).isoformat()},
    )  # fmt: skip
    await approval.ask(uow, territory, case, by, request)


def _later(stay: Assignment, hours: int) -> datetime:
    return stay.due_at + timedelta(hours=hours)


async def _granted(uow: UnitOfWork, territory: Territory, case: Case, *, hours: int, reason: str) -> int:
    """Hours that may be asked for; Refusal when none may."""
    assert case.stage is not None and case.stage_due is not None
    most = deadlines.extension_most(territory.levels, case.stage, case.urgency)
    if most is None:
        raise Refusal("extend_emergency", rule="R6")
    if uow.now > case.stage_due:
        raise Refusal("extend_late", rule="R6", on_file=case.id, until=case.stage_due.isoformat())
    if await _asked_before(uow, case):
        raise Refusal("extend_twice", rule="R6", on_file=case.id)
    if hours < 1 or not reason.strip():
        raise Refusal("extend_reason", rule="R6")
    return min(hours, int(most / timedelta(hours=1)))


async def _asked_before(uow: UnitOfWork, case: Case) -> bool:
    """R6: once a stage, whatever became of it."""
    before = exists().where(
        Approval.case_id == case.id,
        Approval.kind == ApprovalKind.EXTENSION,
        Approval.stage == case.stage,
        Approval.round == case.round,
    )
    return bool(await uow.session.scalar(select(before)))


async def granted(uow: UnitOfWork, territory: Territory, case: Case, asked: Approval, by: Actor) -> None:
    """R6: `new_due = due + granted`; the extension is counted in the file."""
    hours = int(asked.facts["hours"])
    stay = await clock.shift(uow, territory, case, timedelta(hours=hours))
    await record(
        uow, case, EventKind.EXTENDED, actor=by.person_id, unit_id=case.unit_id, hours=hours, reason=asked.reason,
        due=stay.due_at.isoformat(),
    )  # fmt: skip
    await owe(uow, to_resident(case, Notice.EXTENDED, cause=cause_of(case), reason=asked.reason))
