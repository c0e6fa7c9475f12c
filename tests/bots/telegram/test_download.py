"""A download that leads elsewhere, never ends or breaks off is refused, and the bot lives on (E14)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bots.channel import Rejected, TooLarge, TryLater
from bots.telegram.bot import TelegramBot
from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import World
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import TOKEN, bot_of

BYTES = bytes(range(200))


@pytest.fixture
def hand(world: World) -> Hand:
    return Hand(world=world, bot=world.bot(TOKEN), person=world.person())


@pytest_asyncio.fixture(loop_scope="module")
async def channel(bot_name: str, base: str) -> AsyncIterator[TelegramBot]:
    made = bot_of(bot_name, api_base=base)
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def hasty(bot_name: str, base: str) -> AsyncIterator[TelegramBot]:
    """A bot that soon gives a silent server up."""
    made = bot_of(bot_name, api_base=base, upload_timeout=0.3)
    await made.start()
    yield made
    await made.stop()


async def fetched(channel: TelegramBot, ref: str, limit: int = 1000) -> bytes:
    file = FileRef(kind=MessageKind.DOCUMENT, ref=ref)
    return b"".join([chunk async for chunk in channel.fetch(file, limit=limit)])


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("redirect", 0, Rejected),
        ("short", 0, TryLater),
        ("drip", 1, TryLater),
        ("hang", 60, TryLater),
        ("reset_before", 0, TryLater),
        ("html", 503, TryLater),
        ("throttle", 3, TryLater),
        ("error", 404, Rejected),
    ],
)
async def test_trouble_on_the_way(
    channel: TelegramBot, hasty: TelegramBot, hand: Hand, kind: str, value: float, error: type[Exception]
) -> None:
    ref = hand.document(BYTES, "a.bin", "x/y")["document"]["file_id"]
    # More than once: aiohttp asks again by itself when a kept connection turns out to be reset.
    where = "http://169.254.169.254/latest/meta-data"
    hand.bot.faults.put(kind, method="download", times=9, value=value, text=where)
    tried = hasty if kind in ("drip", "hang") else channel
    async with asyncio.timeout(30):
        with pytest.raises(error):
            await fetched(tried, ref)
    hand.bot.faults.clear()
    assert await fetched(channel, ref) == BYTES


async def test_a_file_too_large_for_bots_is_too_large(channel: TelegramBot, hand: Hand) -> None:
    shown = hand.document(b"x", "film.mkv", "x/y", size=30 * 1024 * 1024)["document"]
    with pytest.raises(TooLarge):
        await fetched(channel, shown["file_id"], 50 * 1024 * 1024)


async def test_a_server_that_lies_about_the_size_is_stopped_at_the_limit(
    channel: TelegramBot, hand: Hand
) -> None:
    shown = hand.document(BYTES, "a.bin", "x/y", size=10)["document"]
    with pytest.raises(TooLarge):
        await fetched(channel, shown["file_id"], 100)


async def test_a_consumer_may_stop_half_way(channel: TelegramBot, hand: Hand) -> None:
    ref = hand.document(BYTES * 1000, "a.bin", "x/y")["document"]["file_id"]
    chunks = channel.fetch(FileRef(kind=MessageKind.DOCUMENT, ref=ref), limit=10**6)
    assert await anext(chunks)
    await chunks.aclose()  # type: ignore[attr-defined]
    assert await fetched(channel, ref, 10**6) == BYTES * 1000
