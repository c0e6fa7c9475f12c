"""Whatever a child does, the parent gets an answer, the next job gets a child, and closing leaves nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.errors import MediaFailure, MediaFault, MediaRefused
from media.limits import MIB
from media.workshop import Workshop

PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from media import child
child.WORKS["misbehave"] = "misbehave"
child.main()
"""

MISBEHAVE = """
import os, signal, sys, time
from pathlib import Path

def work(job):
    return {name: deed for name, deed in globals().items() if name == job["deed"]}[job["deed"]](job)

USED = []
def need_room(job):
    if USED: raise MemoryError
    return {"fresh": True}
def behave(job):
    USED.append(job)
    return {"pid": os.getpid(), "echo": job.get("echo")}
def die(job): os.kill(os.getpid(), signal.SIGSEGV)
def leave(job): os._exit(7)
def hang(job): time.sleep(600)
def burn(job):
    while True: pass
def eat(job): return {"eaten": len([bytearray(16 * 2**20) for _ in range(1000)])}
def fill(job):
    with open(job["path"], "wb") as out:
        for _ in range(1000): out.write(bytes(2**20))
def stumble(job): raise ZeroDivisionError("with the resident's words in it")
def miss(job): import a_decoder_that_is_not_installed
def chat(job):
    print("a decoder prints", flush=True)
    os.write(1, b'{"done": {"forged": true}}\\n')
    return {"honest": True}
def babble(job): return {"much": "x" * (3 * 2**20)}
def die_once(job):
    mark = Path(job["path"])
    if not mark.exists():
        mark.touch(); os.kill(os.getpid(), signal.SIGKILL)
    return {"second": True}
def environment(job): return dict(os.environ)
"""


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    (tmp_path / "misbehave.py").write_text(MISBEHAVE)
    (tmp_path / "program.py").write_text(PROGRAM.format(folder=str(tmp_path)))
    made = Workshop(
        benches=2, memory=256 * MIB, output_bytes=4 * MIB, program=(str(tmp_path / "program.py"),)
    )
    yield made
    await made.close()


async def _do(workshop: Workshop, deed: str, *, seconds: float = 10, **job: object) -> dict[str, object]:
    return await workshop.do("misbehave", {"deed": deed, **job}, seconds=seconds)


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("die", MediaFailure.BROKEN),
        ("eat", MediaFailure.BOMB),
        ("fill", MediaFailure.BOMB),
        ("stumble", MediaFailure.BROKEN),
    ],
)
async def test_a_file_that_breaks_a_child_is_refused(
    workshop: Workshop, tmp_path: Path, deed: str, reason: MediaFailure
) -> None:
    with pytest.raises(MediaRefused) as refused:
        await _do(workshop, deed, path=str(tmp_path / "full"))
    assert refused.value.reason is reason
    assert "resident" not in str(refused.value), "a decoder's message may hold the file's text"
    assert (await _do(workshop, "behave", echo="after"))["echo"] == "after"


@pytest.mark.parametrize("deed", ["hang", "burn"])
async def test_a_child_that_takes_too_long_is_killed(workshop: Workshop, deed: str) -> None:
    pid = (await _do(workshop, "behave"))["pid"]
    with pytest.raises(MediaRefused) as refused:
        await _do(workshop, deed, seconds=0.2)
    assert refused.value.reason is MediaFailure.TIMEOUT
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(pid)), 0)
    assert (await _do(workshop, "behave"))["pid"] != pid


@pytest.mark.parametrize("deed", ["leave", "miss", "babble"])
async def test_what_is_our_fault_is_called_a_fault(workshop: Workshop, deed: str) -> None:
    with pytest.raises(MediaFault):
        await _do(workshop, deed)
    assert (await _do(workshop, "behave", echo=1))["echo"] == 1


async def test_a_child_killed_from_outside_costs_one_retry_only(workshop: Workshop, tmp_path: Path) -> None:
    assert await _do(workshop, "die_once", path=str(tmp_path / "mark")) == {"second": True}


async def test_a_used_child_s_want_of_memory_is_not_held_against_the_file(workshop: Workshop) -> None:
    await _do(workshop, "behave")
    assert await _do(workshop, "need_room") == {"fresh": True}


async def test_what_a_decoder_prints_is_no_answer(workshop: Workshop) -> None:
    assert await _do(workshop, "chat") == {"honest": True}


async def test_a_cancelled_asker_s_answer_reaches_nobody_else(workshop: Workshop) -> None:
    asking = asyncio.create_task(_do(workshop, "hang", seconds=60))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await _do(workshop, "behave", echo="mine"))["echo"] == "mine"


async def test_children_are_used_again_and_never_more_than_benches(workshop: Workshop) -> None:
    answers = await asyncio.gather(*(_do(workshop, "behave", echo=n) for n in range(20)))
    assert [answer["echo"] for answer in answers] == list(range(20))
    assert len({answer["pid"] for answer in answers}) <= 2


async def test_a_child_sees_no_secret_of_the_environment(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINHU_BOT_TOKEN", "12345:secret")
    assert "secret" not in str(await _do(workshop, "environment"))


async def test_a_patient_job_leaves_a_bench_free(workshop: Workshop) -> None:
    films = [
        asyncio.create_task(workshop.do("misbehave", {"deed": "hang"}, seconds=60, patient=True))
        for _ in range(3)
    ]
    await asyncio.sleep(0.05)
    assert (await _do(workshop, "behave", echo="photo"))["echo"] == "photo"
    for film in films:
        film.cancel()
    await asyncio.gather(*films, return_exceptions=True)


async def test_closing_ends_what_is_under_way(workshop: Workshop) -> None:
    asking = asyncio.create_task(_do(workshop, "hang", seconds=60))
    await asyncio.sleep(0.05)
    await workshop.close()
    with pytest.raises(MediaFault):
        await asking
    with pytest.raises(MediaFault):
        await _do(workshop, "behave")
