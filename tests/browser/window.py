"""One browser window and what went wrong in it: script errors, dialogs, breaches of the content policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bots.web.house import WebHouse

ARGUMENTS = [
    "--no-sandbox", "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip

WATCH = """
window.breaches = [];
document.addEventListener("securitypolicyviolation", (e) => window.breaches.push(e.violatedDirective));
"""
PATIENCE = 30.0  # seconds; nothing waits that long when it passes
READY = "#log:not([aria-busy])"
SAID = "#lines .said"
WAITING = "#waiting .said"


@dataclass(kw_only=True)
class Window:
    page: Any
    house: WebHouse
    wrong: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.house.base + path)
        await self.page.wait_for_selector(READY, state="attached")

    async def until(self, condition: str) -> None:
        """Playwright's own wait_for_function evaluates a string in the page, which the page's policy forbids."""
        async with asyncio.timeout(PATIENCE):
            while not await self.page.evaluate(condition):
                await asyncio.sleep(0.02)

    async def write(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.press("#text", "Enter")

    async def said(self, count: int) -> list[str]:
        """The words of all lines, once there are `count` of them and nothing waits any more."""
        await self.until(
            f"document.querySelectorAll('{SAID}').length >= {count} && !document.querySelector('{WAITING}')"
        )
        lines: list[str] = await self.page.eval_on_selector_all(
            SAID, "all => all.map(e => (e.querySelector('.words') ?? e.querySelector('.bubble')).textContent)"
        )
        return lines

    async def scrolls_sideways(self) -> bool:
        wider: bool = await self.page.evaluate(
            "[document.documentElement, document.querySelector('main')]"
            ".some(e => e.scrollWidth > e.clientWidth)"
        )
        return wider

    async def check(self) -> None:
        breaches = await self.page.evaluate("window.breaches")
        assert (self.wrong, breaches) == ([], [])


@asynccontextmanager
async def opened(browser: Any, house: WebHouse, **options: Any) -> AsyncIterator[Window]:
    context = await browser.new_context(**options)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    page.set_default_timeout(8000)
    window = Window(page=page, house=house)

    async def dismiss(dialog: Any) -> None:
        window.wrong.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()

    page.on("pageerror", lambda error: window.wrong.append(f"script: {error}"))
    page.on("dialog", dismiss)
    try:
        yield window
        await window.check()
    finally:
        await context.close()
