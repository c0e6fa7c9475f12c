"""The child processes in which strangers' files are opened, so that no bomb, crash or hang reaches us.

A child lives for many jobs and is bounded in memory, CPU time, file size and priority (media.child). One that
dies is replaced at the next job; one that takes too long or whose asker goes away is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from media.errors import MEMORY, MediaFailure, MediaFault, MediaRefused
from media.limits import MIB

_JOBS = 500
"""Then a child is replaced: decoders leak a little, and a fresh one costs a tenth of a second."""
_LAST_WORDS = 2.0
_ANSWER = 1 * MIB
"""Bytes of one answer: a transcript of five minutes is a few kilobytes."""


class _Ended(Exception):
    """The child died before it had answered."""


class Workshop:
    """At most `benches` children at once, started when first needed.

    `memory` and `output_bytes` bound each child. A job said to be `patient` (a video) never takes the last
    free bench, so that photos are not kept waiting behind it. `program` is what the children
    run.
    """

    def __init__(
        self,
        *,
        benches: int = 2,
        memory: int = 512 * MIB,
        output_bytes: int = 64 * MIB,
        program: tuple[str, ...] = ("-m", "media.child"),
    ) -> None:
        self._arguments = (*program, str(memory), str(output_bytes))
        self._seats = asyncio.Semaphore(benches)
        self._patient = asyncio.Semaphore(max(1, benches - 1))
        self._idle: list[_Bench] = []
        self._busy: set[_Bench] = set()
        self._closed = False

    async def do(
        self, work: str, job: Mapping[str, Any], *, seconds: float, patient: bool = False
    ) -> dict[str, Any]:
        """The work's answer. `seconds` bound it from its start, in wall and in CPU time.

        Raises MediaRefused (the file's fault, also for a job that took too long or killed its child twice)
        or MediaFault (ours).
        """
        order = json.dumps({"work": work, "seconds": seconds, "job": job}).encode() + b"\n"
        async with self._lane(patient=patient):
            told, code = await self._ask(order, seconds, fresh=False)
            if not told or _may_be_worn(told):
                told, code = await self._ask(order, seconds, fresh=True)
        return _read(told) if told else _crash(code)

    async def close(self) -> None:
        """End all children for good; whoever waits for an answer gets MediaFault."""
        self._closed = True
        idle, self._idle = self._idle, []
        for bench in self._busy:
            bench.kill()
        await asyncio.gather(*(bench.end() for bench in idle), *(bench.ended.wait() for bench in self._busy))

    @asynccontextmanager
    async def _lane(self, *, patient: bool) -> AsyncIterator[None]:
        if not patient:
            async with self._seats:
                yield
            return
        async with self._patient, self._seats:
            yield

    async def _ask(self, order: bytes, seconds: float, *, fresh: bool) -> tuple[dict[str, Any], int]:
        """The answer, or nothing and the code with which the child ended (minus the signal's number)."""
        if self._closed:
            raise MediaFault("the workshop is closed")
        if fresh and self._idle:
            await self._idle.pop().end()
        bench = self._idle.pop() if self._idle and not fresh else await _Bench.start(self._arguments)
        self._busy.add(bench)
        if self._closed:  # while the child was starting
            bench.kill()
        try:
            async with asyncio.timeout(seconds):
                told = _parsed(await bench.ask(order))
        except _Ended:
            code = await bench.end(grace=_LAST_WORDS)
            if code == -signal.SIGXCPU:
                raise MediaRefused(MediaFailure.TIMEOUT, "processor time") from None
            return {}, code
        except TimeoutError:
            await bench.end()
            raise MediaRefused(MediaFailure.TIMEOUT, "wall time") from None
        except BaseException:  # also a cancelled asker: the child must not go on, nor answer the next one
            await bench.end()
            raise
        finally:
            self._busy.discard(bench)
        if bench.jobs < _JOBS and not told.get("worn") and not self._closed:
            self._idle.append(bench)
        else:
            await bench.end()
        return told, 0


class _Bench:
    """One child and its two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.jobs = 0
        self.ended = asyncio.Event()

    @classmethod
    async def start(cls, arguments: tuple[str, ...]) -> _Bench:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            limit=_ANSWER,
            start_new_session=True,  # Ctrl-C is for the parent, which ends its children in order
        )
        return cls(process)

    async def ask(self, order: bytes) -> bytes:
        """Raises _Ended when the child dies before it has answered."""
        assert self._process.stdin and self._process.stdout
        self.jobs += 1
        try:
            self._process.stdin.write(order)
            await self._process.stdin.drain()
            answer = await self._process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        except ValueError:  # an answer beyond `_ANSWER`: no honest child writes one
            raise MediaFault("a child process answered too much") from None
        if not answer.endswith(b"\n"):
            raise _Ended
        return answer

    def kill(self) -> None:
        """Its whole process group, at once. The asker sees the pipe end."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self, *, grace: float = 0.0) -> int:
        """Kill the child, after up to `grace` seconds if it is dying already, and return its code.

        Waits until the process and its pipes are gone, so that nothing is left to warn about. Only for the
        one who holds the bench.
        """
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._process.wait()
        self.kill()
        await self._process.stdout.read()
        code = await self._process.wait()
        self.ended.set()
        return code


def _parsed(answer: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(answer))
    except (ValueError, TypeError) as error:
        raise MediaFault(f"a child process answered nonsense: {error!r}") from error


def _may_be_worn(told: dict[str, Any]) -> bool:
    """Whether the job failed for want of memory, or of a library, that a fresh child may have."""
    return told.get("detail") == MEMORY or ("fault" in told and bool(told.get("worn")))


def _crash(code: int) -> NoReturn:
    """Of two children one after the other."""
    if code >= 0:
        raise MediaFault(f"a child process ended with code {code}")
    raise MediaRefused(MediaFailure.BROKEN, f"a decoder was killed by signal {-code}")


def _read(told: dict[str, Any]) -> dict[str, Any]:
    try:
        if "refused" in told:
            raise MediaRefused(MediaFailure(told["refused"]), str(told["detail"]))
        if "fault" in told:
            raise MediaFault(str(told["fault"]))
        return dict(told["done"])
    except (ValueError, KeyError, TypeError) as error:
        raise MediaFault(f"a child process answered nonsense: {error!r}") from error


def _environment() -> dict[str, str]:
    """Only what Python needs: no secret of the environment reaches a process that strangers may break."""
    names = ("PATH", "LANG", "LC_ALL", "TZ")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "MALLOC_ARENA_MAX": "2",  # each arena reserves 64 MB of the address space that is bounded
        "MALLOC_MMAP_THRESHOLD_": "262144",  # fixed, so that a large picture's memory goes back at once
        "OMP_NUM_THREADS": "1",
    }
