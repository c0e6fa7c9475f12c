"""Videos come out small, upright, playable everywhere and anonymous; what only pretends to be one is refused."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from PIL import Image

from media import Archive, Limits, MediaFailure, MediaKind, MediaRefused, Variant

Film = Callable[..., bytes]
PLACE = {"location": "+30.0500+119.9600/", "creation_time": "2026-03-05T01:30:00Z", "title": "SECRET"}


async def _refusal(archive: Archive, content: bytes, hint: str | None = "video") -> MediaFailure:
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(content, hint=hint)
    return refused.value.reason


@pytest.mark.parametrize("form", ["mp4", "mov", "webm"])
async def test_a_video_becomes_a_web_video_with_a_poster(form: str, archive: Archive, film: Film) -> None:
    taken = await archive.take_in(film(form, **PLACE), hint="video")
    assert taken.kind is MediaKind.VIDEO
    assert set(taken.facts.variants) == {Variant.CLEAN, Variant.POSTER, Variant.THUMB, Variant.SPEECH}
    content, mime = await archive.content(taken.digest)
    assert mime == "video/mp4"
    assert not any(word in content for word in (b"SECRET", b"+30.05", b"119.96"))
    assert content.index(b"moov") < content.index(b"mdat"), "it starts playing before it is loaded"
    with av.open(io.BytesIO(content)) as container:
        assert [s.codec_context.name for s in container.streams] == ["h264", "aac"]
        assert container.metadata.keys() <= {"major_brand", "minor_version", "compatible_brands"}
        assert sum(1 for _ in container.decode(video=0)) == pytest.approx(25, abs=1)
    with Image.open(io.BytesIO((await archive.content(taken.digest, Variant.POSTER))[0])) as poster:
        assert poster.size == (320, 180)


async def test_place_and_time_are_read_before_they_are_removed(archive: Archive, film: Film) -> None:
    facts = (await archive.take_in(film("mp4", **PLACE), hint="video")).facts
    assert (facts.lat, facts.lon) == (30.05, 119.96)
    assert facts.taken_at == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


async def test_a_large_video_is_made_small_and_a_silent_one_has_no_speech(
    archive: Archive, film: Film
) -> None:
    facts = (await archive.take_in(film(size=(1920, 1080), seconds=0.4, sound=False), hint="video")).facts
    assert (facts.width, facts.height) == (1280, 720)
    assert Variant.SPEECH not in facts.variants
    assert facts.failures == ()


async def test_a_phone_held_upright(archive: Archive, film: Film, tmp_path: Path) -> None:
    """A display matrix that says "turn" is obeyed once, in the pictures, and is gone from the file."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program to write a display matrix")
    (tmp_path / "flat.mp4").write_bytes(film())
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(tmp_path / "flat.mp4"), "-c", "copy"]
    subprocess.run([*command, "-metadata:s:v", "rotate=90", str(tmp_path / "up.mov")], check=True)
    taken = await archive.take_in((tmp_path / "up.mov").read_bytes(), hint="video")
    assert (taken.facts.width, taken.facts.height) == (180, 320)
    with av.open(io.BytesIO((await archive.content(taken.digest))[0])) as container:
        assert next(container.decode(video=0)).rotation == 0


async def test_limits_of_length_and_size(archive: Archive, film: Film) -> None:
    short = Archive(archive.store, archive._workplace, limits=Limits(video_seconds=1.0, video_pixels=200_000))
    assert await _refusal(short, film(seconds=1.5)) is MediaFailure.TOO_LONG
    assert await _refusal(short, film(seconds=4)) is MediaFailure.TOO_LONG
    assert await _refusal(short, film(size=(640, 480), seconds=0.2)) is MediaFailure.TOO_LARGE
    await short.close()


async def test_what_pretends_to_be_a_video(archive: Archive, film: Film, tone: Callable[..., bytes]) -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    assert await _refusal(archive, playlist) is MediaFailure.NOT_A_VIDEO
    box = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
    assert await _refusal(archive, box + playlist) is MediaFailure.BROKEN
    assert await _refusal(archive, film()[:200]) is MediaFailure.BROKEN
    assert await _refusal(archive, tone("mp4")) is MediaFailure.NOT_A_VIDEO


async def test_a_video_cut_off_is_broken_or_shorter(archive: Archive, film: Film) -> None:
    """An mp4 without its index tells nothing; a webm plays up to the cut."""
    whole = film("mp4", seconds=2)
    assert await _refusal(archive, whole[: len(whole) // 2]) is MediaFailure.BROKEN
    whole = film("webm", seconds=2)
    taken = await archive.take_in(whole[: len(whole) // 2], hint="video")
    assert (taken.facts.duration or 9) < 2


async def test_mutated_videos_end_in_a_refusal_or_a_video(archive: Archive, film: Film) -> None:
    import random

    chance, seeds = random.Random(7), [film(form, seconds=0.3, size=(64, 48)) for form in ("mp4", "webm")]
    taken = 0
    for number in range(60):
        body = bytearray(seeds[number % 2])
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 1, 4))] = chance.randbytes(chance.choice((0, 1, 4)))
        try:
            await archive.take_in(bytes(body), hint="video")
            taken += 1
        except MediaRefused as refused:
            assert refused.reason is not MediaFailure.TIMEOUT
    assert taken > 10
