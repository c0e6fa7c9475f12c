"""What a resident does with their open case: add to it, urge it, withdraw it."""

from __future__ import annotations

from datetime import timedelta

from casecore.acts import suspension
from casecore.acts.assign import close_stay
from casecore.acts.attach import attach
from casecore.acts.merge import succeed
from casecore.authority import Actor, require, superior
from casecore.children import standing
from casecore.errors import Refusal
from casecore.events import record
from casecore.lifecycle import after
from casecore.messages import FileRef
from casecore.offers import resident_buttons, staff_buttons, watch_buttons
from casecore.outbox import owe
from casecore.parties import duty_person
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case
from casecore.telling import cause_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import Act, CloseReason, EventKind, Notice, Outcome, State

# R4.3: the third urge and each one after it is copied to the next level up.
URGES_COPIED_FROM = 3


async def add(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, text: str,
    files: tuple[FileRef, ...] = (), place: str | None = None,
) -> None:  # fmt: skip
    """More words, pictures or sounds; the holder is told. `place` fills a place that was missing (R18.4)."""
    require(territory, by, Act.ADD, case)
    case.state = after(case.state, Act.ADD)
    if place is not None and case.place_unit is None:
        case.place_unit, case.place_probability = place, 1.0
    for file in files:
        await attach(uow, case, file, role="evidence", by=by.person_id)
    digests = tuple(file.digest for file in files if file.digest)
    failures = [file.failure for file in files if file.failure]
    await record(
        uow, case, EventKind.ADDITION, actor=by.person_id, text=text or None, files=list(digests) or None,
        failures=failures or None, place=place,
    )  # fmt: skip
    cause = cause_of(case)
    await owe(uow, to_resident(case, Notice.ADDED, cause=cause, buttons=resident_buttons(case)))
    if case.state is State.SUSPENDED:
        await suspension.answered(uow, territory, case)
    held = await standing(uow.session, case)
    if held.person_id is not None:
        await owe(
            uow,
            to_person(
                held, held.person_id, Notice.ADDITION, cause=cause, addition=text, files=digests,
                buttons=staff_buttons(held),
            ),
        )  # fmt: skip


async def urge(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """R4.3: once in 24 hours; the third urge is copied one level up."""
    require(territory, by, Act.URGE, case)
    state = after(case.state, Act.URGE)
    pause = timedelta(hours=territory.levels.urge_hours)
    if case.urged_at is not None and uow.now < case.urged_at + pause:
        raise Refusal("urged_already", rule="R4.3", next=(case.urged_at + pause).isoformat())
    case.state, case.urged_at = state, uow.now
    case.urges += 1
    await record(uow, case, EventKind.URGED, actor=by.person_id, count=case.urges)
    cause = cause_of(case)
    await owe(uow, to_resident(case, Notice.URGED, cause=cause))
    held = await standing(uow.session, case)
    for person in await _urged_people(uow, territory, held, case.urges):
        buttons = staff_buttons(held) if person == held.person_id else watch_buttons(held)
        await owe(uow, to_person(held, person, Notice.URGE, cause=cause, count=case.urges, buttons=buttons))


async def _urged_people(uow: UnitOfWork, territory: Territory, held: Case, urges: int) -> list[str]:
    people = [held.person_id] if held.person_id else []
    if held.unit_id is not None and (urges >= URGES_COPIED_FROM or not people):
        above = await duty_person(uow.session, territory, superior(territory, held.unit_id).id)
        people += [above] if above and above not in people else []
    return people


async def withdraw(uow: UnitOfWork, territory: Territory, case: Case, by: Actor) -> None:
    """The resident takes the request back; whoever holds it is told to stop."""
    require(territory, by, Act.WITHDRAW, case)
    # Who works on the master of a merged request works on: the others still wait for it (R8.2).
    holder = None if case.state is State.MERGED else case.person_id
    await succeed(uow, territory, case, by)
    case.state = after(case.state, Act.WITHDRAW)
    case.closed_at, case.close_reason, case.epoch = uow.now, CloseReason.WITHDRAWN, case.epoch + 1
    await close_stay(uow, case, Outcome.WITHDRAWN, at=uow.now)
    await record(uow, case, EventKind.WITHDRAWN, actor=by.person_id)
    cause = cause_of(case)
    await record(uow, case, EventKind.CLOSED, reason=CloseReason.WITHDRAWN.value)
    await owe(uow, to_resident(case, Notice.CLOSED, cause=cause, reason=CloseReason.WITHDRAWN.value))
    if holder is not None:
        await owe(uow, to_person(case, holder, Notice.WITHDRAWN, cause=cause))
