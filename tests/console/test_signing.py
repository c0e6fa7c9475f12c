"""Signing in and out through the browser: cookies, forged forms, lock-out, sessions that end."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from casecore import login, parties
from casecore.vocabulary import Role
from tests.console.conftest import Browser, Browsers
from tests.console.world import World

PASSWORD = "a long password"


@pytest.fixture
async def ann(world: World) -> str:
    person = await world.staff("ann", Role.DISTRICT_DESK, "LB")
    async with world.record.begin() as uow:
        await login.make_login(uow, person, "ann", PASSWORD)
    return person


async def sign_in(browser: Browser, password: str = PASSWORD, **more: str) -> httpx.Response:
    page = (await browser.get("/sign-in")).text
    found = re.search(r'name="door" value="([^"]+)"', page)
    assert found
    return await browser.post("/sign-in", door=found[1], username="ann", password=password, **more)


async def test_the_right_password_leads_on_with_a_guarded_cookie(stranger: Browser, ann: str) -> None:
    answer = await sign_in(stranger, next="/cases?view=mine")
    assert answer.status_code == 303 and answer.headers["location"] == "/console/cases?view=mine"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("minhu_console="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/console" in cookie
    assert "Secure" not in cookie  # plain http here; the next test is https
    assert (await stranger.get("/cases")).status_code == 200


async def test_over_https_the_cookie_is_secure(stranger: Browser, ann: str) -> None:
    stranger.client.base_url = httpx.URL("https://minhu.test")
    stranger.headers["origin"] = "https://minhu.test"
    answer = await sign_in(stranger)
    assert all("Secure" in c for c in answer.headers.get_list("set-cookie") if "max-age=0" not in c.lower())


@pytest.mark.parametrize("next_", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"])
async def test_after_signing_in_nobody_is_led_elsewhere(stranger: Browser, ann: str, next_: str) -> None:
    assert (await sign_in(stranger, next=next_)).headers["location"] == "/console"


async def test_a_token_from_before_signing_in_is_worth_nothing(stranger: Browser, ann: str) -> None:
    """No fixation: whoever planted a cookie does not share the session that follows."""
    stranger.client.cookies.set("minhu_console", "planted", path="/console")
    answer = await sign_in(stranger)
    assert answer.status_code == 303
    fresh = [c.value for c in stranger.client.cookies.jar if c.name == "minhu_console"]
    assert "planted" not in fresh[-1:]


async def test_five_wrong_passwords_lock_and_the_page_says_until_when(stranger: Browser, ann: str) -> None:
    for _ in range(5):
        answer = await sign_in(stranger, "wrong wrong wrong")
        assert answer.status_code == 401 and "wrong" in answer.text
    locked = await sign_in(stranger)
    assert locked.status_code == 401 and "2024-03-04 09:35" in locked.text


async def test_another_site_cannot_sign_a_browser_in(stranger: Browser, ann: str) -> None:
    await stranger.get("/sign-in")
    forged = await stranger.post("/sign-in", door="guess", username="ann", password=PASSWORD)
    assert forged.status_code == 403
    stranger.headers = {"origin": "http://evil.test"}
    assert (await sign_in(stranger)).status_code == 403


FORGERIES = {
    "no token": ({"csrf": ""}, {}),
    "another token": ({"csrf": "x" * 32}, {}),
    "another origin": ({}, {"origin": "http://evil.test"}),
    "a null origin": ({}, {"origin": "null"}),
    "another site": ({}, {"sec-fetch-site": "cross-site"}),
    "a sister site": ({}, {"sec-fetch-site": "same-site"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_form_does_nothing(browsers: Browsers, world: World, forgery: str) -> None:
    fields, headers = FORGERIES[forgery]
    admin = await browsers.of(Role.ADMIN)
    admin.headers = {**admin.headers, **headers}
    answer = await admin.post("/roster", **{"name": "Eve", "role": "grid_full", "unit": "LB", **fields})
    assert answer.status_code == 403 and "Nothing was done" in answer.text
    assert "Eve" not in (await admin.get("/roster")).text


async def test_signing_out_ends_the_session_on_the_server(stranger: Browser, ann: str) -> None:
    await sign_in(stranger)
    kept = dict(stranger.client.cookies)
    page = (await stranger.get("/cases")).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    stranger.csrf = found[1]
    assert (await stranger.post("/sign-out")).status_code == 303
    stranger.client.cookies.set("minhu_console", kept["minhu_console"], path="/console")
    assert (await stranger.get("/cases")).status_code == 303


async def test_a_session_goes_with_the_login_and_rights_go_with_the_post(
    browsers: Browsers, world: World
) -> None:
    """Both at the very next request."""
    desk = await browsers.of(Role.DISTRICT_DESK, key="desk")
    assert (await desk.get("/cases")).status_code == 200
    async with world.record.begin() as uow:
        await parties.end_posts(uow, world.people["desk"])
    assert (await desk.get("/cases")).status_code == 403
    async with world.record.begin() as uow:
        await login.set_disabled(uow, world.people["desk"], True)
    assert (await desk.get("/cases")).status_code == 303


async def test_an_idle_session_is_over(browsers: Browsers, world: World) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    world.clock.set(world.clock.now() + timedelta(hours=11))
    assert (await desk.get("/cases")).status_code == 200
    world.clock.set(world.clock.now() + timedelta(hours=11))
    assert (await desk.get("/cases")).status_code == 200  # the page before kept it awake
    world.clock.set(world.clock.now() + timedelta(hours=12))
    assert (await desk.get("/cases")).status_code == 303


async def test_every_answer_carries_the_guarding_headers(browsers: Browsers, stranger: Browser) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    for answer in (await desk.get("/cases"), await desk.get("/cases/none"), await stranger.get("/cases")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-store"


async def test_the_language_is_chosen_and_kept(browsers: Browsers) -> None:
    desk = await browsers.of(Role.DISTRICT_DESK)
    assert '<html lang="en">' in (await desk.get("/cases")).text
    chosen = await desk.get("/language/zh-CN?next=/cases")
    assert chosen.headers["location"] == "/console/cases"
    assert '<html lang="zh-CN">' in (await desk.get("/cases")).text
    assert (await desk.get("/language/xx")).status_code == 404


async def test_a_body_too_large_or_unreadable_is_refused_in_words(browsers: Browsers) -> None:
    admin = await browsers.of(Role.ADMIN)
    assert (await admin.post("/roster", name="x" * 70_000)).status_code == 413
    raw = await admin.client.post(
        "/console/roster", content=b"\xff\xfe", headers={**admin.headers, "content-type": "text/plain"}
    )
    assert raw.status_code == 400


@pytest.mark.parametrize("name", ["../access.py", "..%2faccess.py", "nothing.css", "%00"])
async def test_only_listed_files_are_static(stranger: Browser, name: str) -> None:
    assert (await stranger.get(f"/static/{name}")).status_code == 404


async def test_the_style_sheet_is_served_and_revalidated(stranger: Browser) -> None:
    sheet = await stranger.get("/static/console.css")
    assert sheet.status_code == 200 and sheet.headers["content-type"].startswith("text/css")
    again = await stranger.get("/static/console.css", **{"if-none-match": sheet.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
