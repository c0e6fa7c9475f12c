"""After the work: the rating window, the stars, "solved?", closing and reopening (R11, R18.11)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from casecore import deadlines
from casecore.acts.alarm import set_clocks
from casecore.acts.assign import response_due
from casecore.acts.submit import Registration, submit
from casecore.authority import HOUSE, Actor, require, superior
from casecore.errors import Refusal
from casecore.events import record
from casecore.ids import new_id
from casecore.lifecycle import after
from casecore.messages import Point
from casecore.offers import (
    NEVER_WORKED,
    rating_buttons,
    reopen_button,
    resident_buttons,
    staff_buttons,
    watch_buttons,
)
from casecore.outbox import owe
from casecore.parties import duty_person
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, CaseEvent
from casecore.telling import cause_of, files_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import Act, CloseReason, EventKind, Notice, Outcome, State, TimerKind

# R11.3: 1 and 2 stars offer reopening at once, and the next level up calls within a day.
STARS_UNHAPPY = 2
CALL_WITHIN = timedelta(hours=24)


def window_ends(territory: Territory, case: Case) -> datetime:
    """R11.2: until when a rating counts and the case may be reopened (inclusive)."""
    told = case.told_done_at or case.updated_at
    if case.close_reason is CloseReason.NO_CONTACT:
        return told + timedelta(hours=territory.levels.no_contact_reopen_hours)  # R7 S1
    return told + timedelta(hours=territory.levels.rating_window_hours)


async def ask_for_rating(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """Set the reminders and the end of the window; the first question is in the done notice itself."""
    for hours in territory.levels.rating_remind_hours:
        at = uow.now + timedelta(hours=hours)
        await set_timer(uow, case, TimerKind.RATING_REMIND, at, name=str(hours))
    await set_timer(uow, case, TimerKind.RATING_CLOSES, window_ends(territory, case))


async def remind_to_rate(uow: UnitOfWork, case: Case) -> None:
    """R11.2: asked again, while nobody has rated."""
    if case.state is State.DONE and not await _rated_this_round(uow, case):
        await record(uow, case, EventKind.REMINDED, which="rating")
        await owe(
            uow,
            to_resident(case, Notice.RATING_REQUEST, cause=cause_of(case), buttons=rating_buttons(case)),
        )


async def _rated_this_round(uow: UnitOfWork, case: Case) -> bool:
    """A verdict on an earlier round, which the case still carries (R11.6), does not answer for this one."""
    rated = exists().where(
        CaseEvent.case_id == case.id,
        CaseEvent.kind == EventKind.RATED,
        CaseEvent.data["round"].as_integer() == case.round,
    )
    return bool(await uow.session.scalar(select(rated)))


async def rate(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, stars: int, words: str = "",
    solved: bool | None = None,
) -> None:  # fmt: skip
    """1–5 stars; 3–5 without "not solved" close the case at once, 1–2 or "not solved" offer reopening."""
    require(territory, by, Act.RATE, case)
    if not 1 <= stars <= 5:
        raise Refusal("rating_range", rule="R11.2", stars=str(stars))
    state = after(case.state, Act.RATE)
    if case.close_reason in NEVER_WORKED:
        raise Refusal("rating_never", rule="R11.2")
    if case.close_reason is CloseReason.NO_CONTACT:
        raise Refusal("rating_no_contact", rule="R7")  # T7-2: no rating is asked, none is taken
    if uow.now > window_ends(territory, case):
        raise Refusal("rating_over", rule="R11.2")
    case.state, case.rating, case.rated_at, case.solved = state, stars, uow.now, solved
    await record(
        uow, case, EventKind.RATED, actor=by.person_id, stars=stars, words=words or None, solved=solved,
        round=case.round,
    )  # fmt: skip
    cause = cause_of(case)
    if stars <= STARS_UNHAPPY or solved is False:
        await offer_reopening(uow, territory, case, cause=cause, stars=stars)
        return
    await owe(uow, to_resident(case, Notice.RATED, cause=cause, stars=stars, buttons=reopen_button(case)))
    if case.state is State.DONE:
        await close(uow, case, CloseReason.RESOLVED)


async def offer_reopening(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    *,
    cause: str,
    stars: int | None = None,
    words: str = "",
) -> None:
    """R11.3: not content: reopening is offered at once, and the level above is to call within 24 hours."""
    await owe(
        uow, to_resident(case, Notice.REOPEN_OFFER, cause=cause, stars=stars, buttons=reopen_button(case))
    )
    above = superior(territory, case.unit_id) if case.unit_id is not None else None
    leader = await duty_person(uow.session, territory, above.id) if above is not None else None
    if leader is not None:
        call_by = (uow.now + CALL_WITHIN).isoformat()
        notice = to_person(
            case, leader, Notice.FOLLOW_UP, cause=cause, which="unhappy", stars=stars, words=words or None,
            due=call_by, buttons=watch_buttons(case),
        )  # fmt: skip
        await owe(uow, notice)


async def close(uow: UnitOfWork, case: Case, reason: CloseReason, *, tell: bool = False) -> None:
    """The case ends; its file stays."""
    case.state = after(case.state, Act.CLOSE)
    case.closed_at, case.close_reason = uow.now, reason
    await record(uow, case, EventKind.CLOSED, reason=reason.value, rating=case.rating)
    if tell:
        await owe(
            uow, to_resident(case, Notice.CLOSED, cause=cause_of(case), reason=reason.value)
        )  # fmt: skip


async def close_unrated(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """R11.2: the window ended; unrated is never counted as satisfied (T11-3)."""
    if case.state is State.DONE:
        await close(uow, case, CloseReason.RESOLVED, tell=True)


async def reopen(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, why: str = "") -> None:
    """R11.5: a new round at the same unit on half the clock, copied one level up; at most two, within 168 h."""
    require(territory, by, Act.REOPEN, case)
    state = after(case.state, Act.REOPEN)
    if case.close_reason in NEVER_WORKED or case.unit_id is None:
        raise Refusal("reopen_never", rule="R11.5")
    if uow.now > window_ends(territory, case):
        await _anew(uow, territory, case, by, why)
        return
    if case.reopenings >= territory.levels.reopenings_max:
        await _to_district(uow, territory, case, by, why)
        return
    case.reopenings += 1
    case.round += 1
    stay = await _new_round(uow, territory, case)
    case.state, case.closed_at, case.close_reason, case.done_at = state, None, None, None
    case.solved, case.epoch, case.supervisions = False, case.epoch + 1, 0
    await record(
        uow, case, EventKind.REOPENED, actor=by.person_id, unit_id=case.unit_id, round=case.round, why=why or None,
        due=stay.due_at.isoformat(), rating=case.rating,
    )  # fmt: skip
    await set_clocks(uow, territory, case, stay)
    await _tell_reopened(uow, territory, case, why)


async def _anew(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, why: str) -> None:
    """R11.5, T11-2: after the window the same matter is a new case, linked to the old one."""
    point = Point(lat=case.lat, lon=case.lon) if case.lat is not None and case.lon is not None else None
    request = Registration(
        conversation_id=case.conversation_id, requester_id=case.requester_id, text=why or case.text, lang=case.lang,
        item_code=case.item_code, item_probability=case.item_probability, urgency=case.urgency,
        place_unit=case.place_unit, place_text=case.place_text, place_probability=case.place_probability,
        point=point, because=case.because, needs_triage=case.needs_triage, linked_id=case.id,
    )  # fmt: skip
    new = await submit(uow, territory, request)
    await record(uow, case, EventKind.ADDITION, actor=by.person_id, text=why or None, continued_in=new.number)


async def _new_round(uow: UnitOfWork, territory: Territory, case: Case) -> Assignment:
    assert case.unit_id is not None and case.stage is not None
    due = deadlines.reopened_due(territory.levels, case.stage, uow.now)
    response = await response_due(uow, territory, case, uow.now)
    person = case.person_id or await duty_person(uow.session, territory, case.unit_id)
    stay = Assignment(
        id=new_id(), case_id=case.id, unit_id=case.unit_id, level=territory.unit(case.unit_id).level,
        stage=case.stage, person_id=person, first_person=person, round=case.round, arrived_at=uow.now,
        response_due=response, due_at=due, outcome=Outcome.OPEN, deemed=False, dispatched_by=HOUSE.person_id,
    )  # fmt: skip
    uow.session.add(stay)
    case.assignment_id, case.person_id = stay.id, person
    case.stage_due = case.due_at = due
    case.response_due, case.deemed = response, False
    await uow.session.flush()
    return stay


async def _tell_reopened(uow: UnitOfWork, territory: Territory, case: Case, why: str) -> None:
    assert case.unit_id is not None
    cause = cause_of(case)
    evidence = await files_of(uow.session, case, "evidence")
    await owe(uow, to_resident(case, Notice.REOPENED, cause=cause, buttons=resident_buttons(case)))
    if case.person_id is not None:
        await owe(
            uow,
            to_person(
                case, case.person_id, Notice.TASK_CARD, cause=cause, how="reopened", reason=why, files=evidence,
                buttons=staff_buttons(case),
            ),
        )  # fmt: skip
    above = superior(territory, case.unit_id)
    leader = await duty_person(uow.session, territory, above.id)
    if leader is not None and leader != case.person_id:
        # R11.3: the level above learns of it and calls the resident within 24 h.
        await owe(uow, to_person(case, leader, Notice.REOPENED, cause=cause, why=why, stars=case.rating))


async def _to_district(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, why: str) -> None:
    """R11.5: the third request is for the district centre to review; the handler is not sent out again."""
    await record(uow, case, EventKind.ADDITION, actor=by.person_id, text=why or None, third_reopening=True)
    cause = cause_of(case)
    desk = await duty_person(uow.session, territory, territory.root)
    if desk is not None:
        await owe(uow, to_person(case, desk, Notice.FOLLOW_UP, cause=cause, why=why, which="third_reopening"))
    await owe(uow, to_resident(case, Notice.STATUS, cause=cause, which="third_reopening"))
