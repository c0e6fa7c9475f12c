"""What one district is made of, as immutable values; `reader` builds them from a folder of plain files.

Territory
  ├─ units       district › town › village › grid › microgrid, and the departments below the district
  ├─ items       the responsibility list
  ├─ landmarks   places people name that are no unit
  ├─ neighbours  the districts around, and whom to ring there
  ├─ levels      every limit of the rules, in minutes and hours
  └─ roster      the demo posts (who serves where)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from casecore.messages import Point
from casecore.vocabulary import LEVEL_OF_ROLE, Level, Role, Urgency

Names = Mapping[str, str]
"""Language tag (`zh-CN`, `en`) → name. At least one entry."""


def name_in(names: Names, lang: str) -> str:
    """The name in `lang`, else in any language the territory has: a name is never blank."""
    return names.get(lang) or next(iter(names.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A place unit or a department: something that can hold a case. `id` is stable for ever."""

    id: str
    level: Level
    names: Names
    parent: str | None = None
    number: int | None = None
    aliases: tuple[str, ...] = ()
    centre: Point | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department of the district; `id` is its code (e.g. UCB) and also the id of its Unit."""

    id: str
    names: Names
    short: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter of the responsibility list. Code lists are in the list's own order."""

    code: str
    names: Names
    category: str
    category_names: Names
    kind: str
    provider_order: tuple[str, ...]
    market_providers: tuple[str, ...]
    society_providers: tuple[str, ...]
    lead_department: str
    co_departments: tuple[str, ...]
    start_level: Level
    urgency: Urgency
    scale: str
    town_may_summon: bool
    sensitive: bool
    keywords: Mapping[str, tuple[str, ...]]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderType:
    """A trade or kind of organisation that may be asked before a government unit (R10)."""

    id: str
    side: str  # market or society
    names: Names
    scope: Names
    basis: str
    fee: str  # paid_quote, free_in_contract, gov_purchased or free


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """People who are served with more care. `weight` ≥ 1; `halves_response` is what R3.2 asks."""

    code: str
    names: Names
    weight: float
    halves_response: bool
    effect: Names
    privacy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCard:
    """What a role is called and may do, in words for screens; the rights themselves are code."""

    role: Role
    names: Names
    sphere: str
    permissions: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A place people name that is no unit: a hall, a market, a compound, a road; it lies in `unit`."""

    names: Names
    kind: str
    unit: str
    aliases: tuple[str, ...] = ()
    point: Point | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A district that is not ours. `hotline` is the number its residents ring, as one dials it from here."""

    names: Names
    hotline: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One person of the demo roster: `role` at each unit of the role's level inside `unit`."""

    key: str
    role: Role
    unit: str
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevels:
    """Every number of the rules that a district may choose; the field's comment names rule and unit."""

    stage_hours_g: int = 24  # R2, hours
    stage_hours_v: int = 72  # R2, hours
    stage_hours_u: int = 168  # R2, hours
    unit_floor_hours: int = 48  # R2.3, hours a receiving unit at U has at least, and may exceed the stage by
    claim_hours: int = 2  # R2.1, hours before an unclaimed microgrid case moves to the grid
    claim_day_starts: int = 8  # R2.1, local hour
    claim_day_ends: int = 20  # R2.1, local hour
    claim_night_until: int = 10  # R2.1, local hour by which a night case must be claimed
    silence_minutes_normal: int = 10  # R1.1, minutes
    silence_minutes_urgent: int = 2  # R1.1, minutes
    place_wait_minutes: int = 30  # R1.2, minutes
    place_questions: int = 2  # R1.2, times
    draft_reminder_hour: int = 9  # R1.2, local hour of the next day
    draft_expires_hours: int = 72  # R1.2, hours
    response_minutes_normal: int = 30  # R3, minutes
    response_minutes_urgent: int = 15  # R3, minutes
    response_minutes_emergency: int = 5  # R3, minutes
    response_floor_minutes: int = 5  # R3.2, minutes
    response_day_starts: int = 8  # R3, local hour
    response_day_ends: int = 22  # R3, local hour
    response_night_until_minutes: int = 510  # R3, local minute of the day: 08:30
    send_down_hours: int = 4  # R4.2, hours
    urge_hours: int = 24  # R4.3, hours between a resident's urges
    reminder_hours_before: int = 2  # R4.3, hours before due
    supervision_hours: int = 72  # R4.5, hours
    return_hours_urgent: int = 2  # R5.1, hours
    return_hours_g: int = 2  # R5.1, hours
    return_hours_v: int = 8  # R5.1, hours
    return_hours_u: int = 24  # R5.1, hours
    ruling_minutes_urgent: int = 30  # R5.2, minutes
    ruling_hours_normal: int = 4  # R5.2, hours
    upheld_returns_max: int = 2  # R5.3, a case
    promise_days: int = 30  # R2.4, days that a promised date, and a new one, may lie after what it replaces
    extension_hours_g: int = 24  # R6, hours
    extension_hours_v: int = 72  # R6, hours
    extension_hours_u: int = 168  # R6, hours
    extension_urgent_percent: int = 50  # R6, percent of that for urgent cases
    suspend_hours_s1: int = 72  # R7 S1, hours that the resident has to answer
    contact_tries: int = 2  # R7 S1, tries to reach the resident before
    contact_apart_hours: int = 4  # R7 S1, hours from the first of them to the last
    suspend_days_s2: int = 60  # R7 S2, days
    suspend_review_days: int = 15  # R7 S2, days between reviews
    suspend_review_hours: int = 24  # R7 S2, hours that a review may take
    suspend_hours_s3: int = 72  # R7 S3, hours
    suspend_days_s4: int = 30  # R7 S4, days
    no_contact_reopen_hours: int = 168  # R7, hours in which a case closed without contact may be reopened
    merge_hours: int = 168  # R8.1, hours after which two cases are no longer proposed as one
    merge_metres: int = 200  # R8.1, metres within which they are
    hard_residents: int = 5  # R8.5, residents of one cause that make a hard matter
    hard_cases: int = 3  # R8.5, separate cases of one cause that make one
    hard_cases_hours: int = 720  # R8.5, hours in which those cases come
    hard_plan_hours: int = 168  # R8.5, hours until leader, plan and dates
    rating_remind_hours: tuple[int, ...] = (24, 72)  # R11.2, hours after done
    rating_window_hours: int = 168  # R11.2, hours after done
    reopen_hours_g: int = 12  # R11.5, hours
    reopen_hours_v: int = 36  # R11.5, hours
    reopen_hours_u: int = 84  # R11.5, hours
    reopenings_max: int = 2  # R11.5, a case
    files_a_day: int = 40  # files that a resident may send on one local day
    files_mb_a_day: int = 200  # their sizes together, in MB: two dozen phone photos and four videos
    same_photo_days: int = 365  # days back in which the same photo is looked for
    quiet_starts: int = 22  # local hour from which news of normal cases makes no sound
    quiet_ends: int = 7  # local hour until which it makes none
    learn_weight_resident: int = 50  # percent: how much a resident's correction weighs when learning
    learn_weight_handler: int = 80  # percent: a handler's
    learn_weight_desk: int = 100  # percent: a desk's, a commander's
    learn_person_most: int = 10  # corrections of one person for one matter that are learned from
    learn_days: int = 730  # days: older corrections are not learned from
    learn_shadow: int = 300  # newest messages on which a new model is tried before it judges anybody
    learn_shadow_changed: int = 20  # percent of those whose answer may change at once without a person's look


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A whole district. Look-ups raise KeyError with the id that is not there."""

    id: str
    names: Names
    languages: tuple[str, ...]
    zone: ZoneInfo
    root: str
    folder: Path
    units: Mapping[str, Unit]
    departments: Mapping[str, Department]
    items: Mapping[str, Item]
    landmarks: tuple[Landmark, ...]
    levels: ServiceLevels
    roster: tuple[Post, ...]
    digest: str
    neighbours: tuple[Neighbour, ...] = ()
    provider_types: Mapping[str, ProviderType] = field(default_factory=dict)
    key_groups: Mapping[str, KeyGroup] = field(default_factory=dict)
    roles: Mapping[Role, RoleCard] = field(default_factory=dict)
    holidays: Mapping[str, bool] = field(default_factory=dict)
    """ISO date → is it a working day (only days that differ from Monday–Friday)."""
    _children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def unit(self, unit_id: str) -> Unit:
        return self.units[unit_id]

    def children(self, unit_id: str) -> tuple[Unit, ...]:
        return tuple(self.units[child] for child in self._children.get(unit_id, ()))

    def lineage(self, unit_id: str) -> Iterator[Unit]:
        """The unit itself, then its parent, up to the district."""
        current: str | None = unit_id
        while current is not None:
            unit = self.units[current]
            yield unit
            current = unit.parent

    def at_level(self, unit_id: str, level: Level) -> Unit | None:
        """The unit of `level` that contains `unit_id` (itself included), or None."""
        return next((u for u in self.lineage(unit_id) if u.level is level), None)

    def inside(self, unit_id: str, container: str) -> bool:
        return any(u.id == container for u in self.lineage(unit_id))

    def serves(self, role: Role, post_unit: str, unit_id: str) -> bool:
        """Does a post of `role` at `post_unit` serve `unit_id`? Yes for its role's level inside."""
        return self.units[unit_id].level is LEVEL_OF_ROLE[role] and self.inside(unit_id, post_unit)

    def path(self, unit_id: str, lang: str) -> str:
        """Names from town downwards, as a person would write them: `新登镇双塔村1网格`."""
        parts = [name_in(u.names, lang) for u in self.lineage(unit_id) if u.id != self.root]
        if not parts:
            return name_in(self.units[self.root].names, lang)
        return "".join(reversed(parts)) if lang.startswith("zh") else ", ".join(parts)

    def find_path(self, path: str) -> Unit:
        """The unit named by `新登镇/双塔村/1` (grids by number), an id, or `district_centre`."""
        if path == "district_centre":
            return self.units[self.root]
        if path in self.units:
            return self.units[path]
        current = self.units[self.root]
        parts = path.split("/")
        if parts[0] in current.names.values():
            parts = parts[1:]
        for part in parts:
            current = self._child_named(current, part, path)
        return current

    def _child_named(self, parent: Unit, part: str, path: str) -> Unit:
        """A name or number decides; an alias only if no sibling shares it."""
        children = self.children(parent.id)
        for child in children:
            if part in child.names.values() or part == str(child.number or ""):
                return child
        known_as = [child for child in children if part in child.aliases]
        if len(known_as) == 1:
            return known_as[0]
        how = "several units are called" if known_as else "no unit"
        raise KeyError(f"{how} {part!r} below {next(iter(parent.names.values()))} (path {path!r})")
