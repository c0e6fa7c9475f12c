"""The list of cases, filtered by the fields of its address: a list can be bookmarked and sent on."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from casecore.reading.cases import SORTS, Filter, list_cases
from casecore.reading.units import find_units
from casecore.vocabulary import Level, State, Urgency
from console.visit import Page, Visit

SHOWN = ("text", "state", "level", "urgency", "item", "unit", "view", "sort")
VIEWS = ("open", "overdue", "triage", "mine", "all")


async def show(visit: Visit) -> Response:
    query = visit.query
    typed = query.text("unit", most=120)
    units = find_units(visit.territory, typed)
    view = query.text("view") if query.text("view") in VIEWS else "open"
    wanted = Filter(
        text=query.text("text", most=120),
        states=frozenset({state} if (state := query.word("state", State)) else ()),
        level=query.word("level", Level),
        urgency=query.word("urgency", Urgency),
        item_code=query.text("item", most=20) or None,
        unit_id=units[0].id if len(units) == 1 else None,
        open_only=view == "open",
        overdue=view == "overdue",
        triage=view == "triage",
        mine=view == "mine",
        sort=query.text("sort") if query.text("sort") in SORTS else "due",
        page=query.number("page", 1),
    )
    async with visit.ground.record.read() as session:
        listed = await list_cases(session, visit.territory, visit.scope, wanted, visit.now)
    kept = {name: value for name in SHOWN if (value := query.text(name, most=120))}
    return visit.show(
        "cases.html",
        listed=listed,
        wanted=wanted,
        view=view,
        views=VIEWS,
        sorts=SORTS,
        kept=kept,
        typed=typed,
        choices=units if len(units) != 1 else (),
        towns=_towns(visit),
        link=lambda **changed: "?" + urlencode({**kept, **changed}),
    )


def _towns(visit: Visit) -> tuple[str, ...]:
    """Names that the field offers while one types."""
    territory = visit.territory
    return tuple(visit.speech.unit(unit.id) for unit in territory.units.values() if unit.level is Level.TOWN)


PAGES = (Page(name="cases", path="/cases", view=show),)
