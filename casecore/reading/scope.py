"""What a member of staff may see: worked out from the posts they hold, as one condition on cases.

    district desks, commanders, leaders, assessors   every case
    town and village desks, commanders, leaders      cases that lie, or are held, inside the units they serve
    department liaisons and heads                    cases that their department holds or has held
    sensitive-case officers                          sensitive cases
    everybody                                        what they hold in person
    administrators                                   no case (roles.csv: cannot read case content)

A sensitive case inside the scope is a masked line (R12.1: number, town, category) to all but the person who
handles it and the sensitive-case officer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from casecore.authority import Actor
from casecore.store.tables import Assignment, Case
from casecore.territory.model import Territory
from casecore.vocabulary import LEVEL_OF_ROLE, Level, Role

PLACE_READERS = frozenset(
    {Role.VILLAGE_DESK, Role.VILLAGE_SEC, Role.TOWN_DESK, Role.TOWN_CMD, Role.TOWN_LEAD}
)
DISTRICT_READERS = frozenset({Role.DISTRICT_DESK, Role.DISTRICT_CMD, Role.DISTRICT_LEADER, Role.ASSESSOR})
DEPARTMENT_READERS = frozenset({Role.DEPT_LIAISON, Role.DEPT_HEAD})
# Messages that are no case yet belong to no place: only the district's own desk may read them.
MESSAGE_READERS = frozenset({Role.DISTRICT_DESK, Role.DISTRICT_CMD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one person sees. `rest` is every unit that is not in `places`."""

    person_id: str | None
    everything: bool = False
    places: frozenset[str] = frozenset()
    rest: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    sensitive: bool = False
    messages: bool = False


def scope_of(territory: Territory, actor: Actor) -> Scope:
    """The scope of an actor's present posts."""
    held = {role: [post.unit_id for post in actor.posts if post.role is role] for role in Role}
    district = any(seats(territory, role, held[role]) for role in DISTRICT_READERS)
    places: set[str] = set()
    for role in () if district else PLACE_READERS:
        for seat in seats(territory, role, held[role]):
            places.update(_below(territory, seat))
    departments = {seat for role in DEPARTMENT_READERS for seat in seats(territory, role, held[role])}
    return Scope(
        person_id=actor.person_id,
        everything=district,
        places=frozenset(places),
        rest=frozenset(territory.units.keys() - places) if places else frozenset(),
        departments=frozenset(departments),
        sensitive=bool(seats(territory, Role.SENSITIVE_OFF, held[Role.SENSITIVE_OFF])),
        messages=any(seats(territory, role, held[role]) for role in MESSAGE_READERS),
    )


def visible(scope: Scope) -> ColumnElement[bool]:
    """The condition on `cases` for a line in a list, masked or not."""
    if scope.everything:
        return true()
    parts = [_in_person(scope)]
    if scope.places:
        parts += [_among(Case.place_unit, scope), _among(Case.unit_id, scope)]
    if scope.departments:
        stay = aliased(Assignment)  # apart from the one that a query may count
        had = exists().where(stay.case_id == Case.id, stay.unit_id.in_(scope.departments))
        parts += [Case.unit_id.in_(scope.departments), had]
    if scope.sensitive:
        parts.append(Case.sensitive.is_(True))
    return or_(*parts)


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition on visible cases for their content: what may be searched and shown in full."""
    if scope.sensitive:
        return true()
    return or_(~Case.sensitive, _in_person(scope))


def reads_in_full(scope: Scope, case: Case) -> bool:
    """`readable` for a row at hand."""
    return not case.sensitive or scope.sensitive or _is_holder(scope, case)


def below(territory: Territory, unit_id: str) -> frozenset[str]:
    """The unit and everything inside it; KeyError for an unknown unit."""
    territory.unit(unit_id)
    return frozenset(_below(territory, unit_id))


def _in_person(scope: Scope) -> ColumnElement[bool]:
    return Case.person_id == scope.person_id if scope.person_id else false()


def _is_holder(scope: Scope, case: Case) -> bool:
    return scope.person_id is not None and case.person_id == scope.person_id


def _among(column: InstrumentedAttribute[str | None], scope: Scope) -> ColumnElement[bool]:
    """A desk for all villages of a district serves ten thousand units: then the condition names the others.

    SQLite takes 32,766 parameters at most, PostgreSQL's protocol 32,767.
    """
    if len(scope.places) <= len(scope.rest):
        return column.in_(scope.places)
    return and_(column.is_not(None), column.not_in(scope.rest))


def seats(territory: Territory, role: Role, post_units: Collection[str]) -> set[str]:
    """The units that posts of `role` serve: those of the role's level inside the posts' units."""
    level = LEVEL_OF_ROLE[role]
    return {seat for unit in post_units if unit in territory.units for seat in _at(territory, unit, level)}


def _at(territory: Territory, unit_id: str, level: Level) -> Iterator[str]:
    return (unit for unit in _below(territory, unit_id) if territory.unit(unit).level is level)


def _below(territory: Territory, unit_id: str) -> Iterator[str]:
    yield unit_id
    for child in territory.children(unit_id):
        yield from _below(territory, child.id)
