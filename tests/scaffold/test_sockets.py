"""The guard in tests/conftest.py: this machine may be talked to, no other."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_another_machine_is_out_of_reach(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe, pytest.raises(AssertionError, match=r"127\.0\.0\.1 only"):
        probe.connect((host, 80))


def test_the_name_of_another_machine_is_not_even_asked_for() -> None:
    with pytest.raises(AssertionError, match="example"):
        socket.getaddrinfo("example.org", 443)


def test_this_machine_is_within_reach() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as peer,
    ):
        assert peer.getpeername() == server.getsockname()
