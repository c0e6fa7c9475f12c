"""The webhook refuses strangers, survives nonsense, and says 200 only for what is durable."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.telegram.webhook import MAX_BODY
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import KEY, NOW, PERSON, PRIVATE, SECRET, Door, message


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (None, KEY),
        ("", KEY),
        ("wrong", KEY),
        (SECRET[:-1], KEY),
        (SECRET + "x", KEY),
        (SECRET.upper(), KEY),
        (SECRET, "wrong"),
        (SECRET, KEY[:-1]),
        (None, "wrong"),
    ],
)
async def test_without_both_secrets_the_answer_is_the_same_bare_403(
    door: Door, secret: str | None, key: str
) -> None:
    answer = await door.post(message(text="x"), secret=secret, path=door.path.replace(KEY, key))
    assert (answer.status_code, answer.content) == (403, b"")
    assert door.kept.messages == []


async def test_a_stranger_is_refused_before_the_body_is_looked_at(door: Door) -> None:
    answer = await door.post(b"{" * (MAX_BODY + 1), secret="wrong")
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_object_is_400_without_detail(door: Door, body: bytes) -> None:
    answer = await door.post(body)
    assert (answer.status_code, answer.content) == (400, b"")


async def test_a_body_beyond_the_limit_is_413(door: Door) -> None:
    answer = await door.post(b'{"a":"' + b"x" * MAX_BODY + b'"}')
    assert (answer.status_code, answer.content) == (413, b"")


async def test_an_update_that_is_not_durable_is_not_acknowledged(door: Door) -> None:
    door.kept.failing = True
    assert (await door.post(message(text="x"))).status_code == 503
    door.kept.failing = False
    assert (await door.post(message(text="x"))).status_code == 200
    assert [one.external_id for one in door.kept.messages] == ["1"]


async def test_a_press_is_acknowledged_in_the_answer_itself_and_only_when_durable(door: Door) -> None:
    card = message()["message"] | {"text": "card"}
    query = {"id": "q7", "from": PERSON, "chat_instance": "1", "data": "accept:c1", "message": card}
    door.kept.failing = True
    refused = await door.post({"update_id": 5, "callback_query": query})
    assert (refused.status_code, refused.content) == (503, b"")
    door.kept.failing = False
    answer = await door.post({"update_id": 5, "callback_query": query})
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "q7"}
    assert door.kept.messages[0].sent_at == NOW, "Telegram dates no press, so our clock does"


async def test_a_press_on_a_message_that_telegram_forgot_still_counts(door: Door) -> None:
    lost = {"chat": PRIVATE, "message_id": 77, "date": 0}
    query = {"id": "q8", "from": PERSON, "chat_instance": "1", "data": "urge:c1"}
    await door.post({"update_id": 6, "callback_query": {**query, "message": lost}})
    await door.post({"update_id": 7, "callback_query": {**query, "inline_message_id": "i"}})
    first, second = door.kept.messages
    assert (first.address, first.reply_to) == ("42", "77")
    assert (second.address, second.reply_to) == ("42", None)


async def test_an_unknown_type_is_told_where_somebody_can_be_answered(door: Door) -> None:
    told = {"update_id": 8, "telepathy": {"chat": PRIVATE, "text": "听得到吗"}}
    silent = {"update_id": 9, "poll": {"id": "p", "question": "?"}}
    crowd = {"update_id": 10, "telepathy": {"chat": {"id": -5, "type": "group"}}}
    assert [(await door.post(one)).status_code for one in (told, silent, crowd)] == [200, 200, 200]
    (got,) = door.kept.messages
    assert (got.kind, got.raw_type, got.text) == (MessageKind.UNSUPPORTED, "telepathy", "听得到吗")


@pytest.mark.parametrize(
    "broken",
    [
        {"text": 5},
        {"date": "yesterday", "text": "救命"},
        {"photo": "a picture", "text": "救命"},
        {"photo": [{"file_id": "x"}]},
        {"voice": [], "text": "救命"},
        {"location": {"latitude": "north", "longitude": None}},
        {"from": "me", "text": "救命"},
        {"entities": 3, "text": ["救命"]},
    ],
)
async def test_a_malformed_message_is_kept_as_unsupported_and_acknowledged(
    door: Door, broken: dict[str, Any]
) -> None:
    answer = await door.post(message(3, **broken))
    assert answer.status_code == 200
    (got,) = door.kept.messages
    assert (got.address, got.external_id) == ("42", "3")
    if got.raw_type == "malformed":
        assert got.kind is MessageKind.UNSUPPORTED
        assert got.text == (broken.get("text") if isinstance(broken.get("text"), str) else "")
    else:
        # python-telegram-bot reads more leniently; what it made sense of must be sound all the same.
        assert got.text == "救命" and isinstance(got.text, str)


async def test_an_update_without_id_or_chat_is_dropped_not_refused(door: Door) -> None:
    for nonsense in ({}, {"update_id": "1"}, {"update_id": True}, {"update_id": 4, "message": "hello"}):
        assert (await door.post(nonsense)).status_code == 200
    assert door.kept.messages == []


async def test_text_that_no_database_takes_is_made_whole(door: Door) -> None:
    body = b'{"update_id":1,"message":{"message_id":1,"date":1790000000,"chat":{"id":42,"type":"private"},'
    body += (
        b'"from":{"id":42,"is_bot":false,"first_name":"\\ud83d"},"text":"a\\u0000b\\ud800c\\ud83d\\udd26"}}'
    )
    assert (await door.post(body)).status_code == 200
    (got,) = door.kept.messages
    assert got.text == "ab\ufffdc🔦"
    assert got.sender_name is not None and (got.text + got.sender_name).encode()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "text", "chat", "from", "message", "date", "data", "photo", "file_id"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
_FIELDS = ["message", "edited_message", "callback_query", "my_chat_member", "poll", "surprise"]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 9) | st.none(), field=st.sampled_from(_FIELDS), odd=_JSON, over=st.booleans())
async def test_no_update_whatever_makes_it_fail(
    door: Door, number: int | None, field: str, odd: Any, over: bool
) -> None:
    """Random shapes, half of them laid over a sound message: 200 each time, never an error."""
    sound = message()["message"]
    body = {**sound, **odd} if over and isinstance(odd, dict) else odd
    answer = await door.post({"update_id": number, field: body})
    assert answer.status_code == 200
