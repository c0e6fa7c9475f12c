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


@pytest.fixture
def tone(tmp_path: Path) -> Callable[..., bytes]:
    """tone("ogg", seconds=1.5, rate=48000, **metadata): a humming voice in a sound file, encoded by PyAV."""
    codecs = {"ogg": "libopus", "mp3": "libmp3lame", "wav": "pcm_s16le", "mp4": "aac", "webm": "libopus"}

    def make(form: str = "ogg", seconds: float = 1.5, rate: int = 48_000, **metadata: str) -> bytes:
        import av

        target = tmp_path / f"tone.{form}"
        with av.open(str(target), "w", format=form) as container:
            container.metadata.update(metadata)
            stream = container.add_stream(codecs.get(form, form), rate=rate, layout="mono")
            for frame in _hum(int(seconds * rate), rate):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return target.read_bytes()

    return make


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., bytes]:
    """film("mp4", seconds=1, size=(w, h), sound=True, **metadata): moving squares, encoded by PyAV."""
    codecs = {"mp4": ("libx264", "aac"), "mov": ("libx264", "aac"), "webm": ("libvpx", "libopus")}

    def make(
        form: str = "mp4",
        seconds: float = 1.0,
        size: tuple[int, int] = (320, 180),
        sound: bool = True,
        **metadata: str,
    ) -> bytes:
        import av
        from PIL import Image

        target = tmp_path / f"film.{form}"
        options = {"movflags": "use_metadata_tags"} if form != "webm" else {}
        with av.open(str(target), "w", format=form, options=options) as container:
            container.metadata.update(metadata)
            pictures = container.add_stream(codecs[form][0], rate=25)
            pictures.width, pictures.height, pictures.pix_fmt = (*size, "yuv420p")
            hum = container.add_stream(codecs[form][1], rate=48_000, layout="mono") if sound else None
            for number in range(int(seconds * 25)):
                image = Image.new("RGB", size, (200, 60, 60))
                image.paste((250, 250, 250), (number % size[0], 20, number % size[0] + 60, 80))
                container.mux(pictures.encode(av.VideoFrame.from_image(image)))
            container.mux(pictures.encode(None))
            if hum is not None:
                for frame in _hum(int(seconds * 48_000), 48_000):
                    container.mux(hum.encode(frame))
                container.mux(hum.encode(None))
        return target.read_bytes()

    return make


def _hum(samples: int, rate: int) -> Any:
    """A 220 Hz saw wave of int16 samples in frames of 20 ms, as AudioFrames."""
    import array

    import av

    period, step = rate // 220, rate // 50
    for start in range(0, samples, step):
        count = min(step, samples - start)
        wave = array.array("h", (((start + n) % period) * 16_000 // period - 8_000 for n in range(count)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(wave.tobytes())
        frame.rate, frame.pts = rate, start
        yield frame
