"""Return: "not mine", with the right unit named; who rules on it, and what the ruling does (R5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from casecore import corrections, deadlines
from casecore.acts.assign import Move, assign, open_stay_of
from casecore.authority import RULING, Actor, require, superior
from casecore.deadlines import JUST_AFTER
from casecore.errors import NotAllowed, Refusal
from casecore.events import record
from casecore.lifecycle import after
from casecore.offers import designate_buttons, ruling_buttons, staff_buttons
from casecore.outbox import owe
from casecore.parties import duty_person, holders
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, CaseEvent
from casecore.telling import cause_of, to_person
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import (
    STAGE_OF,
    Act,
    CorrectionKind,
    EventKind,
    Level,
    Notice,
    Outcome,
    Side,
    Stage,
    TimerKind,
)


async def ask_return(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, right_unit: str, reason: str
) -> None:
    """R5.1: "not mine", with the right unit named; the dispatcher one level up rules on it. The clock runs on."""
    require(territory, by, Act.RETURN, case)
    case.state = after(case.state, Act.RETURN)
    stay = await open_stay_of(uow, case)
    refusal = _return_refusal(territory, case, stay, right_unit, uow.now)
    if refusal is not None:
        raise refusal
    await record(
        uow,
        case,
        EventKind.RETURN_ASKED,
        actor=by.person_id,
        unit_id=case.unit_id,
        to=right_unit,
        reason=reason,
    )
    if case.returns_upheld >= territory.levels.upheld_returns_max:
        await _leave_to_district(uow, territory, case, by, stay, right_unit=right_unit, reason=reason)
        return
    stay.return_state, stay.return_unit, stay.return_asked_by = "asked", right_unit, by.person_id
    ruling = deadlines.ruling_due(territory.levels, case.urgency, uow.now)
    await set_timer(uow, case, TimerKind.RULING_DUE, ruling + JUST_AFTER, name=str(case.events), stay=stay.id)
    await _ask_ruling(
        uow, territory, case, by, right_unit=right_unit, reason=reason, until=ruling.isoformat()
    )


def _return_refusal(
    territory: Territory, case: Case, stay: Assignment, right_unit: str, now: datetime
) -> Refusal | None:
    assert case.stage is not None
    item = territory.items.get(case.item_code or "")
    until = deadlines.return_until(territory.levels, case.stage, case.urgency, stay.arrived_at)
    if until is None:
        return Refusal("return_emergency", rule="R5.1")
    if case.designated:
        return Refusal("return_designated", rule="R5.3")
    if stay.return_state is not None:
        return Refusal("return_twice", rule="R5.3")
    if now > until:
        return Refusal("return_late", rule="R5.1", until=until.isoformat())
    if item is not None and item.lead_department == case.unit_id:
        return Refusal("return_lead", rule="R5.3")
    if right_unit == case.unit_id or right_unit not in territory.units:
        return Refusal("return_unit", rule="R5.1")
    return None


async def _leave_to_district(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    stay: Assignment,
    *,
    right_unit: str,
    reason: str,
) -> None:
    """R5.3, T5-3: after two upheld returns nobody rules on a third: the district centre designates the unit."""
    assert by.person_id is not None
    stay.return_state, stay.return_unit, stay.return_asked_by = "refused", right_unit, by.person_id
    await record(uow, case, EventKind.RETURN_REFUSED, unit_id=case.unit_id, reason="district_designates")
    await _tell_ruling(uow, case, by.person_id, upheld=False)
    desk = await duty_person(uow.session, territory, territory.root)
    if desk is not None:
        await owe(
            uow,
            to_person(
                case, desk, Notice.APPROVAL_CARD, cause=cause_of(case), what="designate", right_unit=right_unit,
                reason=reason, person=by.name, buttons=designate_buttons(case),
            ),
        )  # fmt: skip


async def _ask_ruling(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, right_unit: str, reason: str, until: str
) -> None:
    assert case.unit_id is not None and by.person_id is not None
    cause = cause_of(case)
    for person in await rulers(uow, territory, case.unit_id):
        await owe(
            uow,
            to_person(
                case, person, Notice.APPROVAL_CARD, cause=cause, what="return", right_unit=right_unit,
                reason=reason, person=by.name, until=until, buttons=ruling_buttons(case),
            ),
        )  # fmt: skip
    await owe(
        uow,
        to_person(case, by.person_id, Notice.NOTED, cause=cause, act="return", buttons=staff_buttons(case)),
    )


async def rulers(uow: UnitOfWork, territory: Territory, unit_id: str) -> list[str]:
    """Who rules on what a unit asks: the ruling role one level up, else that level's duty person."""
    above = superior(territory, unit_id)
    people = await holders(uow.session, territory, RULING[above.level], above.id)
    if people:
        return people[:1]
    stand_in = await duty_person(uow.session, territory, above.id)
    return [stand_in] if stand_in else []


async def uphold_return(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """R5.4: the return is right; the case goes to the unit named, once a case with a fresh clock (R18.7)."""
    await _require_ruler(uow, territory, by, Act.UPHOLD, case)
    after(case.state, Act.UPHOLD)
    stay = await open_stay_of(uow, case)
    if stay.return_state != "asked" or stay.return_unit is None:
        raise Refusal("nothing_to_rule", rule="R5.2")
    asked_by, fresh = stay.return_asked_by, not await _fresh_clock_given(uow, case)
    stay.return_state = "upheld"
    await corrections.note(uow, territory, case, by, _corrected(territory, case, stay.return_unit))
    case.returns_upheld += 1
    move = Move(
        act=Act.UPHOLD, event=EventKind.RETURN_UPHELD, unit_id=stay.return_unit, by=by,
        outcome=Outcome.RETURNED_UPHELD, fresh_clock=fresh,
    )  # fmt: skip
    await assign(uow, territory, case, move, misdispatched_by=stay.dispatched_by or "minhu")
    await _tell_ruling(uow, case, asked_by, upheld=True)


def _corrected(territory: Territory, case: Case, right_unit: str) -> corrections.Corrected:
    """What an upheld return teaches: the unit; and of a place, what its words mean."""
    placed = territory.unit(right_unit).level not in {Level.DEPARTMENT, Level.DISTRICT}
    return corrections.Corrected(
        kind=CorrectionKind.RETURN, item_before=case.item_code, unit_before=case.unit_id, unit_after=right_unit,
        place_words=case.place_text if placed else "",
    )  # fmt: skip


async def _fresh_clock_given(uow: UnitOfWork, case: Case) -> bool:
    """R18.7: has an upheld return brought the case a fresh clock before? At U it brings none (R2.3)."""
    levels = await uow.session.scalars(
        select(CaseEvent.data["level"].as_string()).where(
            CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.RETURN_UPHELD
        )
    )
    return any(STAGE_OF[Level(level)] is not Stage.U for level in levels)


async def _require_ruler(uow: UnitOfWork, territory: Territory, by: Actor, act: Act, case: Case) -> None:
    """The ruling role one level up; where nobody has it, whoever got the card in its place."""
    try:
        require(territory, by, act, case)
    except NotAllowed:
        if by.side is Side.RESIDENT or case.unit_id is None:
            raise
        if by.person_id not in await rulers(uow, territory, case.unit_id):
            raise


async def refuse_return(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """R5.2: the case stays; also what no ruling in time means (`by` is then the house)."""
    await _require_ruler(uow, territory, by, Act.REFUSE, case)
    state = after(case.state, Act.REFUSE)
    stay = await open_stay_of(uow, case)
    if stay.return_state != "asked":
        raise Refusal("nothing_to_rule", rule="R5.2")
    stay.return_state, case.state = "refused", state
    await record(uow, case, EventKind.RETURN_REFUSED, actor=by.person_id, unit_id=case.unit_id)
    await _tell_ruling(uow, case, stay.return_asked_by, upheld=False)


async def _tell_ruling(uow: UnitOfWork, case: Case, asked_by: str | None, *, upheld: bool) -> None:
    if asked_by is not None:
        buttons = () if upheld else staff_buttons(case)
        await owe(
            uow, to_person(case, asked_by, Notice.RULED, cause=cause_of(case), upheld=upheld, buttons=buttons)
        )
