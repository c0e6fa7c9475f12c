"""Move the end of a running clock: extended, promised, frozen and gone on. The alarms follow in a new epoch."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from casecore.acts.alarm import set_clocks
from casecore.acts.assign import open_stay_of
from casecore.children import children_of
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, TimerRow, TimerState
from casecore.territory.model import Territory
from casecore.vocabulary import TimerKind

# What these are about does not change when the clock does.
GO_ALONG = (TimerKind.RULING_DUE, TimerKind.PLAN_DUE, TimerKind.MILESTONE_DUE)


async def end_at(
    uow: UnitOfWork, territory: Territory, case: Case, *, due: datetime, stage_due: datetime
) -> None:
    """From now on the stay is due at `due`, its stage at `stage_due`; those merged into it are due with it (R8.2)."""
    stay = await open_stay_of(uow, case)
    stay.due_at, case.stage_due = due, stage_due
    orders = timedelta(hours=territory.levels.supervision_hours) * case.supervisions
    await next_is(
        uow, case, stage_due + orders if case.supervisions else due
    )  # R4.5: an order's limit stands
    await silence(uow, case)
    await set_clocks(uow, territory, case, stay)


async def shift(uow: UnitOfWork, territory: Territory, case: Case, by: timedelta) -> Assignment:
    """R6, R7, R13.5: all ends later by so much."""
    stay = await open_stay_of(uow, case)
    assert case.stage_due is not None
    await end_at(uow, territory, case, due=stay.due_at + by, stage_due=case.stage_due + by)
    return stay


async def next_is(uow: UnitOfWork, case: Case, at: datetime) -> None:
    """What is owed next is owed then, for the case and for those merged into it."""
    case.due_at = at
    for child in await children_of(uow.session, case.id):
        child.due_at = at


async def silence(uow: UnitOfWork, case: Case) -> None:
    """A new epoch: the alarms set so far are void, but for those that are about something else."""
    before, case.epoch = case.epoch, case.epoch + 1
    await uow.session.execute(
        update(TimerRow)
        .where(
            TimerRow.case_id == case.id, TimerRow.epoch == before, TimerRow.state == TimerState.DUE,
            TimerRow.kind.in_(GO_ALONG),
        )
        .values(epoch=case.epoch)
    )  # fmt: skip
