"""The understanding that is in force for a data folder, for commands that judge without serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecore.clock import SystemClock
from config.places import names_folder

if TYPE_CHECKING:
    from casecore.store.condition import Condition
    from casecore.store.engine import Record
    from casecore.territory import Territory
    from config.settings import Settings
    from intake.understand import Understander


async def understander_in_force(settings: Settings, territory: Territory) -> Understander:
    """As the running house would understand: the active version and the confirmed names of the record, if there is
    one that this program can read; else what was shipped. Raises intake's ModelBroken."""
    from intake.learning.live import Learned, require_sound
    from intake.understand import Understander

    base = Understander(territory, keep=names_folder(settings.data))
    _, record = await open_fit(settings)
    if record is None:
        return base
    try:
        await require_sound(record, settings.models_folder)
        learned = Learned(record, base, settings.models_folder)
        return await learned.current()
    finally:
        await record.close()


async def open_fit(settings: Settings) -> tuple[Condition, Record | None]:
    """The record's condition, and the record when this program can read it. The caller closes it."""
    from casecore.store.condition import condition_of
    from casecore.store.engine import open_record

    condition = await condition_of(settings.record_url)
    if condition.state != "fit":
        return condition, None
    return condition, open_record(settings.record_url, clock=SystemClock())
