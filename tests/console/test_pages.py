"""What the pages show and do: the file in words, the desk's acts, the roster, and nobody's markup."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from casecore.store.tables import (
    CaseEvent,
    Conversation,
    InboxRow,
    InboxState,
    OutboxRow,
    OutboxState,
    Person,
)
from casecore.vocabulary import EventKind, Role, Side
from tests.console.conftest import Browsers
from tests.console.world import World, photo

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    '<a href="data:text/html,x">',
    "\u202e<b>right to left",
]


@pytest.fixture
async def number(world: World) -> str:
    await world.staff("grid", Role.GRID_FULL, "LB", name="Gwen")
    return await world.case(
        "leaves on the lane", item="ST-01", place="LB-T1-V1-G01", files=(photo("a" * 64),)
    )


async def kinds(world: World) -> list[EventKind]:
    async with world.record.read() as session:
        return list(await session.scalars(select(CaseEvent.kind).order_by(CaseEvent.seq)))


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_people_wrote_is_shown_and_never_run(
    browsers: Browsers, world: World, payload: str
) -> None:
    """Through text, names, places, reasons, errors and searches (reliability 29)."""
    await world.staff("grid", Role.GRID_FULL, "LB", name=payload)
    number = await world.case(
        payload, item="ST-01", place="LB-T1-V1-G01", place_text=payload, by=payload, needs_triage=True
    )
    desk = await browsers.of(Role.DISTRICT_DESK, name=payload)
    await desk.post(f"/cases/{number}/designate", unit="LB-T1-V1-G01", reason=payload)
    async with world.record.begin() as uow:
        message = (await uow.session.scalars(select(InboxRow))).first()
        assert message is not None
        message.state, message.error = InboxState.QUARANTINED, payload
    admin = await browsers.of(Role.ADMIN, name=payload)
    pages = [
        await desk.get(""),
        await desk.get("/cases"),
        await desk.get(f"/cases/{number}"),
        await desk.get("/triage"),
        await desk.get(f"/road?q={number}"),
        await desk.client.get("/console/cases", params={"text": payload, "unit": payload}),
        await desk.client.get("/console/road", params={"q": payload, "about": payload}),
        await admin.get("/roster"),
        await admin.client.get("/console/roster", params={"text": payload}),
        await desk.client.get(f"/console/cases/{number}", params={"done": payload, "unit": payload}),
    ]
    for page in pages:
        assert page.status_code == 200
        for found in re.findall(r"<[^>]*>", page.text):
            assert "alert(1)" not in re.sub(r'"[^"]*"', '""', found), found
        assert (
            "<script>" not in page.text
            and "<svg" not in page.text
            and "onerror=alert"
            not in re.sub(r'"[^"]*"', "", page.text.replace("&#34;", "").replace("&lt;", "")).replace(
                "onerror=alert(1)&gt;", ""
            )
        )
        assert not re.search(r'(href|src|action)="\s*(javascript|data):', page.text, re.I)
        assert not re.search(r"\sstyle=|\son\w+=(?=[\"'])", page.text)


async def test_the_file_tells_the_story_in_words(browsers: Browsers, world: World, number: str) -> None:
    await world.accept(number, "grid")
    await world.finish(number, "grid", "swept the whole lane", files=(photo("b" * 64),))
    desk = await browsers.of(Role.DISTRICT_DESK)
    page = (await desk.get(f"/cases/{number}")).text
    for words in (
        "Robin filed the request", "Dispatched to Grid 1, Mill Lane, Brookside", "Gwen accepted",
        "swept the whole lane", "4 entries, verified, unchanged", "Before", "After",
        f"/console/cases/{number}/media/{'a' * 64}/thumb", "Dirty street",
    ):  # fmt: skip
        assert words in page, words


async def test_each_view_of_a_sensitive_file_is_an_entry_in_it(browsers: Browsers, world: World) -> None:
    """R12.4, T12-1: also the masked view; and an ordinary case is not written to by looking."""
    number = await world.case("she is beaten", item="CR-01", place="LB-T1-V1-G01")
    plain = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01")
    desk, officer = await browsers.of(Role.TOWN_DESK), await browsers.of(Role.SENSITIVE_OFF)
    masked = (await desk.get(f"/cases/{number}")).text
    assert "beaten" not in masked and "Robin" not in masked and "Brookside" in masked
    assert "beaten" in (await officer.get(f"/cases/{number}")).text
    await desk.get(f"/cases/{plain}")
    async with world.record.read() as session:
        rows = (await session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.VIEWED))).all()
    assert [row.data for row in rows] == [{"masked": True}, {}]


async def test_a_desk_sends_a_case_to_the_unit_it_names(
    browsers: Browsers, world: World, number: str
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    answer = await desk.post(f"/cases/{number}/designate", unit="Ferry Green", reason="it is at the ferry")
    assert answer.status_code == 303 and answer.headers["location"].endswith("?done=designated")
    page = (await desk.get(f"/cases/{number}?done=designated")).text
    assert "designated Ferry Green, Brookside" in page and "it is at the ferry" in page
    assert "Sent to the unit." in page
    assert (await kinds(world))[-1] is EventKind.DESIGNATED


async def test_a_name_that_fits_several_units_is_asked_back(
    browsers: Browsers, world: World, number: str
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    answer = await desk.post(f"/cases/{number}/designate", unit="Grid 1", reason="kept words")
    assert answer.status_code == 200 and "Which one is" in answer.text and "kept words" in answer.text
    assert 'type="radio" name="unit" value="LB-T1-V2-G01"' in answer.text
    assert EventKind.DESIGNATED not in await kinds(world)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"unit": "Ferry Green", "reason": "  "}, "Please give a reason"),
        ({"unit": "LB-T1-V1-G01", "reason": "same"}, ""),
    ],
)
async def test_a_refused_act_is_said_in_words_and_changes_nothing(
    browsers: Browsers, world: World, number: str, fields: dict[str, str], said: str
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    answer = await desk.post(f"/cases/{number}/designate", **fields)
    assert answer.status_code == 409 and said in answer.text and 'role="alert"' in answer.text
    assert EventKind.DESIGNATED not in await kinds(world)


async def test_a_village_desk_cannot_act_on_what_its_town_holds(browsers: Browsers, world: World) -> None:
    """It sees the case, because it lies in its village; the act is another's (R1, authority)."""
    await world.staff("town", Role.TOWN_DESK, "LB")
    number = await world.case("smoke", item="HM-03", place="LB-T1-V1-G01")
    desk = await browsers.of(Role.VILLAGE_DESK, "LB-T1-V1")
    assert (await desk.get(f"/cases/{number}")).status_code == 200
    answer = await desk.post(f"/cases/{number}/designate", unit="Ferry Green", reason="not mine")
    assert answer.status_code == 409
    assert EventKind.DESIGNATED not in await kinds(world)


async def test_triage_puts_matter_and_place_right_and_sends_the_case_on(
    browsers: Browsers, world: World
) -> None:
    await world.staff("grid", Role.GRID_FULL, "LB")
    desk = await browsers.of(Role.DISTRICT_DESK)
    number = await world.case("that thing again", item=None, place=None, needs_triage=True)
    assert number in (await desk.get("/triage")).text
    answer = await desk.post(
        f"/cases/{number}/reclassify", item="ST-02", place="Grid 1, Ferry Green, Brookside", send="1"
    )
    assert answer.status_code == 303
    assert (await kinds(world))[-2:] == [EventKind.RECLASSIFIED, EventKind.DESIGNATED]
    page = (await desk.get(f"/cases/{number}")).text
    assert "Street lamp out" in page and "Grid 1, Ferry Green, Brookside" in page
    assert number not in (await desk.get("/triage")).text


async def test_an_invalid_case_is_closed_with_its_reason(
    browsers: Browsers, world: World, number: str
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    assert (await desk.post(f"/cases/{number}/invalidate", reason="a test")).status_code == 303
    assert (await kinds(world))[-2:] == [EventKind.INVALIDATED, EventKind.CLOSED]
    again = await desk.post(f"/cases/{number}/invalidate", reason="a test")
    assert again.status_code == 409  # outdated: not in the state table any more


async def test_what_the_trays_gave_up_can_be_tried_again(
    browsers: Browsers, world: World, number: str
) -> None:
    async with world.record.begin() as uow:
        message = (await uow.session.scalars(select(InboxRow))).one()
        message.state, message.error, message.attempts = InboxState.QUARANTINED, "odd", 5
        notice = (await uow.session.scalars(select(OutboxRow).order_by(OutboxRow.id))).first()
        assert notice is not None
        notice.state, notice.error = OutboxState.DEAD, "blocked"
    desk = await browsers.of(Role.DISTRICT_DESK)
    page = (await desk.get("/triage")).text
    assert "odd" in page and "blocked" in page
    await desk.post("/triage/message", id=str(message.id))
    await desk.post("/triage/notice", id=str(notice.id))
    async with world.record.read() as session:
        assert await session.scalar(select(InboxRow.state)) is InboxState.READY
        state = await session.scalar(select(OutboxRow.state).where(OutboxRow.id == notice.id))
    assert state is OutboxState.DUE


async def test_an_administrator_finds_the_way_without_the_words(
    browsers: Browsers, world: World, number: str
) -> None:
    admin, desk = await browsers.of(Role.ADMIN), await browsers.of(Role.DISTRICT_DESK)
    blind, seeing = (await admin.get(f"/road?q={number}")).text, (await desk.get(f"/road?q={number}")).text
    assert "hello" in seeing and "hello" not in blind
    assert "Task card" in blind and f'href="/console/cases/{number}"' not in blind


async def test_somebody_joins_the_roster_gets_a_code_and_a_login(browsers: Browsers, world: World) -> None:
    admin = await browsers.of(Role.ADMIN)
    added = await admin.post("/roster", name="Nell", role="village_desk", unit="Mill Lane")
    assert added.status_code == 303
    path = added.headers["location"].removeprefix("/console").split("?")[0]
    coded = (await admin.post(f"{path}/code")).text
    found = re.search(r"<code>([A-Z2-9]{8})</code>", coded)
    assert found and "15 minutes" in coded
    assert found[1] not in (await admin.get(path)).text  # shown once
    signed = (await admin.post(f"{path}/login", username="nell")).text
    password = re.search(r"<code>([\w-]{16})</code>", signed)
    assert password and password[1] not in (await admin.get(path)).text
    from casecore import login

    assert (await login.sign_in(world.record, "nell", password[1])).person_id == path.split("/")[-1]
    assert "nell" in (await admin.get("/roster?role=village_desk")).text


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "role": "grid_full", "unit": "LB"},
        {"name": "N", "role": "resident", "unit": "LB"},
        {"name": "N", "role": "nonsense", "unit": "LB"},
        {"name": "N", "role": "grid_full", "unit": "nowhere"},
        {"name": "N", "role": "grid_full", "unit": "Grid 1"},
        {"name": "N", "role": "district_desk", "unit": "Mill Lane"},
    ],
)
async def test_a_post_that_makes_no_sense_is_refused(browsers: Browsers, fields: dict[str, str]) -> None:
    admin = await browsers.of(Role.ADMIN)
    assert (await admin.post("/roster", **fields)).status_code == 409


@pytest.mark.parametrize("act", ["post", "end", "code", "login", "password", "login-off"])
async def test_an_administrator_gives_nothing_to_themselves(
    browsers: Browsers, world: World, act: str
) -> None:
    """Who keeps the roster reads no cases: the way round it needs a second person."""
    admin = await browsers.of(Role.ADMIN, key="admin")
    answer = await admin.post(
        f"/roster/{world.people['admin']}/{act}", role="district_desk", unit="LB", username="root"
    )
    assert answer.status_code == 409 and "another administrator" in answer.text


async def test_a_chat_is_unbound_only_through_its_own_person(browsers: Browsers, world: World) -> None:
    one, two = await world.staff("one", Role.GRID_FULL, "LB"), await world.staff("two", Role.GRID_FULL, "LB")
    conversation_id = await world.resident()
    async with world.record.begin() as uow:
        chat = await uow.session.get_one(Conversation, conversation_id)
        chat.side, chat.person_id = Side.HANDLER, one
    admin = await browsers.of(Role.ADMIN)
    assert (await admin.post(f"/roster/{two}/unbind", chat=conversation_id)).status_code == 404
    assert (await admin.post(f"/roster/{one}/unbind", chat=conversation_id)).status_code == 303
    async with world.record.read() as session:
        assert (await session.get_one(Conversation, conversation_id)).person_id is None


async def test_ending_posts_and_duty_are_written(browsers: Browsers, world: World) -> None:
    one = await world.staff("one", Role.GRID_FULL, "LB", name="Olga")
    admin = await browsers.of(Role.ADMIN)
    await admin.post(f"/roster/{one}/duty")
    assert "Off duty" in (await admin.get(f"/roster/{one}")).text
    await admin.post(f"/roster/{one}/end")
    page = (await admin.get(f"/roster/{one}")).text
    assert "End all posts" not in page and "Full-time" in page
    async with world.record.read() as session:
        assert await session.scalar(select(Person.name).where(Person.id == one)) == "Olga"


@pytest.mark.parametrize(
    "query",
    [
        "page=99999999999",
        "page=-1",
        "page=x",
        "state=nonsense",
        "sort=;drop",
        "view=%00",
        "unit=%25",
        "text=%00%ff",
    ],
)
async def test_odd_addresses_get_an_ordinary_page(
    browsers: Browsers, world: World, number: str, query: str
) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    assert (await desk.get(f"/cases?{query}")).status_code == 200


async def test_pages_can_be_read_by_those_who_do_not_see_them(
    browsers: Browsers, world: World, number: str
) -> None:
    """Each page: a language, one h1, a main landmark, a skip link, a label for each field, scoped headers."""
    desk, admin = await browsers.of(Role.DISTRICT_DESK), await browsers.of(Role.ADMIN)
    person = world.people["grid"]
    pages = [
        await desk.get(path) for path in ("", "/cases", f"/cases/{number}", "/triage", f"/road?q={number}")
    ]
    pages += [await admin.get(path) for path in ("/roster", f"/roster/{person}", "/cases")]
    for page in pages:
        html = page.text
        assert '<html lang="en">' in html and html.count("<h1") == 1
        assert '<main id="main"' in html and 'class="skip" href="#main"' in html
        ids = set(re.findall(r'\sid="([^"]+)"', html))
        assert len(ids) == len(re.findall(r'\sid="([^"]+)"', html)), "an id twice"
        labelled = set(re.findall(r'<label for="([^"]+)"', html))
        assert labelled <= ids
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html):
            named = re.search(r'\sid="([^"]+)"', field)
            assert (
                "hidden" in field
                or "radio" in field
                or "checkbox" in field
                or (named and named[1] in labelled)
            ), field
        assert not re.findall(r"<th(?![^>]*scope=)[ >]", html)
        assert not re.findall(r"<img(?![^>]*\balt=)", html)
