"""No token and no webhook key in any log line, exception or repr, even with every logger at DEBUG (E34)."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

import pytest

from bots.channel import ChannelError, OutboundMessage
from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import World
from bots.telegram.secrecy import HIDDEN, Redaction, hide
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import KEY, SECRET, TOKEN, Kept, bot_of, webhook_door

CANARIES = (TOKEN, TOKEN.partition(":")[2], KEY, SECRET)


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def written(record: logging.LogRecord) -> str:
    return logging.Formatter("%(message)s").format(record) + repr(record.args) + repr(record.__dict__)


async def failures(call: Any) -> str:
    """The error of `call`, told in every way that Python can tell it, causes and contexts included."""
    with pytest.raises(ChannelError) as caught:
        await call
    error = caught.value
    assert error.__cause__ is None and error.__context__ is None, (
        "the library's error, with its URL, is left behind"
    )
    return str(error) + repr(error) + "".join(traceback.format_exception(error))


async def drain(chunks: Any) -> None:
    async for _ in chunks:
        pass


@pytest.mark.parametrize(
    "kind", ["throttle", "html", "garbled", "hang", "reset_before", "reset_after", "error"]
)
async def test_no_failure_tells_the_token(
    bot_name: str, world: World, base: str, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    bot = world.bot(TOKEN)
    hand = Hand(world=world, bot=bot, person=world.person())
    channel = bot_of(bot_name, api_base=base, timeout=0.3 if kind == "hang" else 30)
    await channel.start()
    try:
        bot.faults.put(kind, times=2, value=400 if kind == "error" else 1, text=f"Bad Request: bot{TOKEN}/x")
        told = await failures(channel.send(OutboundMessage(address=str(hand.chat.id), key="k", text="t")))
        told += await failures(drain(channel.fetch(FileRef(kind=MessageKind.PHOTO, ref="x"), limit=9)))
    finally:
        await channel.stop()
    assert leaks(told + repr(channel) + repr(vars(channel))) == []
    assert [leaks(written(record)) for record in caplog.records if leaks(written(record))] == []


async def test_a_server_that_is_not_there_tells_nothing_either(
    bot_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = bot_of(bot_name)
    await channel.start()
    listening = asyncio.create_task(channel.listen(Kept()))
    told = await failures(channel.send(OutboundMessage(address="1", key="k", text="t")))
    await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await channel.stop()
    assert leaks(told + caplog.text) == []
    assert "deleteWebhook" in caplog.text, "the failing poll is told, without its secrets"


async def test_webhooks_and_settings_keep_their_secrets(
    bot_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with webhook_door(bot_name) as door:
        await door.post(b"{", secret="wrong")
        await door.post({"update_id": 1, "message": {"chat": {"id": 1, "type": "private"}, "text": TOKEN}})
        door.kept.failing = True
        await door.post({"update_id": 2, "surprise": {"chat": {"id": 1, "type": "private"}}})
    # httpx, here the test's own client, logs the path of each webhook at INFO unless it was quietened.
    assert leaks(caplog.text) == []


async def test_an_operator_who_turns_the_libraries_up_still_sees_no_token(
    bot_name: str, world: World, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hand = Hand(world=world, bot=world.bot(TOKEN), person=world.person())
    channel = bot_of(bot_name, api_base=base)
    await channel.start()
    loud = [logging.getLogger(name) for name in ("httpx", "httpcore", "telegram", "aiogram", "aiohttp")]
    levels = [(logger, logger.level) for logger in loud]
    try:
        for logger in loud:
            logger.setLevel(logging.DEBUG)
        await channel.send(OutboundMessage(address=str(hand.chat.id), key="k", text="t"))
    finally:
        for logger, level in levels:
            logger.setLevel(level)
        await channel.stop()
    assert [leaks(written(record)) for record in caplog.records if leaks(written(record))] == []
    if bot_name == "telegram-handlers":
        assert HIDDEN in caplog.text, "httpx logs its URL, and only the filter stands before it"


def test_the_filter_cleans_message_arguments_and_traceback() -> None:
    try:
        raise ValueError(f"https://x/bot{TOKEN}/getMe")
    except ValueError as error:
        record = logging.LogRecord(
            "uvicorn.access",
            logging.INFO,
            __file__,
            1,
            "%s %s %d",
            ("POST", f"/hooks/telegram-residents/main/{KEY}", 200),
            (ValueError, error, error.__traceback__),
        )
    assert Redaction().filter(record)
    line = logging.Formatter("%(message)s").format(record)
    assert leaks(line) == []
    assert line.startswith(f"POST /hooks/telegram-residents/main/{HIDDEN} 200") and "ValueError" in line


def test_what_is_no_token_stays() -> None:
    for text in ("12:34 at 2026-11-23T09:30:00", "case 12345:short", "https://x/hooks"):
        assert hide(text) == text
    assert TOKEN not in hide(f"bot{TOKEN.replace(':', '%3A')}/x {TOKEN}")
