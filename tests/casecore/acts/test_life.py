"""Any life of a case that people and time can give it keeps the record's promises (reliability A9).

A state machine draws acts of anybody on two cases, and lets time pass; after every step it checks what must
hold, and recounts from the events what the rows say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from casecore import events
from casecore.acts import giveback, handle, move, rate, resident
from casecore.clock import ScriptClock
from casecore.errors import Refusal
from casecore.lifecycle import HELD_STATES, offers
from casecore.store.tables import Assignment, Case, OutboxRow, TimerRow, TimerState
from casecore.vocabulary import Act, EventKind, Outcome, State

START = datetime(2024, 2, 27, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # two days before a leap day

HOLDERS = {
    "east/1/a": ["mei"], "east/1": ["li", "bao", "lead1"], "east/2": ["he"], "west/1": ["chen"],
    "east": ["eva", "sec"], "west": ["wei"], "town": ["tao", "cmd"], "district": ["dan", "dcmd"],
    "WTR": ["wtr"], "UCB": ["ucb"], "HUB": ["hub"],
}  # fmt: skip
UNITS = sorted(HOLDERS)
ITEMS = ["ENV-01", "UTL-01", "INF-01", "SAF-01", "BLD-01", "VIL-01"]
EVERYBODY = ["wang", "zhou", *sorted({name for names in HOLDERS.values() for name in names})]

# Who rules on what a unit asks, and sits above it.
ABOVE = {
    "east/1/a": "lead1", "east/1": "sec", "east/2": "sec", "west/1": "wei", "east": "cmd", "west": "cmd",
    "town": "dcmd", "district": "dcmd", "WTR": "dcmd", "UCB": "dcmd", "HUB": "dcmd",
}  # fmt: skip

Deed = tuple[Act, Callable[..., Any], dict[str, Any]]

HOLDER_DEEDS: list[Deed] = [
    (Act.ACCEPT, handle.accept, {}),
    (Act.PROGRESS, handle.progress, {"text": "on my way"}),
    (Act.ASK, handle.ask, {"text": "which lamp?"}),
    *[(Act.DONE, handle.finish, {"text": "lamp replaced"})] * 3,
    (Act.ESCALATE, move.escalate, {"tried": "rang", "reason": "crane"}),
    *(
        (Act.RETURN, giveback.ask_return, {"right_unit": unit, "reason": "not mine"})
        for unit in ("east/2", "WTR", "town")
    ),
    *((Act.TRANSFER, move.transfer, {"to": unit, "reason": "theirs"}) for unit in ("east/2", "WTR", "UCB")),
    *((Act.SEND_DOWN, move.send_down, {"to": unit, "reason": "yours"}) for unit in ("east/1", "east")),
]
DESK_DEEDS: list[Deed] = [
    *[(Act.UPHOLD, giveback.uphold_return, {})] * 3,
    (Act.REFUSE, giveback.refuse_return, {}),
    *((Act.DESIGNATE, move.designate, {"to": unit, "reason": "yours"}) for unit in ("east/1", "HUB")),
    (Act.RECLASSIFY, move.reclassify, {"item_code": "UTL-01"}),
    (Act.INVALIDATE, move.invalidate, {"reason": "spam"}),
]
RESIDENT_DEEDS: list[Deed] = [
    (Act.ADD, resident.add, {"text": "and the next one"}),
    (Act.URGE, resident.urge, {}),
    (Act.WITHDRAW, resident.withdraw, {}),
    *((Act.RATE, rate.rate, {"stars": stars}) for stars in (1, 3, 5)),
    *[(Act.REOPEN, rate.reopen, {"why": "dark again"})] * 3,
]
DEEDS = HOLDER_DEEDS + DESK_DEEDS + RESIDENT_DEEDS

# These end a life for good; anybody may try them now and then.
LAST_ACTS = {Act.WITHDRAW, Act.INVALIDATE}

# Each of these events brings a case to somebody: it opens a stay.
ARRIVALS = {
    EventKind.DISPATCHED, EventKind.PASSED_TO_GRID, EventKind.ESCALATED, EventKind.ESCALATED_OVERDUE,
    EventKind.RETURN_UPHELD, EventKind.SENT_DOWN, EventKind.TRANSFERRED, EventKind.DESIGNATED, EventKind.REOPENED,
}  # fmt: skip
ENDS = {
    EventKind.DONE: Outcome.DONE, EventKind.RETURN_UPHELD: Outcome.RETURNED_UPHELD,
    EventKind.WITHDRAWN: Outcome.WITHDRAWN, EventKind.INVALIDATED: Outcome.INVALID,
    EventKind.TRANSFERRED: Outcome.TRANSFERRED, EventKind.ESCALATED_OVERDUE: Outcome.ESCALATED_OVERDUE,
}  # fmt: skip


def machine_for(make_record: Callable[..., Any], scene_of: Callable[..., Any]) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            clock = ScriptClock(START)
            self.scene = scene_of(self.run(make_record(clock)), clock)
            self.run(self.scene.set_up())
            self.run(self.scene.meet("zhou", "KG-01"))
            self.cases: list[str] = []
            self.before: dict[str, Case] = {}

        def run(self, work: Any) -> Any:
            return self.runner.run(work)

        def teardown(self) -> None:
            self.run(self.scene.record.close())
            self.runner.close()

        # -- what may happen

        @initialize(item=st.sampled_from(ITEMS), unit=st.sampled_from(UNITS))
        def begin(self, item: str, unit: str) -> None:
            self.cases.append(self.run(self.scene.open(item, unit)))

        @precondition(lambda self: len(self.cases) < 2)
        @rule(item=st.sampled_from(ITEMS), unit=st.sampled_from(UNITS), by=st.sampled_from(["wang", "zhou"]))
        def another(self, item: str, unit: str, by: str) -> None:
            self.cases.append(self.run(self.scene.open(item, unit, by=by)))

        @rule(which=st.integers(0, 1), data=st.data())
        def the_right_person_acts(self, which: int, data: st.DataObject) -> None:
            """Something that the state table offers now, by whoever it is for."""
            case = self.pick(which)
            deeds = [deed for deed in DEEDS if offers(case.state, deed[0]) and deed[0] not in LAST_ACTS]
            deed = data.draw(st.sampled_from(deeds))
            self.attempt(case, deed, self.person_for(case, deed))

        @rule(which=st.integers(0, 1))
        def is_worked_through(self, which: int) -> None:
            for act in (Act.ACCEPT, Act.DONE):
                self.do(which, act)

        @rule(which=st.integers(0, 1), ruling=st.sampled_from([Act.UPHOLD, Act.REFUSE]))
        def is_returned(self, which: int, ruling: Act) -> None:
            self.do(which, Act.RETURN)
            self.do(which, ruling)

        @rule(which=st.integers(0, 1), again=st.booleans())
        def is_judged(self, which: int, again: bool) -> None:
            self.do(which, Act.RATE)
            if again:
                self.do(which, Act.REOPEN)

        def do(self, which: int, act: Act) -> None:
            """The first deed of this kind, by the right person, if the table offers it now."""
            case = self.pick(which)
            if offers(case.state, act):
                deed = next(deed for deed in DEEDS if deed[0] is act)
                self.attempt(case, deed, self.person_for(case, deed))

        @rule(which=st.integers(0, 1), by=st.sampled_from(EVERYBODY), deed=st.sampled_from(DEEDS))
        def anybody_acts(self, which: int, deed: Deed, by: str) -> None:
            self.attempt(self.pick(which), deed, by)

        def person_for(self, case: Case, deed: Deed) -> str:
            if deed in RESIDENT_DEEDS:
                return next(name for name in ("wang", "zhou") if self.scene.people[name] == case.requester_id)
            return ABOVE[case.unit_id] if deed in DESK_DEEDS else HOLDERS[case.unit_id][0]

        @rule(hours=st.sampled_from([0.1, 1, 4, 13, 25, 80]))
        def time_passes(self, hours: float) -> None:
            self.run(self.scene.until(self.scene.clock.now() + timedelta(hours=hours)))

        def pick(self, which: int) -> Case:
            case: Case = self.run(self.scene.case(self.cases[which % len(self.cases)]))
            return case

        def attempt(self, case: Case, deed: Deed, by: str) -> None:
            """An act is carried out whole, or refused with a reason and without a trace."""
            traces = self.run(self.traces(case.id))
            try:
                self.run(self.scene.act(deed[1], case.id, by, **deed[2]))
            except Refusal as refusal:
                assert refusal.reason
                assert self.run(self.traces(case.id)) == traces
            else:
                assert self.run(self.traces(case.id))[0] > traces[0], "what was done stands in the file"

        async def traces(self, case_id: str) -> tuple[Any, ...]:
            async with self.scene.record.read() as session:
                case = await session.get_one(Case, case_id)
                owed = await session.scalar(select(func.count()).select_from(OutboxRow))
                timers = await session.scalar(select(func.count()).select_from(TimerRow))
                return case.events, case.version, case.epoch, case.state, owed, timers

        # -- what must hold

        @invariant()
        def promises(self) -> None:
            self.run(self.check())

        async def check(self) -> None:
            async with self.scene.record.read() as session:
                for case_id in self.cases:
                    case = await session.get_one(Case, case_id)
                    file = await events.events_of(session, case_id)
                    query = select(Assignment).where(Assignment.case_id == case_id).order_by(Assignment.id)
                    stays = (await session.scalars(query)).all()
                    events.verify(case, file)
                    self.one_owner(case, stays)
                    self.counts_agree(case, file, stays)
                    self.against_before(case)
                    self.before[case_id] = case
                overdue = select(func.count()).where(
                    TimerRow.state == TimerState.DUE, TimerRow.due_at < self.scene.clock.now()
                )
                assert await session.scalar(overdue) == 0, "whatever was due has fired"

        def one_owner(self, case: Case, stays: Any) -> None:
            opened = [stay for stay in stays if stay.outcome is Outcome.OPEN]
            if case.state in HELD_STATES:
                [stay] = opened
                assert (stay.id, stay.unit_id, stay.person_id) == (
                    case.assignment_id,
                    case.unit_id,
                    case.person_id,
                )
                assert case.due_at is not None and stay.arrived_at <= self.scene.clock.now()
            else:
                assert not opened
            assert (
                (case.state is State.CLOSED)
                == (case.close_reason is not None)
                == (case.closed_at is not None)
            )
            assert case.deemed <= (case.state in {State.ACCEPTED, State.CLOSED})

        def counts_agree(self, case: Case, file: Any, stays: Any) -> None:
            kinds = [event.kind for event in file]
            assert len(stays) == sum(kind in ARRIVALS for kind in kinds)
            for kind, outcome in ENDS.items():
                assert sum(stay.outcome is outcome for stay in stays) == kinds.count(kind)
            assert case.round == 1 + case.reopenings == 1 + kinds.count(EventKind.REOPENED)
            assert case.returns_upheld == kinds.count(EventKind.RETURN_UPHELD) <= 2
            assert case.reopenings <= 2 and case.supervisions <= 2
            assert case.urges == kinds.count(EventKind.URGED)
            assert [event.at for event in file if event.kind is not EventKind.DEEMED_ACCEPTED] == sorted(
                event.at for event in file if event.kind is not EventKind.DEEMED_ACCEPTED
            )

        def against_before(self, case: Case) -> None:
            before = self.before.get(case.id)
            if before is None:
                return
            assert (
                case.epoch >= before.epoch and case.version >= before.version and case.events >= before.events
            )
            if case.due_at != before.due_at or case.unit_id != before.unit_id:
                assert case.events > before.events, "no clock and no holder changes without an event"
            if case.unit_id != before.unit_id:
                assert case.epoch > before.epoch, "the old holder's alarms are stale"

    return Life


def explore(memory_record: Any, scene_of: Any, *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine_for(memory_record, scene_of),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck),
            deadline=None, derandomize=True, database=None,
        ),
    )  # fmt: skip


def test_any_life_keeps_the_promises(memory_record: Any, scene_of: Any) -> None:
    explore(memory_record, scene_of, examples=16, steps=20)


@pytest.mark.slow
def test_many_long_lives_keep_the_promises(memory_record: Any, scene_of: Any) -> None:
    explore(memory_record, scene_of, examples=150, steps=30)
