"""What a desk does about cases that belong together (R8): merge, keep apart, part again; hard matters and plans."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from casecore.acts import hard, merge, propose
from casecore.cases import load
from casecore.errors import Refusal
from casecore.reading.cases import may_see
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case
from console.errors import NotThere
from console.visit import Page, Visit

# Rows of a plan that the form offers; a plan with more steps is set in two turns.
STEPS = 3
DONE = {
    "merge": "merged", "approve": "merged", "refuse": "kept_apart", "split": "split", "same_cause": "same_cause",
    "open_hard": "hard_opened", "plan": "planned", "milestone": "milestone_done",
}  # fmt: skip


async def act(visit: Visit) -> Response:
    """One form a button; `do` says which. Authority is asked by each act from the posts of that moment."""
    number, do = visit.path("number").upper(), visit.form.text("do", most=20)
    if do not in DONE:
        raise NotThere
    async with visit.acting() as uow:
        if not await may_see(uow.session, visit.scope, number, content=True):
            raise NotThere
        await _do(visit, uow, await load(uow.session, number), do)
    return visit.go(f"/cases/{visit.form.text('back', most=24) or number}?done={DONE[do]}")


async def _do(visit: Visit, uow: UnitOfWork, case: Case, do: str) -> None:
    territory, by = visit.territory, visit.actor
    match do:
        case "merge":
            other = await _other(visit, uow)
            await merge.merge(uow, territory, case, by, other=other, reason=visit.form.text("reason"))
        case "same_cause":
            await hard.same_cause(uow, territory, case, by, other=await _other(visit, uow))
        case "approve" | "refuse":
            which = visit.form.text("proposal", most=40)
            await propose.decide(uow, territory, case, by, proposal=which, same=do == "approve")
        case "split":
            await merge.split(uow, territory, case, by, reason=visit.form.text("reason"))
        case "open_hard":
            await hard.open_hard(uow, territory, case, by)
        case "milestone":
            await hard.milestone(uow, territory, case, by, n=visit.form.number("n", 0))
        case _:
            await hard.plan(uow, territory, case, by, text=visit.form.text("plan"), steps=_steps(visit))


async def _other(visit: Visit, uow: UnitOfWork) -> str:
    """The number typed; a case that this person may not read is answered like one that is not there."""
    number = visit.form.text("other", most=24).upper()
    if not await may_see(uow.session, visit.scope, number, content=True):
        raise Refusal("case_unknown", case=number)
    return number


def _steps(visit: Visit) -> list[hard.Step]:
    """The rows that were filled in; a day is kept until its end."""
    found = []
    for row in range(STEPS):
        text = visit.form.text(f"step_{row}", most=300)
        day = visit.form.instant(f"day_{row}", visit.territory.zone)
        if text and day is not None:
            found.append(hard.Step(text=text, due_at=day + timedelta(days=1)))
        elif text or day is not None:
            raise Refusal("plan_dates", rule="R8.5")
    return found


PAGES = (Page(name="case_merging", path="/cases/{number}/merging", view=act, method="POST"),)
