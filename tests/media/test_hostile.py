"""The corpus of bad files (reliability D 21-24): each ends in a reason or in a harmless file."""

from __future__ import annotations

import asyncio
import gzip
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from media import Archive, Limits, LocalStore, MediaFailure, MediaRefused, Variant

Picture = Callable[..., bytes]


async def _refusal(archive: Archive, content: bytes, hint: str | None) -> MediaFailure:
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(content, hint=hint)
    assert [held async for held in archive.store.held()] == [], "a refused file leaves nothing"
    return refused.value.reason


async def test_a_png_of_30000_squared_is_a_bomb(archive: Archive, png_bomb: Picture) -> None:
    """ASVS 5.2.6: 900 million pixels in about a hundred kilobytes are refused at the header."""
    bomb = png_bomb(30_000)
    assert len(bomb) < 200_000
    assert await _refusal(archive, bomb, "photo") is MediaFailure.BOMB


async def test_a_photo_of_too_many_honest_pixels_is_too_large(archive: Archive) -> None:
    small = Archive(archive.store, archive._workplace, limits=Limits(pixels=1000))
    out = io.BytesIO()
    Image.effect_noise((50, 50), 90).save(out, "PNG")
    assert await _refusal(small, out.getvalue(), "photo") is MediaFailure.TOO_LARGE
    await small.close()


async def test_the_largest_allowed_picture_fits_the_memory_limit(archive: Archive, png_bomb: Picture) -> None:
    """40 million RGBA pixels; time is not what is tested here, so a busy machine may take longer."""
    patient = Archive(archive.store, archive._workplace, limits=Limits(seconds=60))
    taken = await patient.take_in(png_bomb(6_300, 32), hint="photo")
    assert (taken.facts.width, taken.facts.height) == (4096, 4096)
    await patient.close()


async def test_of_a_gif_with_ten_thousand_frames_only_the_first_is_read(archive: Archive) -> None:
    frame = Image.new("P", (64, 64))
    out = io.BytesIO()
    frame.save(out, "GIF")
    head, body = out.getvalue()[:-1], b""
    start = head.index(b"\x2c")
    body = head[start:] * 10_000
    taken = await archive.take_in(head + body + b"\x3b", hint="photo")
    assert (taken.facts.width, taken.facts.height) == (64, 64)


async def test_a_huge_colour_profile_is_dropped(archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture(icc_profile=bytes(3_000_000)), hint="photo")
    assert taken.facts.variants[Variant.CLEAN].size < 100_000


@pytest.mark.parametrize("tail", ["zip", "html", "php"])
async def test_of_a_polyglot_only_the_picture_remains(tail: str, archive: Archive, picture: Picture) -> None:
    """GIFAR and its kin: what follows the picture is not in any served byte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        folder.writestr("payload.class", b"\xca\xfe\xba\xbe PAYLOAD")
    added = {"zip": packed.getvalue(), "html": b"<script>PAYLOAD</script>", "php": b"<?php PAYLOAD ?>"}[tail]
    for form in ("JPEG", "GIF"):
        sent = picture(form, comment=b"<script>PAYLOAD</script>") + added
        taken = await archive.take_in(sent, hint="photo")
        for variant in taken.facts.variants:
            served, mime = await archive.content(taken.digest, variant)
            assert mime == "image/jpeg"
            assert not any(mark in served for mark in (b"PAYLOAD", b"PK\x03\x04", b"<script", b"<?php"))


@pytest.mark.parametrize("hint", ["photo", "voice", "video", "document", None])
@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile 'file:///etc/passwd'\n",
        b"MZ" + bytes(200),
        b"\x7fELF" + bytes(200),
    ],
)
async def test_active_and_foreign_types_are_refused(
    archive: Archive, content: bytes, hint: str | None
) -> None:
    reasons = {
        "photo": MediaFailure.NOT_A_PHOTO,
        "voice": MediaFailure.NOT_AUDIO,
        "video": MediaFailure.NOT_A_VIDEO,
    }
    assert await _refusal(archive, content, hint) is reasons.get(hint or "", MediaFailure.TYPE_NOT_ALLOWED)


async def test_an_empty_file(archive: Archive) -> None:
    assert await _refusal(archive, b"", "photo") is MediaFailure.EMPTY


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_a_photo_cut_short_is_broken(form: str, archive: Archive, picture: Picture) -> None:
    whole = picture(form)
    for keep in (0.02, 0.3, 0.9):
        assert await _refusal(archive, whole[: int(len(whole) * keep)], "photo") is MediaFailure.BROKEN


async def test_a_stream_is_cut_off_at_the_limit(archive: Archive) -> None:
    """An endless sender is stopped after the limit; a caller may lower the limit, never raise it."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 65536
            yield b"\xff\xd8\xff" + bytes(65533)

    for limit in (None, 10**12, 100_000):
        given = 0
        with pytest.raises(MediaRefused) as refused:
            await archive.take_in(endless(), hint="photo", limit=limit)
        assert refused.value.reason is MediaFailure.TOO_LARGE
        assert given <= min(limit or 10**12, archive.limits.bytes_in) + 65536


async def test_a_sender_that_breaks_off_leaves_nothing(archive: Archive) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        raise ConnectionResetError("the channel went away")

    with pytest.raises(ConnectionResetError):
        await archive.take_in(torn(), hint="photo")
    assert [held async for held in archive.store.held()] == []


async def test_a_child_that_writes_a_link_is_not_followed(tmp_path: Path) -> None:
    """A broken-into child must not make the parent serve a file of the host."""
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys, json\n"
        "for line in sys.stdin.buffer:\n"
        "    job = json.loads(line)['job']\n"
        "    os.symlink('/etc/hostname', job['into'] + '/clean')\n"
        "    facts = dict(kind='photo', mime='image/jpeg', size=1, width=1, height=1, duration=None,"
        " lat=None, lon=None, phash=None, taken_at=None, failures=[],"
        " variants={'clean': {'mime': 'image/jpeg'}})\n"
        "    print(json.dumps({'done': facts}), flush=True)\n"
    )
    from media import MediaFault
    from media.workshop import Workshop

    archive = Archive(
        LocalStore(tmp_path / "store"), tmp_path / "way", workshop=Workshop(program=(str(program),))
    )
    with pytest.raises(MediaFault):
        await archive.take_in(b"\xff\xd8\xff\xe0", hint="photo")
    assert [held async for held in archive.store.held()] == []
    await archive.close()


async def test_a_document_that_is_also_a_page_is_only_ever_a_download(archive: Archive) -> None:
    """PDF and HTML in one: what follows the mark of a PDF is kept, never rendered, and not shown in a page."""
    both = b"%PDF-1.4\n1 0 obj<<>>endobj\n<html><script>PAYLOAD</script></html>\n%%EOF\n"
    taken = await archive.take_in(both, hint="document")
    served = await archive.serve(taken.digest, "clean")
    assert (served.mime, served.inline) == ("application/pdf", False)
    page_first = b"<html><script>PAYLOAD</script></html>\n" + both
    assert await _refusal_beside(archive, page_first) is MediaFailure.TYPE_NOT_ALLOWED


@pytest.mark.parametrize("hint", ["photo", "video", "voice", "document", None])
async def test_packed_streams_are_no_type_that_is_taken(hint: str | None, archive: Archive) -> None:
    """A gzip bomb (a gigabyte of nothing in a megabyte) is not unpacked to be looked at."""
    bomb = gzip.compress(bytes(40_000_000), 9)
    with pytest.raises(MediaRefused):
        await archive.take_in(bomb, hint=hint)


async def test_zips_in_zips_are_refused_and_never_unpacked(archive: Archive) -> None:
    """Nested, flat, and with a size that its directory lies about; named as a photo or an office file."""
    inner = _zip({f"{n}.xml": bytes(100_000) for n in range(20)})
    nested = _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "more.zip": inner})
    flat = _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": bytes(450_000_000)})
    lying = flat.replace((450_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    for name, content in (("nested", nested), ("flat", flat), ("lying", lying)):
        reason = await _refusal(archive, content, "document")
        assert reason in (MediaFailure.BOMB, MediaFailure.BROKEN, MediaFailure.TYPE_NOT_ALLOWED), name
        assert await _refusal(archive, content, "photo") is MediaFailure.NOT_A_PHOTO


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"#EXTM3U\n#EXTINF:1,\nconcat:http://169.254.169.254/latest|file:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>",
    ],
)
async def test_a_film_that_names_other_files_opens_none(
    playlist: bytes, archive: Archive, film: Picture
) -> None:
    """Also behind the first bytes of a real film: the demuxer is named, no protocol is allowed (media.containers)."""
    whole = film("mp4", 0.2, (64, 48), sound=False)
    for content in (playlist, whole[:32] + playlist, b"\0\0\0\x14ftypisom\0\0\2\0isom" + playlist):
        for hint in ("video", None):
            with pytest.raises(MediaRefused):
                await archive.take_in(content, hint=hint)
    taken = await archive.take_in(whole + playlist, hint="video")
    assert b"passwd" not in (await archive.content(taken.digest))[0]


async def test_a_sender_that_stalls_or_trickles_is_given_up_and_nothing_stays(archive: Archive) -> None:
    """Slow-loris: a pause longer than the limit, and bytes one by one until the whole takes too long."""

    async def stalling() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        await asyncio.sleep(3600)

    async def trickling() -> AsyncIterator[bytes]:
        while True:
            yield b"\xff"
            await asyncio.sleep(0.01)

    for sender, limits in (
        (stalling(), Limits(stall_seconds=0.05)),
        (trickling(), Limits(stream_seconds=0.2)),
    ):
        hasty = Archive(archive.store, archive._workplace, limits=limits)
        with pytest.raises(MediaRefused) as refused:
            await hasty.take_in(sender, hint="photo")
        assert refused.value.reason is MediaFailure.NOT_FETCHED
        await hasty.close()
    assert [held async for held in archive.store.held()] == []


async def _refusal_beside(archive: Archive, content: bytes) -> MediaFailure:
    """As `_refusal`, where other files are kept already."""
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(content, hint="document")
    return refused.value.reason


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in members.items():
            folder.writestr(name, content)
    return packed.getvalue()
