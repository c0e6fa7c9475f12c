"""The dispatch worker: sends out what was submitted and fires what falls due, one transaction each.

It reads two trays: cases in `submitted` (the state is the queue) and timers that are due. A timer of an
earlier epoch is stale and does nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from casecore import cases, timers
from casecore.acts import clockwork, giveback, handle, hard, propose, rate, rulings, suspension
from casecore.acts.assign import Move, alert, assign
from casecore.authority import HOUSE
from casecore.deadlines import JUST_AFTER
from casecore.errors import LeaseLost, Refusal, VersionConflict
from casecore.lifecycle import offers
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Assignment, Case, Person
from casecore.territory.model import Territory
from casecore.timers import Due
from casecore.vocabulary import Act, EventKind, TimerKind
from dispatch.route import Question, route

log = logging.getLogger(__name__)

# How long a case that could not be sent out rests before it is tried again.
AGAIN = timedelta(minutes=1)


class DispatchWorker:
    """Call `run_once` until it says False; then wait for the bell or for `next_due`."""

    def __init__(self, record: Record, territory: Territory) -> None:
        self._record = record
        self._territory = territory
        self._set_aside: dict[str, datetime] = {}

    async def run_once(self) -> bool:
        """Do one thing. True when there was something to do."""
        return await self._dispatch_one() or await self._fire_one()

    async def next_due(self) -> datetime | None:
        async with self._record.read() as session:
            return await timers.next_due(session)

    async def _dispatch_one(self) -> bool:
        aside = self._aside()
        async with self._record.read() as session:
            # A look that takes no lock: most wake-ups find nothing to send out.
            waiting = await cases.submitted(session, but=aside, for_update=False)
        if waiting is None:
            return False
        try:
            async with self._record.begin() as uow:
                case = await cases.submitted(uow.session, but=aside)
                if case is not None:
                    await self._send_out(uow, case)
        except VersionConflict:
            log.info("case %s: somebody else was quicker", waiting.id)
        except Exception:
            # The broad catch of this loop: a case that cannot be sent out must not hold up those behind it.
            log.exception("case %s cannot be sent out", waiting.id)
            self._set_aside[waiting.id] = self._record.clock.now() + AGAIN
        return True

    def _aside(self) -> tuple[str, ...]:
        """Cases that failed a moment ago. In memory only: a new process tries them at once."""
        now = self._record.clock.now()
        self._set_aside = {case: until for case, until in self._set_aside.items() if until > now}
        return tuple(self._set_aside)

    async def _send_out(self, uow: UnitOfWork, case: Case) -> None:
        requester = await uow.session.get_one(Person, case.requester_id)
        chosen = route(
            self._territory,
            Question(
                item_code=case.item_code, place_unit=case.place_unit, home_unit=requester.home_unit,
                needs_triage=case.needs_triage,
            ),
        )  # fmt: skip
        entry = Move(
            act=Act.DISPATCH, event=EventKind.DISPATCHED, unit_id=chosen.unit_id, reason=chosen.reason,
            started=case.t0, tell_resident=False,
        )  # fmt: skip
        await assign(uow, self._territory, case, entry)
        await alert(uow, self._territory, case)
        await propose.ask(uow, self._territory, case)

    async def _fire_one(self) -> bool:
        async with self._record.read() as session:
            due_at = await timers.next_due(session)
        if due_at is None or due_at > self._record.clock.now():
            return False
        async with self._record.begin() as uow:
            due = await timers.claim(uow)
        if due is None:
            return False
        try:
            async with self._record.begin() as uow:
                await self._fire(uow, due)
        except (LeaseLost, VersionConflict):
            log.info("timer %s of case %s: somebody else was quicker", due.kind, due.case_id)
        except Exception as error:
            # The one broad catch of this loop: a timer that cannot fire must not stop the others.
            log.exception("timer %s of case %s failed", due.kind, due.case_id)
            async with self._record.begin() as uow:
                await timers.failed(uow, due, f"{type(error).__name__}: {error}")
        return True

    async def _fire(self, uow: UnitOfWork, due: Due) -> None:
        case = await cases.load(uow.session, due.case_id)
        stale = timers.is_stale(due, case)
        if not stale:
            try:
                await self._act(uow, case, due)
            except Refusal:
                stale = True
        await timers.fired(uow, due, stale=stale)

    async def _act(self, uow: UnitOfWork, case: Case, due: Due) -> None:
        territory = self._territory
        match due.kind:
            case TimerKind.RESPONSE_DUE:
                if case.response_due is not None and offers(case.state, Act.DEEM_ACCEPT):
                    await handle.deem_accepted(uow, territory, case, case.response_due)
            case TimerKind.CLAIM_DUE:
                await clockwork.pass_to_grid(uow, territory, case)
            case TimerKind.REMIND:
                await clockwork.remind(uow, territory, case, due.data["which"])
            case TimerKind.STAGE_DUE:
                stay = await uow.session.get_one(Assignment, case.assignment_id)
                await clockwork.escalate_overdue(uow, territory, case, stay.due_at)
            case TimerKind.SUPERVISION_DUE:
                await clockwork.supervise(
                    uow, territory, case, order=due.data["order"], at=due.due_at - JUST_AFTER
                )
            case TimerKind.RULING_DUE:
                await giveback.refuse_return(uow, territory, case, HOUSE)
            case TimerKind.PLAN_DUE:
                await hard.plan_missed(uow, territory, case)
            case TimerKind.MILESTONE_DUE:
                await hard.milestone_missed(uow, territory, case, n=due.data["n"])
            case TimerKind.APPROVAL_DUE:
                await rulings.lapsed(uow, territory, case, due.data["approval"])
            case TimerKind.SUSPENSION_REVIEW:
                await suspension.review(uow, territory, case)
            case TimerKind.SUSPENSION_ENDS:
                await suspension.ran_out(uow, territory, case)
            case TimerKind.RATING_REMIND:
                await rate.remind_to_rate(uow, case)
            case TimerKind.RATING_CLOSES:
                await rate.close_unrated(uow, territory, case)
