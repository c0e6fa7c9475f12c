"""Set the alarms of one stay: response, claim, reminders, the end of the stage; all rows, all of the case's epoch."""

from __future__ import annotations

from casecore import deadlines
from casecore.deadlines import JUST_AFTER
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import Level, Stage, TimerKind


async def set_clocks(uow: UnitOfWork, territory: Territory, case: Case, stay: Assignment) -> None:
    """The timers of a stay that has just begun (R1.5, R2.1, R4.3–R4.5)."""
    levels = territory.levels
    if stay.response_due is not None:
        await set_timer(uow, case, TimerKind.RESPONSE_DUE, stay.response_due + JUST_AFTER)
    if stay.level is Level.MICROGRID:
        claim = deadlines.claim_due(levels, stay.arrived_at, territory.zone)
        await set_timer(uow, case, TimerKind.CLAIM_DUE, claim)
    for which, at in deadlines.reminders(levels, stay.arrived_at, stay.due_at):
        if at > uow.now:
            await set_timer(uow, case, TimerKind.REMIND, at, name=which, which=which)
    if stay.stage is Stage.U:
        await _set_supervision(uow, case)
        return
    await set_timer(uow, case, TimerKind.STAGE_DUE, stay.due_at + JUST_AFTER)


async def _set_supervision(uow: UnitOfWork, case: Case) -> None:
    """R4.5: at U nothing moves; the first order is due when the stage ends without result or feedback."""
    assert case.stage_due is not None
    await set_timer(uow, case, TimerKind.SUPERVISION_DUE, case.stage_due + JUST_AFTER, order=1)
