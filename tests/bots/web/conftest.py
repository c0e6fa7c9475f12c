"""Both web chats on a real uvicorn on loopback, over a record in memory; the road behind them is played by hand.

What a person posts goes through the real receiver. `say` writes a line as `bots.deliver` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from tests.bots.web.house import WebHouse, open_house


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[WebHouse]:
    async with AsyncExitStack() as exits:
        yield await exits.enter_async_context(open_house(tmp_path))
