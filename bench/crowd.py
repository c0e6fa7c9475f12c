"""Photos and words at once: a house at work takes in photos at a steady pace while people go on writing.

    photos    12-megapixel JPEGs posted to the web chat, each by another resident (bar: 200 a minute on 2 cores,
              all of them cleaned when the last has come in)
    words     text messages beside them (bar: p99 of the durable answer 200 ms)

The house is the whole one, with its workers, in a process of its own; the client shares the same cores, as it would
not outside. A photo counts when it is cleaned and its message is through the record.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from bench.intake import _answered, _free_port, _wait_for, house_server
from bench.media import photo
from bots.web.residents import visitor_of
from casecore.ids import new_secret

PHOTOS_A_MINUTE = 200
SECONDS = 30
WORDS_A_SECOND = 10
TEXT = "村口的路灯坏了三天，晚上黑漆漆的，麻烦来修一下"
LATE = 120
"""Seconds after the last photo in which all of them have to be cleaned."""


async def _post(port: int, path: str, kind: str, body: bytes) -> float:
    """Seconds until the house said 200 to a resident who never wrote before."""
    token = new_secret(32)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
        f"Sec-Fetch-Site: same-origin\r\nCookie: minhu_chat={token}\r\n"
        f"X-Minhu-Key: {visitor_of(token).key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    writer.write(head.encode() + body)
    await _answered(reader)
    took = time.perf_counter() - began
    writer.close()
    await writer.wait_closed()
    return took


async def _photos(port: int, base: bytes, count: int, pace: float) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_photo(port, base + number.to_bytes(4, "big"), number))
            await asyncio.sleep(pace)


async def _photo(port: int, content: bytes, number: int) -> None:
    lines = []
    for name, value in (("client_id", f"{number:032x}"), ("kind", "photo")):
        lines.append(f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
    lines.append(
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = "".join(lines).encode() + content + b"\r\n--cut--\r\n"
    await _post(port, "/chat/file", "multipart/form-data; boundary=cut", body)


async def _words(port: int, waits: list[float], stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        number = 1 << 40
        while not stop.is_set():
            number += 1
            group.create_task(_word(port, number, waits))
            await asyncio.sleep(1 / WORDS_A_SECOND)


async def _word(port: int, number: int, waits: list[float]) -> None:
    body = json.dumps({"client_id": f"{number:032x}", "text": TEXT}).encode()
    waits.append(await _post(port, "/chat/message", "application/json", body))


def _unfetched(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(next(folder.glob("*.db")))) as database:
        query = "SELECT count(*) FROM inbox WHERE kind = 'photo' AND state = 'received'"
        return int(database.execute(query).fetchone()[0])


async def _load(port: int, folder: Path, base: bytes, seconds: float) -> dict[str, float]:
    await _word(port, 1, [])  # what a first message loads is not counted
    count, waits, stop = round(PHOTOS_A_MINUTE / 60 * seconds), list[float](), asyncio.Event()
    words = asyncio.create_task(_words(port, waits, stop))
    began = time.perf_counter()
    await _photos(port, base, count, 60 / PHOTOS_A_MINUTE)
    while _unfetched(folder):
        if time.perf_counter() - began > seconds + LATE:
            raise TimeoutError(f"{_unfetched(folder)} of {count} photos are still waiting")
        await asyncio.sleep(0.1)
    took = time.perf_counter() - began
    stop.set()
    await words
    cuts = statistics.quantiles(waits, n=100)
    return {
        "photos": count, "photos_a_minute": round(count / took * 60), "words": len(waits),
        "words_p50_ms": round(cuts[49] * 1000, 1), "words_p99_ms": round(cuts[98] * 1000, 1),
    }  # fmt: skip


def measure(seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        folder, port, base = Path(place), _free_port(), photo(12)
        house = multiprocessing.get_context("spawn").Process(
            target=house_server, args=(port, folder), kwargs={"work": True}
        )
        house.start()
        try:
            _wait_for(port)
            return asyncio.run(_load(port, folder, base, seconds))
        finally:
            house.terminate()
            house.join(10)
            house.kill()


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench crowd", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long photos come")
    print(json.dumps(measure(parser.parse_args(argv).seconds), indent=2))
