"""Suspension (挂起, R7): a clock stands still for a reason that the level above accepts, and goes on when it is over.

ask ─► granted ─► pause ─┬─ resume      answered, the handler, a review that says no, the end: later by the frozen time
                         └─ no_contact  S1 ran out without an answer: closed, open to reopening for seven days

`pause` and `resume` ask nobody: emergency mode freezes whole areas with them (R13.2).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from casecore import deadlines, freeze
from casecore.acts import approval, clock
from casecore.acts.approval import Request
from casecore.acts.assign import open_stay_of
from casecore.acts.merge import succeed
from casecore.authority import HOUSE, Actor, require
from casecore.children import children_of
from casecore.deadlines import JUST_AFTER
from casecore.errors import Refusal
from casecore.events import record
from casecore.ids import new_id
from casecore.lifecycle import WAITING, after
from casecore.offers import reopen_button, staff_buttons
from casecore.outbox import owe
from casecore.store.engine import Reading, UnitOfWork
from casecore.store.tables import Approval, Case, CaseEvent, Suspension
from casecore.telling import cause_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import (
    Act,
    ApprovalKind,
    CloseReason,
    EventKind,
    Notice,
    Outcome,
    State,
    SuspensionReason,
    TimerKind,
    Urgency,
)


async def ask(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, cause: SuspensionReason, reason: str,
    until: datetime | None = None,
) -> None:  # fmt: skip
    """Ask for the clock to be stopped; S4 needs a dated plan, S1 two tries to reach the resident."""
    require(territory, by, Act.SUSPEND, case)
    after(case.state, Act.SUSPEND)
    if case.state in WAITING or case.state is State.PROMISED:
        raise Refusal("suspend_state", rule="R7")
    if case.urgency is Urgency.EMERGENCY:
        raise Refusal("suspend_emergency", rule="R7")
    assert case.stage_due is not None
    if uow.now > case.stage_due:
        raise Refusal("suspend_late", rule="R7", on_file=case.id, until=case.stage_due.isoformat())
    if not reason.strip():
        raise Refusal("suspend_reason", rule="R7")
    if cause is SuspensionReason.S1:
        await _check_contact(uow, territory, case)
    hours = _hours(territory, case, cause, until, uow.now)
    role, unit_id = approval.one_level_up(territory, case)
    request = Request(
        kind=ApprovalKind.SUSPENSION, role=role, unit_id=unit_id, due_at=case.stage_due, reason=reason.strip(),
        facts={
            "suspension": cause.value, "hours": hours, "end": (until or uow.now + timedelta(hours=hours)).isoformat(),
            "dated": until is not None,
        },
    )  # fmt: skip
    await approval.ask(uow, territory, case, by, request)


def _hours(
    territory: Territory, case: Case, cause: SuspensionReason, until: datetime | None, now: datetime
) -> int:
    """How long; Refusal for more than the reason allows, and for an S4 without its date."""
    most = deadlines.suspension_most(territory.levels, cause)
    if until is None:
        if cause is SuspensionReason.S4:
            raise Refusal("suspend_plan", rule="R7")
        return int(most / timedelta(hours=1))
    if until <= now:
        raise Refusal("promise_past", rule="R7")
    last = (now + most).astimezone(territory.zone).date()
    if (until - timedelta(microseconds=1)).astimezone(territory.zone).date() > last:
        raise Refusal("suspend_long", rule="R7", on_file=case.id, day=last.isoformat())
    return int((until - now) / timedelta(hours=1))


async def _check_contact(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R7 S1: once a case, after two tries at least four hours apart; others who wait are not made to wait longer."""
    levels = territory.levels
    if await children_of(uow.session, case.id):
        raise Refusal("suspend_others", rule="R7")
    before = exists().where(Suspension.case_id == case.id, Suspension.reason == SuspensionReason.S1)
    if await uow.session.scalar(select(before)):
        raise Refusal("suspend_once", rule="R7", on_file=case.id)
    tries = (
        await uow.session.scalars(
            select(CaseEvent.at)
            .where(CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.CONTACTED)
            .order_by(CaseEvent.n)
        )
    ).all()
    apart = timedelta(hours=levels.contact_apart_hours)
    if len(tries) < levels.contact_tries or tries[-1] - tries[0] < apart:
        raise Refusal(
            "suspend_contacts",
            rule="R7",
            tries=str(levels.contact_tries),
            hours=str(levels.contact_apart_hours),
        )


async def granted(uow: UnitOfWork, territory: Territory, case: Case, asked: Approval, by: Actor) -> None:
    """R7: from the yes on the clock stands still."""
    cause = SuspensionReason(asked.facts["suspension"])
    until = uow.now + timedelta(hours=asked.facts["hours"])
    if asked.facts["dated"]:
        until = datetime.fromisoformat(asked.facts["end"])
    row = await pause(
        uow, territory, case, by, cause=cause, until=until, plan=asked.reason, asked_by=asked.asked_by
    )
    if cause is SuspensionReason.S2:
        for n, at in enumerate(deadlines.suspension_reviews(territory.levels, row.began_at, until), start=1):
            await set_timer(uow, case, TimerKind.SUSPENSION_REVIEW, at, name=str(n))


async def pause(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, cause: SuspensionReason, until: datetime,
    plan: str = "", asked_by: str | None = None, since: datetime | None = None,
) -> Suspension:  # fmt: skip
    """Stop the clock, from `since` (now) to `until` at the latest. Its alarms are silent meanwhile."""
    assert case.assignment_id is not None
    before, case.state = case.state, after(case.state, Act.SUSPEND)
    row = Suspension(
        id=new_id(), case_id=case.id, assignment_id=case.assignment_id, reason=cause, state_before=before,
        began_at=since or uow.now, until_at=until, plan=plan, asked_by=asked_by, approved_by=by.person_id,
    )  # fmt: skip
    uow.session.add(row)
    await clock.next_is(uow, case, until)
    await clock.silence(uow, case)
    await set_timer(uow, case, TimerKind.SUSPENSION_ENDS, until + JUST_AFTER)
    await record(
        uow, case, EventKind.SUSPENDED, actor=by.person_id, unit_id=case.unit_id, suspension=cause.value,
        reason=plan or None, since=row.began_at.isoformat(), due=until.isoformat(),
    )  # fmt: skip
    await owe(
        uow, to_resident(case, Notice.SUSPENDED, cause=cause_of(case), suspension=cause.value, reason=plan)
    )
    return row


async def open_of(session: Reading, case: Case) -> Suspension | None:
    """The suspension that the case is in now."""
    found: Suspension | None = await session.scalar(
        select(Suspension).where(Suspension.case_id == case.id, Suspension.ended_at.is_(None))
    )
    return found


# The act that leads back to where the case was, by the state that it was frozen in.
BACK: dict[State, Act] = {
    State.DISPATCHED: Act.DISPATCH,
    State.REOPENED: Act.DISPATCH,
    State.PROMISED: Act.PROMISE,
}


async def resume(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    *,
    how: str = "handler",
    at: datetime | None = None,
) -> None:
    """The clock goes on: every end is later by the frozen time (T7-1). `at` is when it did, for what is dated back."""
    if by is not HOUSE and how == "handler":
        require(territory, by, Act.RESUME, case)
    row = await open_of(uow.session, case)
    if row is None:
        raise Refusal("suspend_none", rule="R7")
    case.state = after(case.state, BACK.get(row.state_before, Act.RESUME))
    frozen = await _thaw(uow, territory, case, row, at=at or uow.now, how=how)
    await record(
        uow, case, EventKind.RESUMED, actor=by.person_id, unit_id=case.unit_id, how=how,
        hours=round(frozen / timedelta(hours=1), 2), due=case.due_at.isoformat() if case.due_at else None,
    )  # fmt: skip
    cause = cause_of(case)
    await owe(uow, to_resident(case, Notice.RESUMED, cause=cause))
    if case.person_id is not None:
        resumed = to_person(
            case, case.person_id, Notice.REMINDER, cause=cause, which="resumed", buttons=staff_buttons(case)
        )
        await owe(uow, resumed)


async def _thaw(
    uow: UnitOfWork, territory: Territory, case: Case, row: Suspension, *, at: datetime, how: str
) -> timedelta:
    """R7: `due` moves by the frozen time; so does a response that was not given yet (R13.5)."""
    row.ended_at, row.ended_how = at, how
    frozen = freeze.thawed(row.began_at, row.began_at, at) - row.began_at
    stay = await open_stay_of(uow, case)
    if stay.accepted_at is None and stay.response_due is not None:
        stay.response_due = case.response_due = stay.response_due + frozen
    await uow.session.flush()
    await clock.shift(uow, territory, case, frozen)
    return frozen


async def answered(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R7 S1: the resident has answered; what was waited for is there."""
    row = await open_of(uow.session, case)
    if row is not None and row.reason is SuspensionReason.S1:
        await resume(uow, territory, case, HOUSE, how="answered")


async def review(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R7 S2: every 15 days the level above says whether it still lasts."""
    row = await open_of(uow.session, case)
    if row is None:
        return
    role, unit_id = approval.one_level_up(territory, case)
    request = Request(
        kind=ApprovalKind.REVIEW, role=role, unit_id=unit_id, reason=row.plan,
        due_at=uow.now + timedelta(hours=territory.levels.suspend_review_hours),
        facts={"suspension": row.reason.value, "end": row.until_at.isoformat()},
    )  # fmt: skip
    await approval.ask(uow, territory, case, HOUSE, request)


async def not_continued(
    uow: UnitOfWork, territory: Territory, case: Case, asked: Approval, by: Actor
) -> None:
    """The review said no, or nothing: the clock goes on."""
    if await open_of(uow.session, case) is not None:
        await resume(uow, territory, case, by, how="review")


async def ran_out(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """The longest time is over: S1 closes without contact, the others go on."""
    row = await open_of(uow.session, case)
    if row is None:
        return
    if row.reason is SuspensionReason.S1:
        await _no_contact(uow, territory, case, row)
    else:
        await resume(uow, territory, case, HOUSE, how="ran_out", at=row.until_at)


async def _no_contact(uow: UnitOfWork, territory: Territory, case: Case, row: Suspension) -> None:
    """T7-2: done in time, closed without a question for stars; the resident may bring it back within seven days."""
    at, holder = row.until_at, case.person_id
    await succeed(uow, territory, case, HOUSE)
    await _thaw(uow, territory, case, row, at=at, how="no_contact")
    stay = await open_stay_of(uow, case)
    stay.outcome, stay.done_at, stay.ended_at = Outcome.DONE, at, at
    case.state = after(case.state, Act.CLOSE)
    case.done_at = case.told_done_at = case.closed_at = at
    case.close_reason, case.epoch = CloseReason.NO_CONTACT, case.epoch + 1
    await approval.lapse_with_stay(uow, case, stay.id)
    await record(uow, case, EventKind.CLOSED, at=at, reason=CloseReason.NO_CONTACT.value)
    cause = cause_of(case)
    reason = CloseReason.NO_CONTACT.value
    await owe(uow, to_resident(case, Notice.CLOSED, cause=cause, reason=reason, buttons=reopen_button(case)))
    if holder is not None:
        await owe(uow, to_person(case, holder, Notice.NOTED, cause=cause, act="no_contact"))
