"""The roster: everybody who serves, by name or role, and a place to add somebody."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from starlette.responses import Response

from casecore import parties
from casecore.errors import Refusal
from casecore.reading.roster import list_staff
from casecore.reading.scope import seats
from casecore.reading.units import find_units
from casecore.vocabulary import LEVEL_OF_ROLE, Level, Role
from console.visit import Page, Visit

log = logging.getLogger(__name__)

# As long as the record's column.
NAME_MOST = 120


async def show(visit: Visit) -> Response:
    query = visit.query
    text, role = query.text("text", most=120), query.word("role", Role)
    async with visit.ground.record.read() as session:
        staff = await list_staff(session, text=text, role=role, page=query.number("page", 1))
    kept = {"text": text, "role": role.value if role else ""}
    return visit.show(
        "roster.html",
        staff=staff,
        text=text,
        role=role,
        roles=[each for each in Role if each in LEVEL_OF_ROLE],
        places=offered_places(visit),
        link=lambda **changed: "?" + urlencode({**kept, **changed}),
    )


async def add(visit: Visit) -> Response:
    """A new person with their first post."""
    name = visit.form.text("name", most=NAME_MOST)
    if not name:
        raise Refusal("name_missing")
    role, unit_id = post_asked(visit)
    async with visit.acting() as uow:
        person = await parties.add_person(uow, name=name, lang=visit.speech.lang)
        await parties.give_post(uow, person.id, role, unit_id)
    log.info("person %s added as %s at %s by %s", person.id, role, unit_id, visit.actor.person_id)
    return visit.go(f"/roster/{person.id}?done=added")


def post_asked(visit: Visit) -> tuple[Role, str]:
    """The post that the form names. Refusal when there is no such unit, or nothing there for the role to serve."""
    role, typed = visit.form.word("role", Role), visit.form.text("unit", most=120)
    units = find_units(visit.territory, typed)
    if role is None or role not in LEVEL_OF_ROLE:
        raise Refusal("role_unknown")
    if len(units) != 1:
        raise Refusal("place_unclear", typed=typed)
    if not seats(visit.territory, role, [units[0].id]):
        raise Refusal("post_level", role=visit.speech.role(role), unit=visit.speech.unit(units[0].id))
    return role, units[0].id


def offered_places(visit: Visit) -> tuple[str, ...]:
    """Names offered while one types; deeper units are found by typing their path."""
    upper = {Level.DISTRICT, Level.TOWN, Level.DEPARTMENT, Level.VILLAGE}
    return tuple(visit.speech.unit(unit.id) for unit in visit.territory.units.values() if unit.level in upper)


PAGES = (
    Page(name="roster", path="/roster", view=show),
    Page(name="roster_add", path="/roster", view=add, method="POST"),
)
