"""A real Chromium before a real server on loopback. Without a Chromium these tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.bots.web.house import WebHouse, open_house
from tests.browser.window import ARGUMENTS, Window, opened

CHROMIUM = os.environ.get("MINHU_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Any]:
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install `chromium`, or set MINHU_CHROMIUM to its path")
    async with playwright.async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[WebHouse]:
    async with open_house(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def phone(chromium: Any, house: WebHouse) -> AsyncIterator[Window]:
    """A resident's small phone, Chinese, with microphone and position allowed."""
    async with opened(
        chromium, house, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, locale="zh-CN",
        permissions=["microphone", "geolocation"], geolocation={"latitude": 51.0, "longitude": -1.99},
    ) as window:  # fmt: skip
        yield window


@pytest_asyncio.fixture(loop_scope="module")
async def desktop(chromium: Any, house: WebHouse) -> AsyncIterator[Window]:
    """An English desktop that allows nothing."""
    async with opened(chromium, house, viewport={"width": 1280, "height": 800}, locale="en-GB") as window:
        yield window
