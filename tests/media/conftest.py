"""Fixtures of the media tests: an archive in a folder of its own, and files made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from media import Archive, LocalStore


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    made = Archive(LocalStore(tmp_path / "store"), tmp_path / "under-way")
    yield made
    await made.close()
    assert list((tmp_path / "under-way").glob("*")) == [], "quarantine was not cleared"


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """picture("JPEG", size=(w, h), exif=…): a picture with some structure, encoded by Pillow."""
    from PIL import Image

    def make(
        form: str = "JPEG", *, size: tuple[int, int] = (400, 300), mode: str = "RGB", **save: Any
    ) -> bytes:
        image = Image.radial_gradient("L").resize(size)
        image.paste(220, (size[0] // 8, size[1] // 8, size[0] // 3, size[1] // 2))
        out = io.BytesIO()
        image.convert(mode).save(out, form, **save)
        return out.getvalue()

    return make


@pytest.fixture
def png_bomb() -> Callable[..., bytes]:
    """A valid black PNG of n × n pixels, about a thousandth of its decoded size; `bits` a pixel: 1 or 32."""

    def make(edge: int, bits: int = 1) -> bytes:
        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        squeezer, row = zlib.compressobj(9), bytes(1 + (edge * bits + 7) // 8)
        packed = b"".join(squeezer.compress(row) for _ in range(edge)) + squeezer.flush()
        depth, colour = (1, 0) if bits == 1 else (8, 6)
        header = struct.pack(">IIBBBBB", edge, edge, depth, colour, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")

    return make
