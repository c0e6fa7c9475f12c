"""How a case goes elsewhere by a person's decision: escalated, sent down, transferred, designated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from casecore import corrections
from casecore.acts.assign import Move, assign, close_stay, open_stay_of, sent_back_until
from casecore.acts.merge import succeed
from casecore.authority import Actor, require, superior
from casecore.errors import Refusal
from casecore.events import record
from casecore.lifecycle import after
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case, CaseEvent
from casecore.telling import cause_of, to_person, to_resident
from casecore.territory.model import Territory, Unit
from casecore.vocabulary import (
    Act,
    CloseReason,
    CorrectionKind,
    EventKind,
    Level,
    Notice,
    Outcome,
    Urgency,
)

# R18.1: a holder may hand a case straight to the lead department when that is a public utility.
UTILITIES = frozenset({"WTR", "PWR", "GAS", "COM"})


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
    if earlier is not None and await _tried(uow, case, earlier):
        raise Refusal("send_down_tried", rule="R4.2", on_file=case.id)
    return earlier.due_at if earlier is not None else None


async def _tried(uow: UnitOfWork, case: Case, stay: Assignment) -> bool:
    """R4.2: does the file show that the lower unit worked on it? What it says of itself is no work."""
    worked = exists().where(
        CaseEvent.case_id == case.id, CaseEvent.unit_id == stay.unit_id, CaseEvent.at >= stay.arrived_at,
        CaseEvent.kind.in_((EventKind.PROGRESS, EventKind.ASKED, EventKind.CONTACTED)),
    )  # fmt: skip
    return bool(await uow.session.scalar(select(worked)))


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
    """The code or the place was wrong: a desk or the holder puts it right. Old and new are learned from."""
    require(territory, by, Act.RECLASSIFY, case)
    state = after(case.state, Act.RECLASSIFY)
    item = territory.items.get(item_code)
    if item is None or (place_unit is not None and place_unit not in territory.units):
        raise Refusal("item_unknown", rule="R1.6")
    before = {"item": case.item_code, "place": case.place_unit}
    corrected = _corrected(case, item.code, place_unit)
    case.state, case.item_code, case.kind, case.item_probability = state, item.code, item.kind, 1.0
    if item.sensitive:
        await succeed(uow, territory, case, by)  # R12.2: what turned out to be sensitive goes with nobody
    case.sensitive, case.needs_triage = item.sensitive, False
    if place_unit is not None:
        case.place_unit, case.place_probability = place_unit, 1.0
    if list(Urgency).index(item.urgency) > list(Urgency).index(case.urgency):
        case.urgency = item.urgency
    await record(
        uow, case, EventKind.RECLASSIFIED, actor=by.person_id, before=before, item=item.code,
        place=case.place_unit, text=case.text,
    )  # fmt: skip
    if corrected is not None:
        await corrections.note(uow, territory, case, by, corrected)


def _corrected(case: Case, code: str, place: str | None) -> corrections.Corrected | None:
    """What the act teaches, seen before it changes the case; None when it says what was said already."""
    moved = place is not None and place != case.place_unit
    if code == case.item_code and not moved and not case.needs_triage:
        return None
    return corrections.Corrected(
        kind=CorrectionKind.TRIAGE if case.needs_triage else CorrectionKind.RECLASSIFIED,
        item_before=case.item_code, item_after=code,
        unit_before=case.place_unit if moved else None, unit_after=place if moved else None,
        place_words=case.place_text if moved else "",
    )  # fmt: skip


async def invalidate(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, reason: str) -> None:
    """Spam, a test, no content: closed as invalid, with the reason; the sender is told."""
    require(territory, by, Act.INVALIDATE, case)
    await succeed(uow, territory, case, by)
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
