"""Where is my message? A search, and each way that it finds."""

from __future__ import annotations

from starlette.responses import Response

from casecore.reading.road import Question, find_ways
from casecore.vocabulary import Role
from console.visit import Page, Visit


async def show(visit: Visit) -> Response:
    text = visit.query.text("q", most=200)
    question = Question(text=text, about=visit.query.instant("about", visit.territory.zone))
    async with visit.ground.record.read() as session:
        ways = await find_ways(session, visit.scope, question, visit.now, blind=Role.ADMIN in visit.roles)
    return visit.show("road.html", q=text, about=visit.query.text("about", most=30), ways=ways)


PAGES = (Page(name="road", path="/road", view=show),)
