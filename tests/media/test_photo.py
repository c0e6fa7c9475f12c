"""Photos come out upright, small enough, and without one byte of what the phone had written into them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from media import Archive, MediaFailure, MediaKind, MediaRefused, NotHeld, Variant
from media.likeness import SAME_PHOTO, distance

SECRET = b"Jiayuan-7-Room-301"
MARKERS = (SECRET, b"Exif\0\0", b"http://ns.adobe.com/xap", b"Photoshop 3.0", b"ICC_PROFILE", b"GPS", b"tEXt")
PHOTOS = (Variant.CLEAN, Variant.SCREEN, Variant.THUMB)

Picture = Callable[..., bytes]


def _exif(*, orientation: int = 1, gps: bool = True, offset: str = "+08:00") -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    detail = exif.get_ifd(0x8769)
    detail[0x9003] = "2026:03:05 09:30:00"
    if offset:
        detail[0x9011] = offset
    detail[0x927C] = SECRET * 20
    if gps:
        exif.get_ifd(0x8825).update(
            {1: "N", 2: (30.0, 3.0, 0.0), 3: "E", 4: (119.0, 57.0, 36.0), 29: "2026:03:05"}
        )
    return exif


async def _bytes(archive: Archive, digest: str, variant: Variant) -> bytes:
    return (await archive.content(digest, variant))[0]


def _with_secrets(form: str, picture: Picture) -> bytes:
    """The picture with its secret in every place that the format has for one."""
    if form == "GIF":
        return picture("GIF", mode="P", comment=SECRET)
    extra: dict[str, Any] = {"exif": _exif(orientation=6)}
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", SECRET.decode())
        info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        extra["pnginfo"] = info
    else:
        extra |= {"xmp": b"http://ns.adobe.com/xap/1.0/\0" + SECRET, "icc_profile": SECRET * 10}
    if form == "JPEG":
        extra["comment"] = SECRET
    if form == "HEIF":
        pillow_heif.register_heif_opener()
        extra.pop("icc_profile")
    return picture(form, **extra) + SECRET


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "GIF"])
async def test_no_served_byte_tells_who_or_where(form: str, archive: Archive, picture: Picture) -> None:
    """ASVS 5.2.3, 14.2: EXIF, XMP, ICC, comments, text chunks and trailing bytes are all gone."""
    sent = _with_secrets(form, picture)
    assert SECRET in sent
    taken = await archive.take_in(sent, hint=MediaKind.PHOTO)
    assert taken.kind is MediaKind.PHOTO
    for variant in PHOTOS:
        served = await _bytes(archive, taken.digest, variant)
        assert [marker for marker in MARKERS if marker in served] == []
        with Image.open(io.BytesIO(served)) as image:
            image.load()
            assert image.format == "JPEG"
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_place_and_time_are_read_before_they_are_removed(archive: Archive, picture: Picture) -> None:
    facts = (await archive.take_in(picture(exif=_exif()), hint=MediaKind.PHOTO)).facts
    assert (facts.lat, facts.lon) == (30.05, 119.96)
    assert facts.taken_at == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


async def test_a_camera_without_offset_is_read_in_the_territory_s_zone(
    archive: Archive, picture: Picture
) -> None:
    facts = (await archive.take_in(picture(exif=_exif(offset="")), hint=MediaKind.PHOTO)).facts
    assert facts.taken_at == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("damage", ["gps", "truncated", "noise"])
async def test_a_damaged_exif_block_costs_only_its_facts(
    damage: str, archive: Archive, picture: Picture
) -> None:
    if damage == "gps":
        exif = _exif()
        exif.get_ifd(0x8825).update({2: (999.0, 0.0, 0.0)})
        block = exif.tobytes()
    else:
        whole = _exif().tobytes()
        block = whole[: len(whole) // 3] if damage == "truncated" else b"Exif\0\0" + os.urandom(300)
    facts = (await archive.take_in(picture(exif=block), hint=MediaKind.PHOTO)).facts
    assert (facts.lat, facts.width) == (None, 400)


@pytest.mark.parametrize(
    ("form", "orientation"), [*(("JPEG", n) for n in range(1, 9)), ("HEIF", 6), ("HEIF", 3)]
)
async def test_every_orientation_comes_out_upright(form: str, orientation: int, archive: Archive) -> None:
    """The upright scene is bright at its top left; each orientation stores it turned, the tag says how."""
    pillow_heif.register_heif_opener()
    scene = Image.new("RGB", (64, 32), "black")
    scene.paste((255, 255, 255), (0, 0, 16, 8))
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    out = io.BytesIO()
    (scene.transpose(stored) if stored is not None else scene).save(
        out, form, exif=_exif(orientation=orientation).tobytes()
    )
    taken = await archive.take_in(out.getvalue(), hint=MediaKind.PHOTO)
    with Image.open(io.BytesIO(await _bytes(archive, taken.digest, Variant.CLEAN))) as image:
        assert image.size == (64, 32)
        assert image.getpixel((4, 3))[0] > 200
        assert image.getpixel((60, 28))[0] < 50


async def test_sizes_are_bounded_and_never_enlarged(archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture(size=(6000, 3000), quality=50), hint=MediaKind.PHOTO)
    edges = {}
    for variant in PHOTOS:
        with Image.open(io.BytesIO(await _bytes(archive, taken.digest, variant))) as image:
            edges[variant] = image.size
    assert edges == {Variant.CLEAN: (4096, 2048), Variant.SCREEN: (1600, 800), Variant.THUMB: (320, 160)}
    small = await archive.take_in(picture(size=(90, 7)), hint=MediaKind.PHOTO)
    assert (small.facts.width, small.facts.height) == (90, 7)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_every_png_mode_is_taken(mode: str, archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture("PNG", mode=mode), hint=MediaKind.PHOTO)
    with Image.open(io.BytesIO(await _bytes(archive, taken.digest, Variant.CLEAN))) as image:
        assert image.mode in ("RGB", "L")
        assert len(set(image.convert("L").tobytes())) > 1, "the scene is still there"


async def test_transparency_becomes_white(archive: Archive) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    taken = await archive.take_in(out.getvalue(), hint=MediaKind.PHOTO)
    with Image.open(io.BytesIO(await _bytes(archive, taken.digest, Variant.CLEAN))) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


async def test_a_cmyk_jpeg_is_taken(archive: Archive, picture: Picture) -> None:
    assert (await archive.take_in(picture(mode="CMYK"), hint=MediaKind.PHOTO)).facts.width == 400


async def test_a_photo_sent_as_document_is_a_photo(archive: Archive, picture: Picture) -> None:
    assert (await archive.take_in(picture(), hint="document")).kind is MediaKind.PHOTO


async def test_likeness_finds_the_same_photo_again_and_no_other(archive: Archive, picture: Picture) -> None:
    first = (await archive.take_in(picture(size=(1200, 900), quality=95), hint="photo")).facts.phash
    again = (await archive.take_in(picture("PNG", size=(600, 450)), hint="photo")).facts.phash
    with Image.open(io.BytesIO(picture())) as image:
        out = io.BytesIO()
        image.transpose(Image.Transpose.ROTATE_180).save(out, "JPEG")
    other = (await archive.take_in(out.getvalue(), hint="photo")).facts.phash
    assert first and again and other
    assert distance(first, again) <= SAME_PHOTO
    assert distance(first, other) > 2 * SAME_PHOTO


async def test_the_same_bytes_are_kept_once(archive: Archive, picture: Picture) -> None:
    first = await archive.take_in(picture(), hint="photo")
    again = await archive.take_in(picture(), hint="photo")
    assert (first.again, again.again) == (False, True)
    assert (again.digest, again.facts) == (first.digest, first.facts)
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(picture(), hint="voice")
    assert refused.value.reason is MediaFailure.NOT_AUDIO


async def test_originals_and_unknown_variants_are_never_served(archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture(), hint="photo")
    for name in ("original", "facts", "poster", "speech", "../original", "", "thumb\0"):
        with pytest.raises(NotHeld):
            await archive.serve(taken.digest, name)
    with pytest.raises(NotHeld):
        await archive.serve("0" * 64, Variant.THUMB)
    with pytest.raises(NotHeld):
        await archive.serve("../" * 21 + "x", Variant.THUMB)


async def test_a_range_of_a_variant(archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture(), hint="photo")
    whole = await archive.serve(taken.digest, "clean")
    content = b"".join([chunk async for chunk in whole.body])
    assert (whole.status, whole.content_range, whole.length, whole.mime) == (
        200,
        None,
        len(content),
        "image/jpeg",
    )
    part = await archive.serve(taken.digest, "clean", range_header="bytes=10-19")
    assert b"".join([chunk async for chunk in part.body]) == content[10:20]
    assert (part.status, part.content_range, part.length) == (206, f"bytes 10-19/{len(content)}", 10)
    assert part.etag == whole.etag


async def test_forgetting_leaves_nothing(archive: Archive, picture: Picture) -> None:
    taken = await archive.take_in(picture(), hint="photo")
    assert await archive.forget(taken.digest)
    assert [held async for held in archive.store.held()] == []
    assert not await archive.forget(taken.digest)
