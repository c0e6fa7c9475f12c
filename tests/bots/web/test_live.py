"""The live line: nothing lost and nothing twice, over reconnects and restarts; it ends when it has to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from bots.web.live import events
from casecore.login import sign_out_everywhere
from casecore.store.bells import Tray
from tests.bots.web.house import Client, WebHouse, fresh_id


class Line:
    """An EventSource of few words: events as (id, name, data)."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def __aiter__(self) -> AsyncIterator[tuple[int | None, str, Any]]:
        event: dict[str, str] = {}
        async for raw in self._lines:
            if raw.startswith((":", "retry")):
                continue
            if raw:
                name, _, value = raw.partition(": ")
                event[name] = value
            elif event:
                number = int(event["id"]) if "id" in event else None
                yield number, event["event"], json.loads(event["data"])
                event = {}

    async def take(self, count: int) -> list[tuple[int | None, str, Any]]:
        found = []
        async with asyncio.timeout(30):
            async for event in self:
                found.append(event)
                if len(found) == count:
                    return found
        raise AssertionError(f"the line ended after {found}")


def listening(client: Client, **headers: Any) -> Any:
    return client.http.stream("GET", f"{client.prefix}/chat/events", headers=headers, timeout=30)


async def chatting(house: WebHouse) -> Client:
    client = house.client()
    await client.open()
    await client.post({"client_id": fresh_id(), "text": "hello"})
    return client


async def test_a_new_line_arrives_by_itself_with_its_sequence_as_id(house: WebHouse) -> None:
    client = await chatting(house)
    async with listening(client) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        line = Line(response)
        ((first, name, said),) = await line.take(1)
        assert name == "line" and said["mine"] and said["seq"] == first
        await house.say("两行\n文字 </script>")
        ((second, _, told),) = await line.take(1)
        assert (
            told["text"] == "两行\n文字 </script>"
            and second == told["seq"]
            and first
            and second
            and second > first
        )


async def test_a_reconnect_gets_what_it_missed_and_nothing_again(house: WebHouse) -> None:
    client = await chatting(house)
    async with listening(client) as response:
        ((last, _, _),) = await Line(response).take(1)
    await house.say("一")
    await house.say("二")
    async with listening(client, **{"Last-Event-ID": str(last)}) as response:
        missed = await Line(response).take(2)
    assert [event[2]["text"] for event in missed] == ["一", "二"]


async def test_a_line_opened_before_the_first_word_hears_it(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    async with listening(client) as response:
        await client.post({"client_id": fresh_id(), "text": "first"})
        ((_, _, said),) = await Line(response).take(1)
    assert said["text"] == "first"


async def test_a_forged_last_event_id_is_no_fault(house: WebHouse) -> None:
    client = await chatting(house)
    for forged in ("x", "-1", "1e9", "9" * 40, b"\xd9\xa1\xb2"):
        async with listening(client, **{"Last-Event-ID": forged}) as response:
            assert response.status_code == 200, forged
            assert len(await Line(response).take(1)) == 1


async def test_stopping_the_channel_ends_every_line(house: WebHouse) -> None:
    client = await chatting(house)
    async with listening(client) as response:
        line = Line(response)
        await line.take(1)
        await house.residents.stop()
        ((_, name, _),) = await line.take(1)
        assert name == "bye"


async def test_a_session_that_ends_takes_its_live_line_along(house: WebHouse) -> None:
    person = await house.employ()
    client = house.client("/desk")
    await client.open()
    await client.sign_in()
    await client.post({"client_id": fresh_id(), "press": "tasks"})
    async with listening(client) as response:
        line = Line(response)
        await line.take(1)
        async with house.record.begin() as uow:
            await sign_out_everywhere(uow, person)
            uow.ring(Tray.SENT)
        ((_, name, _),) = await line.take(1)
        assert name == "bye"


async def test_a_ring_between_two_looks_is_not_lost(house: WebHouse) -> None:
    lines: list[dict[str, Any]] = [{"seq": 1, "text": "a"}, {"seq": 2, "text": "b"}]
    shown = 1

    async def fresh(after: int) -> list[dict[str, Any]]:
        nonlocal shown
        found = [line for line in lines[:shown] if line["seq"] > after]
        if not found and shown == 1:
            shown = 2  # written just after the look
            house.record.bells.ring(Tray.SENT)
        return found

    stream = events(house.record, 0, fresh=fresh, admits=always, beat=60)
    got = [await anext(stream) for _ in range(3)]
    await stream.aclose()
    assert [b"retry" in got[0], b'"a"' in got[1], b'"b"' in got[2]] == [True, True, True]


async def test_a_quiet_chat_in_a_busy_house_still_gets_its_beat(house: WebHouse) -> None:
    async def fresh(after: int) -> list[dict[str, Any]]:
        house.record.bells.ring(Tray.SENT)  # somebody else's line, at every look
        await asyncio.sleep(0)
        return []

    stream = events(house.record, 0, fresh=fresh, admits=always, beat=0.01)
    got = [await anext(stream) for _ in range(3)]
    await stream.aclose()
    assert got[1:] == [b": still here\n\n"] * 2


async def always() -> bool:
    return True
