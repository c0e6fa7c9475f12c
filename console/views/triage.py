"""What waits for a person's look, and trying again what the trays gave up."""

from __future__ import annotations

from starlette.responses import Response

from casecore import inbox, outbox
from casecore.reading.triage import read_waiting
from console.visit import Page, Visit


async def show(visit: Visit) -> Response:
    async with visit.ground.record.read() as session:
        waiting = await read_waiting(session, visit.territory, visit.scope, visit.now)
    return visit.show("triage.html", waiting=waiting, done=visit.query.text("done", most=40))


async def message_again(visit: Visit) -> Response:
    """A message that was set aside goes back to intake."""
    async with visit.acting() as uow:
        await inbox.replay(uow, visit.form.number("id", 0))
    return visit.go("/triage?done=replayed")


async def notice_again(visit: Visit) -> Response:
    """A notice that was given up is due again."""
    async with visit.acting() as uow:
        await outbox.replay(uow, visit.form.number("id", 0))
    return visit.go("/triage?done=replayed")


PAGES = (
    Page(name="triage", path="/triage", view=show),
    Page(name="triage_message", path="/triage/message", view=message_again, method="POST"),
    Page(name="triage_notice", path="/triage/notice", view=notice_again, method="POST"),
)
