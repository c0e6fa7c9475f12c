"""How a case goes elsewhere by a person's decision: returned, escalated, sent down, transferred, designated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from casecore import deadlines
from casecore.acts.assign import Move, assign, close_stay, open_stay_of, sent_back_until
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
from casecore.telling import cause_of, to_person, to_resident
from casecore.territory.model import Territory, Unit
from casecore.timers import set_timer
from casecore.vocabulary import (
    STAGE_OF,
    Act,
    CloseReason,
    EventKind,
    Level,
    Notice,
    Outcome,
    Side,
    Stage,
    TimerKind,
    Urgency,
)

# R18.1: a holder may hand a case straight to the lead department when that is a public utility.
UTILITIES = frozenset({"WTR", "PWR", "GAS", "COM"})


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
    if case.returns_upheld >= territory.levels.upheld_returns_max:
        await _leave_to_district(uow, territory, case, by, stay, right_unit=right_unit, reason=reason)
        return
    stay.return_state, stay.return_unit, stay.return_asked_by = "asked", right_unit, by.person_id
    await record(
        uow,
        case,
        EventKind.RETURN_ASKED,
        actor=by.person_id,
        unit_id=case.unit_id,
        to=right_unit,
        reason=reason,
    )
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
    await record(
        uow,
        case,
        EventKind.RETURN_ASKED,
        actor=by.person_id,
        unit_id=case.unit_id,
        to=right_unit,
        reason=reason,
    )
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
    case.returns_upheld += 1
    move = Move(
        act=Act.UPHOLD, event=EventKind.RETURN_UPHELD, unit_id=stay.return_unit, by=by,
        outcome=Outcome.RETURNED_UPHELD, fresh_clock=fresh,
    )  # fmt: skip
    await assign(uow, territory, case, move, misdispatched_by=stay.dispatched_by or "minhu")
    await _tell_ruling(uow, case, asked_by, upheld=True)


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


async def escalate(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    *,
    tried: str,
    reason: str,
    to: str | None = None,
) -> None:
    """R4.1–R4.2: up one level (a town may name the department of a listed item), with what was tried and why."""
    require(territory, by, Act.ESCALATE, case)
    after(case.state, Act.ESCALATE)
    assert case.unit_id is not None
    if not tried.strip() or not reason.strip():
        raise Refusal("escalate_reason", rule="R4.2")
    stay = await open_stay_of(uow, case)
    if uow.now > stay.due_at:
        raise Refusal("escalate_late", rule="R4.2")
    target = _target_above(territory, case, to)
    move = Move(
        act=Act.ESCALATE, event=EventKind.ESCALATED, unit_id=target.id, by=by, reason=reason,
        outcome=Outcome.ESCALATED_OK,
    )  # fmt: skip
    await assign(uow, territory, case, move, tried=tried)
    await _noted(uow, case, by, "escalate")


def _target_above(territory: Territory, case: Case, to: str | None) -> Unit:
    assert case.unit_id is not None
    unit, item = territory.unit(case.unit_id), territory.items.get(case.item_code or "")
    target = territory.units.get(to) if to is not None else None
    if to is None or (target is not None and target.id == unit.parent):
        if unit.parent is not None:
            return superior(territory, unit.id)
        if item is None:
            raise Refusal("escalate_top", rule="R4.1")
        return territory.unit(item.lead_department)
    listed = unit.level is Level.TOWN and item is not None and item.town_may_summon
    if target is None or target.level is not Level.DEPARTMENT or not (listed or unit.id == territory.root):
        raise Refusal("escalate_unit", rule="R4.1")
    return target


async def send_down(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, to: str, reason: str
) -> None:
    """R4.2: back to the lower unit while its clock still runs, or down to a unit that the higher level names."""
    require(territory, by, Act.SEND_DOWN, case)
    assert case.unit_id is not None
    after(case.state, Act.SEND_DOWN)
    target = territory.units.get(to)
    if target is None or target.id == case.unit_id or not territory.inside(target.id, case.unit_id):
        raise Refusal("send_down_unit", rule="R4.2")
    move = Move(
        act=Act.SEND_DOWN, event=EventKind.SENT_DOWN, unit_id=target.id, by=by, reason=reason,
        outcome=Outcome.SENT_DOWN, ends=await _clock_below(uow, territory, case, target),
    )  # fmt: skip
    await assign(uow, territory, case, move)
    await _noted(uow, case, by, "send_down")


async def _clock_below(uow: UnitOfWork, territory: Territory, case: Case, target: Unit) -> datetime | None:
    """R4.2: the lower clock never stopped. None when the unit below had not held the case, or too long ago."""
    stay = await open_stay_of(uow, case)
    if uow.now > sent_back_until(territory, stay):
        return None
    earlier = await uow.session.scalar(
        select(Assignment)
        .where(Assignment.case_id == case.id, Assignment.unit_id == target.id, Assignment.round == case.round)
        .order_by(Assignment.arrived_at.desc())
        .limit(1)
    )
    return earlier.due_at if earlier is not None else None


async def transfer(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, to: str, reason: str
) -> None:
    """To another unit of the same level and parent, or straight to a public utility that leads the item (R18.1)."""
    require(territory, by, Act.TRANSFER, case)
    after(case.state, Act.TRANSFER)
    assert case.unit_id is not None
    unit, target = territory.unit(case.unit_id), territory.units.get(to)
    item = territory.items.get(case.item_code or "")
    utility = item is not None and to == item.lead_department and to in UTILITIES
    if target is None or target.id == unit.id or not (utility or _sideways(unit, target)):
        raise Refusal("transfer_unit", rule="R18.1")
    move = Move(
        act=Act.TRANSFER, event=EventKind.TRANSFERRED, unit_id=target.id, by=by, reason=reason,
        outcome=Outcome.TRANSFERRED,
    )  # fmt: skip
    await assign(uow, territory, case, move)
    await _noted(uow, case, by, "transfer")


def _sideways(unit: Unit, target: Unit) -> bool:
    """Same level; grids and microgrids only inside the same parent, higher units anywhere in the district."""
    upper = {Level.TOWN, Level.DISTRICT, Level.DEPARTMENT}
    if unit.level in upper and target.level in upper:
        return True
    return unit.level is target.level and unit.parent == target.parent


async def designate(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, to: str, reason: str
) -> None:
    """A desk above the case names the unit; from the district centre it is binding (R5.3)."""
    require(territory, by, Act.DESIGNATE, case)
    after(case.state, Act.DESIGNATE)
    if to not in territory.units or to == case.unit_id:
        raise Refusal("designate_unit", rule="R5.3")
    binding = any(post.role.value.startswith("district_") for post in by.posts)
    move = Move(
        act=Act.DESIGNATE,
        event=EventKind.DESIGNATED,
        unit_id=to,
        by=by,
        reason=reason,
        outcome=Outcome.SENT_DOWN,
    )
    await assign(uow, territory, case, move, binding=binding)
    case.designated = case.designated or binding


async def reclassify(
    uow: UnitOfWork,
    territory: Territory,
    case: Case,
    by: Actor,
    *,
    item_code: str,
    place_unit: str | None = None,
) -> None:
    """The code or the place was wrong: a desk puts it right. Old and new stay in the file, to be learned from."""
    require(territory, by, Act.RECLASSIFY, case)
    state = after(case.state, Act.RECLASSIFY)
    item = territory.items.get(item_code)
    if item is None or (place_unit is not None and place_unit not in territory.units):
        raise Refusal("item_unknown", rule="R1.6")
    before = {"item": case.item_code, "place": case.place_unit}
    case.state, case.item_code, case.kind, case.item_probability = state, item.code, item.kind, 1.0
    case.sensitive, case.needs_triage = item.sensitive, False
    if place_unit is not None:
        case.place_unit, case.place_probability = place_unit, 1.0
    if list(Urgency).index(item.urgency) > list(Urgency).index(case.urgency):
        case.urgency = item.urgency
    await record(
        uow, case, EventKind.RECLASSIFIED, actor=by.person_id, before=before, item=item.code,
        place=case.place_unit, text=case.text,
    )  # fmt: skip


async def invalidate(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, reason: str) -> None:
    """Spam, a test, no content: closed as invalid, with the reason; the sender is told."""
    require(territory, by, Act.INVALIDATE, case)
    holder, case.state = case.person_id, after(case.state, Act.INVALIDATE)
    case.closed_at, case.close_reason, case.epoch = uow.now, CloseReason.INVALID, case.epoch + 1
    await close_stay(uow, case, Outcome.INVALID, at=uow.now)
    await record(uow, case, EventKind.INVALIDATED, actor=by.person_id, reason=reason)
    cause = cause_of(case)
    await record(uow, case, EventKind.CLOSED, reason=CloseReason.INVALID.value)
    await owe(
        uow, to_resident(case, Notice.CLOSED, cause=cause, reason=CloseReason.INVALID.value, note=reason)
    )
    if holder is not None and holder != by.person_id:
        how = EventKind.INVALIDATED.value
        await owe(uow, to_person(case, holder, Notice.TASK_MOVED, cause=cause, how=how, reason=reason))


async def _noted(uow: UnitOfWork, case: Case, by: Actor, act: str) -> None:
    if by.person_id is not None and by.person_id != case.person_id:
        await owe(uow, to_person(case, by.person_id, Notice.NOTED, cause=cause_of(case), act=act))
