"""The residents' chat over HTTP: who may post, what is durable, what bad input is answered."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest

from bots.channel import OutboundMessage, Rejected, RenderedButton, Unreachable
from casecore.vocabulary import MessageKind
from tests.bots.web.house import SAME, WebHouse, fresh_id


async def test_the_first_visit_gives_a_cookie_that_scripts_cannot_read_and_the_next_keeps_it(
    house: WebHouse,
) -> None:
    client = house.client()
    cookie = (await client.open()).headers["set-cookie"]
    assert re.search(r"minhu_chat=[\w-]{43};", cookie)
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    key = client.key
    again = (await client.open()).headers["set-cookie"]
    assert again.split(";")[0] == cookie.split(";")[0] and client.key == key


async def test_what_is_posted_is_in_the_inbox_when_it_is_answered(house: WebHouse) -> None:
    client = house.client(lang="en-GB")
    await client.open()
    assert (await client.post({"client_id": fresh_id(), "text": "the lamp is out"})).json() == {"ok": True}
    (message,) = await house.inbox()
    assert (message.kind, message.text, message.lang) == (MessageKind.TEXT, "the lamp is out", "en")
    assert (message.channel, message.account) == ("web", "residents")


async def test_a_double_click_a_refresh_and_a_retry_are_one_message(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    said = {"client_id": fresh_id(), "text": "路灯坏了"}
    answers = await asyncio.gather(*(client.post(said) for _ in range(5)))
    await client.open()
    answers.append(await client.post(said))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(await house.inbox()) == 1
    assert [line["text"] for line in await client.lines()] == ["路灯坏了"]


async def test_two_chats_with_the_same_client_id_are_two_messages(house: WebHouse) -> None:
    said = {"client_id": fresh_id(), "text": "x"}
    for client in (house.client(), house.client()):
        await client.open()
        await client.post(said)
    assert len(await house.inbox()) == 2


async def test_history_tells_both_sides_in_order_and_pages_back(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    await client.post({"client_id": "my-own-id-1", "press": "confirm:d1:2"})
    rows = [[{"label": "接单", "token": "accept:c1"}]]
    for n in range(60):
        await house.say(f"第{n}条", buttons=rows if n == 59 else [])
    newest = await client.lines()
    assert [line["text"] for line in newest] == [f"第{n}条" for n in range(10, 60)]
    assert newest[-1]["buttons"] == rows and not newest[-1]["mine"]
    earlier = await client.lines(f"?before={newest[0]['seq']}")
    assert earlier[0]["mine"] and earlier[0]["client_id"] == "my-own-id-1"
    assert earlier[0]["press"] == "confirm:d1:2"
    assert await client.lines(f"?after={newest[-2]['seq']}") == newest[-1:]


async def test_a_card_tells_its_case_its_urgency_and_a_handlers_deadline(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    await client.post({"client_id": fresh_id(), "text": "x"})
    data = {"case": "MH-1", "urgency": "urgent", "due": "2026-03-03T01:00:00+00:00"}
    await house.say("任务", notice="task_card", data=data)
    await house.say("已收到", notice="submitted", data=data | {"urgency": "normal"})
    task, told = (await client.lines())[1:]
    assert task["card"] == data
    assert told["card"] == {"case": "MH-1", "urgency": None, "due": None}


async def test_one_resident_reads_nothing_of_another(house: WebHouse) -> None:
    one, two = house.client(), house.client()
    await one.open()
    await two.open()
    await one.post({"client_id": fresh_id(), "text": "mine"})
    assert await two.lines() == []


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/chat/words.json", "/chat/history", "/chat/media/x/y", "/chat/static/v/no"]
)
async def test_every_answer_carries_the_strict_headers(house: WebHouse, path: str) -> None:
    headers = (await house.client().http.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=(self)" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"


async def test_another_sites_page_cannot_post(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    said = {"client_id": fresh_id(), "text": "x"}
    for forged in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert (await client.post(said, **forged)).status_code == 403
    old_browser = {"X-Minhu-Key": client.key, "Origin": "https://elsewhere.example"}
    assert (await client.http.post("/chat/message", json=said, headers=old_browser)).status_code == 403
    assert await house.inbox() == []


async def test_an_old_browser_posts_by_its_origin(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    headers = {"X-Minhu-Key": client.key, "Origin": house.base}
    said = {"client_id": fresh_id(), "text": "x"}
    assert (await client.http.post("/chat/message", json=said, headers=headers)).status_code == 200


async def test_another_sites_page_cannot_read_or_embed(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    for path in ("/chat/history", "/chat/events", "/chat/media/a/thumb"):
        answer = await client.http.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403, path


async def test_without_the_pages_key_or_the_cookie_nothing_is_taken(house: WebHouse) -> None:
    client, stranger = house.client(), house.client()
    await client.open()
    said = {"client_id": fresh_id(), "text": "x"}
    wrong = await client.post(said, **{"X-Minhu-Key": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (403, "reload")
    unknown = await stranger.post(said, **{"X-Minhu-Key": client.key})
    assert (unknown.status_code, unknown.json()["error"]) == (401, "no_chat")
    stranger.http.cookies.set("minhu_chat", "not a token")
    assert (await stranger.post(said)).status_code == 401
    assert await house.inbox() == []


@pytest.mark.parametrize(("lang", "words"), [("zh-CN", "看不懂"), ("en", "could not be understood")])
async def test_invalid_json_is_answered_in_the_pages_language(house: WebHouse, lang: str, words: str) -> None:
    client = house.client(lang=lang)
    await client.open()
    headers = SAME | {"X-Minhu-Key": client.key, "Content-Type": "application/json"}
    answer = await client.http.post("/chat/message", content=b'{"text": ', headers=headers)
    assert answer.status_code == 400 and words in answer.json()["say"]


async def test_a_form_is_no_json_and_a_huge_body_is_cut_off(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    headers = SAME | {"X-Minhu-Key": client.key}
    form = await client.http.post("/chat/message", data={"text": "x"}, headers=headers)
    assert (form.status_code, form.json()["error"]) == (415, "content_type")
    huge = await client.post({"client_id": fresh_id(), "text": "x" * 100_000})
    assert (huge.status_code, huge.json()["error"]) == (413, "too_long")


async def test_a_record_that_cannot_write_is_told_as_later_and_nobodys_words_are_logged(
    house: WebHouse, caplog: pytest.LogCaptureFixture
) -> None:
    client = house.client()
    await client.open()
    said = {"client_id": fresh_id(), "text": "必须收到"}
    house.broken = True
    with caplog.at_level(logging.INFO):
        answer = await client.post(said)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
    assert answer.json()["say"] == house.words.say("zh-CN", "web.error.later")
    assert "OSError" in caplog.text and "必须收到" not in caplog.text
    house.broken = False
    assert (await client.post(said)).status_code == 200
    assert [message.text for message in await house.inbox()] == ["必须收到"]


async def test_a_flood_is_slowed_in_words_and_the_neighbour_is_not(house: WebHouse) -> None:
    flood, other = house.client(), house.client()
    await flood.open()
    await other.open()
    answers = [await flood.post({"client_id": fresh_id(), "text": "x"}) for _ in range(60)]
    slowed = [answer for answer in answers if answer.status_code == 429]
    assert slowed and {answer.status_code for answer in answers} == {200, 429}
    assert int(slowed[0].headers["retry-after"]) >= 1 and slowed[0].json()["say"]
    assert (await other.post({"client_id": fresh_id(), "text": "x"})).status_code == 200
    accepted = len(answers) - len(slowed)
    assert len(await house.inbox()) == accepted + 1


@pytest.mark.parametrize("query", ["?after=x", "?before=-1", "?after=" + "9" * 30, "?before=1;drop"])
async def test_a_forged_number_is_denied(house: WebHouse, query: str) -> None:
    client = house.client()
    await client.open()
    assert (await client.http.get(f"/chat/history{query}")).status_code == 400


async def test_leaving_takes_the_cookie_away_and_the_request_stays(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    await client.post({"client_id": fresh_id(), "text": "x"})
    headers = SAME | {"X-Minhu-Key": client.key}
    left = await client.http.post("/chat/leave", headers=headers)
    assert left.status_code == 200 and "storage" in left.headers["clear-site-data"]
    await client.open()
    assert await client.lines() == []
    assert len(await house.inbox()) == 1


async def test_sending_is_refused_where_the_page_could_not_show_it(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    await client.post({"client_id": fresh_id(), "text": "x"})
    address = (await house.conversation()).address
    can = house.residents.capabilities
    assert await house.residents.send(OutboundMessage(address=address, key="k1", text="x")) == "k1"
    with pytest.raises(Rejected):
        await house.residents.send(OutboundMessage(address=address, key="k", text="x" * (can.max_text + 1)))
    button = RenderedButton(label="x", token="t" * (can.max_button_token + 1))
    with pytest.raises(Rejected):
        await house.residents.send(OutboundMessage(address=address, key="k", text="", buttons=[[button]]))
    with pytest.raises(Unreachable):
        await house.residents.send(OutboundMessage(address="nobody", key="k", text="x"))
