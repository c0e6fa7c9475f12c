"""Hard matters (难事, R8.5, R18.3): one cause of many cases gets a leader, a plan and dates; its cases are `promised`.

fifth resident, third case of one cause, or a commander ─► opened: leader named, plan due
plan with dated milestones ─► every resident told; each date has its timer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from casecore import cases
from casecore.acts.alarm import set_clocks
from casecore.acts.assign import Move, assign
from casecore.authority import HOUSE, Actor, commands, require
from casecore.errors import NotAllowed, Refusal
from casecore.events import record
from casecore.ids import new_id
from casecore.lifecycle import offers
from casecore.messages import Button
from casecore.offers import Rows, watch_buttons
from casecore.outbox import owe
from casecore.parties import duty_person, holders
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, HardMatter, Milestone
from casecore.telling import cause_of, name_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import (
    STAGE_OF,
    Act,
    CloseReason,
    EventKind,
    Level,
    Notice,
    Outcome,
    Role,
    Stage,
    State,
    TimerKind,
)

# Nothing of the matter was found in such a case: it is no request of one more resident.
NOT_COUNTED = frozenset({CloseReason.INVALID, CloseReason.WITHDRAWN})
# journeys.md: hard_matter → town_lead; where nobody has the post, whoever commands, then the desk.
LEADERS: dict[Level, tuple[Role, ...]] = {
    Level.TOWN: (Role.TOWN_LEAD, Role.TOWN_CMD),
    Level.DISTRICT: (Role.DISTRICT_LEADER, Role.DISTRICT_CMD),
}
COMMANDER_OF: dict[Level, Role] = {Level.TOWN: Role.TOWN_CMD, Level.DISTRICT: Role.DISTRICT_CMD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A dated step of a plan."""

    text: str
    due_at: datetime


async def consider(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """Is it one by now? Asked whenever a person finds that one more case has the same cause."""
    found = await _of_one_cause(uow, case)
    open_already = next((each.hard_id for each in found if each.hard_id is not None), None)
    if open_already is not None:
        hard = await uow.session.get_one(HardMatter, open_already)
        await _take_in(uow, territory, hard, found, by=HOUSE)
        return
    levels = territory.levels
    since = uow.now - timedelta(hours=levels.hard_cases_hours)
    residents = {each.requester_id for each in found}
    separate = [each for each in found if each.master_id is None and each.t0 >= since]
    if len(residents) >= levels.hard_residents:
        await _open(uow, territory, case, found, why="residents", by=HOUSE)
    elif len(separate) >= levels.hard_cases:
        await _open(uow, territory, case, found, why="cases", by=HOUSE)


async def _of_one_cause(uow: UnitOfWork, case: Case) -> list[Case]:
    cause = case.cause_id or case.id
    rows = await uow.session.scalars(
        select(Case).where(or_(Case.id == cause, Case.cause_id == cause)).order_by(Case.t0, Case.number)
    )
    return [each for each in rows if each.close_reason not in NOT_COUNTED]


async def same_cause(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, other: str) -> None:
    """A person finds that two cases have one cause without being one matter: they stay apart and count together."""
    found = await cases.load(uow.session, other)
    for each in (case, found):
        require(territory, by, Act.MERGE, each)
        if each.sensitive:
            raise Refusal("merge_sensitive", rule="R12.2")
    if case.id == found.id:
        raise Refusal("merge_same", rule="R8.5", case=case.number)
    cause = found.cause_id or case.cause_id or min(case.id, found.id)
    for each in (*await _of_one_cause(uow, case), *await _of_one_cause(uow, found)):
        each.cause_id = cause
    await uow.session.flush()
    await record(
        uow, case, EventKind.SAME_CAUSE, actor=by.person_id, unit_id=case.unit_id, other=found.number
    )
    await record(
        uow, found, EventKind.SAME_CAUSE, actor=by.person_id, unit_id=found.unit_id, other=case.number
    )
    await consider(uow, territory, case)


async def open_hard(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """R18.3: a town or district commander opens it, whatever the counts."""
    require(territory, by, Act.OPEN_HARD, case)
    if case.sensitive:
        raise Refusal("merge_sensitive", rule="R12.2")
    if case.master_id is not None and case.state is State.MERGED:
        case = await cases.load(uow.session, case.master_id)
    if case.hard_id is not None:
        raise Refusal("hard_already", rule="R8.5", case=case.number)
    if not offers(case.state, Act.OPEN_HARD):
        raise Refusal("hard_state", rule="R8.5", state=case.state.value)
    await _open(uow, territory, case, await _of_one_cause(uow, case), why="commander", by=by)


async def _open(
    uow: UnitOfWork, territory: Territory, case: Case, found: Sequence[Case], *, why: str, by: Actor
) -> None:
    unit_id = _unit_of(territory, found)
    hard = HardMatter(
        id=new_id(), case_id=case.id, unit_id=unit_id, why=why, opened_at=uow.now, opened_by=by.person_id, plan="",
        leader_id=await _leader(uow, territory, unit_id), planned_at=None,
        plan_due=uow.now + timedelta(hours=territory.levels.hard_plan_hours),
    )  # fmt: skip
    uow.session.add(hard)
    await uow.session.flush()
    await _take_in(uow, territory, hard, found, by=by)
    await set_timer(uow, case, TimerKind.PLAN_DUE, hard.plan_due)
    await _tell_staff(uow, territory, hard, case, which=why)


def _unit_of(territory: Territory, found: Sequence[Case]) -> str:
    """The town; the district when it crosses towns."""
    places = [each.place_unit or each.unit_id or territory.root for each in found]
    towns = {unit.id for place in places if (unit := territory.at_level(place, Level.TOWN)) is not None}
    return towns.pop() if len(towns) == 1 else territory.root


async def _leader(uow: UnitOfWork, territory: Territory, unit_id: str) -> str | None:
    for role in LEADERS[territory.unit(unit_id).level]:
        if people := await holders(uow.session, territory, role, unit_id):
            return people[0]
    return await duty_person(uow.session, territory, unit_id)


async def _take_in(
    uow: UnitOfWork, territory: Territory, hard: HardMatter, found: Sequence[Case], *, by: Actor
) -> None:
    """Every case of the cause belongs to it; the open ones wait for its dates, at the town or where they are at U."""
    for each in found:
        if each.hard_id is not None:
            continue
        each.hard_id = hard.id
        if not offers(each.state, Act.OPEN_HARD):
            continue
        stays = each.unit_id is not None and STAGE_OF[territory.unit(each.unit_id).level] is Stage.U
        unit_id = each.unit_id if stays and each.unit_id is not None else hard.unit_id
        move = Move(
            act=Act.OPEN_HARD, event=EventKind.HARD_OPENED, unit_id=unit_id, by=by, reason=hard.why,
            outcome=Outcome.ESCALATED_OK, ends=await _promised_until(uow, hard),
        )  # fmt: skip
        await assign(uow, territory, each, move)
    await uow.session.flush()


async def _promised_until(uow: UnitOfWork, hard: HardMatter) -> datetime:
    """The date that residents wait for: the last of the plan, else the plan itself."""
    steps = await milestones_of(uow, hard)
    return max((step.due_at for step in steps), default=hard.plan_due)


async def milestones_of(uow: UnitOfWork, hard: HardMatter) -> Sequence[Milestone]:
    rows = await uow.session.scalars(
        select(Milestone).where(Milestone.hard_id == hard.id).order_by(Milestone.n)
    )
    return rows.all()


# -- the plan


def may_lead(territory: Territory, by: Actor, hard: HardMatter, case: Case) -> bool:
    """The leader who was named, and those who command."""
    return (by.person_id is not None and by.person_id == hard.leader_id) or commands(territory, by, case)


async def _led(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> HardMatter:
    hard = await uow.session.get(HardMatter, case.hard_id) if case.hard_id else None
    if hard is None:
        raise Refusal("hard_none", rule="R8.5", case=case.number)
    if not may_lead(territory, by, hard, case):
        raise NotAllowed("not_yours", rule="R8.5", act="plan", case=case.number)
    return hard


async def name_leader(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, person: str) -> None:
    """R8.5: the commander names another leader: somebody who serves the town (or the district) that it belongs to."""
    hard = await _led(uow, territory, case, by)
    if not commands(territory, by, case):
        raise NotAllowed("not_yours", rule="R8.5", act="name_leader", case=case.number)
    roles = (*LEADERS[territory.unit(hard.unit_id).level], Role.TOWN_DESK, Role.DISTRICT_DESK)
    eligible = [
        who
        for role in dict.fromkeys(roles)
        for who in await holders(uow.session, territory, role, hard.unit_id, on_duty=False)
    ]
    if person not in eligible:
        raise Refusal("hard_leader", rule="R8.5")
    hard.leader_id = person
    await record(uow, case, EventKind.PLANNED, actor=by.person_id, unit_id=hard.unit_id, person=person)
    await _tell_staff(uow, territory, hard, case, which="leader")


async def plan(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, text: str, steps: Sequence[Step]
) -> None:
    """R8.5: the plan and its dates. The last date is what residents are promised; a new plan replaces what is open."""
    hard = await _led(uow, territory, case, by)
    if not text.strip() or not steps:
        raise Refusal("plan_empty", rule="R8.5")
    if any(step.due_at <= uow.now or not step.text.strip() for step in steps):
        raise Refusal("plan_dates", rule="R8.5")
    earlier = await milestones_of(uow, hard)
    for old in earlier:
        if old.done_at is None:
            await uow.session.delete(old)
    await uow.session.flush()
    first = max((old.n for old in earlier), default=0) + 1
    anchor = await cases.load(uow.session, hard.case_id)
    ordered = sorted(steps, key=lambda each: each.due_at)
    for n, step in enumerate(ordered, start=first):
        uow.session.add(
            Milestone(
                id=new_id(), hard_id=hard.id, n=n, text=step.text.strip(), due_at=step.due_at, done_at=None
            )
        )
    hard.plan, hard.planned_at = text.strip(), uow.now
    await uow.session.flush()
    await _promise(uow, territory, hard, by)
    # After the promise, which begins a new epoch: the alarms of the clock before it are over.
    for n, step in enumerate(ordered, start=first):
        await set_timer(uow, anchor, TimerKind.MILESTONE_DUE, step.due_at, name=f"{hard.id}.{n}", n=n)
    await _tell_staff(uow, territory, hard, case, which="planned")


async def _promise(uow: UnitOfWork, territory: Territory, hard: HardMatter, by: Actor) -> None:
    """Each open case of the matter is due at the last date, and its resident knows the plan."""
    until = await _promised_until(uow, hard)
    rows = await uow.session.scalars(
        select(Case).where(Case.hard_id == hard.id, Case.state == State.PROMISED).order_by(Case.t0)
    )
    for each in rows:
        stay = await uow.session.get_one(Assignment, each.assignment_id)
        each.due_at = each.stage_due = stay.due_at = until
        each.epoch, each.supervisions = each.epoch + 1, 0
        await set_clocks(uow, territory, each, stay)
        await record(
            uow, each, EventKind.PLANNED, actor=by.person_id, unit_id=hard.unit_id, text=hard.plan,
            due=until.isoformat(),
        )  # fmt: skip
        person = await name_of(uow.session, hard.leader_id)
        await owe(uow, to_resident(each, Notice.PLANNED, cause=cause_of(each), note=hard.plan, person=person))


async def milestone(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, n: int) -> None:
    """A step of the plan is done; its residents hear of it as of any progress."""
    hard = await _led(uow, territory, case, by)
    step = next((each for each in await milestones_of(uow, hard) if each.n == n), None)
    if step is None or step.done_at is not None:
        raise Refusal("milestone_none", rule="R8.5")
    step.done_at, step.done_by = uow.now, by.person_id
    rows = await uow.session.scalars(
        select(Case).where(Case.hard_id == hard.id, Case.state == State.PROMISED).order_by(Case.t0)
    )
    for each in rows:
        await record(
            uow, each, EventKind.MILESTONE_DONE, actor=by.person_id, unit_id=hard.unit_id, text=step.text
        )
        await owe(
            uow, to_resident(each, Notice.PROGRESS, cause=cause_of(each), person=by.name, note=step.text)
        )
    await _tell_staff(uow, territory, hard, case, which="milestone", step=step.text)


# -- what falls due


async def plan_missed(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """Seven days and no plan: the leader, the commander and the district desk are told."""
    hard = await uow.session.get(HardMatter, case.hard_id) if case.hard_id else None
    if hard is None or hard.planned_at is not None:
        return
    await record(uow, case, EventKind.REMINDED, unit_id=hard.unit_id, which="plan_late")
    await _tell_staff(uow, territory, hard, case, which="plan_late", desk=True)


async def milestone_missed(uow: UnitOfWork, territory: Territory, case: Case, *, n: int) -> None:
    hard = await uow.session.get(HardMatter, case.hard_id) if case.hard_id else None
    steps = await milestones_of(uow, hard) if hard is not None else ()
    step = next((each for each in steps if each.n == n and each.done_at is None), None)
    if hard is None or step is None:
        return
    await record(uow, case, EventKind.REMINDED, unit_id=hard.unit_id, which="milestone_late")
    await _tell_staff(uow, territory, hard, case, which="milestone_late", step=step.text, desk=True)


async def _tell_staff(
    uow: UnitOfWork, territory: Territory, hard: HardMatter, case: Case, *, which: str, desk: bool = False,
    step: str | None = None,
) -> None:  # fmt: skip
    """The leader with the buttons, the commander beside; the district desk when a date was missed."""
    people = [hard.leader_id]
    commander = COMMANDER_OF[territory.unit(hard.unit_id).level]
    people += (await holders(uow.session, territory, commander, hard.unit_id))[:1]
    if desk:
        people.append(await duty_person(uow.session, territory, territory.root))
    count = len({each.requester_id for each in await _of_one_cause(uow, case)})
    steps = [each for each in await milestones_of(uow, hard) if each.done_at is None]
    for person in dict.fromkeys(who for who in people if who is not None):
        leads = person == hard.leader_id
        await owe(
            uow,
            to_person(
                case, person, Notice.HARD_MATTER, cause=cause_of(case), which=which, count=count,
                leader=await name_of(uow.session, hard.leader_id), plan_due=hard.plan_due.isoformat(),
                note=hard.plan or None, step=step, buttons=_buttons(case, steps) if leads else watch_buttons(case),
            ),
        )  # fmt: skip


def _buttons(case: Case, steps: Sequence[Milestone]) -> Rows:
    done: Rows = tuple(
        (Button(act="milestone", subject=case.id, value=str(step.n), label="button.milestone",
                facts={"step": step.text}),)
        for step in steps
    )  # fmt: skip
    return (*done, (Button(act="plan", subject=case.id, label="button.plan"),), *watch_buttons(case))
