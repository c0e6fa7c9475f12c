"""Playing a journey: each step in turn through the whole house, a transcript as it goes, and a verdict at the end."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from casecore.clock import ScriptClock
from casecore.store.tables import Case, Conversation, DraftRow
from config.journeys.acting import Acting, CannotAct
from config.journeys.cast import Cast, NoSuchUnit
from config.journeys.chats import Chats
from config.journeys.faults import Faults, noticed
from config.journeys.judge import Judge, Unmet
from config.journeys.script import (
    Duplicate,
    ExpectCase,
    ExpectCounts,
    ExpectEvents,
    ExpectKpi,
    ExpectNot,
    ExpectNothing,
    ExpectNotice,
    Fault,
    Journey,
    Learns,
    Presses,
    Restart,
    Roster,
    Says,
    Step,
    Until,
    Waits,
)
from config.journeys.theatre import MEMORY, Props, RecordNotEmpty, Stuck, Theatre
from config.journeys.transcript import Transcript

EXPECTATIONS = (
    ExpectNotice, ExpectNothing, ExpectNot, ExpectCase, ExpectCounts, ExpectEvents, ExpectKpi,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Where a journey ended before its end."""

    step: int
    line: int
    source: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a journey went; `seconds` without what is read once a process."""

    file: Path
    title: str
    steps: int
    seconds: float
    transcript: tuple[str, ...]
    failure: Failure | None = None


async def play(journey: Journey, props: Props, *, database: str = MEMORY) -> Verdict:
    """Play it from start to end, or to the first step that fails."""
    folder = props.folder(journey.territory, journey.file)
    props.understander(folder)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="minhu-journey-") as data:
        theatre = Theatre(
            props=props, folder=folder, data=Path(data), clock=ScriptClock(journey.start), database=database
        )
        try:
            await theatre.open()
        except RecordNotEmpty as error:
            return _over(journey, began, Transcript(theatre.territory.zone), _at_once(journey, str(error)))
        try:
            player = Player(journey, theatre)
            with noticed() as faults:
                failure = await player.play(faults)
        finally:
            await theatre.close()
    return _over(journey, began, player.transcript, failure)


def _at_once(journey: Journey, why: str) -> Failure:
    return Failure(step=0, line=1, source="", expected="an empty record", seen=why)


def _over(journey: Journey, began: float, transcript: Transcript, failure: Failure | None) -> Verdict:
    return Verdict(
        file=journey.file, title=journey.title, steps=journey.steps[-1].number,
        seconds=time.perf_counter() - began, transcript=tuple(transcript.lines), failure=failure,
    )  # fmt: skip


@dataclass(slots=True)
class Player:
    journey: Journey
    theatre: Theatre
    transcript: Transcript = field(init=False)
    cast: Cast = field(init=False)
    chats: Chats = field(init=False)
    judge: Judge = field(init=False)
    acting: Acting = field(init=False)

    def __post_init__(self) -> None:
        self.cast = Cast(self.theatre)
        self.chats = Chats(self.theatre)
        self.judge = Judge(self.cast, self.chats, [])
        self.transcript = Transcript(self.theatre.territory.zone)
        self.acting = Acting(self.cast, self.chats, self.transcript, self.judge.cases, self._settle)

    async def play(self, faults: Faults) -> Failure | None:
        """The first step that fails, also for a fault that the house only logs."""
        opening = Step(number=0, line=1, source="the people of the journey")
        try:
            await self._open()
        except NoSuchUnit as error:
            return _failed(opening, Unmet(expected="units of the territory", seen=str(error)))
        for step in self.journey.steps:
            unmet = await self._try(step)
            if unmet is None and (said := faults.taken()):
                unmet = Unmet(expected="a house without faults", seen=said)
            if unmet is not None:
                self.transcript.failed(self.theatre.clock.now(), step.source)
                return _failed(step, unmet)
        return None

    async def _open(self) -> None:
        if self.journey.people is None:
            await self.cast.enter_demo()
        else:
            await self.cast.enter(self.journey.people)
        await self.cast.register(self.journey.residents)

    async def _try(self, step: Step) -> Unmet | None:
        try:
            if isinstance(step, EXPECTATIONS):
                return await self._expect(step)
            self.judge.acted = step.number
            await self._act(step)
            await self._settle()
        except (CannotAct, NoSuchUnit, Stuck) as error:
            return Unmet(expected=step.source, seen=str(error))
        return None

    async def _expect(self, step: Step) -> Unmet | None:
        """Held against the present moment; only when it does not hold, what is due in three seconds happens first."""
        unmet = await self.judge.judge(step)
        if unmet is not None and await self.theatre.grace():
            await self._look()
            unmet = await self.judge.judge(step)
        if unmet is None:
            self.transcript.held(self.theatre.clock.now(), step.source)
        return unmet

    async def _act(self, step: Step) -> None:
        self.acting.step = step.number
        self.transcript.step(self.theatre.clock.now(), step)
        match step:
            case Says():
                await self.acting.say(step)
            case Presses():
                await self.acting.press(step)
            case Waits(how_long=None):
                await self._silence(step.who or "")
            case Waits():
                assert step.how_long is not None
                await self.theatre.advance(self.theatre.clock.now() + step.how_long)
            case Until():
                if step.at < self.theatre.clock.now():
                    raise CannotAct(
                        f"it is {self.theatre.clock.now().astimezone(self.theatre.territory.zone)} already"
                    )
                await self.theatre.advance(step.at)
            case Learns():
                await self._learn(step)
            case Roster():
                await self.cast.enter(step.people)
            case Fault():
                self.theatre.fail(step.how, step.times)
            case Restart():
                await self.theatre.restart()
            case Duplicate():
                await self.acting.again()

    async def _learn(self, step: Learns) -> None:
        if step.back is not None:
            await self.theatre.roll_back(step.back)
            return
        state = await self.theatre.learn()
        if state != step.state:
            raise CannotAct(f"learning came to {state!r}")

    async def _silence(self, who: str) -> None:
        """Until the resident's silence speaks (R1.1)."""
        await self.theatre.grace()  # an album still gathers
        async with self.theatre.house.record.read() as session:
            due = await session.scalar(
                select(DraftRow.due_at)
                .join(Conversation, Conversation.id == DraftRow.conversation_id)
                .where(Conversation.address == who)
            )
        if due is None:
            raise CannotAct(f"nothing is open with {who}: silence says nothing")
        await self.theatre.advance(due)

    async def _settle(self) -> None:
        await self.theatre.settle()
        await self._look()

    async def _look(self) -> None:
        """Take in what is new: cases in the order of their opening, notices in the order of their sending."""
        async with self.theatre.house.record.read() as session:
            known = await session.scalars(select(Case.id).order_by(Case.created_at, Case.number))
            self.judge.cases += [case_id for case_id in known if case_id not in self.judge.cases]
        for got in await self.chats.look(self.judge.acted):
            self.transcript.notice(got)


def _failed(step: Step, unmet: Unmet) -> Failure:
    return Failure(
        step=step.number, line=step.line, source=step.source, expected=unmet.expected, seen=unmet.seen
    )


def as_data(verdict: Verdict) -> Mapping[str, object]:
    """A verdict for programs."""
    failure = verdict.failure
    return {
        "file": str(verdict.file),
        "title": verdict.title,
        "ok": failure is None,
        "steps": verdict.steps,
        "seconds": round(verdict.seconds, 3),
        "failure": None
        if failure is None
        else {
            "step": failure.step, "line": failure.line, "source": failure.source,
            "expected": failure.expected, "seen": failure.seen,
        },
        "transcript": list(verdict.transcript),
    }  # fmt: skip
