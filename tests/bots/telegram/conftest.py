from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bots.telegram.emulator.serving import serving
from bots.telegram.emulator.world import World
from tests.bots.telegram.bench import BOTS, NOW, Door, webhook_door


@pytest.fixture(params=BOTS)
def bot_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def door(bot_name: str) -> AsyncIterator[Door]:
    async with webhook_door(bot_name) as opened:
        yield opened


@pytest.fixture
async def world() -> World:
    made = World(now=NOW.timestamp)
    made.push_pause = 0.01
    return made


@pytest.fixture
async def base(world: World) -> AsyncIterator[str]:
    async with serving(world) as url:
        yield url
