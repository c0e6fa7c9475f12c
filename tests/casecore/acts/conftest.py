"""A tiny district with its people, and a scene in which they act on cases at a time that the test sets.

district ─ town ─ east ─ east/1 ─ east/1/a, east/1/b
         │      │      └ east/2 ─ east/2/a
         │      └ west ─ west/1 ─ west/1/a
         └ WTR (water), UCB (city management), HUB (housing)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from casecore import cases, events, timers
from casecore.acts import clockwork, giveback, handle, hard, rate, rulings, suspension
from casecore.acts.assign import Move, alert, assign
from casecore.acts.submit import Registration, submit
from casecore.authority import HOUSE, Actor
from casecore.clock import ScriptClock
from casecore.codec import buttons_from_json
from casecore.deadlines import JUST_AFTER
from casecore.errors import Refusal
from casecore.ids import new_id
from casecore.messages import FileRef, InboundMessage
from casecore.parties import conversation_for, posts_of
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import (
    Assignment,
    Case,
    CaseEvent,
    OutboxRow,
    Person,
    PostRow,
    TimerRow,
    TimerState,
)
from casecore.territory.model import Item, KeyGroup, ServiceLevels, Territory, Unit
from casecore.vocabulary import Act, EventKind, Level, MessageKind, Notice, Role, Side, TimerKind, Urgency

ZONE = ZoneInfo("Asia/Shanghai")

UNITS: tuple[tuple[str, Level, str | None], ...] = (
    ("district", Level.DISTRICT, None),
    ("town", Level.TOWN, "district"),
    ("east", Level.VILLAGE, "town"),
    ("west", Level.VILLAGE, "town"),
    ("east/1", Level.GRID, "east"),
    ("east/2", Level.GRID, "east"),
    ("west/1", Level.GRID, "west"),
    ("east/1/a", Level.MICROGRID, "east/1"),
    ("east/1/b", Level.MICROGRID, "east/1"),
    ("east/2/a", Level.MICROGRID, "east/2"),
    ("west/1/a", Level.MICROGRID, "west/1"),
    ("WTR", Level.DEPARTMENT, "district"),
    ("UCB", Level.DEPARTMENT, "district"),
    ("HUB", Level.DEPARTMENT, "district"),
)

# code, lead department, start level, urgency, may the town summon?
ITEMS: tuple[tuple[str, str, Level, Urgency, bool], ...] = (
    ("ENV-01", "UCB", Level.GRID, Urgency.NORMAL, True),
    ("UTL-01", "WTR", Level.GRID, Urgency.URGENT, True),
    ("INF-01", "UCB", Level.DEPARTMENT, Urgency.NORMAL, False),
    ("SAF-01", "HUB", Level.GRID, Urgency.EMERGENCY, True),
    ("BLD-01", "HUB", Level.MICROGRID, Urgency.NORMAL, True),
    ("VIL-01", "HUB", Level.VILLAGE, Urgency.NORMAL, True),
)

PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("mei", Role.MICRO_LEAD, "east/1/a"),
    ("li", Role.GRID_FULL, "east/1"),
    ("bao", Role.GRID_FULL, "east/1"),
    ("lead1", Role.GRID_LEAD, "east/1"),
    ("he", Role.GRID_FULL, "east/2"),
    ("chen", Role.GRID_FULL, "west/1"),
    ("eva", Role.VILLAGE_DESK, "east"),
    ("sec", Role.VILLAGE_SEC, "east"),
    ("wei", Role.VILLAGE_DESK, "west"),
    ("tao", Role.TOWN_DESK, "town"),
    ("cmd", Role.TOWN_CMD, "town"),
    ("wtr", Role.DEPT_LIAISON, "WTR"),
    ("ucb", Role.DEPT_LIAISON, "UCB"),
    ("hub", Role.DEPT_LIAISON, "HUB"),
    ("huang", Role.DEPT_HEAD, "HUB"),
    ("dan", Role.DISTRICT_DESK, "district"),
    ("dcmd", Role.DISTRICT_CMD, "district"),
    ("boss", Role.DISTRICT_LEADER, "district"),
)


def item(code: str, lead: str, start: Level, urgency: Urgency, summon: bool) -> Item:
    return Item(
        code=code, names={"en": code}, category=code[:3], category_names={"en": code[:3]}, kind="request",
        provider_order=("government",), market_providers=(), society_providers=(), lead_department=lead,
        co_departments=("WTR",) if code == "SAF-01" else (), start_level=start, urgency=urgency, scale="small",
        town_may_summon=summon, sensitive=False, keywords={},
    )  # fmt: skip


@pytest.fixture(scope="session")
def territory() -> Territory:
    units = {id_: Unit(id=id_, level=level, names={"en": id_}, parent=parent) for id_, level, parent in UNITS}
    children: dict[str, tuple[str, ...]] = {}
    for unit in units.values():
        if unit.parent:
            children[unit.parent] = (*children.get(unit.parent, ()), unit.id)
    alone = KeyGroup(
        code="KG-01", names={"en": "older people living alone"}, weight=1.8, halves_response=True,
        effect={"en": "response time halved"}, privacy="P2",
    )  # fmt: skip
    return Territory(
        id="tiny", names={"en": "Tiny"}, languages=("en",), zone=ZONE, root="district", folder=Path("tiny"),
        units=MappingProxyType(units), departments={}, items={row[0]: item(*row) for row in ITEMS}, landmarks=(),
        levels=ServiceLevels(), roster=(), digest="", key_groups={"KG-01": alone}, _children=children,
    )  # fmt: skip


def instant(said: str) -> datetime:
    """`03-04 09:20` of 2024 in Shanghai."""
    return datetime.fromisoformat(f"2024-{said}").replace(tzinfo=ZONE)


@dataclass(slots=True)
class Scene:
    """Everybody in place. Each act is one transaction at the clock's present time."""

    record: Record
    territory: Territory
    clock: ScriptClock
    people: dict[str, str] = field(default_factory=dict)
    read_up_to: dict[str, int] = field(default_factory=dict)

    def at(self, said: str) -> None:
        self.clock.set(instant(said))

    async def set_up(self) -> None:
        self.people = {name: f"{name:0>32}" for name, _, _ in PEOPLE}
        now = self.clock.now()
        async with self.record.begin() as uow:
            await uow.session.execute(
                insert(Person),
                [
                    {"id": id_, "name": name, "lang": "en", "key_groups": [], "created_at": now}
                    for name, id_ in self.people.items()
                ],
            )
            await uow.session.execute(
                insert(PostRow),
                [
                    {
                        "id": new_id(),
                        "person_id": self.people[name],
                        "role": role,
                        "unit_id": unit_id,
                        "since": now,
                    }
                    for name, role, unit_id in PEOPLE
                ],
            )
        await self.meet("wang")

    async def meet(self, name: str, *groups: str) -> None:
        """A resident who has written before."""
        message = InboundMessage(
            channel="web", account="residents", external_id="0", address=name, side=Side.RESIDENT,
            kind=MessageKind.TEXT, sent_at=self.clock.now(), sender_name=name, lang="en",
        )  # fmt: skip
        async with self.record.begin() as uow:
            conversation = await conversation_for(uow, message)
            assert conversation.person_id is not None
            person = await uow.session.get_one(Person, conversation.person_id)
            person.key_groups = list(groups)
            self.people[name], self.people[f"chat of {name}"] = person.id, conversation.id

    async def actor(self, uow: UnitOfWork, name: str) -> Actor:
        if name == "house":
            return HOUSE
        posts = await posts_of(uow.session, self.people[name])
        side = Side.HANDLER if posts else Side.RESIDENT
        return Actor(person_id=self.people[name], name=name, side=side, posts=posts, lang="en")

    async def submit(
        self, item_code: str | None = "ENV-01", *, place: str | None = "east/1/a", by: str = "wang",
        urgency: Urgency | None = None, files: tuple[FileRef, ...] = (),
    ) -> str:  # fmt: skip
        """A case, submitted and not yet sent out."""
        known = self.territory.items.get(item_code or "")
        request = Registration(
            conversation_id=self.people[f"chat of {by}"], requester_id=self.people[by], text="the street lamp is out",
            lang="en", item_code=item_code, item_probability=0.9 if known else None,
            urgency=urgency or (known.urgency if known else Urgency.NORMAL), place_unit=place, place_text="the hall",
            place_probability=0.875, because={"words": ["lamp"], "score": 1.0}, files=files,
        )  # fmt: skip
        async with self.record.begin() as uow:
            return (await submit(uow, self.territory, request)).id

    async def dispatch(self, case_id: str, unit_id: str) -> None:
        """As the dispatch worker sends a case out."""
        async with self.record.begin() as uow:
            case = await cases.load(uow.session, case_id)
            entry = Move(
                act=Act.DISPATCH,
                event=EventKind.DISPATCHED,
                unit_id=unit_id,
                started=case.t0,
                tell_resident=False,
            )
            await assign(uow, self.territory, case, entry)
            await alert(uow, self.territory, case)

    async def open(self, item_code: str = "ENV-01", unit_id: str = "east/1", **more: Any) -> str:
        case_id = await self.submit(item_code, **more)
        await self.dispatch(case_id, unit_id)
        return case_id

    async def act(self, deed: Callable[..., Awaitable[Any]], case_id: str, by: str, **said: Any) -> None:
        async with self.record.begin() as uow:
            case = await cases.load(uow.session, case_id)
            await deed(uow, self.territory, case, await self.actor(uow, by), **said)

    async def until(self, said: str | datetime) -> None:
        """Let time pass; what falls due on the way happens at its own time, in order, as dispatch does it."""
        end = said if isinstance(said, datetime) else instant(said)
        while True:
            async with self.record.read() as session:
                due_at = await timers.next_due(session)
            if due_at is None or due_at > end:
                break
            self.clock.set(max(due_at, self.clock.now()))
            await self.fire()
        self.clock.set(end)

    async def fire(self) -> None:
        async with self.record.begin() as uow:
            due = await timers.claim(uow)
            assert due is not None, "next_due names a time at which there is something to claim"
            case = await cases.load(uow.session, due.case_id)
            stale = timers.is_stale(due, case)
            if not stale:
                try:
                    await self.carry_out(uow, case, due)
                except Refusal:
                    stale = True
            await timers.fired(uow, due, stale=stale)

    async def carry_out(self, uow: UnitOfWork, case: Case, due: timers.Due) -> None:
        limit = due.due_at - JUST_AFTER
        match due.kind:
            case TimerKind.RESPONSE_DUE:
                await handle.deem_accepted(uow, self.territory, case, limit)
            case TimerKind.CLAIM_DUE:
                await clockwork.pass_to_grid(uow, self.territory, case)
            case TimerKind.REMIND:
                await clockwork.remind(uow, self.territory, case, due.data["which"])
            case TimerKind.STAGE_DUE:
                await clockwork.escalate_overdue(uow, self.territory, case, limit)
            case TimerKind.SUPERVISION_DUE:
                await clockwork.supervise(uow, self.territory, case, order=due.data["order"], at=limit)
            case TimerKind.RULING_DUE:
                await giveback.refuse_return(uow, self.territory, case, HOUSE)
            case TimerKind.PLAN_DUE:
                await hard.plan_missed(uow, self.territory, case)
            case TimerKind.MILESTONE_DUE:
                await hard.milestone_missed(uow, self.territory, case, n=due.data["n"])
            case TimerKind.APPROVAL_DUE:
                await rulings.lapsed(uow, self.territory, case, due.data["approval"])
            case TimerKind.SUSPENSION_REVIEW:
                await suspension.review(uow, self.territory, case)
            case TimerKind.SUSPENSION_ENDS:
                await suspension.ran_out(uow, self.territory, case)
            case TimerKind.RATING_REMIND:
                await rate.remind_to_rate(uow, case)
            case TimerKind.RATING_CLOSES:
                await rate.close_unrated(uow, self.territory, case)

    # -- looking

    async def case(self, case_id: str) -> Case:
        async with self.record.read() as session:
            return await session.get_one(Case, case_id)

    async def stays(self, case_id: str) -> Sequence[Assignment]:
        async with self.record.read() as session:
            query = select(Assignment).where(Assignment.case_id == case_id).order_by(Assignment.id)
            return (await session.scalars(query)).all()

    async def file(self, case_id: str) -> Sequence[CaseEvent]:
        """The case's events; their chain is verified at each look."""
        async with self.record.read() as session:
            found = await events.events_of(session, case_id)
            events.verify(await session.get_one(Case, case_id), found)
            return found

    async def kinds(self, case_id: str) -> list[str]:
        return [event.kind.value for event in await self.file(case_id)]

    async def timers(self, case_id: str) -> dict[str, datetime]:
        """What is still set for the case as it stands: kind (and name) → when."""
        async with self.record.read() as session:
            case = await session.get_one(Case, case_id)
            rows = await session.scalars(
                select(TimerRow).where(
                    TimerRow.case_id == case_id,
                    TimerRow.epoch == case.epoch,
                    TimerRow.state == TimerState.DUE,
                )
            )
            return {f"{row.kind.value} {row.key.rpartition('/')[2]}".strip(): row.due_at for row in rows}

    async def new_rows(self, name: str) -> Sequence[OutboxRow]:
        """What was owed to somebody since the last look, in order."""
        lane = self.people.get(f"chat of {name}", self.people[name])
        async with self.record.read() as session:
            query = (
                select(OutboxRow)
                .where(OutboxRow.lane == lane, OutboxRow.id > self.read_up_to.get(name, 0))
                .order_by(OutboxRow.id)
            )
            rows = (await session.scalars(query)).all()
        self.read_up_to[name] = max((row.id for row in rows), default=self.read_up_to.get(name, 0))
        return rows

    async def new(self, name: str) -> list[Notice]:
        return [row.notice for row in await self.new_rows(name)]

    async def owed(self) -> dict[str, list[Notice]]:
        """What is new for anybody who got something."""
        names = [name for name in self.people if not name.startswith("chat of ")]
        everything = {name: await self.new(name) for name in names}
        return {name: notices for name, notices in everything.items() if notices}

    async def buttons(self, name: str) -> list[str]:
        """The acts on the newest notice's buttons."""
        row = (await self.new_rows(name))[-1]
        return [button.act for line in buttons_from_json(row.buttons) for button in line]


@pytest.fixture(params=["memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both dialects; an SQLite file differs from one in memory in nothing that an act could see."""
    name: str = request.param
    return name


@pytest.fixture
async def scene(record: Record, territory: Territory, clock: ScriptClock) -> Scene:
    made = Scene(record=record, territory=territory, clock=clock)
    await made.set_up()
    return made


@pytest.fixture
def scene_of(territory: Territory) -> Callable[[Record, ScriptClock], Scene]:
    """For tests that open their records themselves."""
    return lambda record, clock: Scene(record=record, territory=territory, clock=clock)
