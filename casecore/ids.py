"""Names for rows: UUIDv7 in hex, so that they sort by time and fit a 64-byte chat button."""

from __future__ import annotations

import secrets

import uuid_utils


def new_id() -> str:
    """32 hex digits, unique, ordered by creation within a process."""
    return uuid_utils.uuid7().hex


def new_secret(nbytes: int = 24) -> str:
    """A random URL-safe token for cookies, fences and codes; 24 bytes are 192 bits."""
    return secrets.token_urlsafe(nbytes)
