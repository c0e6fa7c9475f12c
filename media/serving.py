"""One variant of a file, or a range of it, ready for a web route: the facts of its headers and its bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from media.errors import NotHeld, RangeNotSatisfiable
from media.store import Store, Variant, served_key

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Bytes `start` up to, not including, `stop` of a variant that has `size` bytes.

    The route's own duty: `X-Content-Type-Options: nosniff`, a sandboxing CSP, `Accept-Ranges: bytes`, and
    `Content-Disposition: attachment` where `inline` is false.
    """

    digest: str
    variant: Variant
    mime: str
    size: int
    start: int
    stop: int
    partial: bool
    inline: bool
    """Whether a page may show it: true for what was encoded anew here, false for a document."""
    body: AsyncIterator[bytes]

    @property
    def status(self) -> int:
        return 206 if self.partial else 200

    @property
    def length(self) -> int:
        """Content-Length."""
        return self.stop - self.start

    @property
    def content_range(self) -> str | None:
        """Content-Range, for a partial answer only."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}" if self.partial else None

    @property
    def etag(self) -> str:
        """A strong one: a digest's variant never changes while it is held."""
        return f'"{self.digest[:32]}-{self.variant.value}"'


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The half-open range that `header` asks for, or None for the whole (RFC 9110, 14.1.2 and 14.2).

    A header that is malformed, of another unit or of several ranges is ignored, as the RFC allows.
    Raises RangeNotSatisfiable.
    """
    asked = _RANGE.fullmatch(header) if header else None
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= stop:
        raise RangeNotSatisfiable(size)
    return start, stop


async def serve(
    store: Store, digest: str, variant: Variant, *, mime: str, inline: bool, range_header: str | None
) -> Served:
    """Raises NotHeld, RangeNotSatisfiable, MediaFault; never after the first byte unless the store fails."""
    key = served_key(digest, variant)
    size = await store.size(key)
    asked = parse_range(range_header, size)
    start, stop = asked or (0, size)
    return Served(
        digest=digest,
        variant=variant,
        mime=mime,
        size=size,
        start=start,
        stop=stop,
        partial=asked is not None,
        inline=inline,
        body=store.read(key, start, stop),
    )


def variant_of(name: str) -> Variant:
    """The variant of an address that a browser asked for. Raises NotHeld."""
    try:
        return Variant(name)
    except ValueError:
        raise NotHeld("no such variant") from None
