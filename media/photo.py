"""A photo made safe: decoded within limits, turned upright, written anew as JPEG without any of its metadata.

    clean    at most 4096 px    what a handler enlarges
    screen   at most 1600 px    what a page shows
    thumb    at most  320 px    what a list shows

Embedded colour profiles are dropped, not applied: they are one more parser of hostile bytes, and the loss is
a slight paling of wide-gamut photos.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image

from media import exif
from media.errors import MEMORY, MediaFailure, MediaRefused
from media.facts import Facts, Form
from media.likeness import SIDE, likeness
from media.limits import Limits
from media.sniff import MediaKind
from media.store import Variant

if TYPE_CHECKING:
    from pathlib import Path

    from media.piece import Piece

_FORMAT = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "heic": "HEIF"}
_QUALITY = {Variant.CLEAN: 85, Variant.SCREEN: 80, Variant.THUMB: 75, Variant.POSTER: 80}
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
JPEG = Form(mime="image/jpeg")
_GAP = 1.1
"""Averaging whole pixels does all of the shrinking that it can: a third of the time of bicubic alone on a
12-megapixel photo, and no difference that a person sees."""
_FLAT = 12
"""Grey levels between the darkest and the brightest part of a picture that has nothing to be recognised by."""


def clean_photo(piece: Piece) -> Facts:
    """Write the variants and tell what is known. Raises MediaRefused, or Pillow's errors on a broken file."""
    image = _open(piece.source, piece.type.name, piece.limits)
    block = exif.read_exif(image)
    place, taken = exif.place(block), exif.taken_at(block, piece.zone)
    try:
        picture = _decode(image, exif.upright(block), piece.limits)
    except MemoryError:  # its pixels are within the limit, so it is no bomb; some formats decode twice over
        raise MediaRefused(MediaFailure.TOO_LARGE, MEMORY) from None
    thumb = write_forms(picture, piece.into, piece.limits)
    return Facts(
        kind=MediaKind.PHOTO,
        mime=piece.type.mime,
        width=picture.width,
        height=picture.height,
        lat=place[0] if place else None,
        lon=place[1] if place else None,
        taken_at=taken,
        phash=likeness_of(thumb),
        variants=dict.fromkeys((Variant.CLEAN, Variant.SCREEN, Variant.THUMB), JPEG),
    )


def write_forms(picture: Image.Image, into: Path, limits: Limits) -> Image.Image:
    """Write the three sizes; each is made from the one before. Returns the smallest."""
    smaller = picture
    for variant, edge in (
        (Variant.CLEAN, limits.full_edge),
        (Variant.SCREEN, limits.screen_edge),
        (Variant.THUMB, limits.thumb_edge),
    ):
        smaller = fit(smaller, edge)
        write_jpeg(smaller, into / variant.value, variant)
    return smaller


def write_jpeg(picture: Image.Image, target: Path, variant: Variant) -> None:
    """`picture` carries no info any more (`_decode` cleared it), so the encoder has nothing to copy."""
    picture.save(target, "JPEG", quality=_QUALITY[variant])


def fit(picture: Image.Image, edge: int) -> Image.Image:
    """The picture within `edge` × `edge` pixels; never enlarged, never thinner than one pixel."""
    scale = edge / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=_GAP)


def _open(source: Path, type_name: str, limits: Limits) -> Image.Image:
    """The header only: a picture that is too large is refused before a pixel of it is decoded."""
    if type_name == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # Pillow only warns; the limit below refuses
    image = Image.open(source, formats=(_FORMAT[type_name],))
    pixels = image.width * image.height
    if pixels > limits.pixels:
        bomb = pixels > source.stat().st_size * limits.pixels_per_byte
        raise MediaRefused(MediaFailure.BOMB if bomb else MediaFailure.TOO_LARGE, f"{pixels} pixels")
    return image


def _decode(image: Image.Image, orientation: int, limits: Limits) -> Image.Image:
    """The first frame, small enough, upright, RGB or grey, and with nothing attached."""
    if max(image.size) > limits.full_edge:
        image.draft(image.mode, _enough(image.size, limits.full_edge))
    picture = fit(_plain(image, limits.full_edge), limits.full_edge)
    picture.info.clear()
    turn = _TURN.get(orientation)
    return picture.transpose(turn) if turn is not None else picture


def _enough(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """What a JPEG decoder may shrink to by powers of two while decoding, without falling below `edge`."""
    scale = edge / max(size)
    return (math.ceil(size[0] * scale), math.ceil(size[1] * scale))


def _plain(image: Image.Image, edge: int) -> Image.Image:
    """RGB or L pixels; what is transparent becomes white, as people see it on a page."""
    image.load()
    if image.mode in ("RGB", "L"):
        return image
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        # Made small first: three full copies of 40 million pixels would pass the memory limit.
        layer = fit(image if image.mode == "RGBA" else image.convert("RGBA"), edge)
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    if image.mode == "CMYK":
        image = fit(image, edge)  # as above: four bytes a pixel twice
    return image.convert("L" if image.mode in ("1", "I", "F") or image.mode.startswith("I;") else "RGB")


def likeness_of(picture: Image.Image) -> str | None:
    """None for an evenly dark or bright picture: a covered lens is not the same photo as another's."""
    grey = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR).tobytes()
    return likeness(grey) if max(grey) - min(grey) >= _FLAT else None
