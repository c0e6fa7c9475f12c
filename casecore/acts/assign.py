"""Assign: a case comes to a unit; the stay is opened, its clocks are set and its people are told.

Every way a case can move ends here: dispatch, claim run out, escalation by hand and by time, transfer,
upheld return, designation, sending down. The open stay (if any) ends with its outcome in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from casecore import deadlines
from casecore.acts.alarm import set_clocks
from casecore.acts.approval import lapse_with_stay
from casecore.authority import HOUSE, Actor
from casecore.events import record
from casecore.ids import new_id
from casecore.lifecycle import after
from casecore.offers import staff_buttons
from casecore.outbox import owe
from casecore.parties import answered_sooner, duty_person, receiver
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, Suspension
from casecore.telling import cause_of, files_of, name_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import HOLDING, STAGE_OF, Act, EventKind, Level, Notice, Outcome, Stage, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of a case. `outcome` is how the present stay ends; `started` is when the new clock starts.

    `ends` is the end of a clock that never stopped: the case comes back under it (R4.2).
    """

    act: Act
    event: EventKind
    unit_id: str
    outcome: Outcome | None = None
    by: Actor = HOUSE
    reason: str = ""
    started: datetime | None = None
    ends: datetime | None = None
    fresh_clock: bool = False
    tell_resident: bool = True


async def assign(uow: UnitOfWork, territory: Territory, case: Case, move: Move, **said: Any) -> Assignment:
    """Carry out a move; `said` goes into the event (what was tried, why)."""
    state = after(case.state, move.act)
    before, before_person = case.unit_id, case.person_id
    await close_stay(uow, case, move.outcome or Outcome.ESCALATED_OK, at=move.started or uow.now)
    stay = await _open_stay(uow, territory, case, move)
    case.state = state
    case.epoch += 1
    await record(
        uow, case, move.event, actor=move.by.person_id, unit_id=move.unit_id, before=before, to=move.unit_id,
        person=stay.person_id, reason=move.reason or None, due=stay.due_at.isoformat(), level=stay.level.value,
        **said,
    )  # fmt: skip
    await set_clocks(uow, territory, case, stay)
    await _tell(uow, territory, case, move, before_person)
    return stay


async def open_stay_of(uow: UnitOfWork, case: Case) -> Assignment:
    """The stay that is open now; there is exactly one while somebody holds the case."""
    return await uow.session.get_one(Assignment, case.assignment_id)


async def close_stay(uow: UnitOfWork, case: Case, outcome: Outcome, *, at: datetime) -> None:
    """End the stay that holds the case, if there is one. Finished work keeps its own `done_at`."""
    stay = await uow.session.scalar(
        select(Assignment).where(
            Assignment.case_id == case.id, Assignment.outcome == Outcome.OPEN, Assignment.kind.in_(HOLDING)
        )
    )
    if stay is not None:
        stay.outcome = outcome
        stay.ended_at = at
        await lapse_with_stay(uow, case, stay.id)
        await uow.session.execute(
            update(Suspension)
            .where(Suspension.case_id == case.id, Suspension.ended_at.is_(None))
            .values(ended_at=at, ended_how=outcome.value)
        )
        await uow.session.flush()


async def _open_stay(uow: UnitOfWork, territory: Territory, case: Case, move: Move) -> Assignment:
    unit = territory.unit(move.unit_id)
    stage = STAGE_OF[unit.level]
    arrived = move.started or uow.now
    stage_ends = move.ends or _kept_clock(case, stage, move)
    if stage_ends is None:
        stage_ends, case.supervisions = deadlines.stage_due(territory.levels, stage, arrived), 0
    due = deadlines.unit_due(territory.levels, stage_ends, arrived) if stage is Stage.U else stage_ends
    person = await receiver(uow.session, territory, unit.id)
    response = await response_due(uow, territory, case, arrived)
    stay = Assignment(
        id=new_id(), case_id=case.id, unit_id=unit.id, level=unit.level, stage=stage, person_id=person,
        first_person=person, round=case.round, arrived_at=arrived, response_due=response, due_at=due,
        outcome=Outcome.OPEN, deemed=False, dispatched_by=move.by.person_id,
    )  # fmt: skip
    uow.session.add(stay)
    case.unit_id, case.level, case.person_id, case.assignment_id = unit.id, unit.level, person, stay.id
    case.stage, case.stage_due, case.response_due, case.deemed = stage, stage_ends, response, False
    if not case.supervisions:
        case.due_at = due  # else the supervision order's limit stands, whoever holds the case (R4.5)
    await uow.session.flush()
    return stay


def _kept_clock(case: Case, stage: Stage, move: Move) -> datetime | None:
    """The end of the running clock when the case stays in its stage (R2.1, R2.3); None when a new one starts."""
    fresh = move.fresh_clock and stage is not Stage.U  # R5.4
    return None if fresh or case.stage is not stage else case.stage_due


async def response_due(uow: UnitOfWork, territory: Territory, case: Case, arrived: datetime) -> datetime:
    """R3: by when a unit that gets the case now must answer; R3.2 for people in key groups."""
    halved = await answered_sooner(uow.session, territory, case.requester_id)
    return deadlines.response_due(territory.levels, case.urgency, arrived, territory.zone, halved=halved)


async def _tell(
    uow: UnitOfWork, territory: Territory, case: Case, move: Move, before_person: str | None
) -> None:
    cause = cause_of(case)
    evidence = await files_of(uow.session, case, "evidence")
    if case.person_id is not None:
        await owe(
            uow,
            to_person(
                case, case.person_id, Notice.TASK_CARD, cause=cause, buttons=staff_buttons(case), files=evidence,
                reason=move.reason, because=case.because, how=move.event.value,
            ),
        )  # fmt: skip
    if before_person is not None and before_person not in {case.person_id, move.by.person_id}:
        await owe(uow, to_person(case, before_person, Notice.TASK_MOVED, cause=cause, how=move.event.value))
    if move.tell_resident and move.act is not Act.DISPATCH:
        person = await name_of(uow.session, case.answer_person or case.person_id)
        await owe(uow, to_resident(case, Notice.MOVED, cause=cause, how=move.event.value, person=person))


async def alert(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R1.6: an emergency alerts town and district desks and the item's departments at once, beside its unit."""
    if case.urgency is not Urgency.EMERGENCY:
        return
    units = _alerted_units(territory, case)
    people: list[str] = []
    for unit_id in units:
        person = await duty_person(uow.session, territory, unit_id)
        if person is not None and person not in people:
            people.append(person)
    await record(uow, case, EventKind.ALERTED, units=units, people=people)
    cause = cause_of(case)
    await owe(
        uow,
        *(to_person(case, person, Notice.ALERT, cause=cause) for person in people),
    )


def _alerted_units(territory: Territory, case: Case) -> list[str]:
    units: list[str] = []
    where = case.place_unit or case.unit_id  # without a place it went to the registered home's unit
    town = territory.at_level(where, Level.TOWN) if where else None
    if town is not None:
        units.append(town.id)
    units.append(territory.root)
    item = territory.items.get(case.item_code or "")
    if item is not None:
        units += [d for d in (item.lead_department, *item.co_departments) if d in territory.units]
    return [unit for unit in dict.fromkeys(units) if unit != case.unit_id]


def sent_back_until(territory: Territory, stay: Assignment) -> datetime:
    """R4.2: until when the higher level may send a case back down."""
    return stay.arrived_at + timedelta(hours=territory.levels.send_down_hours)
