"""Taking a learned model up while the house runs: between two messages, never within one.

The record says which version is in force and which place names are confirmed. At a bell, and at least once a second,
the worker asks; when the answer is another one, the new understanding is loaded and warmed beside the old one and then
put in its place. A file that is not what the record says is not taken up: the old one goes on, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from casecore import corrections, models
from casecore.store.bells import Tray
from casecore.store.engine import Reading, Record
from casecore.store.tables import ModelVersion, PlaceAlias
from casecore.territory.model import Landmark, Territory
from intake.learning.files import BACK, VersionBroken, verify, verify_shipped
from intake.matter.model import ModelBroken
from intake.understand import Understander

log = logging.getLogger(__name__)

# A process that learned rings no bell in this one on SQLite: then it is seen as soon as the worker looks again.
LOOK = timedelta(seconds=1)
ALIAS = "alias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """What is in force, by the record: the version with its file's SHA-256, and a stamp of the place names."""

    version: int = models.SHIPPED
    sha256: str = ""
    names: tuple[int, datetime | None] = (0, None)


class Learned:
    """Hands out the understanding in force. `base` is the shipped one, shared and never changed."""

    def __init__(self, record: Record, base: Understander, folder: Path) -> None:
        self._record = record
        self._base = base
        self._folder = folder
        self._force = Force()
        self._current = base
        self._ear = record.bells.listen(Tray.LEARNED)
        self._looked: datetime | None = None

    async def current(self) -> Understander:
        """The understanding for the next message. Loading another one takes a second or two, once."""
        now = self._record.clock.now()
        if self._looked is not None and not self._ear.rang() and now - self._looked < LOOK:
            return self._current
        self._looked = now
        async with self._record.read() as session:
            force = await force_of(session)
            names = () if force.names == self._force.names else await corrections.confirmed(session)
        if force != self._force:
            await self._take_up(force, names)
        return self._current

    async def _take_up(self, force: Force, names: Sequence[PlaceAlias]) -> None:
        same_names = force.names == self._force.names
        self._force = force  # also when it is broken: it is said once, not every second
        try:
            self._current = await asyncio.to_thread(self._load, force, None if same_names else names)
        except (VersionBroken, ModelBroken) as broken:
            log.error("%s; version %s goes on meanwhile", broken, self._current.version)
            return
        log.info("model version %s understands from now on", force.version)

    def _load(self, force: Force, names: Sequence[PlaceAlias] | None) -> Understander:
        file = None if force.version == models.SHIPPED else verify(self._folder, force.version, force.sha256)
        if names is None:
            made = self._current.taught(model=file, version=force.version)
        else:
            made = self._base.taught(
                model=file, version=force.version, territory=with_names(self._base.territory, names)
            )
        made.warm()
        return made

    def close(self) -> None:
        self._ear.close()


def with_names(territory: Territory, names: Sequence[PlaceAlias]) -> Territory:
    """The territory with confirmed names as places people name; those of units it no longer has are left out."""
    learned = tuple(
        Landmark(names={territory.languages[0]: each.words}, kind=ALIAS, unit=each.unit_id)
        for each in names
        if each.unit_id in territory.units
    )
    return replace(territory, landmarks=(*territory.landmarks, *learned)) if learned else territory


async def force_of(session: Reading) -> Force:
    row = await models.active(session)
    stamp = await corrections.stamp(session)
    if row is None:
        return Force(names=stamp)
    return Force(version=row.number, sha256=row.file_sha256, names=stamp)


async def require_sound(record: Record, folder: Path) -> Path | None:
    """The file of the version in force, verified; None for the shipped one. Raises VersionBroken or ModelBroken.

    At every start: who has understood messages with one model must not fall back to another without a word.
    """
    await asyncio.to_thread(verify_shipped)
    async with record.read() as session:
        row = await models.active(session)
        others = await models.versions(session) if row is not None else ()
    if row is None:
        return None
    try:
        return await asyncio.to_thread(verify, folder, row.number, row.file_sha256)
    except VersionBroken as broken:
        back = await asyncio.to_thread(_sound, folder, [each for each in others if each.number < row.number])
        raise VersionBroken(version=broken.version, back=back, why=broken.why) from broken


def _sound(folder: Path, older: Sequence[ModelVersion]) -> int:
    """The newest older version whose file is whole; the shipped one when there is none."""
    for each in older:
        if each.file_sha256:
            try:
                verify(folder, each.number, each.file_sha256)
            except VersionBroken:
                continue
            return each.number
    return BACK
