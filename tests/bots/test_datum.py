"""GCJ-02 and WGS-84 are told apart by the channel, and each becomes the same point."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from bots.datum import Datum, point_of, to_gcj02
from bots.simulator import EVERYTHING, Simulator
from bots.telegram.outbound import CAPABILITIES as TELEGRAM
from bots.web.channel import CAPABILITIES as WEB
from casecore.messages import Point
from casecore.vocabulary import Side

METRES_A_DEGREE = 111_320.0


def metres(one: Point, other: Point) -> float:
    across = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(one.lat - other.lat, across) * METRES_A_DEGREE


def test_the_shift_is_that_of_a_map_in_china() -> None:
    """Tiananmen on the ground and as maps show it, as commonly published: half a kilometre apart."""
    lat, lon = to_gcj02(Point(lat=39.90733, lon=116.39124))
    assert (lat, lon) == pytest.approx((39.90873, 116.39748), abs=2e-5)


def test_there_and_back_is_the_same_place_within_a_millimetre() -> None:
    dice = random.Random(1)
    for _ in range(300):
        there = Point(lat=dice.uniform(20, 45), lon=dice.uniform(90, 125))
        shifted = to_gcj02(there)
        assert 30 < metres(there, Point(lat=shifted[0], lon=shifted[1])) < 1200
        assert metres(there, point_of(*shifted, Datum.GCJ02)) < 0.001


def test_outside_china_nothing_is_shifted() -> None:
    paris = Point(lat=48.8566, lon=2.3522)
    assert to_gcj02(paris) == (paris.lat, paris.lon)
    assert point_of(paris.lat, paris.lon, Datum.GCJ02) == paris


def test_telegram_and_browsers_speak_wgs84() -> None:
    assert TELEGRAM.datum is WEB.datum is Datum.WGS84


@pytest.mark.parametrize("datum", list(Datum))
def test_a_channel_hands_on_the_point_on_the_ground(datum: Datum) -> None:
    """The same numbers mean two places: which one, the channel's capability says."""
    ground = Point(lat=30.05, lon=119.95)
    shown = (ground.lat, ground.lon) if datum is Datum.WGS84 else to_gcj02(ground)
    channel = Simulator(account="a", side=Side.RESIDENT, capabilities=replace(EVERYTHING, datum=datum))
    assert metres(channel.point(*shown), ground) < 0.001
