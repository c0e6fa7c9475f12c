"""A warm `minhu up` with the web channel alone: seconds until it answers, and its memory, beside the limits.

Warm means: the record is migrated, the roster is there, the files have been read once. Measured from the start
of the process to its first answer to a page, and once more after a resident's first message became a card.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bots.web.residents import visitor_of
from casecore.ids import new_secret

SECONDS_MOST = 3.0
MEGABYTES_MOST = 150.0
ROUNDS = 5
PATIENCE = 60.0
TEXT = "鹿山街道江滨东大道的路灯坏了三天，晚上黑漆漆的，麻烦来修一下"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start: seconds on the wall and of the processor, megabytes resident then and after the first message."""

    seconds: float
    busy: float
    megabytes: float
    after_message: float


def start_once(data: Path) -> Start:
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINHU_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "config.cli",
            "up",
            "--quiet",
            "--no-voice",
            "--data",
            str(data),
            "--port",
            str(port),
        ],
        env=environment,
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError("minhu up did not start")
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        busy, megabytes = _busy(process.pid), _resident(process.pid)
        _converse(port)
        return Start(seconds=seconds, busy=busy, megabytes=megabytes, after_message=_resident(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _converse(port: int) -> None:
    """Say something and wait until it is answered."""
    token = new_secret(32)
    head = {
        "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "Cookie": f"minhu_chat={token}",
        "X-Minhu-Key": visitor_of(token).key,
    }  # fmt: skip
    base = f"http://127.0.0.1:{port}/chat"
    said = json.dumps({"client_id": new_secret(16), "text": TEXT}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{base}/message", said, head), timeout=PATIENCE).close()
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        with urllib.request.urlopen(urllib.request.Request(f"{base}/history", headers=head)) as answer:
            if len(json.load(answer)["lines"]) >= 2:
                return
        time.sleep(0.02)
    raise RuntimeError("the message was not answered")


def _resident(pid: int) -> float:
    """Megabytes of memory in use, shared pages included."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _busy(pid: int) -> float:
    """Seconds of processor time: what the start costs on a machine that is busy with other things too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> None:
    """Print the medians beside their limits; exit status 1 when one is over."""
    parser = argparse.ArgumentParser(prog="python -m bench startup")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        start_once(data)  # makes the record, the roster and the files' place in memory
        starts = [start_once(data) for _ in range(options.rounds)]
    median = {
        name: statistics.median(getattr(start, name) for start in starts)
        for name in ("seconds", "busy", "megabytes", "after_message")
    }
    print(f"minhu up, warm, web channel alone; {options.rounds} starts, medians")
    print(f"until it answers       {median['seconds']:6.2f} s    limit {SECONDS_MOST:.0f} s")
    print(f"  processor time       {median['busy']:6.2f} s")
    print(f"memory                 {median['megabytes']:6.0f} MB   limit {MEGABYTES_MOST:.0f} MB")
    print(f"  after one message    {median['after_message']:6.0f} MB")
    sys.exit(int(median["seconds"] > SECONDS_MOST or median["megabytes"] > MEGABYTES_MOST))
