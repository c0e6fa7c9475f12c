"""Spoken into a real browser, heard by the real model: a voice note becomes a dispatched case on the right grid."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bots.telegram.emulator.serving import hosting
from casecore.store.tables import Attachment, Case
from casecore.vocabulary import Level, State
from config.compose import House, compose, open_channels
from config.seed import seed_roster
from config.serve import application, working
from config.settings import Settings
from media.voice_activity import RATE, samples
from tests.browser.conftest import CHROMIUM
from tests.browser.window import ARGUMENTS, Window, opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PLACE, ITEM = "金苑社区", "INF-01"
PATIENCE = 120.0
"""Seconds; the model needs two on an idle machine."""


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, speech_model: Path) -> AsyncIterator[House]:
    house = await compose(Settings(data=tmp_path, territory="fuyang", voice_model=speech_model))
    try:
        await seed_roster(house.record, house.territory, tmp_path)
        open_channels(house)
        async with working(house):
            yield house
            for channel in house.channels.values():
                await channel.stop()
    finally:
        await house.close()


@pytest_asyncio.fixture(loop_scope="module")
async def phone(house: House, shared_data: Path, tmp_path: Path) -> AsyncIterator[Window]:
    """A resident's phone, into which a recording is spoken."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install `chromium`, or set MINHU_CHROMIUM to its path")
    voice = _spoken(next((shared_data / "speech" / "civic_clean").glob("00_*.flac")), tmp_path / "voice.wav")
    spoken = [*ARGUMENTS, f"--use-file-for-fake-audio-capture={voice}%noloop"]
    async with playwright.async_playwright() as player, hosting(application(house)) as base:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=spoken)
        place: Any = SimpleNamespace(base=base)
        async with opened(
            browser, place, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True,
            locale="zh-CN", permissions=["microphone"],
        ) as window:  # fmt: skip
            yield window
        await browser.close()


def _spoken(sound: Path, target: Path) -> Path:
    """The recording as the WAV file that Chromium takes for a microphone, with a breath before it."""
    heard = (samples(str(sound)) * 32_767).clip(-32_768, 32_767).astype("int16")
    with wave.open(str(target), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(bytes(RATE) + heard.tobytes() + bytes(RATE))
    return target


async def test_a_voice_note_becomes_a_dispatched_case_on_the_right_grid(phone: Window, house: House) -> None:
    await phone.open()
    page = phone.page
    await page.click("#mic")
    await phone.until("parseInt(document.getElementById('rec-time').textContent.split(':')[1]) >= 9")
    await page.click("#rec-stop")
    await page.wait_for_selector("#preview:not([hidden])")
    await page.click("#pre-send")
    confirm = page.get_by_role("button", name="没错，提交")
    await confirm.wait_for(timeout=PATIENCE * 1000)
    said = await page.inner_text("#lines")
    assert "正在听" in said
    assert PLACE in said and "路灯" in said
    assert await page.get_by_role("button", name="🎤 听错了", exact=True).count() == 1
    await confirm.click()
    case, kept = await _dispatched(house)
    village = house.territory.at_level(case.unit_id or "", Level.VILLAGE)
    assert village is not None and village.names["zh-CN"] == PLACE
    assert case.item_code == ITEM
    assert kept.words and PLACE in kept.words, "the handler has the sound and its words"


async def _dispatched(house: House) -> tuple[Case, Attachment]:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with house.record.read() as session:
                case = await session.scalar(select(Case).where(Case.state == State.DISPATCHED))
                kept = await session.scalar(select(Attachment))
            if case is not None and kept is not None:
                return case, kept
            await asyncio.sleep(0.05)
