"""What may be set as the address of a server that files are sent to; checked at the start, without the client."""

from __future__ import annotations

from urllib.parse import urlsplit


def check(address: str) -> str:
    """The address, if it is one: http or https, a host, no name and password, no query. Raises ValueError."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an address without name, password and query; the key is a setting of its own")
    return address
