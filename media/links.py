"""Signed links: whoever holds one sees one form of one file, for a short while, for one purpose.

    <what it grants, base64url JSON>.<HMAC-SHA-256 over it>

A link names for whom it was made. A page with a session checks that it is still the same person (`viewer`); where
there is no session, in a messenger's download or an export, the link itself is the right and therefore short-lived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from media.errors import MediaError, NotHeld
from media.serving import variant_of
from media.store import Variant

KEY_BYTES = 32
_LONGEST = 2048
"""Characters of a link that are looked at."""


class Purpose(StrEnum):
    """What a link is for. A link for one is refused for another."""

    CHANNEL = "channel"
    EXPORT = "export"
    PAGE = "page"


LIFETIME = {
    Purpose.CHANNEL: timedelta(
        minutes=15
    ),  # a messenger's server fetches within seconds; a slow one in minutes
    Purpose.EXPORT: timedelta(hours=24),  # a table is opened on the day it was made
    Purpose.PAGE: timedelta(minutes=10),  # a page's pictures and sounds while it is looked at
}


class LinkRefused(MediaError):
    """Forged, too old, or made for somebody or something else: one answer for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`viewer` is an id of whoever asked for it; `until` an aware instant."""

    digest: str
    variant: Variant
    viewer: str
    purpose: Purpose
    until: datetime


class Signer:
    """`secret` are 32 bytes that all processes of a house share."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < KEY_BYTES:
            raise ValueError(f"a link key has {KEY_BYTES} bytes")
        self._secret = secret

    def sign(
        self, digest: str, variant: Variant, *, viewer: str, purpose: Purpose, now: datetime
    ) -> str:  # fmt: skip
        """A link's last part, valid from `now` for the purpose's lifetime. An export shows only PUBLIC photos."""
        if purpose is Purpose.EXPORT and variant in (Variant.SCREEN, Variant.THUMB):
            variant = Variant.PUBLIC
        until = int((now + LIFETIME[purpose]).timestamp())
        told = _coded(json.dumps([digest, variant.value, viewer, purpose.value, until]).encode())
        return f"{told}.{self._mark(told)}"

    def open(self, link: str, *, purpose: Purpose | None, now: datetime, viewer: str | None = None) -> Grant:
        """What the link grants. Raises LinkRefused. `purpose` None: any; `viewer` None: whoever holds it."""
        told, _, mark = link[:_LONGEST].partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(told).encode()):
            raise LinkRefused
        grant = _grant(told)
        wrong_viewer = viewer is not None and viewer != grant.viewer
        wrong_purpose = purpose is not None and purpose is not grant.purpose
        if now >= grant.until or wrong_viewer or wrong_purpose:
            raise LinkRefused
        return grant

    def _mark(self, told: str) -> str:
        return _coded(
            hmac.digest(self._secret, b"minhu link " + told.encode("utf-8", "replace"), hashlib.sha256)
        )


def secret_in(path: Path) -> bytes:
    """The secret kept in a file of the data folder, made at the first call; only its owner may read it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as out:
        secret = os.urandom(KEY_BYTES)
        out.write(secret)
    return secret


def _grant(told: str) -> Grant:
    """Of what we signed ourselves; another version of the program may have signed something else."""
    try:
        digest, variant, viewer, purpose, until = json.loads(
            base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
        )
        return Grant(
            digest=digest, variant=variant_of(variant), viewer=viewer, purpose=Purpose(purpose),
            until=datetime.fromtimestamp(until, UTC),
        )  # fmt: skip
    except (ValueError, TypeError, NotHeld):
        raise LinkRefused from None


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
