"""Bells: nobody sleeps through a ring, and nobody who is told to stop goes on."""

from __future__ import annotations

import asyncio

import pytest

from casecore.store.bells import Bells, Tray


async def test_a_ring_wakes_and_silence_ends() -> None:
    bells = Bells()
    listener = bells.listen(Tray.INBOX)
    bells.ring(Tray.INBOX)
    assert await listener.heard(30)
    assert not await listener.heard(0)


async def test_told_to_stop_in_the_moment_of_a_ring() -> None:
    """The cancellation is not lost: a loop that lost it would keep the house from ever closing."""
    bells = Bells()
    waiting = asyncio.ensure_future(bells.wait(Tray.CASES, seconds=30))
    await asyncio.sleep(0)
    bells.ring(Tray.CASES)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
