"""Substantive feedback and its promise (R2.4): what was done, why it is not finished, the plan, and one date.

At stage U feedback by `stage_due` is enough: the promised day becomes the completion due. One new promise may follow.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from casecore.acts import approval, clock
from casecore.acts.approval import Request
from casecore.authority import Actor, require
from casecore.errors import Refusal
from casecore.events import record
from casecore.lifecycle import after
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Approval, Case
from casecore.telling import cause_of, name_of, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import Act, ApprovalKind, EventKind, Level, Notice, Role, Stage, State

# Who approves the feedback of a unit at stage U (R2.4: its deputy head).
DEPUTY: dict[Level, Role] = {
    Level.TOWN: Role.TOWN_CMD,
    Level.DISTRICT: Role.DISTRICT_CMD,
    Level.DEPARTMENT: Role.DEPT_HEAD,
}
# What is left when these are taken out is what was said; of nothing but these, nothing was.
EMPTY_PHRASES = re.compile(
    r"(?:已经?|正在?|目前|现在|我们|单位|相关|有关|部门|科室|此事|该|诉求|问题|抓紧|积极|尽快|进一步|按规定|依法|请|耐心|等待|的|了|中|在|将|会|再)*"
    r"(?:转办|转交|转派|交办|处理|办理|核实|协调|跟进|研究|解决|安排|督促|知悉|知晓|收到|受理)"
    r"(?:中|了|完|好)?"
    r"|(?:please wait|being (?:handled|processed)|in progress|under way|forwarded|passed on|received|noted)",
    re.IGNORECASE,
)
# The shortest reasons people give have three: "等配件". What the matter is called says nothing of the work.
LETTERS_LEAST = 3


def says_something(text: str) -> bool:
    """R2.4: is there more in it than "passed on", "being handled"?"""
    rest = EMPTY_PHRASES.sub("", text)
    return sum(letter.isalnum() for letter in rest) >= LETTERS_LEAST


def promised_day(territory: Territory, until: datetime) -> date:
    """The day that ends at `until` (24:00 local)."""
    return (until.astimezone(territory.zone) - timedelta(microseconds=1)).date()


def last_day(territory: Territory, counted_from: datetime) -> date:
    """The last day that may be promised: so many days after the day of `counted_from` (T2-8)."""
    return counted_from.astimezone(territory.zone).date() + timedelta(days=territory.levels.promise_days)


async def ask(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    *,
    so_far: str,
    why: str,
    plan: str,
    until: datetime,
) -> None:
    """Feedback with a promise, for the unit's deputy head; a new promise is for the district commander."""
    require(territory, by, Act.PROMISE, case)
    after(case.state, Act.PROMISE)
    assert case.stage_due is not None and case.unit_id is not None and case.level is not None
    if case.stage is not Stage.U or case.hard_id is not None:
        raise Refusal("promise_stage", rule="R2.4")
    if uow.now > case.stage_due:
        raise Refusal("promise_late", rule="R2.4", on_file=case.id, until=case.stage_due.isoformat())
    if not all(says_something(part) for part in (so_far, why, plan)):
        raise Refusal("promise_empty", rule="R2.4", on_file=case.id)
    again = case.state is State.PROMISED
    if again and await _promised_again(uow, case):
        raise Refusal("promise_twice", rule="R2.4", on_file=case.id)
    _check_day(territory, case, until, uow.now)
    request = Request(
        kind=ApprovalKind.PROMISE_AGAIN if again else ApprovalKind.PROMISE,
        role=Role.DISTRICT_CMD if again else DEPUTY[case.level],
        unit_id=territory.root if again else case.unit_id,
        due_at=case.stage_due,
        reason=why.strip(),
        facts={"so_far": so_far.strip(), "plan": plan.strip(), "end": until.isoformat()},
    )
    await approval.ask(uow, territory, case, by, request)


def _check_day(territory: Territory, case: Case, until: datetime, now: datetime) -> None:
    """T2-8. A new promise counts from the day promised first, whose end is then the stage's."""
    assert case.stage_due is not None
    counted_from = case.stage_due
    if case.state is State.PROMISED:
        counted_from -= timedelta(microseconds=1)
    if promised_day(territory, until) > last_day(territory, counted_from):
        most = last_day(territory, counted_from)
        raise Refusal("promise_far", rule="R2.4", on_file=case.id, day=most.isoformat())
    if until <= now:
        raise Refusal("promise_past", rule="R2.4")


async def _promised_again(uow: UnitOfWork, case: Case) -> bool:
    """R2.4: one new promise, whatever became of it."""
    rows = await approval.approvals_of(uow.session, case.id)
    return any(row.kind is ApprovalKind.PROMISE_AGAIN and row.round == case.round for row in rows)


async def granted(uow: UnitOfWork, territory: Territory, case: Case, asked: Approval, by: Actor) -> None:
    """The promised day is the completion due; the resident hears all four parts."""
    until = datetime.fromisoformat(asked.facts["end"])
    case.state = after(case.state, Act.PROMISE)
    await clock.end_at(uow, territory, case, due=until, stage_due=until)
    so_far, plan = asked.facts["so_far"], asked.facts["plan"]
    await record(
        uow, case, EventKind.PROMISED, actor=asked.asked_by, unit_id=case.unit_id, approved_by=by.person_id,
        so_far=so_far, reason=asked.reason, plan=plan, due=until.isoformat(),
        again=asked.kind is ApprovalKind.PROMISE_AGAIN,
    )  # fmt: skip
    person = await name_of(uow.session, asked.asked_by)
    await owe(
        uow,
        to_resident(
            case,
            Notice.PROMISED,
            cause=cause_of(case),
            person=person,
            so_far=so_far,
            reason=asked.reason,
            plan=plan,
        ),
    )
