"""The desk's log-in: a chat bound to a person, a session that the server ends, one answer for every wrong guess."""

from __future__ import annotations

from casecore import outbox
from casecore.login import FAILURES_MOST, set_disabled
from casecore.messages import Owed
from casecore.outbox import give_up
from casecore.parties import chat_of
from casecore.store.tables import OutboxState
from casecore.vocabulary import Notice, Side
from tests.bots.web.house import PASSWORD, SAME, USERNAME, WebHouse, fresh_id


async def test_signing_in_opens_the_chat_of_that_person(house: WebHouse) -> None:
    person = await house.employ(name="Ferry <b>Man</b>")
    client = house.client("/desk", lang="en")
    door = await client.open()
    assert "password" in door.text and not client.key
    answer = await client.sign_in(f"  {USERNAME.upper()} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/desk" in cookie
    assert "Ferry &lt;b&gt;Man&lt;/b&gt;" in client.page and client.key
    async with house.record.read() as session:
        chat = await chat_of(session, person)
    assert chat and (chat.side, chat.account, chat.person_id) == (Side.HANDLER, "desk", person)
    assert chat.address == f"p-{person}"


async def test_what_a_handler_posts_is_theirs_by_the_session_alone(house: WebHouse) -> None:
    person = await house.employ()
    client = house.client("/desk")
    await client.open()
    await client.sign_in()
    await client.post({"client_id": fresh_id(), "press": "duty_on"})
    (message,) = await house.inbox()
    assert (message.account, message.side, message.address) == ("desk", Side.HANDLER, f"p-{person}")
    assert message.sender == f"p-{person}" and message.sender_name == "Ferry Man"


async def test_two_browsers_of_one_person_see_one_chat(house: WebHouse) -> None:
    await house.employ()
    home, office = house.client("/desk"), house.client("/desk")
    for client in (home, office):
        await client.open()
        await client.sign_in()
    await home.post({"client_id": fresh_id(), "text": "from home"})
    assert [line["text"] for line in await office.lines()] == ["from home"]


async def test_a_wrong_name_and_a_wrong_password_are_told_the_same(house: WebHouse) -> None:
    await house.employ()
    client = house.client("/desk", lang="en")
    wrong = [await client.sign_in(USERNAME, "wrong"), await client.sign_in("nobody", PASSWORD)]
    assert [answer.status_code for answer in wrong] == [401, 401]
    said = house.words.say("en", "web.sign_in.wrong")
    assert all(said in answer.text for answer in wrong)
    assert all("set-cookie" not in answer.headers for answer in wrong)


async def test_guessing_is_locked_and_says_until_when(house: WebHouse) -> None:
    await house.employ()
    client = house.client("/desk", lang="en")
    for _ in range(FAILURES_MOST):
        await client.sign_in(USERNAME, "wrong")
    locked = await client.sign_in()
    assert locked.status_code == 401 and "Too many wrong tries" in locked.text


async def test_what_was_typed_comes_back_as_text_only(house: WebHouse) -> None:
    client = house.client("/desk")
    answer = await client.sign_in('"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text


async def test_another_sites_form_cannot_sign_anybody_in(house: WebHouse) -> None:
    await house.employ()
    client = house.client("/desk")
    form = {"username": USERNAME, "password": PASSWORD}
    for site in ("cross-site", "same-site", "none"):
        answer = await client.http.post("/desk/sign-in", data=form, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    evil = {"Origin": "https://elsewhere.example"}
    assert (await client.http.post("/desk/sign-in", data=form, headers=evil)).status_code == 403


async def test_broken_forms_are_answered_not_failed(house: WebHouse) -> None:
    client = house.client("/desk")
    headers = SAME | {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = (b"", b"\xff\xfe", b"username=%00&password=%00", b"&" * 50, b"username=" + b"x" * 9000)
    statuses = [
        (await client.http.post("/desk/sign-in", content=b, headers=headers)).status_code for b in bodies
    ]
    assert statuses == [401, 400, 401, 400, 413]


async def test_logging_out_ends_the_session_on_the_server(house: WebHouse) -> None:
    await house.employ()
    client = house.client("/desk")
    await client.open()
    await client.sign_in()
    kept = dict(client.http.cookies)
    left = await client.http.post("/desk/chat/leave", headers=SAME | {"X-Minhu-Key": client.key})
    assert left.status_code == 200
    thief = house.client("/desk")
    thief.http.cookies.update(kept)
    assert (await thief.http.get("/desk/chat/history")).status_code == 401


async def test_a_dismissed_handler_is_out_at_once(house: WebHouse) -> None:
    person = await house.employ()
    client = house.client("/desk")
    await client.open()
    await client.sign_in()
    async with house.record.begin() as uow:
        await set_disabled(uow, person, True)
    assert (await client.post({"client_id": fresh_id(), "text": "x"})).status_code == 401
    assert (await client.http.get("/desk/chat/history")).status_code == 401
    assert await house.inbox() == []


async def test_a_residents_cookie_opens_no_desk_and_a_desks_no_residents_chat(house: WebHouse) -> None:
    await house.employ()
    resident = house.client()
    await resident.open()
    assert (await resident.http.get("/desk/chat/history")).status_code == 401
    posted = await resident.http.post(
        "/desk/chat/message", json={"client_id": fresh_id(), "press": "accept:c1"},
        headers=SAME | {"X-Minhu-Key": resident.key},
    )  # fmt: skip
    assert posted.status_code == 401
    handler = house.client("/desk")
    await handler.sign_in()
    assert (await handler.http.get("/chat/history")).status_code == 401


async def test_signing_in_again_ends_the_session_before(house: WebHouse) -> None:
    await house.employ()
    client = house.client("/desk")
    await client.sign_in()
    first = dict(client.http.cookies)
    await client.sign_in()
    thief = house.client("/desk")
    thief.http.cookies.update(first)
    assert (await thief.http.get("/desk/chat/history")).status_code == 401
    assert (await client.http.get("/desk/chat/history")).status_code == 200


async def test_notices_that_waited_for_a_chat_are_due_again(house: WebHouse) -> None:
    person = await house.employ()
    async with house.record.begin() as uow:
        await outbox.owe(uow, Owed(notice=Notice.TASK_CARD, cause="c/1", person_id=person))
        row = await outbox.claim(uow)
        assert row is not None
        await give_up(uow, row, "no chat", state=OutboxState.UNREACHABLE)
    await house.client("/desk").sign_in()
    async with house.record.begin() as uow:
        again = await outbox.claim(uow)
    assert again is not None and again.owed.notice is Notice.TASK_CARD
