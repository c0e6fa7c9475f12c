"""Errors of sending that are Telegram's own, beyond what the contract asks of every channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bots.channel import (
    ChannelError,
    MaybeSent,
    OutboundFile,
    OutboundMessage,
    Rejected,
    TooLarge,
    TryLater,
    Unreachable,
)
from bots.telegram.bot import TelegramBot
from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import World
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import TOKEN, bot_of


@pytest.fixture
def hand(world: World) -> Hand:
    made = Hand(world=world, bot=world.bot(TOKEN), person=world.person())
    world.private_chat(made.bot, made.person)
    return made


@pytest_asyncio.fixture(loop_scope="module")
async def channel(bot_name: str, base: str) -> AsyncIterator[TelegramBot]:
    made = bot_of(bot_name, api_base=base)
    await made.start()
    yield made
    await made.stop()


def words(address: object, text: str = "好", **more: object) -> OutboundMessage:
    return OutboundMessage(address=str(address), key=f"k {text}", text=text, **more)  # type: ignore[arg-type]


async def failure(channel: TelegramBot, message: OutboundMessage) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(message)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, '{"ok":true}', MaybeSent),
        (200, '{"ok":true,"result":{"no":"message"}}', MaybeSent),
        (200, "[]", MaybeSent),
        (200, "", MaybeSent),
        (500, '{"ok":false,"error_code":500,"description":"Internal Server Error"}', TryLater),
        (500, '{"ok":false}', TryLater),
        (503, "", TryLater),
        (502, "<html>bot</html>", TryLater),
        (401, '{"ok":false,"error_code":401,"description":"Unauthorized"}', TryLater),
        (404, '{"ok":false,"error_code":404,"description":"Not Found"}', TryLater),
        (409, '{"ok":false,"error_code":409,"description":"Conflict: x"}', TryLater),
        (413, '{"ok":false,"error_code":413,"description":"Request Entity Too Large"}', TooLarge),
        (403, '{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}', Unreachable),
        (400, '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}', Unreachable),
        (400, '{"ok":false,"error_code":400,"description":"Bad Request: whatever is new"}', Rejected),
    ],
)
async def test_answers_of_the_server(
    channel: TelegramBot, hand: Hand, status: int, body: str, error: type[ChannelError]
) -> None:
    hand.bot.faults.put("raw", method="sendMessage", value=status, text=body)
    assert type(await failure(channel, words(hand.chat.id))) is error
    assert hand.chat.messages == []
    await channel.send(words(hand.chat.id))
    assert len(hand.chat.messages) == 1


async def test_a_refused_token_waits_for_the_operator(channel: TelegramBot, hand: Hand) -> None:
    hand.bot.revoked = True
    error = await failure(channel, words(hand.chat.id))
    assert isinstance(error, TryLater) and error.after == 60 and not error.throttled


async def test_a_server_that_is_not_there_took_nothing(bot_name: str) -> None:
    channel = bot_of(bot_name)
    await channel.start()
    try:
        assert type(await failure(channel, words(1))) is TryLater
    finally:
        await channel.stop()


async def test_a_group_that_became_a_supergroup_tells_where_it_is(
    channel: TelegramBot, world: World, hand: Hand
) -> None:
    group = world.group(hand.bot, "网格群")
    new = Hand(world=world, bot=hand.bot, person=hand.person, group=group).migrate()
    error = await failure(channel, words(group.id))
    assert isinstance(error, Unreachable) and error.moved_to == str(new.id)
    assert await channel.send(words(new.id))


async def test_an_answer_to_a_deleted_message_goes_out_all_the_same(channel: TelegramBot, hand: Hand) -> None:
    assert await channel.send(words(hand.chat.id, reply_to="99999"))


async def test_a_card_that_is_gone_cannot_be_changed(channel: TelegramBot, hand: Hand) -> None:
    assert isinstance(await failure(channel, words(hand.chat.id, edit_of="99999")), Rejected)


async def test_a_lost_answer_to_an_edit_is_no_dilemma(channel: TelegramBot, hand: Hand) -> None:
    """Editing again to the same words counts as done, so the first try need not be told as perhaps sent."""
    card = await channel.send(words(hand.chat.id, "一"))
    hand.bot.faults.put("reset_after", method="editMessageText")
    edit = words(hand.chat.id, "二", edit_of=card)
    assert type(await failure(channel, edit)) is TryLater
    assert await channel.send(edit) == card
    assert [one["text"] for one in hand.chat.messages] == ["二"]


async def test_nothing_is_interpreted_as_markup(channel: TelegramBot, hand: Hand) -> None:
    text = "<b>x</b> *y* [z](tg://user?id=1) &lt;"
    await channel.send(words(hand.chat.id, text))
    (sent,) = hand.chat.messages
    assert sent["text"] == text and "entities" not in sent


async def test_an_upload_that_loses_its_answer_may_have_arrived(channel: TelegramBot, hand: Hand) -> None:
    file = OutboundFile(kind=MessageKind.PHOTO, name="a.jpg", mime="image/jpeg", content=b"j", digest="d")
    hand.bot.faults.put("reset_after", method="sendPhoto")
    assert type(await failure(channel, words(hand.chat.id, files=[file]))) is MaybeSent
    assert len(hand.chat.messages) == 1


async def test_news_of_the_night_arrives_without_a_sound(channel: TelegramBot, hand: Hand) -> None:
    photos = [
        OutboundFile(kind=MessageKind.PHOTO, name="a.jpg", mime="image/jpeg", content=b"j", digest=digest)
        for digest in ("d", "e")
    ]
    kinds: list[list[OutboundFile]] = [[], photos[:1], photos]
    for number, files in enumerate(kinds):
        for quiet in (True, False):
            await channel.send(words(hand.chat.id, f"{number}{quiet}", quiet=quiet, files=files))
            hand.chat.messages[-1]["silent"] = hand.chat.messages[-1]["message_id"] in hand.chat.silent
    told = [
        (one.get("text") or one.get("caption"), one["silent"])
        for one in hand.chat.messages
        if "silent" in one
    ]
    assert told == [
        ("0True", True),
        ("0False", False),
        ("1True", True),
        ("1False", False),
        ("2True", True),
        ("2False", False),
    ]
    albums = [one for one in hand.chat.messages if "media_group_id" in one]
    assert [one["message_id"] in hand.chat.silent for one in albums] == [True, True, False, False]
