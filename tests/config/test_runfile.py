"""Which process serves a data folder: known by its lock, stopped by its number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.runfile import NAME, AlreadyServed, server_of, serving, stop

SERVER = """
import signal, sys, time
from pathlib import Path
from config.runfile import serving
signal.signal(signal.SIGTERM, {on_term})
with serving(Path(sys.argv[1])):
    print("serving", flush=True)
    while True:
        signal.pause()
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    """Starts a process that serves tmp_path; it is gone when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def run(on_term: str = "lambda *_: sys.exit(0)") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SERVER.format(on_term=on_term), str(tmp_path)]
        root = Path(__file__).resolve().parents[2]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_nobody_serves_a_new_folder(tmp_path: Path) -> None:
    assert server_of(tmp_path) is None
    assert stop(tmp_path, wait=0) is None


def test_the_serving_process_is_known_by_number(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert server_of(tmp_path) == os.getpid()
    assert server_of(tmp_path) is None


def test_a_second_process_is_refused_and_told_the_first_ones_number(tmp_path: Path, start) -> None:
    first = start()
    with pytest.raises(AlreadyServed) as refused, serving(tmp_path):
        pytest.fail("two processes serve one folder")
    assert refused.value.pid == first.pid


def test_stop_waits_until_it_has_ended(tmp_path: Path, start) -> None:
    process = start()
    assert stop(tmp_path, wait=30) == process.pid
    assert server_of(tmp_path) is None
    assert process.wait() == 0


def test_one_that_does_not_end_is_reported(tmp_path: Path, start) -> None:
    start(on_term="signal.SIG_IGN")
    with pytest.raises(TimeoutError):
        stop(tmp_path, wait=0.1)


def test_a_killed_process_leaves_no_one_locked_out(tmp_path: Path, start) -> None:
    process = start()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (tmp_path / NAME).read_text().strip() == str(process.pid)
    assert server_of(tmp_path) is None
    with serving(tmp_path):
        assert server_of(tmp_path) == os.getpid()


def test_a_number_given_to_another_process_is_not_stopped(tmp_path: Path) -> None:
    """After a crash the file names a process that may be anyone's by now: ours, here."""
    (tmp_path / NAME).write_text(f"{os.getpid()}\n")
    assert stop(tmp_path, wait=0) is None
