"""What the unit that holds a case does with it: accept, note progress, ask, reach out, finish."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from casecore.acts.approval import lapse_with_stay
from casecore.acts.assign import open_stay_of
from casecore.acts.attach import attach
from casecore.acts.below import late_stay
from casecore.acts.merge import share_result
from casecore.acts.rate import ask_for_rating
from casecore.authority import Actor, require
from casecore.errors import NotAllowed, Outdated, Refusal
from casecore.events import record
from casecore.lifecycle import WAITING, after
from casecore.messages import FileRef
from casecore.offers import rating_buttons, resident_buttons, staff_buttons
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, CaseEvent
from casecore.telling import cause_of, files_of, name_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import Act, EventKind, Notice, Outcome, State

# R11.1: a result says what was done; fewer letters than this say nothing ("好了", "ok") without a picture beside them.
RESULT_LETTERS_LEAST = 4


async def accept(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """R3, R1.4: a person takes the case; the first to do so is the first receiver.

    What silence accepted keeps that moment (R1.5); the person's answer is counted from now (T3-1).
    """
    require(territory, by, Act.ACCEPT, case)
    state = after(case.state, Act.ACCEPT)
    if case.state is State.ACCEPTED and not case.deemed:
        raise Outdated(state=case.state.value, act=Act.ACCEPT.value)
    stay = await open_stay_of(uow, case)
    stay.accepted_at, stay.person_id = stay.accepted_at or uow.now, by.person_id
    case.state, case.person_id = state, by.person_id
    _answers(uow, case)
    _becomes_answerable(case)
    await record(uow, case, EventKind.ACCEPTED, actor=by.person_id, unit_id=case.unit_id)
    cause = cause_of(case)
    assert by.person_id is not None
    await owe(
        uow,
        to_resident(case, Notice.ACCEPTED, cause=cause, person=by.name, buttons=resident_buttons(case)),
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="accept", buttons=staff_buttons(case)),
    )


async def deem_accepted(uow: UnitOfWork, territory: Territory, case: Case, at: datetime) -> None:
    """R1.5: the response limit passed in silence: accepted at that limit, in the name of the duty person."""
    state = after(case.state, Act.DEEM_ACCEPT)
    stay = await open_stay_of(uow, case)
    stay.accepted_at, stay.deemed = at, True
    case.state, case.deemed = state, True
    _becomes_answerable(case)
    await record(
        uow, case, EventKind.DEEMED_ACCEPTED, actor=None, unit_id=case.unit_id, at=at, person=case.person_id
    )
    cause = cause_of(case)
    person = await name_of(uow.session, case.person_id)
    await owe(uow, to_resident(case, Notice.ACCEPTED, cause=cause, person=person, deemed=True))
    if case.person_id is not None:
        await owe(
            uow,
            to_person(
                case, case.person_id, Notice.REMINDER, cause=cause, which="deemed_accepted",
                buttons=staff_buttons(case),
            ),
        )  # fmt: skip


def _becomes_answerable(case: Case) -> None:
    """R1.4: the first receiver answers for the case until another unit has accepted it."""
    if case.first_unit is None:
        case.first_unit, case.first_person = case.unit_id, case.person_id
    case.answer_unit, case.answer_person = case.unit_id, case.person_id


def _answers(uow: UnitOfWork, case: Case) -> None:
    """R3: a person has taken it up and the resident hears of it: that is a response, silence is none."""
    case.responded_at, case.deemed = case.responded_at or uow.now, False


async def progress(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    *,
    text: str,
    files: tuple[FileRef, ...] = (),
) -> None:
    """A note or a picture from the work. The resident reads it; the picture is proof later (R11.1)."""
    require(territory, by, Act.PROGRESS, case)
    case.state = after(case.state, Act.PROGRESS)
    _answers(uow, case)
    for file in files:
        await attach(uow, case, file, role="proof", by=by.person_id)
    digests = [file.digest for file in files if file.digest]
    failures = [file.failure for file in files if file.failure]
    await record(
        uow, case, EventKind.PROGRESS, actor=by.person_id, unit_id=case.unit_id, text=text or None,
        files=digests or None, failures=failures or None,
    )  # fmt: skip
    cause = cause_of(case)
    assert by.person_id is not None
    await owe(
        uow,
        to_resident(case, Notice.PROGRESS, cause=cause, person=by.name, note=text, files=tuple(digests)),
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="progress", buttons=staff_buttons(case)),
    )


async def ask(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, text: str) -> None:
    """R5.5: more facts are asked of the resident; the case stays where it is and its clock runs."""
    require(territory, by, Act.ASK, case)
    if not text.strip():
        raise Refusal("question_empty", rule="R5.5")
    case.state = after(case.state, Act.ASK)
    _answers(uow, case)
    await record(uow, case, EventKind.ASKED, actor=by.person_id, unit_id=case.unit_id, text=text)
    cause = cause_of(case)
    assert by.person_id is not None
    await owe(
        uow,
        to_resident(case, Notice.ASKED, cause=cause, person=by.name, question=text),
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="ask", buttons=staff_buttons(case)),
    )


async def contact(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, text: str) -> None:
    """A try to reach the resident by telephone or at the door, with what came of it (R7 S1 counts them)."""
    require(territory, by, Act.CONTACT, case)
    if not text.strip():
        raise Refusal("contact_empty", rule="R7")
    case.state = after(case.state, Act.CONTACT)
    _answers(uow, case)
    await record(uow, case, EventKind.CONTACTED, actor=by.person_id, unit_id=case.unit_id, text=text.strip())
    cause = cause_of(case)
    assert by.person_id is not None
    await owe(
        uow,
        to_resident(case, Notice.CONTACTED, cause=cause, person=by.name),
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="contact", buttons=staff_buttons(case)),
    )


async def finish(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, text: str = "",
    files: tuple[FileRef, ...] = (),
) -> None:  # fmt: skip
    """R11.1: done, with what was done and proof of it; the resident is told and asked for a rating."""
    below = await _finishes_from_below(uow, territory, case, by)
    taken = after(case.state, Act.ACCEPT) if below is not None and case.state in WAITING else case.state
    state = after(taken, Act.DONE)
    shown = await files_of(uow.session, case, "proof", round_=case.round)
    proof = tuple(dict.fromkeys((*shown, *(file.digest for file in files if file.digest))))
    result = text.strip() or await _noted(uow, case)
    if not result or (len(result) < RESULT_LETTERS_LEAST and not proof):
        raise Refusal("result_missing", rule="R11.1")
    for file in files:
        await attach(uow, case, file, role="proof", by=by.person_id)
    _answers(uow, case)
    stay = await open_stay_of(uow, case)
    stay.outcome, stay.done_at, stay.ended_at = Outcome.DONE, uow.now, uow.now
    case.state, case.result = state, result
    if below is None:
        stay.person_id = case.person_id = by.person_id
    else:
        await _credit(uow, case, stay, below)
    case.done_at = case.told_done_at = uow.now
    case.epoch += 1  # the stay's alarms are over
    await lapse_with_stay(uow, case, stay.id)
    late = uow.now > (below or stay).due_at
    await record(
        uow, case, EventKind.DONE, actor=by.person_id, unit_id=(below or stay).unit_id, result=result,
        files=list(proof), late=late, below=True if below is not None else None,
    )  # fmt: skip
    cause = cause_of(case)
    assert by.person_id is not None
    await owe(
        uow,
        to_resident(
            case, Notice.DONE, cause=cause, person=by.name, result=result, files=proof,
            before=list(await files_of(uow.session, case, "evidence")) if proof else None,
            buttons=rating_buttons(case),
        ),
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="done"),
    )  # fmt: skip
    await ask_for_rating(uow, territory, case)
    await share_result(uow, territory, case)


async def _finishes_from_below(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor
) -> Assignment | None:
    """R4.4: the late lower unit's stay, when it is that unit that finishes; None for the holder; else NotAllowed."""
    try:
        require(territory, by, Act.DONE, case)
    except NotAllowed:
        found = await late_stay(uow.session, territory, case, by)
        if found is None:
            raise
        return found
    return None


async def _credit(uow: UnitOfWork, case: Case, stay: Assignment, below: Assignment) -> None:
    """R18.2: done, late, on its own assignment; who holds the case above is told that there is nothing left to do."""
    below.outcome, below.done_at = Outcome.DONE, uow.now
    stay.accepted_at = stay.accepted_at or uow.now
    if case.person_id is not None:
        cause = f"{cause_of(case)}/below"
        await owe(uow, to_person(case, case.person_id, Notice.TASK_MOVED, cause=cause, how="done_below"))


async def _noted(uow: UnitOfWork, case: Case) -> str:
    """What the handlers noted in this round since the case came to them: the result, when none is said apart."""
    stays = select(Assignment.arrived_at).where(Assignment.id == case.assignment_id).scalar_subquery()
    rows = await uow.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.PROGRESS, CaseEvent.at >= stays)
        .order_by(CaseEvent.n)
    )
    return "\n".join(text for row in rows if (text := row.data.get("text")))
