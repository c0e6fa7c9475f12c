"""The list of cases that a person may see: filtered, sorted, a page at a time; sensitive ones masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, UnaryExpression, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.lifecycle import OPEN_STATES
from casecore.reading.scope import Scope, below, readable, reads_in_full, visible
from casecore.store.tables import Case, Person
from casecore.territory.model import Territory
from casecore.vocabulary import Level, State, Urgency

# Two screens of a desk's monitor: enough to scan, little enough to load on a phone.
PAGE_ROWS = 30
# Deeper pages make the database count past everything before them; whoever looks for something filters.
PAGE_MOST = 400
SORTS = ("due", "newest", "oldest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked for; None and blank mean any. `text` is searched in words, place and number."""

    text: str = ""
    states: frozenset[State] = frozenset()
    level: Level | None = None
    urgency: Urgency | None = None
    item_code: str | None = None
    unit_id: str | None = None
    open_only: bool = False
    overdue: bool = False
    triage: bool = False
    mine: bool = False
    sort: str = "due"
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case in a list. When `masked`, everything beyond number, town, category and clocks is blank."""

    number: str
    state: State
    urgency: Urgency
    level: Level | None
    masked: bool
    sensitive: bool
    needs_triage: bool
    item_code: str | None
    category: str | None
    text: str
    place_unit: str | None
    place_text: str
    unit_id: str | None
    person: str
    created_at: datetime
    due_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page and how many cases there are in all."""

    lines: tuple[Line, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, min(PAGE_MOST, -(-self.total // PAGE_ROWS)))


async def list_cases(
    session: AsyncSession, territory: Territory, scope: Scope, wanted: Filter, now: datetime
) -> Listed:
    """The page `wanted.page` of what the person may see of what they asked for."""
    condition = and_(visible(scope), *_conditions(territory, scope, wanted, now))
    total = await session.scalar(select(func.count()).select_from(Case).where(condition)) or 0
    page = min(max(1, wanted.page), PAGE_MOST)
    rows = await session.execute(
        select(Case, Person.name)
        .outerjoin(Person, Person.id == Case.person_id)
        .where(condition)
        .order_by(*_order(wanted.sort))
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS)
    )
    lines = tuple(line_of(territory, scope, case, person or "", now) for case, person in rows)
    return Listed(lines=lines, total=total, page=page)


async def may_see(session: AsyncSession, scope: Scope, number: str, *, content: bool = False) -> bool:
    """Does the person see this case, and with `content`, do they read it in full?"""
    conditions = [Case.number == number.upper(), visible(scope)]
    if content:
        conditions.append(readable(scope))
    return await session.scalar(select(Case.id).where(*conditions)) is not None


def line_of(territory: Territory, scope: Scope, case: Case, person: str, now: datetime) -> Line:
    """A case as a line for this reader."""
    masked = not reads_in_full(scope, case)
    item = territory.items.get(case.item_code or "")
    return Line(
        number=case.number,
        state=case.state,
        urgency=case.urgency,
        level=case.level,
        masked=masked,
        sensitive=case.sensitive,
        needs_triage=case.needs_triage,
        item_code=None if masked else case.item_code,
        category=item.category if item else None,
        text="" if masked else case.text,
        place_unit=town_of(territory, case) if masked else case.place_unit,
        place_text="" if masked else case.place_text,
        unit_id=None if masked else case.unit_id,
        person="" if masked else person,
        created_at=case.created_at,
        due_at=case.due_at,
        overdue=is_overdue(case, now),
    )


def is_overdue(case: Case, now: datetime) -> bool:
    """R0: a limit is met at `t <= due`."""
    return case.state in OPEN_STATES and case.due_at is not None and now > case.due_at


def overdue_at(now: datetime) -> ColumnElement[bool]:
    """`is_overdue` as a condition."""
    return and_(Case.state.in_(OPEN_STATES), Case.due_at < now)


def town_of(territory: Territory, case: Case) -> str | None:
    """R12.1: a place finer than the town is not for everybody."""
    if case.place_unit is None or case.place_unit not in territory.units:
        return None
    town = territory.at_level(case.place_unit, Level.TOWN)
    return town.id if town else None


def _conditions(
    territory: Territory, scope: Scope, wanted: Filter, now: datetime
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(Case.state.in_(wanted.states))
    if wanted.open_only:
        found.append(Case.state.in_(OPEN_STATES))
    if wanted.level is not None:
        found.append(Case.level == wanted.level)
    if wanted.urgency is not None:
        found.append(Case.urgency == wanted.urgency)
    if wanted.overdue:
        found.append(overdue_at(now))
    if wanted.triage:
        found.append(Case.needs_triage.is_(True))
    if wanted.mine:
        found.append(Case.person_id == scope.person_id)
    return found + _about_content(territory, scope, wanted)


def _about_content(territory: Territory, scope: Scope, wanted: Filter) -> list[ColumnElement[bool]]:
    """Filters whose very match tells something: they reach only cases that this person reads in full."""
    found: list[ColumnElement[bool]] = []
    if wanted.item_code:
        found.append(and_(readable(scope), Case.item_code == wanted.item_code))
    if wanted.unit_id and wanted.unit_id in territory.units:
        units = below(territory, wanted.unit_id)
        lies_or_held = or_(Case.place_unit.in_(units), Case.unit_id.in_(units))
        if wanted.unit_id != territory.root:
            found.append(and_(readable(scope), lies_or_held))
    if wanted.text:
        said = or_(
            Case.text.icontains(wanted.text, autoescape=True),
            Case.place_text.icontains(wanted.text, autoescape=True),
        )
        number = Case.number.icontains(wanted.text, autoescape=True)
        found.append(or_(number, and_(readable(scope), said)))
    return found


def _order(
    sort: str,
) -> tuple[UnaryExpression[datetime] | UnaryExpression[datetime | None] | ColumnElement[str], ...]:
    if sort == "newest":
        return Case.created_at.desc(), Case.id.desc()
    if sort == "oldest":
        return Case.created_at.asc(), Case.id.asc()
    return Case.due_at.asc().nulls_last(), Case.id.asc()
