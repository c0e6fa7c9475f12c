"""The plan of a message is what Telegram allows, whatever was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from bots.channel import OutboundFile, OutboundMessage, Rejected, RenderedButton
from bots.telegram.outbound import MAX_PHOTO, Files, Progress, Words, chat_id, plan, safe_name
from casecore.vocabulary import MessageKind

BUTTONS = [[RenderedButton(label="好", token="ok")]]


def file(kind: MessageKind, mime: str = "image/jpeg", content: bytes = b"x") -> OutboundFile:
    return OutboundFile(kind=kind, name="n", mime=mime, content=content, digest="d")


def message(**more: Any) -> OutboundMessage:
    return OutboundMessage(**{"address": "1", "key": "k", "text": "t", **more})


def shape(asked: OutboundMessage) -> list[tuple[int, str]]:
    return [
        (len(part.files), part.caption) if isinstance(part, Files) else (0, part.text) for part in plan(asked)
    ]


PHOTO = file(MessageKind.PHOTO)


@pytest.mark.parametrize(
    ("asked", "shapes"),
    [
        (message(), [(0, "t")]),
        (message(files=[PHOTO]), [(1, "t")]),
        (message(files=[PHOTO], text=""), [(1, "")]),
        (message(files=[PHOTO], text="长" * 1025), [(1, ""), (0, "长" * 1025)]),
        (message(files=[PHOTO], buttons=BUTTONS), [(1, ""), (0, "t")]),
        (message(files=[PHOTO], edit_of="5"), [(1, ""), (0, "t")]),
        (message(files=[PHOTO] * 2, text=""), [(2, "")]),
        (message(files=[PHOTO] * 11), [(10, ""), (1, ""), (0, "t")]),
    ],
)
def test_parts(asked: OutboundMessage, shapes: list[tuple[int, str]]) -> None:
    assert shape(asked) == shapes


def test_an_album_never_mixes_what_telegram_keeps_apart() -> None:
    asked = message(
        files=[
            file(MessageKind.DOCUMENT, "application/pdf"),
            PHOTO,
            file(MessageKind.VOICE, "audio/ogg"),
            file(MessageKind.VIDEO, "video/mp4"),
            file(MessageKind.DOCUMENT, "application/pdf"),
        ]
    )
    kinds = [[one.kind.value for one in part.files] for part in plan(asked) if isinstance(part, Files)]
    assert kinds == [["photo", "video"], ["document", "document"], ["voice"]]


@pytest.mark.parametrize(
    ("odd", "sent_as"),
    [
        (file(MessageKind.PHOTO, content=b"x" * (MAX_PHOTO + 1)), MessageKind.DOCUMENT),
        (file(MessageKind.VOICE, "audio/wav"), MessageKind.DOCUMENT),
        (file(MessageKind.TEXT), MessageKind.DOCUMENT),
        (file(MessageKind.VOICE, "audio/mpeg"), MessageKind.VOICE),
    ],
)
def test_what_telegram_would_not_play_goes_as_a_document(odd: OutboundFile, sent_as: MessageKind) -> None:
    (part,) = plan(message(files=[odd]))
    assert isinstance(part, Files) and part.files[0].kind is sent_as


def test_an_edit_is_of_the_card_and_buttons_may_go() -> None:
    (part,) = plan(message(edit_of="7"))
    assert part == Words(text="t", edit_of=7)


@pytest.mark.parametrize("field", ["edit_of", "reply_to"])
def test_ids_that_are_none_of_telegrams_are_rejected(field: str) -> None:
    with pytest.raises(Rejected):
        plan(message(**{field: "abc"}))


@pytest.mark.parametrize("address", ["", "abc", "1e9", "１２", "9" * 30, "1 "])
def test_addresses_that_are_none_of_telegrams_are_rejected(address: str) -> None:
    with pytest.raises(Rejected):
        chat_id(address)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('a"b\r\nX: 1.pdf', "a_bX_ 1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "fall"),
        ("\x00..", "fall"),
        ("长" * 100 + ".pdf", "长" * 56 + ".pdf"),
    ],
)
def test_file_names_cannot_break_a_header_nor_lie(name: str, safe: str) -> None:
    assert safe_name(name, "fall") == safe


def test_progress_is_per_address_and_bounded() -> None:
    progress = Progress()
    first = message(files=[PHOTO] * 2)
    parts = plan(first)
    progress.mark(first, parts[:1], "99")
    assert progress.of(first, parts) == (1, "99")
    assert progress.of(message(address="2"), parts) == (0, "")
    for number in range(2000):
        progress.mark(message(key=str(number)), parts[:1], "1")
    assert progress.of(first, parts) == (0, ""), "forgotten, not kept for ever"


def test_a_message_rendered_anew_starts_from_the_beginning() -> None:
    """A file that was given up between two tries must not make the rest look as if it had been sent."""
    progress = Progress()
    progress.mark(message(), plan(message(files=[PHOTO] * 2))[:1], "99")
    assert progress.of(message(), plan(message())) == (0, "")
    assert progress.of(message(), plan(message(files=[PHOTO] * 2, text="anew"))) == (1, "99")
