"""The emulator keeps the Bot API's limits and errors, so that what passes here passes there."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bots.telegram.emulator.hand import Hand, entities
from bots.telegram.emulator.world import World
from tests.bots.telegram.bench import NOW, TOKEN


class Api:
    """The Bot API as a plain HTTP client sees it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def __call__(self, method: str, token: str = TOKEN, **fields: Any) -> Any:
        files = {key: fields.pop(key) for key in list(fields) if isinstance(fields[key], tuple)}
        data = {key: value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()}
        answer = await self.client.post(f"/bot{token}/{method}", data=data, files=files or None)
        told = answer.json()
        assert told["ok"] is (answer.status_code == 200)
        return told["result"] if told["ok"] else (told["error_code"], told["description"])

    async def act(self, **fields: Any) -> Any:
        answer = await self.client.post("/_emulator/bots/700001/acts", json=fields)
        return answer.json() if answer.status_code == 200 else answer.status_code


@pytest_asyncio.fixture(loop_scope="module")
async def api(base: str) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
        yield Api(client)


@pytest.fixture
def hand(world: World) -> Hand:
    made = Hand(world=world, bot=world.bot(TOKEN, "minhu_bot"), person=world.person())
    world.private_chat(made.bot, made.person)
    return made


async def test_get_me_tells_a_bot(api: Api) -> None:
    me = await api("getMe")
    assert (me["id"], me["is_bot"]) == (700001, True)


@pytest.mark.parametrize(("token", "code"), [("nonsense", 404), ("700001:revoked", 401)])
async def test_wrong_tokens_are_refused_as_telegram_refuses_them(
    api: Api, world: World, token: str, code: int
) -> None:
    if code == 401:
        world.bot(token).revoked = True
    assert (await api("getMe", token))[0] == code


async def test_a_closed_world_admits_only_bots_it_knows(api: Api, world: World, hand: Hand) -> None:
    world.welcome = False
    assert (await api("getMe", "1:stranger")) == (401, "Unauthorized")
    assert (await api("getMe"))["username"] == "minhu_bot"


async def test_an_unknown_method_is_404(api: Api) -> None:
    assert await api("sendTelepathy") == (404, "Not Found")


KEYBOARD = {"inline_keyboard": [[{"text": "x", "callback_data": "d" * 64}]]}
TOO_MUCH = {"inline_keyboard": [[{"text": "x", "callback_data": "长" * 22}]]}


@pytest.mark.parametrize(
    ("fields", "described"),
    [
        ({"text": "  "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x", "reply_markup": TOO_MUCH}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": " "}]]}}, "text can't be empty"),
        ({"text": "x", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        ({"text": "x", "chat_id": 1}, "chat not found"),
        ({"text": "x", "chat_id": "@name"}, "must be an integer"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup"),
    ],
)
async def test_send_message_refuses(api: Api, hand: Hand, fields: dict[str, Any], described: str) -> None:
    code, description = await api("sendMessage", **{"chat_id": hand.chat.id, **fields})
    assert code == 400 and described in description
    assert hand.chat.messages == []


async def test_send_message_at_the_limits(api: Api, hand: Hand) -> None:
    sent = await api("sendMessage", chat_id=hand.chat.id, text="长" * 4096, reply_markup=KEYBOARD)
    assert sent["date"] == int(NOW.timestamp()) and sent["reply_markup"] == KEYBOARD
    assert sent["chat"]["type"] == "private"


async def test_edits(api: Api, hand: Hand) -> None:
    chat = hand.chat.id
    sent = await api("sendMessage", chat_id=chat, text="一", reply_markup=KEYBOARD)
    mine = {"chat_id": chat, "message_id": sent["message_id"]}
    changed = await api("editMessageText", **mine, text="二")
    assert changed["text"] == "二" and "reply_markup" not in changed and changed["edit_date"]
    assert "is not modified" in (await api("editMessageText", **mine, text="二"))[1]
    assert (await api("editMessageReplyMarkup", **mine, reply_markup=KEYBOARD))["reply_markup"] == KEYBOARD
    other = hand.write("x")["message_id"]
    assert "can't be edited" in (await api("editMessageText", chat_id=chat, message_id=other, text="y"))[1]
    assert "not found" in (await api("editMessageText", chat_id=chat, message_id=9, text="y"))[1]
    assert await api("deleteMessage", **mine) is True
    assert "not found" in (await api("deleteMessage", **mine))[1]


async def test_files_out_and_in(api: Api, hand: Hand) -> None:
    chat = hand.chat.id
    sent = await api("sendPhoto", chat_id=chat, photo=("p.jpg", b"jpeg", "image/jpeg"), caption="c")
    assert sent["caption"] == "c"
    found = await api("getFile", file_id=sent["photo"][-1]["file_id"])
    got = await api.client.get(f"/file/bot{TOKEN}/{found['file_path']}")
    assert got.content == b"jpeg"
    assert (await api.client.get(f"/file/bot{TOKEN}/nothing")).status_code == 404
    again = await api("sendPhoto", chat_id=chat, photo=sent["photo"][-1]["file_id"])
    assert again["photo"] == sent["photo"]
    for fields in ({"photo": "http://x/y.jpg"}, {"photo": ("p", b"", "image/jpeg")}):
        assert (await api("sendPhoto", chat_id=chat, **fields))[0] == 400
    long = await api("sendDocument", chat_id=chat, document=("d", b"x", "text/plain"), caption="x" * 1025)
    assert "caption is too long" in long[1]
    large = hand.document(b"x", "film.mkv", "video/x-matroska", size=30 * 1024 * 1024)
    assert await api("getFile", file_id=large["document"]["file_id"]) == (400, "Bad Request: file is too big")


async def test_albums(api: Api, hand: Hand) -> None:
    def item(kind: str, name: str) -> dict[str, str]:
        return {"type": kind, "media": f"attach://{name}"}

    files: dict[str, Any] = {name: (name, name.encode(), "x/y") for name in "ab"}
    media = [item("photo", "a"), item("video", "b")]
    sent = await api("sendMediaGroup", chat_id=hand.chat.id, media=media, **files)
    assert len({one["media_group_id"] for one in sent}) == 1
    assert (await api("sendMediaGroup", chat_id=hand.chat.id, media=media[:1], **files))[0] == 400
    mixed = [item("photo", "a"), item("document", "b")]
    assert (await api("sendMediaGroup", chat_id=hand.chat.id, media=mixed, **files))[0] == 400


async def test_updates_are_confirmed_by_offset_and_limited(api: Api, hand: Hand) -> None:
    for number in range(3):
        hand.write(str(number))
    first = await api("getUpdates", limit=2)
    assert [one["message"]["text"] for one in first] == ["0", "1"]
    assert len(await api("getUpdates")) == 3, "nothing is confirmed without an offset"
    rest = await api("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [one["message"]["text"] for one in rest] == ["2"]
    assert len(hand.bot.updates) == 1


async def test_a_webhook_and_polling_exclude_each_other(api: Api, hand: Hand) -> None:
    assert "unallowed" in (await api("setWebhook", url="http://127.0.0.1:9/", secret_token="a b"))[1]
    await api("setWebhook", url="http://127.0.0.1:9/", secret_token="ab", allowed_updates=["message"])
    assert (await api("getUpdates"))[0] == 409
    info = await api("getWebhookInfo")
    assert (info["url"], info["allowed_updates"]) == ("http://127.0.0.1:9/", ["message"])
    await api("deleteWebhook", drop_pending_updates=True)
    assert await api("getUpdates") == []


async def test_blocked_and_migrated_chats(api: Api, world: World, hand: Hand) -> None:
    hand.block()
    assert (await api("sendMessage", chat_id=hand.chat.id, text="x"))[0] == 403
    assert (await api("sendChatAction", chat_id=hand.chat.id, action="typing"))[0] == 403
    hand.unblock()
    assert await api("sendChatAction", chat_id=hand.chat.id, action="typing") is True
    group = Hand(world=world, bot=hand.bot, person=hand.person, group=world.group(hand.bot, "g"))
    new = group.migrate()
    answer = await api.client.post(
        f"/bot{TOKEN}/sendMessage", data={"chat_id": str(group.chat.id), "text": "x"}
    )
    assert answer.json()["parameters"] == {"migrate_to_chat_id": new.id}
    assert (await api("getChat", chat_id=new.id))["type"] == "supergroup"


async def test_the_rest_of_the_methods(api: Api, hand: Hand) -> None:
    commands = [{"command": "help", "description": "帮助"}]
    assert await api("setMyCommands", commands=commands) is True
    assert await api("getMyCommands") == commands
    assert await api("deleteMyCommands") is True
    assert await api("getMyCommands") == []
    place = await api("sendLocation", chat_id=hand.chat.id, latitude=1.5, longitude=2.5)
    assert place["location"] == {"latitude": 1.5, "longitude": 2.5}
    assert "query is too old" in (await api("answerCallbackQuery", callback_query_id="x"))[1]


async def test_bots_do_not_see_each_other(api: Api, world: World, hand: Hand) -> None:
    hand.write("for the first")
    assert await api("getUpdates", "700002:other") == []
    assert (await api("sendMessage", "700002:other", chat_id=hand.chat.id, text="x"))[0] == 400


def test_entities_are_counted_in_utf16() -> None:
    assert entities("🔦 /go@minhu_bot @anna https://x.y") == [
        {"type": "bot_command", "offset": 3, "length": 13},
        {"type": "mention", "offset": 17, "length": 5},
        {"type": "url", "offset": 23, "length": 11},
    ]


async def test_the_control_api_plays_a_person(api: Api) -> None:
    made = await api.client.post("/_emulator/bots", json={"token": TOKEN, "username": "minhu_bot"})
    assert made.json()["id"] == 700001
    person = (await api.client.post("/_emulator/persons", json={"first_name": "三"})).json()["id"]
    await api.act(person=person, act="write", text="你好")
    picture = base64.b64encode(b"jpeg").decode()
    shown = await api.act(person=person, act="photo", content=picture, caption="看")
    stored = await api.client.get(f"/_emulator/bots/700001/files/{shown['photo'][-1]['file_id']}")
    assert stored.content == b"jpeg"
    await api.act(person=person, act="album", contents=[picture, picture])
    group = (await api.client.post("/_emulator/bots/700001/groups", json={"title": "网格群"})).json()["id"]
    moved = await api.act(person=person, act="migrate", chat=group)
    assert moved["type"] == "supergroup"
    history = (await api.client.get(f"/_emulator/bots/700001/chats/{person}")).json()
    assert [one.get("text", one.get("caption")) for one in history] == ["你好", "看", None, None]
    assert len(await api("getUpdates")) == 5


async def test_the_control_api_sets_faults_and_order(api: Api, hand: Hand) -> None:
    async def control(verb: str, path: str, **body: Any) -> int:
        return (await api.client.request(verb, f"/_emulator/bots/700001/{path}", json=body)).status_code

    assert await control("POST", "faults", kind="throttle", method="getMe", value=7) == 200
    assert await api("getMe") == (429, "Too Many Requests: retry after 7")
    assert await control("POST", "faults", kind="html", times=9) == 200
    assert await control("DELETE", "faults") == 200
    assert (await api("getMe"))["is_bot"]
    assert await control("POST", "hold") == 200
    for number in range(4):
        hand.write(str(number))
    assert await api("getUpdates") == []
    assert await control("POST", "release", twice=True, seed=3) == 200
    texts = [one["message"]["text"] for one in await api("getUpdates")]
    assert sorted(texts) == sorted("00112233") and texts != sorted(texts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "fly"},
        {"act": "chat"},
        {"act": "write"},
        {"act": "photo", "content": "no base64!"},
        {"act": "edit", "message_id": 1, "text": "x"},
    ],
)
async def test_the_control_api_names_what_it_cannot_do(api: Api, hand: Hand, wrong: dict[str, Any]) -> None:
    assert await api.act(person=hand.person.id, **wrong) == 422
    assert (await api.client.post("/_emulator/bots/5/acts", json={})).status_code == 404
    assert (await api.client.post("/_emulator/bots/700001/faults", json={"kind": "flood"})).status_code == 422


async def test_downloads_can_misbehave(api: Api, hand: Hand) -> None:
    shown = hand.document(b"0123456789", "a.txt", "text/plain")
    path = f"/file/bot{TOKEN}/{(await api('getFile', file_id=shown['document']['file_id']))['file_path']}"
    hand.bot.faults.put("redirect", method="download", text="http://169.254.169.254/latest/")
    assert (await api.client.get(path)).headers["location"].startswith("http://169.254")
    hand.bot.faults.put("drip", method="download", value=0.001)
    assert (await api.client.get(path)).content == b"0123456789"
    hand.bot.faults.put("short", method="download")
    with pytest.raises(httpx.TransportError):
        await api.client.get(path)
