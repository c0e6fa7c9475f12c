"""Which role may open which route: every pair is asked, against a table that this file states for itself (27)."""

from __future__ import annotations

import pytest

from casecore.vocabulary import Role
from console import access
from console.routes import PAGES
from tests.console.conftest import Browser, Browsers
from tests.console.world import World, photo

DIGEST = "a" * 64
READ = {
    "village_desk", "village_sec", "town_desk", "town_cmd", "town_lead", "district_desk", "district_cmd",
    "district_leader", "assessor", "dept_liaison", "dept_head", "sensitive_off",
}  # fmt: skip
DESK = {"village_desk", "village_sec", "town_desk", "town_cmd", "district_desk", "district_cmd"}
CENTRE = {"district_desk", "district_cmd"}
ADMIN = {"admin"}
# Route → roles that are let in. Everybody else gets 403, nobody at all is sent to the door.
EXPECTED: dict[str, set[str]] = {
    "start": READ | ADMIN, "start_slash": READ | ADMIN, "cases": READ, "case": READ, "case_media": READ,
    "case_designate": DESK, "case_reclassify": DESK, "case_invalidate": DESK,
    "case_merging": DESK | {"town_lead", "district_leader"},
    "triage": DESK,
    "triage_message": CENTRE, "triage_notice": CENTRE, "road": DESK | ADMIN, "learning": CENTRE | ADMIN,
    "learning_name": ADMIN,
    "roster": ADMIN,
    "roster_add": ADMIN, "person": ADMIN, "person_post": ADMIN, "person_end": ADMIN, "person_duty": ADMIN,
    "person_code": ADMIN, "person_unbind": ADMIN, "person_login": ADMIN, "person_password": ADMIN,
    "person_login_off": ADMIN,
}  # fmt: skip
OPEN = {"static", "sign_in", "sign_in_try", "language"}


def test_every_route_has_a_line_in_the_table_and_in_this_one() -> None:
    names = [page.name for page in PAGES]
    assert len(names) == len(set(names))
    assert set(names) == set(access.ACCESS) == set(EXPECTED) | OPEN | {"sign_out"}


async def ask(browser: Browser, name: str, number: str, person: str) -> int:
    page = next(page for page in PAGES if page.name == name)
    path = page.path.format(number=number, digest=DIGEST, variant="thumb", person=person)
    answer = await (browser.get(path) if page.method == "GET" else browser.post(path))
    return answer.status_code


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESIDENT])
async def test_each_role_passes_where_the_table_says_and_nowhere_else(
    browsers: Browsers, world: World, role: Role
) -> None:
    number = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01", files=(photo(DIGEST),))
    person = await world.staff("somebody", Role.GRID_FULL, "LB")
    browser = await browsers.of(role)
    for name, roles in EXPECTED.items():
        status = await ask(browser, name, number, person)
        assert (status != 403) == (role.value in roles), f"{role} {name}: {status}"
        assert status < 500, f"{role} {name}: {status}"


async def test_nobody_is_led_to_the_door_and_back(stranger: Browser) -> None:
    for name in EXPECTED:
        page = next(page for page in PAGES if page.name == name)
        path = page.path.format(number="MH-1", digest=DIGEST, variant="thumb", person="p")
        answer = await (stranger.get(path) if page.method == "GET" else stranger.post(path))
        assert answer.status_code == 303 and answer.headers["location"].startswith("/console/sign-in"), name
    back = await stranger.get("/cases?view=overdue")
    assert back.headers["location"] == "/console/sign-in?next=%2Fcases%3Fview%3Doverdue"


@pytest.mark.parametrize("role", [Role.VILLAGE_DESK, Role.VILLAGE_SEC])
async def test_another_villages_case_is_not_there_for_any_route(
    browsers: Browsers, world: World, role: Role
) -> None:
    """The answer is that of a case which does not exist: a number cannot be tried out."""
    number = await world.case("lamp", item="ST-02", place="LB-T1-V2-G01", files=(photo(DIGEST),))
    browser = await browsers.of(role, "LB-T1-V1")
    fields = {"unit": "LB-T1-V1", "reason": "r", "item": "ST-01"}
    for wanted in (number, "MH-20240304-999999"):
        assert (await browser.get(f"/cases/{wanted}")).status_code == 404
        assert (await browser.get(f"/cases/{wanted}/media/{DIGEST}/thumb")).status_code == 404
        for act in ("designate", "reclassify", "invalidate"):
            assert (await browser.post(f"/cases/{wanted}/{act}", **fields)).status_code == 404
    assert number not in (await browser.get("/cases?view=all")).text


async def test_a_picture_of_one_case_is_not_served_under_another(browsers: Browsers, world: World) -> None:
    mine = await world.case("leaves", item="ST-01", place="LB-T1-V1-G01")
    other = await world.case("lamp", item="ST-02", place="LB-T1-V2-G01", files=(photo(DIGEST),))
    browser = await browsers.of(Role.VILLAGE_DESK, "LB-T1-V1")
    assert (await browser.get(f"/cases/{mine}/media/{DIGEST}/thumb")).status_code == 404
    desk = await browsers.of(Role.DISTRICT_DESK)
    served = await desk.get(f"/cases/{other}/media/{DIGEST}/thumb")
    assert served.status_code == 200 and served.headers["content-type"] == "image/webp"
    assert "sandbox" in served.headers["content-security-policy"]
    assert served.headers["x-content-type-options"] == "nosniff"


async def test_a_resident_cannot_be_reached_through_the_roster(browsers: Browsers, world: World) -> None:
    from sqlalchemy import select

    from casecore.store.tables import Person

    await world.resident("Robin")
    async with world.record.read() as session:
        resident = await session.scalar(select(Person.id).where(Person.name == "Robin"))
    admin = await browsers.of(Role.ADMIN)
    assert (await admin.get(f"/roster/{resident}")).status_code == 404
    assert (await admin.post(f"/roster/{resident}/code")).status_code == 404
    assert str(resident) not in (await admin.get("/roster?text=Robin")).text
