"""Set the alarms of one stay: response, claim, reminders, the end of the stage; all rows, all of the case's epoch."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from casecore import deadlines
from casecore.deadlines import JUST_AFTER
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import Level, Stage, TimerKind

# R4.5: a second order is the last; it names a district leader and turns red on the cockpit.
ORDERS_MOST = 2


async def set_clocks(uow: UnitOfWork, territory: Territory, case: Case, stay: Assignment) -> None:
    """The timers of a stay that has just begun (R1.5, R2.1, R4.3–R4.5)."""
    levels = territory.levels
    if stay.response_due is not None and stay.accepted_at is None:
        await set_timer(uow, case, TimerKind.RESPONSE_DUE, stay.response_due + JUST_AFTER)
    if stay.level is Level.MICROGRID:
        claim = deadlines.claim_due(levels, stay.arrived_at, territory.zone)
        await set_timer(uow, case, TimerKind.CLAIM_DUE, claim)
    for which, at in deadlines.reminders(levels, await _clock_started(uow, stay), stay.due_at):
        if at > uow.now:
            await set_timer(uow, case, TimerKind.REMIND, at, name=which, which=which)
    if stay.stage is Stage.U:
        await _set_supervision(uow, territory, case)
        return
    await set_timer(uow, case, TimerKind.STAGE_DUE, stay.due_at + JUST_AFTER)


async def _clock_started(uow: UnitOfWork, stay: Assignment) -> datetime:
    """When the stay's clock began: with the first of the stays that share it (R2.1, R2.3, R4.2)."""
    first: datetime | None = await uow.session.scalar(
        select(func.min(Assignment.arrived_at)).where(
            Assignment.case_id == stay.case_id,
            Assignment.round == stay.round,
            Assignment.stage == stay.stage,
            Assignment.due_at == stay.due_at,
        )
    )
    return first or stay.arrived_at


async def _set_supervision(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R4.5: the first order is due when the stage ends without result or feedback, each next one 72 h later."""
    order = case.supervisions + 1
    if order > ORDERS_MOST:
        return
    assert case.stage_due is not None
    due = case.stage_due + timedelta(hours=territory.levels.supervision_hours) * case.supervisions
    await set_timer(uow, case, TimerKind.SUPERVISION_DUE, due + JUST_AFTER, name=str(order), order=order)
