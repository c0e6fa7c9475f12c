"""What the page posts becomes one message or a denial; nothing that is posted can be a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.door import Visitor
from bots.web.guard import Denied
from bots.web.inbound import MOST_TEXT, Envelope, read_message, read_name
from casecore.messages import Point, Press
from casecore.vocabulary import MessageKind, Side
from tests.bots.web.house import instant

ENVELOPE = Envelope(
    account="residents",
    side=Side.RESIDENT,
    visitor=Visitor(address="a" * 40, key="k"),
    lang="en",
    now=instant(),
)
ID = "0123456789abcdef"


def read(**said: Any) -> Any:
    return read_message(json.dumps({"client_id": ID} | said).encode(), ENVELOPE)


def test_words_become_a_text_under_a_name_that_no_other_chat_can_have() -> None:
    mine = read(text="  路灯坏了\n第二行 ", reply_to="out-7")
    other = read_message(
        json.dumps({"client_id": ID, "text": "x"}).encode(),
        Envelope(account="residents", side=Side.RESIDENT, visitor=Visitor(address="b", key=""), lang="en",
                 now=instant()),
    )  # fmt: skip
    assert (mine.kind, mine.text, mine.reply_to) == (MessageKind.TEXT, "路灯坏了\n第二行", "out-7")
    assert (mine.address, mine.sender, mine.lang) == ("a" * 40, "a" * 40, "en")
    assert mine.external_id.endswith(f":{ID}") and mine.external_id != other.external_id
    assert mine.message_ref == mine.external_id and len(mine.external_id) <= 120


@pytest.mark.parametrize(
    ("token", "press"),
    [
        ("yes", Press(act="yes")),
        ("accept:case-1", Press(act="accept", subject="case-1")),
        ("place:c:a:b", Press(act="place", subject="c", value="a:b")),
        ("language::en", Press(act="language", value="en")),
    ],
)
def test_a_press_is_taken_apart(token: str, press: Press) -> None:
    assert read(press=token).press == press


def test_a_place_on_earth_is_a_point() -> None:
    assert read(point={"lat": -51, "lon": 179.99}).point == Point(lat=-51.0, lon=179.99)


def test_a_page_opened_by_a_code_is_a_start_with_its_payload() -> None:
    start = read(start="grid_LB-T1-V1-G01")
    assert (start.kind, start.text) == (MessageKind.START, "grid_LB-T1-V1-G01")


@pytest.mark.parametrize("payload", ["", "a b", "x" * 65, "grid_<b>", 7, ["grid_1"], "grid_1\n", "网格"])
def test_a_payload_that_no_link_of_ours_has_is_refused(payload: Any) -> None:
    with pytest.raises(Denied) as denied:
        read(start=payload)
    assert (denied.value.status, denied.value.reason) == (400, "malformed")


def test_what_no_database_takes_is_taken_out() -> None:
    assert read(text="a\x00b\ud800c").text == "ab\ufffdc"


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ({"text": ""}, 400, "empty"),
        ({"text": " \n\t "}, 400, "empty"),
        ({"text": "\x00"}, 400, "empty"),
        ({"text": "长" * (MOST_TEXT + 1)}, 413, "too_long"),
        ({"text": 7}, 400, "malformed"),
        ({"text": "x", "press": "yes"}, 400, "malformed"),
        ({}, 400, "malformed"),
        ({"press": ""}, 400, "malformed"),
        ({"press": "x" * 201}, 400, "malformed"),
        ({"press": ["accept"]}, 400, "malformed"),
        ({"point": {"lat": 91, "lon": 0}}, 400, "no_such_place"),
        ({"point": {"lat": float("nan"), "lon": 0}}, 400, "no_such_place"),
        ({"point": {"lat": "30", "lon": 0}}, 400, "malformed"),
        ({"point": {"lat": True, "lon": 0}}, 400, "malformed"),
        ({"point": [30, 120]}, 400, "malformed"),
        ({"text": "x", "reply_to": 5}, 400, "malformed"),
        ({"text": "x", "client_id": "short"}, 400, "malformed"),
        ({"text": "x", "client_id": "../../../../etc"}, 400, "malformed"),
        ({"text": "x", "client_id": None}, 400, "malformed"),
    ],
)
def test_bad_input_is_denied_with_its_reason(said: dict[str, Any], status: int, reason: str) -> None:
    with pytest.raises(Denied) as caught:
        read(**said)
    assert (caught.value.status, caught.value.reason) == (status, reason)


def test_exactly_the_most_words_are_taken() -> None:
    assert len(read(text="长" * MOST_TEXT).text) == MOST_TEXT


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b"1" * 9000]
)
def test_what_is_no_json_object_is_denied(body: bytes) -> None:
    with pytest.raises(Denied) as caught:
        read_message(body, ENVELOPE)
    assert caught.value.status == 400


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["text", "press", "point", "lat", "lon", "client_id", "reply_to"]), inner, max_size=5)
), max_leaves=12))  # fmt: skip
def test_any_json_is_a_message_or_a_denial(said: Any) -> None:
    if isinstance(said, dict):
        said.setdefault("client_id", ID)
    try:
        message = read_message(json.dumps(said).encode(), ENVELOPE)
    except Denied:
        return
    message.text.encode("utf-8")
    assert "\x00" not in message.text


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie: x=1.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("📷 照片.jpg", "📷 照片.jpg"),
        ("x" * 300, "x" * 120),
        ("", None),
        (None, None),
        ("dir/", None),
    ],
)
def test_a_files_name_is_only_for_showing(given_name: str | None, shown: str | None) -> None:
    assert read_name(given_name) == shown
