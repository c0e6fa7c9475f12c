"""Which channels the contract suite runs over. A new channel adds its factory here and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.contracts import simulator_far, telegram_far, web_far
from tests.contracts.far_side import Ability, Factory, Far, Stage, Tray

FACTORIES: dict[str, Factory] = {
    **telegram_far.FACTORIES,
    **web_far.FACTORIES,
    **simulator_far.FACTORIES,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "far_name" in metafunc.fixturenames:
        wanted: frozenset[Ability] = getattr(metafunc.function, "abilities", frozenset())
        able = [name for name, factory in FACTORIES.items() if wanted <= factory.can]
        assert able, f"no channel can play {sorted(wanted)}: the test would prove nothing"
        metafunc.parametrize("far_name", able)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as exits:
        yield Stage(exits)


@pytest.fixture
def tray() -> Tray:
    return Tray()


@pytest_asyncio.fixture(loop_scope="module")
async def far(request: pytest.FixtureRequest, far_name: str, stage: Stage, tray: Tray) -> AsyncIterator[Far]:
    silent = Ability.HANG in getattr(request.function, "abilities", ())
    stage.patience = 2.0 if silent else Stage.patience
    async with FACTORIES[far_name].open(stage, tray) as opened:
        yield opened
