"""What time does to a case: the claim runs out, a limit passes, a reminder comes, a supervision order is issued."""

from __future__ import annotations

from datetime import datetime, timedelta

from casecore.acts.alarm import ORDERS_MOST
from casecore.acts.assign import Move, assign, open_stay_of
from casecore.authority import superior
from casecore.deadlines import JUST_AFTER
from casecore.events import record
from casecore.lifecycle import OPEN_STATES, after, offers
from casecore.offers import staff_buttons, watch_buttons
from casecore.outbox import owe
from casecore.parties import duty_person, holders
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case
from casecore.telling import cause_of, to_person
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import Act, EventKind, Level, Notice, Outcome, Role, TimerKind


async def pass_to_grid(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R2.1: nobody in the microgrid claimed it in time; the grid takes over, the clock untouched."""
    if case.level is not Level.MICROGRID or not offers(case.state, Act.PASS_TO_GRID):
        return
    stay = await open_stay_of(uow, case)
    if stay.accepted_at is not None and not case.deemed:
        return
    assert case.unit_id is not None
    grid = superior(territory, case.unit_id)
    move = Move(
        act=Act.PASS_TO_GRID, event=EventKind.PASSED_TO_GRID, unit_id=grid.id, outcome=Outcome.ESCALATED_OK,
        tell_resident=False,
    )  # fmt: skip
    await assign(uow, territory, case, move)


async def escalate_overdue(uow: UnitOfWork, territory: Territory, case: Case, due: datetime) -> None:
    """R4.4: the stage's time is over: up to the next stage, whose clock starts at that `due` (R18.2)."""
    if not offers(case.state, Act.ESCALATE_OVERDUE):
        return
    assert case.unit_id is not None
    target = superior(territory, case.unit_id)
    if territory.unit(case.unit_id).level is Level.MICROGRID:
        target = superior(territory, target.id)  # microgrid and grid share the clock: both are late
    move = Move(
        act=Act.ESCALATE_OVERDUE, event=EventKind.ESCALATED_OVERDUE, unit_id=target.id,
        outcome=Outcome.ESCALATED_OVERDUE, started=due,
    )  # fmt: skip
    await assign(uow, territory, case, move)


async def supervise(uow: UnitOfWork, territory: Territory, case: Case, *, order: int, at: datetime) -> None:
    """R4.5: late at U: the district centre orders a result within 72 h; a second order after that; the case stays.

    `at` is the limit that was missed: the end of the stage, or of the first order.
    """
    if not offers(case.state, Act.SUPERVISE) or order <= case.supervisions:
        return
    if order == 1 and case.stage_due is not None and at < case.stage_due:
        return  # R2.4, R8.5: another day was promised meanwhile
    case.state = after(case.state, Act.SUPERVISE)
    limit = at + timedelta(hours=territory.levels.supervision_hours)
    case.supervisions, case.due_at = order, limit
    await record(uow, case, EventKind.SUPERVISED, unit_id=case.unit_id, order=order, due=limit.isoformat())
    if order < ORDERS_MOST:
        await set_timer(
            uow, case, TimerKind.SUPERVISION_DUE, limit + JUST_AFTER, name=str(order + 1), order=order + 1
        )
    cause = cause_of(case)
    for person in await _supervised_people(uow, territory, case, order):
        buttons = staff_buttons(case) if person == case.person_id else watch_buttons(case)
        await owe(
            uow, to_person(case, person, Notice.SUPERVISION_ORDER, cause=cause, order=order, buttons=buttons)
        )


async def _supervised_people(uow: UnitOfWork, territory: Territory, case: Case, order: int) -> list[str]:
    """The holder and the district desk; with the last order a district leader too."""
    desk = await duty_person(uow.session, territory, territory.root)
    people = [case.person_id, desk]
    if order == ORDERS_MOST:
        people += (await holders(uow.session, territory, Role.DISTRICT_LEADER, territory.root))[:1]
    return list(dict.fromkeys(person for person in people if person))


async def remind(uow: UnitOfWork, territory: Territory, case: Case, which: str) -> None:
    """R4.3: the handler at 50 %, handler and leader at 75 %, the handler 2 h before due."""
    if case.state not in OPEN_STATES or case.unit_id is None:
        return
    await record(uow, case, EventKind.REMINDED, unit_id=case.unit_id, which=which)
    people = [case.person_id] if case.person_id else []
    if which == "three_quarters":
        leader = await duty_person(uow.session, territory, superior(territory, case.unit_id).id)
        people += [leader] if leader and leader not in people else []
    cause = cause_of(case)
    for person in people:
        buttons = staff_buttons(case) if person == case.person_id else watch_buttons(case)
        await owe(uow, to_person(case, person, Notice.REMINDER, cause=cause, which=which, buttons=buttons))
