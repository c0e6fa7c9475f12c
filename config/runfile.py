"""Which process serves a data folder: `minhu.pid`, locked for as long as it lives.

The lock, not the number, says that Minhu runs: a number outlives a crash and may be given to another
process, a lock does neither.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

NAME = "minhu.pid"
# How often a stopping process is looked at, seconds: below what a person notices.
LOOK_EVERY = 0.05


class AlreadyServed(Exception):
    """Another process serves this data folder; `pid` is its number, 0 when it is not known."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"the data folder is served by process {pid}")
        self.pid = pid


@contextlib.contextmanager
def serving(data: Path) -> Iterator[None]:
    """Hold the data folder for this process. Raises AlreadyServed when another one holds it."""
    file = data / NAME
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(handle):
            raise AlreadyServed(_number(file))
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def server_of(data: Path) -> int | None:
    """The process that serves `data` now, or None. 0 when it has not yet written its number."""
    file = data / NAME
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _number(file)
    finally:
        os.close(handle)
    return None


def stop(data: Path, *, wait: float) -> int | None:
    """Ask the serving process to end, and wait up to `wait` seconds until it has.

    Returns its number, or None when nobody served. TimeoutError when it still runs;
    PermissionError when it belongs to another user.
    """
    pid = server_of(data)
    if not pid:
        return None
    os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + wait
    while server_of(data) == pid:
        if time.monotonic() > give_up:
            raise TimeoutError(pid)
        time.sleep(LOOK_EVERY)
    return pid


def _locked(handle: int) -> bool:
    """Take the lock. Somebody who only looks holds it for microseconds, so one refusal proves nothing."""
    for _ in range(5):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_EVERY)
        else:
            return True
    return False


def _number(file: Path) -> int:
    text = file.read_text().strip()
    return int(text) if text.isdigit() else 0
