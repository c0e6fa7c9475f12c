from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.telegram.emulator.serving import serving
from bots.telegram.emulator.world import World
from tests.bots.telegram.bench import BOTS, NOW, Door, webhook_door

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop a module, so that its tests share one emulator: starting it takes longer than most of them."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(params=BOTS)
def bot_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def door(bot_name: str) -> AsyncIterator[Door]:
    async with webhook_door(bot_name) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[tuple[World, str]]:
    world = World(now=NOW.timestamp)
    world.push_pause = 0.01
    async with serving(world) as url:
        yield world, url


@pytest.fixture
def world(served: tuple[World, str]) -> World:
    """The module's world, emptied for this test."""
    made, _ = served
    made.bots.clear()
    made.persons.clear()
    made.welcome = True
    return made


@pytest.fixture
def base(served: tuple[World, str], world: World) -> str:
    return served[1]
