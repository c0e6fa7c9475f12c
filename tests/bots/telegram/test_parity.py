"""Both libraries, given the same update, lead to the same message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import World
from casecore.messages import InboundMessage
from casecore.vocabulary import MessageKind, Side
from tests.bots.telegram.bench import BOTS, TOKEN, webhook_door


def everything(world: World) -> list[dict[str, Any]]:
    """One update of every kind that a person can make in the emulator."""
    bot = world.bot(TOKEN)
    hand = Hand(world=world, bot=bot, person=world.person("Anna", "Li", language_code="de"))
    first = hand.write("hello /now")
    hand.start("x")
    hand.start()
    hand.photo(b"jpeg", "words")
    hand.album([b"a", b"b"], "two")
    hand.voice(b"ogg", 61)
    hand.audio(b"mp3")
    hand.video(b"mp4", "film")
    hand.video_note(b"mp4")
    hand.document(b"pdf", "a.pdf", "application/pdf", "paper", size=30 * 1024 * 1024)
    live = hand.location(1.5, -2.25, live=True)
    hand.move_live(live["message_id"], 1.6, -2.2)
    hand.venue(30.0, 120.0, "村委会", "文化路 1 号")
    hand.contact("123", "Bob")
    hand.sticker()
    hand.edit(first["message_id"], "hello again")
    hand.press(first["message_id"], "rate:c:5")
    hand.block()
    hand.unblock()
    hand.unknown()
    return bot.updates


async def read_by(name: str, updates: list[dict[str, Any]]) -> list[InboundMessage]:
    async with webhook_door(name) as door:
        for update in updates:
            assert (await door.post(update)).status_code == 200
        return [replace(one, channel="", side=Side.RESIDENT) for one in door.kept.messages]


async def test_both_libraries_read_every_update_alike(world: World) -> None:
    updates = everything(world)
    ours = [await read_by(name, updates) for name in BOTS]
    assert ours[0] == ours[1]
    assert len(ours[0]) == len(updates) - 1, "a moving live location says nothing new"
    kinds = [one.kind for one in ours[0]]
    assert set(kinds) == set(MessageKind)


async def test_details_that_the_contract_does_not_name(world: World) -> None:
    told = await read_by(BOTS[0], everything(world))
    by_kind = {one.kind: one for one in told}
    assert by_kind[MessageKind.DOCUMENT].files[0].size == 30 * 1024 * 1024
    places = [one for one in told if one.kind is MessageKind.LOCATION]
    assert [one.text for one in places] == ["", "村委会 文化路 1 号"]
    assert {one.lang for one in told if one.kind is not MessageKind.UNSUPPORTED} == {"en"}
    voices = [one.files[0] for one in told if one.kind is MessageKind.VOICE]
    assert [(one.duration, one.mime) for one in voices] == [(61.0, "audio/ogg"), (3.0, "audio/mpeg")]
    assert [one.text for one in told if one.kind is MessageKind.START] == ["x", ""]
    news = [one.raw_type for one in told if one.kind is MessageKind.UNSUPPORTED]
    assert news == ["sticker", "chat.blocked", "chat.unblocked", "telepathy"]


@pytest.mark.parametrize(
    ("code", "lang"), [("zh-hans", "zh-CN"), ("zh", "zh-CN"), ("ZH-TW", "zh-CN"), ("fr", "en")]
)
async def test_language_codes_become_our_two_languages(world: World, code: str, lang: str) -> None:
    bot = world.bot(TOKEN)
    Hand(world=world, bot=bot, person=world.person(language_code=code)).write("x")
    (got,) = await read_by(BOTS[0], bot.updates)
    assert got.lang == lang


async def test_no_language_code_is_no_language(world: World) -> None:
    bot = world.bot(TOKEN)
    Hand(world=world, bot=bot, person=world.person(language_code="")).write("x")
    (got,) = await read_by(BOTS[0], bot.updates)
    assert got.lang is None
