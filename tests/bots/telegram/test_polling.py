"""Polling confirms what is durable and nothing else, and a bad server or update does not stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import Bot, World
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import PRIVATE, TOKEN, Kept, bot_of


@asynccontextmanager
async def polling(name: str, base: str, kept: Kept, poll_timeout: int = 25) -> AsyncIterator[None]:
    channel = bot_of(name, api_base=base, poll_timeout=poll_timeout)
    await channel.start()
    listening = asyncio.create_task(channel.listen(kept))
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await channel.stop()


async def until(reached: object) -> None:
    async with asyncio.timeout(30):
        while not reached():  # type: ignore[operator]
            await asyncio.sleep(0.002)


@pytest.fixture
def bot(world: World) -> Bot:
    return world.bot(TOKEN, "minhu_bot")


@pytest.fixture
def hand(world: World, bot: Bot) -> Hand:
    return Hand(world=world, bot=bot, person=world.person())


async def test_what_was_not_durable_is_not_confirmed(bot_name: str, base: str, bot: Bot, hand: Hand) -> None:
    kept = Kept()
    kept.failing = True
    async with polling(bot_name, base, kept):
        hand.write("一")
        await until(lambda: bot.polls > 4)
        assert len(bot.updates) == 1, "Telegram still holds it"
        kept.failing = False
        await until(lambda: kept.messages and not bot.updates)
    assert [one.text for one in kept.messages] == ["一"]


async def test_a_restart_loses_nothing_that_was_not_confirmed(
    bot_name: str, base: str, bot: Bot, hand: Hand
) -> None:
    hand.write("一")
    first, second = Kept(), Kept()
    async with polling(bot_name, base, first):
        await until(lambda: first.messages)
        bot.held = True
    bot.held = False
    hand.write("二")
    async with polling(bot_name, base, second):
        await until(lambda: {one.text for one in second.messages} >= {"二"})
    names = {one.external_id: one.text for one in (*first.messages, *second.messages)}
    assert sorted(names.values()) == sorted(["一", "二"])


@pytest.mark.parametrize("kind", ["html", "garbled", "reset_before", "throttle", "error"])
async def test_a_failing_server_is_asked_again(
    bot_name: str, base: str, bot: Bot, hand: Hand, kind: str
) -> None:
    kept = Kept()
    bot.faults.put(kind, method="getUpdates", times=2, value=500 if kind == "error" else 0)
    bot.faults.put("html", method="deleteWebhook", times=2)
    async with polling(bot_name, base, kept):
        hand.write("一")
        await until(lambda: kept.messages)
    assert [one.text for one in kept.messages] == ["一"]


async def test_one_update_that_no_library_reads_does_not_hold_up_the_others(
    bot_name: str, base: str, bot: Bot, hand: Hand
) -> None:
    bot.held = True
    hand.write("前")
    hand.raw({"message": {"message_id": 1, "date": "never", "chat": PRIVATE, "text": "坏的"}})
    hand.raw({"message": "not even a message"})
    hand.write("后")
    bot.release()
    kept = Kept()
    async with polling(bot_name, base, kept):
        await until(lambda: len(kept.messages) == 3)
        await until(lambda: not bot.updates)
    assert [(one.kind, one.text) for one in kept.messages] == [
        (MessageKind.TEXT, "前"),
        (MessageKind.UNSUPPORTED, "坏的"),
        (MessageKind.TEXT, "后"),
    ]


async def test_a_press_is_acknowledged_and_its_failure_changes_nothing(
    bot_name: str, base: str, bot: Bot, hand: Hand
) -> None:
    kept = Kept()
    bot.faults.put("html", method="answerCallbackQuery")
    async with polling(bot_name, base, kept):
        card = hand.write("card")["message_id"]
        hand.press(card, "a")
        hand.press(card, "b")
        await until(lambda: len(bot.answered) == 1 and len(kept.messages) == 3)
    assert [one.press.act for one in kept.messages if one.press] == ["a", "b"]
    assert bot.answered[0]["callback_query_id"].endswith("-2")


async def test_a_hanging_acknowledgement_does_not_hold_up_messages(
    bot_name: str, base: str, bot: Bot, hand: Hand
) -> None:
    kept = Kept()
    bot.faults.put("hang", method="answerCallbackQuery", value=60)
    async with polling(bot_name, base, kept):
        hand.press(hand.write("card")["message_id"], "a")
        await until(lambda: len(kept.messages) == 2)
        hand.write("后")
        await until(lambda: len(kept.messages) == 3)
    assert kept.messages[-1].text == "后"


async def test_a_webhook_left_over_is_removed_before_polling(
    bot_name: str, base: str, world: World, bot: Bot, hand: Hand
) -> None:
    from bots.telegram.emulator.world import Webhook

    bot.webhook = Webhook(url="http://127.0.0.1:9/gone")
    kept = Kept()
    async with polling(bot_name, base, kept):
        await until(lambda: bot.webhook is None)
        hand.write("一")
        await until(lambda: kept.messages)


async def test_two_pollers_of_one_token_are_told_and_nothing_is_lost(
    bot_name: str, base: str, bot: Bot, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    kept = Kept()
    async with polling(bot_name, base, kept), polling(bot_name, base, kept):
        await until(lambda: "terminated by other getUpdates" in caplog.text)
        hand.write("一")
        await until(lambda: kept.messages)
    assert {(one.external_id, one.text) for one in kept.messages} == {(kept.messages[0].external_id, "一")}


async def test_only_what_was_asked_for_comes(bot_name: str, base: str, bot: Bot, hand: Hand) -> None:
    async with polling(bot_name, base, Kept()):
        await until(lambda: bot.polls)
        assert bot.allowed == ["message", "edited_message", "callback_query", "my_chat_member"]
        assert bot.queue({"chat_join_request": {}}) is None
