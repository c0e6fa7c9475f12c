"""Open cases that a new request may be (R8.1): by item, near in place, recent; found through indexes, never by a scan.

    ix_cases_alike        item, place, time    the units of the village where it is
    ix_cases_alike_point  item, latitude       a box of a few hundred metres around the point, across any boundary

Children are left out (their master stands for them), and so is everything sensitive (R12.2).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.messages import Point
from casecore.store.tables import ALIKE, Attachment, Case
from casecore.territory.model import Territory
from casecore.vocabulary import Level, MessageKind

METRES_PER_DEGREE = 111_320.0  # of latitude; of longitude at the equator
# More open cases of one item in one village within a week are looked at newest first.
MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where and when to look. `since` is the earliest `t0` (R8.1: seven days); `metres` the box's half edge."""

    items: Collection[str]
    units: Collection[str]
    point: Point | None
    metres: float
    since: datetime
    until: datetime


def units_around(territory: Territory, unit_id: str | None) -> frozenset[str]:
    """The units in which the same spot may have been put: the whole village; of a town only what names no village."""
    if unit_id is None or unit_id not in territory.units:
        return frozenset()
    village = territory.at_level(unit_id, Level.VILLAGE)
    if village is None:
        return frozenset({unit_id, *(child.id for child in territory.children(unit_id))})
    found, waiting = {village.id}, [village.id]
    while waiting:
        for child in territory.children(waiting.pop()):
            found.add(child.id)
            waiting.append(child.id)
    return frozenset(found | {village.parent} if village.parent else found)


async def open_alike(session: AsyncSession, around: Around) -> Sequence[Case]:
    """The open cases there, the newest first; at most `MOST` by place and as many by point."""
    found: dict[str, Case] = {}
    queries = []
    if around.units:
        queries.append(_recent(around).where(Case.place_unit.in_(sorted(around.units))))
    if around.point is not None:
        queries.append(_recent(around).where(*_box(around.point, around.metres)))
    for query in queries:
        for case in await session.scalars(query):
            found[case.id] = case
    return sorted(found.values(), key=lambda case: (case.t0, case.id), reverse=True)


def _recent(around: Around) -> Select[Case]:
    return (
        select(Case)
        .where(
            text(ALIKE), Case.item_code.in_(sorted(around.items)), Case.t0 >= around.since,
            Case.t0 <= around.until,
        )
        .order_by(Case.t0.desc(), Case.id)
        .limit(MOST)
    )  # fmt: skip


def _box(point: Point, metres: float) -> tuple[ColumnElement[bool], ...]:
    north = metres / METRES_PER_DEGREE
    east = north / max(math.cos(math.radians(point.lat)), 0.01)
    return (
        Case.lat.between(point.lat - north, point.lat + north),
        Case.lon.between(point.lon - east, point.lon + east),
    )


async def pictures_of(session: AsyncSession, case_ids: Collection[str]) -> dict[str, list[str]]:
    """Case → digests of the photos that its resident sent."""
    if not case_ids:
        return {}
    rows = await session.execute(
        select(Attachment.case_id, Attachment.digest).where(
            Attachment.case_id.in_(sorted(case_ids)),
            Attachment.role == "evidence",
            Attachment.kind == MessageKind.PHOTO,
        )
    )
    found: dict[str, list[str]] = {}
    for case_id, digest in rows:
        found.setdefault(case_id, []).append(digest)
    return found
