"""A body that comes too slowly, by a pause or by trickling, is given up; one that comes in time passes unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots.web.guard import Denied
from bots.web.upload import in_time


async def _sender(*chunks: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(pause)


async def test_what_comes_in_time_is_passed_on_as_it_is() -> None:
    assert [chunk async for chunk in in_time(_sender(b"a", b"", b"bc"))] == [b"a", b"", b"bc"]


@pytest.mark.parametrize(("stall", "whole"), [(0.05, 600.0), (600.0, 0.05)])
async def test_a_slow_loris_is_given_up(stall: float, whole: float) -> None:
    got = []
    with pytest.raises(Denied) as denied:
        async for chunk in in_time(_sender(*([b"x"] * 3), pause=3600.0), stall=stall, whole=whole):
            got.append(chunk)
    assert (denied.value.status, denied.value.reason) == (408, "too_slow")
    assert got == [b"x"]
