"""For every test: no socket but to this machine, and property tests that draw the same examples each time."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from config.places import data_folder, weights_folder
from media import weights

ROOT = Path(__file__).resolve().parent.parent

# A red build must be red again at the next run; the search for new examples is a fuzzing job of its own.
settings.register_profile("minhu", derandomize=True, database=None, deadline=None)
settings.load_profile("minhu")


class OutsideWorld(AssertionError):
    """A test wanted to talk to another machine."""


def _stay_inside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.bind", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a Unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host and not _of_this_machine(host):
        raise OutsideWorld(f"{event} to {host!r}: tests talk to 127.0.0.1 only")


def _of_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    # A house that a test starts must not fetch 148 MB; whoever tests the fetching asks for it.
    os.environ.setdefault("MINHU_VOICE_FETCH", "0")
    # An audit hook sees every socket of every library in this process, and cannot be forgotten by a fixture.
    sys.addaudithook(_stay_inside)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Evaluation data that lies beside the checkout on some machines; a user's clone does not have it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the evaluation data (../shared/data) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def speech_model() -> Path:
    """A folder with real weights, or a loud skip: `minhu voice setup` in the checkout fetches them, as CI does."""
    named = os.environ.get("MINHU_WHISPER")
    folder = Path(named) if named else weights_folder(data_folder())
    if not weights.present(folder):
        pytest.skip(
            f"REAL SPEECH MODEL NOT TESTED: run `./minhu voice setup` or set MINHU_WHISPER ({folder})"
        )
    return folder.absolute()


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
