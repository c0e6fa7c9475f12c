"""Where and when a photo was taken, as its EXIF block claims: read before the block is thrown away.

Source: CIPA DC-008 (Exif 2.32), 4.6.5 (date and time, offsets) and 4.6.6 (GPS).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION = 0x0112
_DATE_TIME, _DATE_TIME_ORIGINAL, _OFFSET_ORIGINAL = 0x0132, 0x9003, 0x9011
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_STAMP = "%Y:%m:%d %H:%M:%S"
_LAT_REF, _LAT, _LON_REF, _LON = 1, 2, 3, 4

# What Pillow raises on a damaged block. The photo itself may be sound, so the block is simply not believed.
DAMAGED = (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, ArithmeticError, struct.error)


def read_exif(image: Image.Image) -> Image.Exif | None:
    """The image's block, or None when it has none that can be read."""
    try:
        exif = image.getexif()
        exif.get_ifd(_EXIF_IFD)
        exif.get_ifd(_GPS_IFD)
    except DAMAGED:
        return None
    return exif


def upright(exif: Image.Exif | None) -> int:
    """The orientation tag, 1 to 8; 1 (as it is) when absent or nonsense."""
    value = exif.get(ORIENTATION, 1) if exif else 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def place(exif: Image.Exif | None) -> tuple[float, float] | None:
    """Latitude and longitude in WGS-84 degrees, or None. (0, 0) is what devices without a fix write: None."""
    if exif is None:
        return None
    gps = exif.get_ifd(_GPS_IFD)
    try:
        lat = _degrees(gps[_LAT]) * (-1 if gps[_LAT_REF] in ("S", b"S") else 1)
        lon = _degrees(gps[_LON]) * (-1 if gps[_LON_REF] in ("W", b"W") else 1)
    except DAMAGED:
        return None
    valid = abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0)
    return (round(lat, 6), round(lon, 6)) if valid else None


def taken_at(exif: Image.Exif | None, zone: str) -> datetime | None:
    """When the shutter was pressed, in UTC; a block without offset is read as wall-clock time in `zone`."""
    if exif is None:
        return None
    detail: Mapping[int, Any] = exif.get_ifd(_EXIF_IFD)
    try:
        stamp = str(detail.get(_DATE_TIME_ORIGINAL) or exif[_DATE_TIME])[:19]
        offset = str(detail.get(_OFFSET_ORIGINAL, "")).strip("\0 ")
        if offset:
            return datetime.strptime(stamp + offset, _STAMP + "%z").astimezone(UTC)
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except DAMAGED:
        return None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    total = degrees + minutes / 60 + seconds / 3600
    if total != total:  # a rational n/0 reads as NaN, which every comparison lets through
        raise ValueError("no number")
    return total
