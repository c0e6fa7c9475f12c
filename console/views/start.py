"""The first page: how many cases are open, late, due today, and where to go from here."""

from __future__ import annotations

from starlette.responses import Response

from casecore.reading.cases import Filter, list_cases
from casecore.reading.figures import read_figures
from console.access import CASE_READERS
from console.visit import Page, Visit

# The most pressing ones; the list has the rest.
PRESSING = 8


async def start(visit: Visit) -> Response:
    if not visit.roles & CASE_READERS:
        return visit.go("/roster")
    async with visit.ground.record.read() as session:
        figures = await read_figures(session, visit.scope, visit.territory.zone, visit.now)
        pressing = await list_cases(session, visit.territory, visit.scope, Filter(open_only=True), visit.now)
    return visit.show("start.html", figures=figures, lines=pressing.lines[:PRESSING])


PAGES = (
    Page(name="start", path="", view=start),
    Page(name="start_slash", path="/", view=start),
)
