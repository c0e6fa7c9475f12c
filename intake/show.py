"""Notices that have to be read from the record first: where a case stands, my cases, my tasks, the case file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casecore import cases, events
from casecore.authority import Actor, commands, holds, oversees
from casecore.children import children_of, of_the_work, standing
from casecore.errors import NotAllowed
from casecore.lifecycle import offers
from casecore.messages import Button, Owed
from casecore.offers import rating_buttons, resident_buttons, staff_buttons
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case
from casecore.telling import case_facts, files_of, name_of
from casecore.territory.model import Territory
from casecore.vocabulary import Act, EventKind, Notice, Side, State
from casecore.why import explain, explain_briefly, to_facts
from intake.dialogue.effects import Rows, Show

# Events that say who did what next, worth a line in a chat; the console shows all of them.
TOLD = frozenset(
    {
        EventKind.SUBMITTED, EventKind.DISPATCHED, EventKind.ACCEPTED, EventKind.DEEMED_ACCEPTED,
        EventKind.PROGRESS, EventKind.ASKED, EventKind.ADDITION, EventKind.ESCALATED,
        EventKind.ESCALATED_OVERDUE, EventKind.TRANSFERRED, EventKind.RETURN_UPHELD, EventKind.SENT_DOWN,
        EventKind.DESIGNATED, EventKind.DONE, EventKind.RATED, EventKind.REOPENED, EventKind.CLOSED,
        EventKind.CONTACTED, EventKind.EXTENDED, EventKind.SUSPENDED, EventKind.RESUMED, EventKind.PROMISED,
    }
)  # fmt: skip
LINES_MOST = 12


async def show(
    uow: UnitOfWork, territory: Territory, conversation_id: str, actor: Actor, cause: str, what: Show
) -> None:
    match what.what:
        case "status":
            owed = await _status(uow, conversation_id, actor, cause, what.case_id or "")
        case "cases":
            owed = await _cases(uow, conversation_id, actor, cause)
        case "why":
            owed = await _why(uow, territory, conversation_id, actor, cause, what.case_id or "")
        case "tasks" | "overdue":
            owed = await _tasks(uow, conversation_id, actor, cause, overdue=what.what == "overdue")
        case _:
            owed = await _case_file(uow, territory, conversation_id, actor, cause, what.case_id or "")
    await owe(uow, owed)


async def _status(uow: UnitOfWork, conversation_id: str, actor: Actor, cause: str, case_id: str) -> Owed:
    """R1.4: who answers for it now; in plain words, with the date to expect."""
    case = await cases.load(uow.session, case_id, for_update=False)
    if case.requester_id != actor.person_id:
        raise NotAllowed("not_yours", rule="R1", act="status", case=case.number)
    held = await standing(uow.session, case)
    facts = (
        case_facts(case)
        | of_the_work(held)
        | {
            "which": "one",
            "person": await name_of(uow.session, held.answer_person or held.person_id),
            "unit": held.answer_unit or held.unit_id,
            "result": case.result,
            "rating": case.rating,
            "close_reason": case.close_reason.value if case.close_reason else None,
        }
    )
    buttons = rating_buttons(case) if case.state is State.DONE else resident_buttons(case)
    return Owed(
        notice=Notice.STATUS, cause=cause, conversation_id=conversation_id, case_id=case.id, facts=facts,
        buttons=buttons,
    )  # fmt: skip


async def _cases(uow: UnitOfWork, conversation_id: str, actor: Actor, cause: str) -> Owed:
    assert actor.person_id is not None
    mine = await cases.latest_of_resident(uow.session, actor.person_id)
    which = "list" if mine else "none"
    return Owed(
        notice=Notice.STATUS, cause=cause, conversation_id=conversation_id,
        facts={
            "which": which,
            "cases": [case_facts(case) | of_the_work(await standing(uow.session, case)) for case in mine],
        },
        buttons=_open_buttons(mine, "status"),
    )  # fmt: skip


async def _tasks(uow: UnitOfWork, conversation_id: str, actor: Actor, cause: str, *, overdue: bool) -> Owed:
    assert actor.person_id is not None
    held = await cases.tasks_of(uow.session, actor.person_id)
    if overdue:
        held = [case for case in held if case.due_at is not None and case.due_at < uow.now]
    return Owed(
        notice=Notice.TASK_LIST, cause=cause, conversation_id=conversation_id,
        facts={"which": "overdue" if overdue else "all", "cases": _listed(held)},
        buttons=_open_buttons(held, "open"),
    )  # fmt: skip


async def _why(
    uow: UnitOfWork, territory: Territory, conversation_id: str, actor: Actor, cause: str, case_id: str
) -> Owed:
    """Why it went there: in short to the resident, with all evidence to who holds or oversees the case (R12.4)."""
    case = await cases.load(uow.session, case_id)
    brief = actor.side is Side.RESIDENT
    mine = case.requester_id == actor.person_id
    if not (mine if brief else holds(territory, actor, case) or oversees(territory, actor, case)):
        raise NotAllowed("not_yours", rule="R12.1", act="why", case=case.number)
    if case.sensitive and not brief:
        await events.record(uow, case, EventKind.VIEWED, actor=actor.person_id)
    told = await events.events_of(uow.session, case.id)
    reasons = (explain_briefly if brief else explain)(territory, case, told)
    return Owed(
        notice=Notice.EXPLANATION, cause=cause, conversation_id=conversation_id, case_id=case.id,
        facts={"case": case.number, "brief": brief, "reasons": to_facts(reasons)},
    )  # fmt: skip


def _listed(found: Sequence[Case]) -> list[dict[str, Any]]:
    return [case_facts(case) for case in found]


def _open_buttons(found: Sequence[Case], act: str) -> Rows:
    return tuple(
        (Button(act=act, subject=case.id, label="case", facts={"case": case.number, "item": case.item_code}),)
        for case in found
    )


async def _case_file(
    uow: UnitOfWork, territory: Territory, conversation_id: str, actor: Actor, cause: str, case_id: str
) -> Owed:
    """The file for those who hold or oversee the case; every look at a sensitive one is written down (R12.4)."""
    case = await cases.load(uow.session, case_id)
    if actor.side is Side.RESIDENT or not (holds(territory, actor, case) or oversees(territory, actor, case)):
        raise NotAllowed("not_yours", rule="R12.1", act="open", case=case.number)
    if case.sensitive:
        await events.record(uow, case, EventKind.VIEWED, actor=actor.person_id)
    told = [event for event in await events.events_of(uow.session, case.id) if event.kind in TOLD]
    lines = [
        {
            "at": event.at.isoformat(),
            "kind": event.kind.value,
            "who": await name_of(uow.session, event.actor),
            "text": event.data.get("text") or event.data.get("result") or event.data.get("reason") or "",
        }
        for event in told[-LINES_MOST:]
    ]
    return Owed(
        notice=Notice.CASE_FILE, cause=cause, conversation_id=conversation_id, case_id=case.id,
        facts=case_facts(case) | {"lines": lines, "because": case.because},
        buttons=await _file_buttons(uow, territory, actor, case),
        files=await files_of(uow.session, case, "evidence"),
    )  # fmt: skip


async def _file_buttons(uow: UnitOfWork, territory: Territory, actor: Actor, case: Case) -> Rows:
    """The card's, a button to part each merged request again (R8.4), and the commander's (R18.3)."""
    rows: Rows = staff_buttons(case) if holds(territory, actor, case) else ()
    for child in await children_of(uow.session, case.id):
        facts = {"case": child.number, "item": child.item_code}
        rows = (*rows, (Button(act="split", subject=child.id, label="button.split", facts=facts),))
    may_open = commands(territory, actor, case) and case.hard_id is None and not case.sensitive
    if may_open and offers(case.state, Act.OPEN_HARD):
        rows = (*rows, (Button(act="open_hard", subject=case.id, label="button.open_hard"),))
    return rows
