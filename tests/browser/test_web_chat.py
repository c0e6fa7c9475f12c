"""The web chat in a real browser: keyboard, thumbs, microphone, lost connections and hostile words."""

from __future__ import annotations

import io
import socket
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from PIL import Image

from casecore.messages import Press
from casecore.vocabulary import MessageKind
from tests.bots.web.house import PASSWORD, USERNAME, WebHouse, fresh_id
from tests.browser.window import READY, WAITING, Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "</textarea><script>alert(1)</script>",
    "<style>body{display:none}</style>",
    "<base href=//elsewhere.example>",
    "<meta http-equiv=refresh content=0;url=//elsewhere.example>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<form action=//elsewhere.example><button>x",
    "\u202e\u2066<b>反向\u2069",
    "<b id=log>log</b><b id=text>",
    "]]><!--<script>alert(1)</script>-->",
)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(out, "JPEG")
    return out.getvalue()


async def test_a_request_by_keyboard_alone_is_said_once_and_survives_a_reload(desktop: Window) -> None:
    await desktop.open()
    page = desktop.page
    await page.keyboard.type("The lamp is out")  # the words have the focus from the start
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("at Mill Lane")
    await page.keyboard.press("Enter")
    assert await desktop.said(1) == ["The lamp is out\nat Mill Lane"]
    await desktop.house.say("Is this right?", buttons=[[{"label": "Right", "token": "confirm:d:1"}]])
    await desktop.said(2)
    await page.get_by_role("button", name="Right", exact=True).focus()
    await page.keyboard.press("Enter")
    assert (await desktop.said(3))[2].endswith("Right")
    await page.reload()
    await page.wait_for_selector(READY, state="attached")
    assert len(await desktop.said(3)) == 3
    first, second = await desktop.house.inbox()
    assert first.text == "The lamp is out\nat Mill Lane" and second.press == Press(
        act="confirm", subject="d", value="1"
    )


async def test_a_double_click_is_one_press_and_the_card_waits_for_its_answer(desktop: Window) -> None:
    await desktop.open()
    await desktop.write("x")
    await desktop.said(1)
    rows = [[{"label": "Accept", "token": "accept:c"}, {"label": "Return", "token": "return:c"}]]
    await desktop.house.say("A task", buttons=rows)
    accept = desktop.page.get_by_role("button", name="Accept", exact=True)
    await accept.dblclick()
    await desktop.said(3)
    assert await accept.is_disabled() and await accept.get_attribute("aria-pressed") == "true"
    assert await desktop.page.get_by_role("button", name="Return", exact=True).is_disabled()
    await desktop.house.say("Accepted")
    await desktop.said(4)
    # An old button may be pressed again: the server answers with the present state.
    assert await accept.is_enabled()
    assert [one.press.act for one in await desktop.house.inbox() if one.press] == ["accept"]


async def test_many_choices_fold_away_and_are_still_there(phone: Window) -> None:
    """Eleven buttons would push the card off a small screen: four stand, the others come with one tap."""
    await phone.open()
    await phone.write("x")
    await phone.said(1)
    names = [f"按钮{n}" for n in range(11)]
    rows = [[{"label": name, "token": f"act{n}:c"}] for n, name in enumerate(names)]
    await phone.house.say("一张任务", buttons=rows)
    await phone.said(2)
    assert [await phone.page.get_by_role("button", name=name, exact=True).count() for name in names] == [
        1
    ] * 4 + [0] * 7
    await phone.page.get_by_text("更多操作").click()
    await phone.page.get_by_role("button", name="按钮10", exact=True).click()
    assert [one.press.act for one in await phone.house.inbox() if one.press] == ["act10"]


async def test_the_clock_is_the_districts_wherever_it_is_read(desktop: Window) -> None:
    """The due time on a card's head is the one that its words name, also far from the district."""
    await desktop.open()
    await desktop.write("x")
    await desktop.said(1)
    zone = ZoneInfo(
        "Europe/London"
    )  # Littlebrook's; summer time in July, which the machine's own clock need not know
    due = datetime(2031, 7, 1, 22, 30, tzinfo=UTC)
    await desktop.house.say("A task", notice="task_card", data={"case": "MH-1", "due": due.isoformat()})
    await desktop.said(2)
    assert f"{due.astimezone(zone):%H:%M}" in await desktop.page.locator(".card .head").first.inner_text()


async def test_enter_that_chooses_a_word_of_the_input_method_sends_nothing(desktop: Window) -> None:
    await desktop.open()
    composing = (
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    )
    await desktop.page.fill("#text", "路灯")
    await desktop.page.evaluate(f"document.getElementById('text').dispatchEvent({composing})")
    assert await desktop.page.input_value("#text") == "路灯"
    assert await desktop.page.locator(".said").count() == 0


async def test_a_draft_and_the_chosen_size_outlive_the_page(phone: Window) -> None:
    await phone.open()
    await phone.page.fill("#text", "还没写完")
    await phone.page.click("#more")
    await phone.page.click("#size")
    await phone.page.reload()
    await phone.page.wait_for_selector(READY, state="attached")
    assert await phone.page.input_value("#text") == "还没写完"
    assert await phone.page.evaluate("document.documentElement.dataset.size") == "large"
    assert not await phone.scrolls_sideways()


async def test_hostile_words_are_shown_as_words_wherever_they_stand(desktop: Window) -> None:
    await desktop.open()
    client = desktop.house.client()
    for cookie in await desktop.page.context.cookies():
        client.http.cookies.set(cookie["name"], cookie["value"])
    await client.open()
    for payload in PAYLOADS:
        await client.post({"client_id": fresh_id(), "text": payload})
        await desktop.house.say(
            payload, notice="task_card", buttons=[[{"label": payload, "token": f"accept:{payload}"[:150]}]],
            data={"case": payload, "urgency": payload, "due": payload},
            files=[{"kind": "document", "digest": "a" * 64, "name": payload, "mime": payload}], reply_to=payload,
        )  # fmt: skip
    await desktop.said(2 * len(PAYLOADS))
    await desktop.page.reload()
    shown = await desktop.said(2 * len(PAYLOADS))
    assert shown == [payload for payload in PAYLOADS for _ in range(2)]
    made = await desktop.page.evaluate(
        "document.querySelectorAll('#log :is(script, img, iframe, style, base, form, b)').length"
    )
    assert made == 0
    assert await desktop.page.evaluate("document.querySelectorAll('[id=text]').length") == 1


async def test_a_hostile_file_name_is_shown_as_words(desktop: Window) -> None:
    await desktop.open()
    name = "<img src=x onerror=alert(1)>.jpg"
    file = {"name": name, "mimeType": "image/jpeg", "buffer": picture()}
    await desktop.page.set_input_files("#pick-file", [file])
    chip = desktop.page.locator("#chosen li")
    assert name in (await chip.text_content())
    assert await desktop.page.get_by_role("button", name=name).count() == 1


async def test_photos_with_words_are_one_album(phone: Window) -> None:
    await phone.open()
    files = [
        {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": picture() + bytes([n])} for n in range(2)
    ]
    await phone.page.set_input_files("#pick-media", files)
    await phone.write("就是这里")
    await phone.until(f"document.querySelectorAll('{WAITING}:not(.sending)').length === 2")
    await phone.house.bring_files()
    await phone.said(2)
    one, two = await phone.house.inbox()
    assert (one.kind, one.text, two.text) == (MessageKind.PHOTO, "就是这里", "")
    assert one.group and one.group == two.group
    image = phone.page.locator("#lines img").first
    await image.evaluate("e => e.decode()")
    await image.click()
    assert await phone.page.locator("#picture[open]").count() == 1


async def test_what_is_too_large_is_said_before_it_is_sent(phone: Window) -> None:
    await phone.open()
    big = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"x" * 300_000}
    await phone.page.set_input_files("#pick-media", [big])
    assert "太大" in await phone.page.inner_text("#problem")
    assert await phone.page.locator("#chosen li").count() == 0


async def test_a_voice_message_is_spoken_heard_and_sent(phone: Window) -> None:
    await phone.open()
    await phone.page.click("#mic")
    await phone.page.wait_for_selector("#recording:not([hidden])")
    await phone.until("document.getElementById('rec-time').textContent !== '0:00'")
    await phone.page.click("#rec-stop")
    await phone.page.wait_for_selector("#preview:not([hidden])")
    await phone.page.click("#pre-send")
    await phone.until(f"document.querySelectorAll('{WAITING}:not(.sending)').length === 1")
    await phone.house.bring_files()
    await phone.said(1)
    (message,) = await phone.house.inbox()
    assert (message.kind, message.files[0].kind) == (MessageKind.VOICE, MessageKind.VOICE)
    assert message.files[0].digest and message.files[0].failure is None


async def test_a_held_button_records_until_it_is_let_go(phone: Window) -> None:
    await phone.open()
    box = await phone.page.locator("#mic").bounding_box()
    await phone.page.mouse.move(box["x"] + 20, box["y"] + 20)
    await phone.page.mouse.down()
    await phone.until("document.getElementById('rec-time').textContent === '0:01'")
    assert await phone.page.is_visible("#recording")
    await phone.page.mouse.up()
    await phone.page.wait_for_selector("#preview:not([hidden])")
    assert await phone.house.inbox() == [], "it is heard before it is sent"


async def test_a_recording_can_be_dropped_before_and_after(phone: Window) -> None:
    await phone.open()
    await phone.page.click("#speak")
    await phone.page.click("#rec-cancel")
    await phone.page.wait_for_selector("#mic")
    await phone.page.click("#mic")
    await phone.until("document.getElementById('rec-time').textContent !== '0:00'")
    await phone.page.click("#rec-stop")
    await phone.page.click("#pre-cancel")
    await phone.page.wait_for_selector("#mic")
    assert await phone.house.inbox() == []


async def test_a_forbidden_microphone_is_told_in_words(phone: Window) -> None:
    await phone.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    await phone.open()
    await phone.page.click("#mic")
    await phone.page.wait_for_selector("#problem:not([hidden])")
    assert "麦克风" in await phone.page.inner_text("#problem")
    assert await phone.page.is_visible("#text")


async def test_the_place_is_sent_where_it_is_allowed(phone: Window) -> None:
    await phone.open()
    await phone.page.click("#attach")
    await phone.page.click("#locate")
    await phone.page.click("#place-here")
    await phone.said(1)
    (message,) = await phone.house.inbox()
    assert message.point is not None and (message.point.lat, message.point.lon) == (51.0, -1.99)


async def test_where_the_place_is_not_allowed_it_can_be_written(desktop: Window) -> None:
    await desktop.open()
    await desktop.page.click("#attach")
    await desktop.page.click("#locate")
    await desktop.page.click("#place-here")
    await desktop.page.wait_for_selector("#place-problem:not([hidden])")
    await desktop.page.click("#place-type")
    assert await desktop.page.input_value("#text") == desktop.house.words.say("en", "web.place.begin")
    assert await desktop.page.evaluate("document.activeElement.id") == "text"


async def test_a_code_at_a_door_is_said_once_and_looks_like_a_press(phone: Window) -> None:
    await phone.open("/?grid=LB-T1-V1-G01")
    assert (await phone.said(1))[0].endswith("扫了地点码")
    assert await phone.page.evaluate("location.search") == ""
    await phone.page.reload()
    await phone.page.wait_for_selector(READY, state="attached")
    assert len(await phone.said(1)) == 1
    (start,) = await phone.house.inbox()
    assert (start.kind, start.text) == (MessageKind.START, "grid_LB-T1-V1-G01")


async def test_a_code_that_is_none_is_still_a_start_and_never_a_script(phone: Window) -> None:
    await phone.open("/?grid=%3Cscript%3Ealert(1)%3C/script%3E")
    await phone.said(1)
    (start,) = await phone.house.inbox()
    assert start.text == "grid_unknown"


async def test_five_stars_are_one_row_and_one_press(phone: Window) -> None:
    await phone.open()
    await phone.write("x")
    await phone.said(1)
    stars = [{"label": f"{n}⭐", "token": f"rate_{n}:case-1"} for n in range(1, 6)]
    await phone.house.say("满意吗", buttons=[stars, [{"label": "没解决", "token": "reopen:case-1"}]])
    await phone.said(2)
    boxes = [await star.bounding_box() for star in await phone.page.locator(".stars button").all()]
    assert len(boxes) == 5 and len({box["y"] for box in boxes}) == 1
    assert all(box["width"] >= 48 and box["height"] >= 48 for box in boxes)
    await phone.page.get_by_role("button", name="4 星").click()
    await phone.said(3)
    assert [one.press for one in await phone.house.inbox() if one.press] == [
        Press(act="rate_4", subject="case-1")
    ]


async def test_examples_fill_the_words_and_send_nothing(phone: Window) -> None:
    await phone.open()
    example = phone.page.locator(".chips button").first
    words = await example.inner_text()
    await example.click()
    assert await phone.page.input_value("#text") == words
    assert await phone.house.inbox() == []


async def test_on_a_small_phone_nothing_runs_over_and_every_thumb_finds_its_button(phone: Window) -> None:
    await phone.open()
    await phone.write("长" * 200 + "x" * 300)
    await phone.said(1)
    rows = [
        [{"label": "很长的按钮" * 8, "token": "a"}],
        [{"label": f"第{n}个", "token": f"b{n}"} for n in range(5)],
    ]
    card = {"case": "MH-20260302-000001", "urgency": "emergency", "due": "2026-03-02T09:00:00+00:00"}
    await phone.house.say("https://example.org/" + "a" * 300, notice="task_card", buttons=rows, data=card)
    await phone.said(2)
    assert not await phone.scrolls_sideways()
    small = await phone.page.evaluate(
        """[...document.querySelectorAll('button, a, textarea, input')].filter(e => e.offsetParent)
           .map(e => [e.id || e.textContent.trim(), e.getBoundingClientRect()])
           .filter(([, r]) => r.width < 47.5 || r.height < 47.5).map(([n, r]) => `${n} ${r.width}×${r.height}`)"""
    )
    assert small == []


@pytest.mark.parametrize("path", ["/", "/desk"])
async def test_every_control_has_a_name_and_every_dialog_a_title(desktop: Window, path: str) -> None:
    await desktop.house.employ()
    await desktop.page.goto(desktop.house.base + path)
    if path == "/desk":
        await sign_in(desktop)
    await desktop.page.wait_for_selector(READY, state="attached")
    nameless = await desktop.page.evaluate(
        """[...document.querySelectorAll('button, a, textarea, input:not([hidden]), dialog, [role=group]')]
           .filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.hasAttribute('aria-labelledby')))
           .map(e => e.outerHTML)"""
    )
    assert nameless == []
    assert await desktop.page.get_attribute("html", "lang") == "en"
    assert await desktop.page.get_attribute("#log", "role") == "log"


async def test_the_language_link_changes_the_page_and_keeps_the_draft(desktop: Window) -> None:
    await desktop.open()
    await desktop.page.fill("#text", "half a")
    await desktop.page.get_by_role("link", name="中文").click()
    await desktop.page.wait_for_selector(READY, state="attached")
    assert await desktop.page.get_attribute("html", "lang") == "zh-CN"
    assert await desktop.page.get_attribute("#send", "aria-label") == "发送"
    assert await desktop.page.input_value("#text") == "half a"


async def sign_in(window: Window) -> None:
    await window.page.fill("#username", USERNAME)
    await window.page.fill("#password", PASSWORD)
    await window.page.keyboard.press("Enter")


async def test_a_handler_signs_in_asks_for_tasks_and_leaves(desktop: Window) -> None:
    await desktop.house.employ()
    page = desktop.page
    await page.goto(desktop.house.base + "/desk")
    await sign_in(desktop)
    await page.wait_for_selector(READY, state="attached")
    for name in ("My tasks", "Overdue", "On duty", "Off duty", "How it works"):
        await page.get_by_role("button", name=name, exact=True).dblclick()
    assert len(await desktop.said(5)) == 5
    presses = [one.press.act for one in await desktop.house.inbox() if one.press]
    assert presses == ["tasks", "overdue", "duty_on", "duty_off", "help"]
    await page.click("#more")
    await page.click("#leave")
    await page.click("#sure-yes")
    await page.wait_for_selector("#password")
    assert await page.evaluate("localStorage.length") == 0


async def test_clearing_the_device_leaves_an_empty_chat(phone: Window) -> None:
    await phone.open()
    await phone.write("秘密")
    await phone.said(1)
    await phone.page.click("#more")
    await phone.page.click("#leave")
    await phone.page.click("#sure-yes")
    await phone.page.wait_for_selector("#welcome:not([hidden])")
    assert await phone.page.locator(".said").count() == 0
    assert len(await phone.house.inbox()) == 1


async def test_a_refused_message_says_why_and_can_be_dropped(phone: Window) -> None:
    await phone.open()
    await phone.page.evaluate("document.getElementById('text').removeAttribute('maxlength')")
    await phone.write("长" * 4097)
    await phone.page.wait_for_selector(".failed")
    assert "太长" in await phone.page.inner_text(".failed")
    await phone.write("短的照常")
    assert (await phone.page.inner_text("#lines .said .words")) == "短的照常"
    await phone.page.get_by_role("button", name="不发了").click()
    await phone.said(1)


async def test_older_lines_come_on_demand_without_a_jump(desktop: Window) -> None:
    await desktop.open()
    await desktop.write("first of all")
    await desktop.said(1)
    for n in range(70):
        await desktop.house.say(f"line {n}")
    await desktop.page.reload()
    shown = await desktop.said(50)
    assert shown[-1] == "line 69" and "first of all" not in shown
    await desktop.page.click("#older")
    await desktop.until("document.querySelectorAll('#lines .said').length === 71")
    assert (await desktop.said(71))[0] == "first of all"
    assert await desktop.page.locator("#lines .day").count() == 1
    assert await desktop.page.is_hidden("#older")


class Door:
    """The same application on one port, that a test can shut and open again."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.port = 0

    async def open(self) -> None:
        config = uvicorn.Config(self.app, http="h11", ws="none", lifespan="off", log_config=None,
                                access_log=False, timeout_graceful_shutdown=1)  # fmt: skip
        config.load()
        self.server = uvicorn.Server(config)
        self.server.lifespan = config.lifespan_class(config)
        self.plug = socket.create_server(("127.0.0.1", self.port))
        self.port = self.plug.getsockname()[1]
        await self.server.startup(sockets=[self.plug])

    async def shut(self) -> None:
        await self.server.shutdown(sockets=[self.plug])
        self.plug.close()


async def test_a_server_that_dies_and_comes_back_loses_and_doubles_nothing(
    phone: Window, house: WebHouse
) -> None:
    door = Door(house.app)
    await door.open()
    await phone.page.goto(f"http://127.0.0.1:{door.port}/")
    await phone.page.wait_for_selector(READY, state="attached")
    await phone.write("一")
    await phone.said(1)
    await house.residents.stop()
    await door.shut()
    await phone.write("二")
    await phone.write("三")
    await phone.page.wait_for_selector("#net:not([hidden])")
    assert await phone.page.locator(WAITING).count() == 2
    await phone.page.evaluate("sessionStorage.before = 'the same page'")
    await house.say("你不在的时候")
    await house.residents.start()
    await door.open()
    try:
        # The order on the page is the order of the record.
        assert await phone.said(4) == ["一", "你不在的时候", "二", "三"]
        await phone.page.wait_for_selector("#net", state="hidden")
        await house.say("回来了")
        await phone.said(5)
        assert [one.text for one in await house.inbox()] == ["一", "二", "三"]
        await phone.page.reload()
        assert await phone.said(5) == ["一", "你不在的时候", "二", "三", "回来了"]
    finally:
        await phone.page.goto("about:blank")
        await house.residents.stop()
        await door.shut()


async def test_what_was_written_without_a_connection_is_sent_by_the_next_page(
    phone: Window, house: WebHouse
) -> None:
    await phone.open()
    await phone.page.route("**/chat/message", lambda route: route.abort())
    await phone.write("路上写的")
    await phone.page.wait_for_selector(".sending")
    await phone.page.reload()
    await phone.page.wait_for_selector(READY, state="attached")
    await phone.page.wait_for_selector(".sending")
    await phone.page.unroute("**/chat/message")
    await phone.page.reload()
    assert await phone.said(1) == ["路上写的"]
    assert [one.text for one in await house.inbox()] == ["路上写的"]


async def test_an_answer_that_is_lost_on_its_way_does_not_double_the_message(
    phone: Window, house: WebHouse
) -> None:
    await phone.open()
    lost: list[Any] = []

    async def swallow(route: Any) -> None:
        if lost:
            await route.continue_()
            return
        lost.append(await route.fetch())  # the server took it, and the page never hears of it
        await route.abort()

    await phone.page.route("**/chat/message", swallow)
    await phone.write("只说一次")
    assert await phone.said(1) == ["只说一次"]
    await phone.until("document.querySelectorAll('.said').length === 1")
    assert len(await house.inbox()) == 1 and lost


async def test_a_flood_is_slowed_and_everything_arrives(phone: Window, house: WebHouse) -> None:
    await phone.open()
    answers: list[int] = []
    phone.page.on("response", lambda response: answers.append(response.status))
    await phone.page.route("**/chat/message", throttle_once())
    await phone.write("一")
    await phone.write("二")
    assert await phone.said(2) == ["一", "二"]
    assert 429 in answers


def throttle_once() -> Any:
    seen: list[int] = []

    async def handle(route: Any) -> None:
        if seen:
            await route.continue_()
            return
        seen.append(1)
        await route.fulfill(
            status=429, headers={"Retry-After": "1"}, json={"ok": False, "error": "slow_down"}
        )

    return handle
