"""What a channel's coordinates are measured in: WGS-84 as satellites do, or GCJ-02 as maps in China must.

The two differ by up to 700 m in China and not at all elsewhere. Telegram hands on what the phone's receiver says, and
a browser's geolocation is WGS-84 by its specification (W3C Geolocation API, §5.1); messengers with a Chinese map
report GCJ-02. A channel says which in its capabilities, and makes every point here.
"""

from __future__ import annotations

import math
from enum import StrEnum

from casecore.messages import Point

# The ellipsoid of Krassovsky (1940), on which GCJ-02 is reckoned: half axis in metres, eccentricity squared.
_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323
# The box in which the shift is applied (degrees).
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347
# Each round of undoing the shift leaves a thousandth of the error: five leave less than a millimetre.
_ROUNDS = 5


class Datum(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"


def point_of(lat: float, lon: float, datum: Datum) -> Point:
    """The point in WGS-84, as everything behind the channel reads it."""
    if datum is Datum.WGS84 or not _shifted(lat, lon):
        return Point(lat=lat, lon=lon)
    north, east = lat, lon
    for _ in range(_ROUNDS):
        up, across = _shift(north, east)
        north, east = lat - up, lon - across
    return Point(lat=north, lon=east)


def to_gcj02(point: Point) -> tuple[float, float]:
    """Latitude and longitude as a map in China shows the point."""
    if not _shifted(point.lat, point.lon):
        return point.lat, point.lon
    up, across = _shift(point.lat, point.lon)
    return point.lat + up, point.lon + across


def _shifted(lat: float, lon: float) -> bool:
    return _SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """By how many degrees GCJ-02 moves a point of WGS-84 north and east."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    north += _waves(y, 1.0, (20.0, 40.0), 3.0) + _waves(y, 12.0, (160.0, 320.0), 30.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    east += _waves(x, 1.0, (20.0, 40.0), 3.0) + _waves(x, 12.0, (150.0, 300.0), 30.0)
    angle = math.radians(lat)
    magic = 1 - _ECCENTRICITY * math.sin(angle) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY) / (magic * math.sqrt(magic))
    parallel = _AXIS / math.sqrt(magic) * math.cos(angle)
    return math.degrees(north / meridian), math.degrees(east / parallel)


def _waves(value: float, slow: float, heights: tuple[float, float], fast: float) -> float:
    """A long and a short wave along one axis."""
    return (
        (heights[0] * math.sin(value / slow * math.pi) + heights[1] * math.sin(value / fast * math.pi))
        * 2.0
        / 3.0
    )
