"""The finder on a record: what is offered to a resident and proposed to staff, and what a stranger never sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from casecore.acts.submit import Registration, submit
from casecore.clock import ScriptClock
from casecore.messages import FileRef, InboundMessage, Point
from casecore.parties import conversation_for
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Case
from casecore.territory import Territory, read_territory
from casecore.vocabulary import MessageKind, Side, Urgency
from intake.dialogue.draft import Asked, Draft, Part, Spot
from intake.dialogue.effects import Drop, Effect, File, Keep, Say
from intake.dialogue.request import card
from intake.duplicates.find import Finder, Wanted
from intake.duplicates.offer import comparable, offered
from intake.understand import Understander

ROOT = Path(__file__).parents[2]
START = datetime(2024, 3, 4, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
PHOTO = "a" * 64


@pytest.fixture(scope="module")
def territory() -> Territory:
    return read_territory(ROOT / "config" / "territory" / "fuyang")


@pytest.fixture(scope="module")
def understander(territory: Territory) -> Understander:
    return Understander(territory)


@pytest.fixture
def clock() -> ScriptClock:
    return ScriptClock(START)


@pytest.fixture
async def record(clock: ScriptClock) -> AsyncIterator[Record]:
    opened = open_record("sqlite+aiosqlite://", clock=clock)
    await upgrade(opened)
    yield opened
    await opened.close()


class World:
    """Cases in one village, filed by people who are told apart by name."""

    def __init__(self, record: Record, territory: Territory) -> None:
        self.record, self.territory = record, territory
        self.village = territory.find_path("富春街道/金苑社区")
        assert self.village.centre is not None
        self.spot = Point(lat=self.village.centre.lat + 0.0007, lon=self.village.centre.lon + 0.0005)

    def metres_north(self, metres: float) -> Point:
        return Point(lat=self.spot.lat + metres / 111_320, lon=self.spot.lon)

    async def file(
        self, text: str, *, by: str = "wang", item: str = "INF-01", point: Point | None = None,
        place: str = "金苑小区3幢", files: tuple[FileRef, ...] = (),
    ) -> str:  # fmt: skip
        message = InboundMessage(
            channel="web", account="residents", external_id=by, address=by, side=Side.RESIDENT, kind=MessageKind.TEXT,
            sent_at=self.record.clock.now(), sender_name=by,
        )  # fmt: skip
        async with self.record.begin() as uow:
            chat = await conversation_for(uow, message)
            assert chat.person_id is not None
            request = Registration(
                conversation_id=chat.id, requester_id=chat.person_id, text=text, lang="zh-CN", item_code=item,
                item_probability=0.9, urgency=Urgency.NORMAL, place_unit=self.village.id, place_text=place,
                place_probability=0.9, point=point, files=files,
            )  # fmt: skip
            return (await submit(uow, self.territory, request)).id

    def wanted(self, text: str, *, point: Point | None = None, place: str = "金苑小区3幢", item: str | None = "INF-01",
               photos: tuple[str, ...] = ()) -> Wanted:  # fmt: skip
        return Wanted(
            text=text, by="zhao", item=item, unit=self.village.id, place=place, point=point, photos=photos
        )


@pytest.fixture
def world(record: Record, territory: Territory) -> World:
    return World(record, territory)


@pytest.fixture
def finder(understander: Understander) -> Finder:
    return Finder(understander)


async def test_r8_1_the_same_lamp_is_offered_with_nothing_of_the_other_resident(
    world: World, finder: Finder, record: Record, clock: ScriptClock
) -> None:
    case_id = await world.file("3幢前面的路灯不亮了，我是王师傅", point=world.spot)
    clock.set(START + timedelta(hours=9, minutes=30))
    async with record.read() as session:
        (found,) = await finder.find(
            session, world.wanted("路灯坏了，晚上看不见", point=world.metres_north(80)), clock.now()
        )
    assert (found.alike.case_id, found.sure) == (case_id, True)
    assert 75 <= found.alike.facts["metres"] <= 85
    assert found.shown == {
        "alike_hours": 9.5, "alike_metres": found.alike.facts["metres"], "item": "INF-01", "place": world.village.id,
        "state": "submitted",
    }  # fmt: skip
    assert "王师傅" not in str(found.shown), "nobody's words, name or door"
    assert "3幢" not in str(found.shown)


async def test_t8_3_over_seven_days_is_neither_offered_nor_proposed(
    world: World, finder: Finder, record: Record, clock: ScriptClock
) -> None:
    await world.file("3幢路灯不亮", point=world.spot)
    for hours, count in ((168, 1), (168.1, 0)):
        async with record.read() as session:
            now = START + timedelta(hours=hours)
            found = await finder.find(session, world.wanted("3幢路灯坏了", point=world.spot), now)
        assert len(found) == count, hours


async def test_r8_1_by_its_letter_is_proposed_even_in_quite_other_words(
    world: World, finder: Finder, record: Record, clock: ScriptClock
) -> None:
    await world.file("晚上老人出门心慌", point=world.spot)
    async with record.read() as session:
        near = await finder.find(session, world.wanted("走道没法走", point=world.metres_north(190)), START)
        far = await finder.find(session, world.wanted("走道没法走", point=world.metres_north(260)), START)
        other = await finder.find(session, world.wanted("走道没法走", point=world.spot, item="INF-02"), START)
    assert [each.sure for each in near] == [False], "a person may look; the resident is not asked"
    assert far == []
    assert other == []


async def test_sensitive_merged_and_finished_cases_are_never_shown(
    world: World, finder: Finder, record: Record, clock: ScriptClock
) -> None:
    for change in (
        {"sensitive": True},
        {"state": "merged"},
        {"state": "closed", "close_reason": "withdrawn"},
    ):
        case_id = await world.file("3幢路灯不亮", by=str(change), point=world.spot)
        async with record.begin() as uow:
            await uow.session.execute(update(Case).where(Case.id == case_id).values(**change))
    async with record.read() as session:
        assert await finder.find(session, world.wanted("3幢路灯坏了", point=world.spot), START) == []


async def test_the_same_photo_is_enough_near_by(
    world: World, understander: Understander, record: Record, clock: ScriptClock
) -> None:
    async def likeness(digest: str) -> str | None:
        return {PHOTO: "00ff00ff00ff00ff", "b" * 64: "00ff00ff00ff00fd", "c" * 64: "f0f0f0f0f0f0f0f0"}[digest]

    seeing = Finder(understander, likeness)
    photo = FileRef(kind=MessageKind.PHOTO, ref="r", digest=PHOTO)
    await world.file("请看照片", point=world.spot, files=(photo,))
    async with record.read() as session:
        same, other = [
            await seeing.find(
                session, world.wanted("你们看", point=world.metres_north(10), photos=(digest,)), START
            )
            for digest in ("b" * 64, "c" * 64)
        ]
    assert same[0].alike.facts["same_photo"] is True
    assert same[0].alike.score > other[0].alike.score


async def test_a_thousand_open_cases_elsewhere_do_not_slow_the_look_up(
    world: World, record: Record, clock: ScriptClock
) -> None:
    """The plan of the query uses the index of items, places and times: no scan."""
    from sqlalchemy import text
    from sqlalchemy.dialects import sqlite

    from casecore.reading.alike import Around, _recent

    around = Around(
        items={"INF-01"},
        units={world.village.id},
        point=None,
        metres=1,
        since=START - timedelta(days=7),
        until=START,
    )
    query = _recent(around).where(Case.place_unit.in_(sorted(around.units)))
    sql = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with record.read() as session:
        plan = "\n".join(str(row[-1]) for row in await session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert "ix_cases_alike" in plan
    assert "SCAN" not in plan


# -- the card


def draft(world: World, text: str, *, urgency: Urgency = Urgency.NORMAL, parts: int = 1) -> Draft:
    part = Part(text=text, item="INF-01", probability=0.9, urgency=urgency)
    spot = Spot(unit=world.village.id, text="金苑小区3幢", probability=0.9, point=world.spot)
    return Draft(id="d" * 32, created_at=START, parts=(part,) * parts, spot=spot)


async def shown(world: World, finder: Finder, effects: list[Effect]) -> list[Effect]:
    async with world.record.read() as session:
        return await offered(session, finder, "zhao", effects, START)


async def test_the_card_offers_me_too_and_remembers_which(
    world: World, finder: Finder, territory: Territory
) -> None:
    case_id = await world.file("3幢路灯不亮", point=world.spot)
    effects = await shown(world, finder, card(draft(world, "3幢的路灯坏了"), territory, START))
    kept = next(effect for effect in effects if isinstance(effect, Keep))
    said = next(effect for effect in effects if isinstance(effect, Say))
    assert kept.draft.alike == (case_id,)
    assert kept.draft.asked is Asked.CONFIRM
    buttons = [button for row in said.buttons for button in row]
    assert [button.act for button in buttons][:2] == ["me_too", "confirm"]
    assert buttons[1].label == "button.not_same_submit"
    assert case_id not in str(said.facts) + str(buttons), (
        "another's case is named by a place in the list alone"
    )
    assert all(len(f"{b.act}:{b.subject}:{b.value}") <= 64 for b in buttons)


async def test_nothing_alike_two_matters_and_danger_leave_the_card_as_it_is(
    world: World, finder: Finder, territory: Territory
) -> None:
    lonely = await shown(world, finder, card(draft(world, "3幢的路灯坏了"), territory, START))
    said = next(effect for effect in lonely if isinstance(effect, Say))
    assert "alike" not in said.facts
    assert "me_too" not in str(said.buttons)
    await world.file("3幢路灯不亮", point=world.spot)
    assert not comparable(draft(world, "x", parts=2))
    assert not comparable(draft(world, "x", urgency=Urgency.EMERGENCY))
    other: list[Effect] = [File(parts=(), spot=None, files=(), how="confirmed"), Drop()]
    assert await shown(world, finder, other) == other
