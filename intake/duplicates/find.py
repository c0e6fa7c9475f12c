"""Finding what a request may be the same as among the open cases: a look-up by item, place and time, a comparison.

offer     likely enough to ask the resident "is it this one?" (`score` at the threshold or above)
propose   for the person who confirms merges: the same, and whatever R8.1 names by its letter
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from casecore.acts.propose import Alike
from casecore.messages import Point
from casecore.reading.alike import Around, open_alike, pictures_of, units_around
from casecore.store.engine import Reading
from casecore.store.tables import Case
from casecore.territory.model import Territory
from casecore.vocabulary import Level
from intake.duplicates.anchors import agreement, anchors_of
from intake.duplicates.compare import Comparer
from intake.duplicates.features import metres_between, same_photo
from intake.duplicates.report import Report
from intake.understand import Understander

Likeness = Callable[[str], Awaitable[str | None]]
"""Digest of a photo → its perceptual hash, or None when nobody has one."""

LEAST_READING = 0.15
"""Readings of the matter below this are not looked for: the look-up would be for half the list."""
LOOK_METRES = 2.0
"""The look-up's box in multiples of R8.1's distance: words may make up for some of it."""
MOST = 3
"""As many are proposed or offered: more would be a list to work through, and the likeliest is nearly always first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request that is about to be filed. `item` was chosen or is sure enough to be filed under."""

    text: str
    by: str
    item: str | None
    unit: str | None
    place: str
    point: Point | None
    photos: Sequence[str] = ()
    """Digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An open case that it may be. `shown` is what a stranger may know of it (R8.2)."""

    alike: Alike
    sure: bool
    """Likely enough to ask the resident."""
    shown: Mapping[str, Any]


async def nobody_knows(digest: str) -> str | None:
    """For houses without a media archive."""
    return None


class Finder:
    """One territory's finder; what it compares with is loaded when it is first asked."""

    def __init__(self, understander: Understander, likeness: Likeness = nobody_knows) -> None:
        self._understander = self.understander = understander
        self._likeness = likeness
        self._comparer: Comparer | None = None

    @property
    def comparer(self) -> Comparer:
        if self._comparer is None:
            self._comparer = Comparer(self._understander)
        return self._comparer

    async def find(self, session: Reading, wanted: Wanted, now: datetime) -> list[Found]:
        """The open cases that it may be, the likeliest first; at most `MOST`."""
        territory, levels = self._understander.territory, self._understander.territory.levels
        new = await self._report(wanted, now)
        items = {code for code, chance in new.items.items() if chance >= LEAST_READING}
        items |= {wanted.item} if wanted.item else set()
        around = Around(
            items=items, units=units_around(territory, new.unit or wanted.unit), point=new.point,
            metres=levels.merge_metres * LOOK_METRES, since=now - timedelta(hours=levels.merge_hours), until=now,
        )  # fmt: skip
        cases = [
            case for case in await open_alike(session, around) if case.requester_id != wanted.by or new.text
        ]
        if not cases or not items:
            return []
        pictures = await pictures_of(session, [case.id for case in cases])
        reports = [await self._of_case(case, pictures.get(case.id, ())) for case in cases]
        scores = self.comparer.scores(new, reports)
        found = [
            self._found(
                case, new, report, score, by_letter=_by_letter(territory, wanted.item, case, new, report)
            )
            for case, report, score in zip(cases, reports, scores, strict=True)
        ]
        likely = [(each, letter) for each, letter in found if each.sure or letter]
        likely.sort(key=lambda pair: (-pair[0].alike.score, pair[0].alike.case_id))
        return [each for each, _ in likely[:MOST]]

    async def _report(self, wanted: Wanted, now: datetime) -> Report:
        photos = [await self._likeness(digest) for digest in wanted.photos]
        return self.comparer.report(
            text=wanted.text, at=now, unit=wanted.unit, place=wanted.place, point=wanted.point,
            photos=[photo for photo in photos if photo], by=wanted.by, item=wanted.item,
        )  # fmt: skip

    async def _of_case(self, case: Case, digests: Sequence[str]) -> Report:
        photos = [await self._likeness(digest) for digest in digests]
        point = Point(lat=case.lat, lon=case.lon) if case.lat is not None and case.lon is not None else None
        return self.comparer.report(
            text=case.text, at=case.t0, unit=case.place_unit, place=case.place_text, point=point,
            photos=[photo for photo in photos if photo], by=case.requester_id, item=case.item_code,
            sure=case.item_probability == 1.0,
        )  # fmt: skip

    def _found(
        self, case: Case, new: Report, report: Report, score: float, *, by_letter: bool
    ) -> tuple[Found, bool]:
        metres = metres_between(new.point, report.point)
        facts: dict[str, Any] = {"hours": round((new.at - report.at).total_seconds() / 3600, 2)}
        if metres is not None:
            facts["metres"] = round(metres)
        if same_photo(new, report):
            facts["same_photo"] = True
        shown = {f"alike_{name}": value for name, value in facts.items()} | {
            "item": case.item_code,
            "place": _rough(self._understander.territory, case.place_unit),
            "state": case.state.value,
        }
        alike = Alike(case_id=case.id, score=score, facts=facts | {"because": self._because(new, report)})
        return Found(alike=alike, sure=score >= self.comparer.threshold, shown=shown), by_letter

    def _because(self, new: Report, report: Report) -> list[list[Any]]:
        return [[name, round(pull, 2)] for name, pull in self.comparer.because(new, report)[:4]]


def _by_letter(territory: Territory, item: str | None, case: Case, new: Report, report: Report) -> bool:
    """R8.1 by its letter: same code, same building or compound or within 200 m; the record was asked for the time."""
    if item is None or item != case.item_code:
        return False
    metres = metres_between(new.point, report.point)
    if metres is not None:
        return metres <= territory.levels.merge_metres
    fit = agreement(anchors_of(new.words), anchors_of(report.words))
    if fit.contradicted or fit.other_names or new.unit is None or report.unit is None:
        return False
    near = territory.inside(new.unit, report.unit) or territory.inside(report.unit, new.unit)
    named = fit.shared + fit.shared_names > 0 or (bool(new.place) and new.place == report.place)
    cell = new.unit == report.unit and territory.unit(new.unit).level is Level.MICROGRID
    return near and (named or cell)


def _rough(territory: Territory, unit_id: str | None) -> str | None:
    """The place as far as a stranger may know it: the village or community, never the door (R8.2)."""
    if unit_id is None or unit_id not in territory.units:
        return None
    village = territory.at_level(unit_id, Level.VILLAGE)
    return village.id if village is not None else unit_id
