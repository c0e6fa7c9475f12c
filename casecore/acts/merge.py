"""Merging (归并, R8): several residents, one matter. The master is worked on; each child keeps number, news and rating.

merge ─► child `merged` ─┬─ share_result ─► child `done`: its resident rates, and may reopen alone (R11)
                         ├─ split ─────────► its own case again, at the unit that holds the master (R8.4)
                         └─ succeed ───────► the master's resident went; the eldest child takes its place
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from casecore import cases, deadlines
from casecore.acts import hard
from casecore.acts.assign import Move, assign, close_stay
from casecore.acts.rate import ask_for_rating
from casecore.authority import Actor, require
from casecore.children import children_of, of_the_work
from casecore.errors import Outdated, Refusal
from casecore.events import record
from casecore.lifecycle import OPEN_STATES, after
from casecore.offers import rating_buttons, resident_buttons, watch_buttons
from casecore.outbox import owe
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Assignment, Case
from casecore.telling import cause_of, files_of, name_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import STAGE_OF, Act, EventKind, Notice, Outcome, State, Urgency

# A neighbour's request is itself a word that it is still so: two of the pictures show it.
PICTURES_SHOWN = 2


async def merge(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, other: str, reason: str = ""
) -> Case:
    """R8.1: a person confirms that two cases are one matter. Returns the child; the elder case is the master (R8.2)."""
    master, child = await _pair(uow, case, await cases.load(uow.session, other))
    for each in (master, child):
        require(territory, by, Act.MERGE, each)
    await _unite(uow, territory, master, child, by, reason)
    return child


async def join(uow: UnitOfWork, territory: Territory, case: Case, master_id: str, by: Actor) -> bool:
    """ "Me too": the resident of a new case says that it is one that is open already. False when that one is over.

    Their word is the confirmation that R8.1 asks for; who handles it may part them again.
    """
    require(territory, by, Act.ADD, case)
    try:
        master, child = await _pair(uow, case, await cases.load(uow.session, master_id))
    except Refusal:
        return False
    if child is not case:
        return False
    await _unite(uow, territory, master, child, by, "me_too")
    return True


async def _pair(uow: UnitOfWork, one: Case, other: Case) -> tuple[Case, Case]:
    """(master, child); Refusal when they cannot be one."""
    if other.state is State.MERGED and other.master_id is not None:
        other = await cases.load(uow.session, other.master_id)
    if one.id == other.id:
        raise Refusal("merge_same", rule="R8.1", case=one.number)
    if one.sensitive or other.sensitive:
        raise Refusal("merge_sensitive", rule="R12.2")
    master, child = sorted((one, other), key=lambda case: (case.t0, case.number))
    for each in (master, child):
        if each.state not in OPEN_STATES:
            raise Refusal("merge_closed", rule="R8.1", case=each.number, state=each.state.value)
    return master, child


async def _unite(
    uow: UnitOfWork, territory: Territory, master: Case, child: Case, by: Actor, reason: str
) -> None:
    held_by, child.state = child.person_id, after(child.state, Act.MERGE)
    await close_stay(uow, child, Outcome.MERGED_CHILD, at=uow.now)
    child.epoch += 1  # its alarms are over: the master's clock is the clock of both (R8.2)
    child.master_id, child.due_at = master.id, master.due_at
    child.cause_id = master.cause_id = master.cause_id or master.id
    order = list(Urgency)
    master.urgency = max(master.urgency, child.urgency, key=order.index)
    await uow.session.execute(update(Case).where(Case.master_id == child.id).values(master_id=master.id))
    await record(
        uow, child, EventKind.MERGED, actor=by.person_id, unit_id=master.unit_id, into=master.number,
        reason=reason or None, due=_iso(master.due_at),
    )  # fmt: skip
    await record(
        uow, master, EventKind.JOINED, actor=by.person_id, unit_id=master.unit_id, other=child.number,
        reason=reason or None,
    )  # fmt: skip
    await _tell_united(uow, master, child, by, held_by)
    await hard.consider(uow, territory, master)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


async def _tell_united(uow: UnitOfWork, master: Case, child: Case, by: Actor, held_by: str | None) -> None:
    cause = cause_of(child)
    buttons = resident_buttons(child)
    await owe(uow, to_resident(child, Notice.MERGED, cause=cause, buttons=buttons, **of_the_work(master)))
    if held_by is not None and held_by not in {by.person_id, master.person_id}:
        how = EventKind.MERGED.value
        await owe(uow, to_person(child, held_by, Notice.TASK_MOVED, cause=cause, how=how, into=master.number))
    if master.person_id is not None:
        shown = await files_of(uow.session, child, "evidence")
        count = 1 + len(await children_of(uow.session, master.id))
        await owe(
            uow,
            to_person(
                master, master.person_id, Notice.JOINED, cause=cause_of(master), addition=child.text, count=count,
                joined=child.number, files=shown[:PICTURES_SHOWN], buttons=watch_buttons(master),
            ),
        )  # fmt: skip


# -- the work is done


async def share_result(uow: UnitOfWork, territory: Territory, master: Case) -> None:
    """R8.2, R8.3: the master is done, and so is each child; its resident is told and rates for themselves."""
    for child in await children_of(uow.session, master.id):
        child.state = after(child.state, Act.FOLLOW)
        # The stay whose work it was: a child that is reopened begins its new round there (R8.4).
        child.unit_id, child.level, child.stage = master.unit_id, master.level, master.stage
        child.person_id, child.assignment_id = master.person_id, master.assignment_id
        child.result, child.done_at, child.told_done_at = master.result, master.done_at, master.told_done_at
        child.due_at, child.stage_due, child.epoch = master.due_at, master.stage_due, child.epoch + 1
        proof = await files_of(uow.session, master, "proof", round_=master.round)
        await record(
            uow, child, EventKind.DONE, actor=master.person_id, unit_id=master.unit_id, result=master.result,
            files=list(proof), master=master.number,
        )  # fmt: skip
        notice = to_resident(
            child, Notice.DONE, cause=cause_of(child), person=await name_of(uow.session, master.person_id),
            result=master.result, files=proof, buttons=rating_buttons(child),
            before=list(await files_of(uow.session, child, "evidence")) if proof else None,
        )  # fmt: skip
        await owe(uow, notice)
        await ask_for_rating(uow, territory, child)


# -- parted again


async def split(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, reason: str = "") -> None:
    """R8.4: this one is another matter after all. It goes on under the clock that it had (no edit restarts one)."""
    if case.state is not State.MERGED or case.master_id is None:
        raise Outdated(state=case.state.value, act=Act.SPLIT.value)
    master = await cases.load(uow.session, case.master_id)
    require(territory, by, Act.SPLIT, master)
    number, case.master_id, case.cause_id = master.number, None, None
    await _on_its_own(uow, territory, case, master, by, reason=reason, was_with=number)
    if by.person_id is not None:
        await owe(uow, to_person(case, by.person_id, Notice.NOTED, cause=cause_of(case), act="split"))


async def succeed(uow: UnitOfWork, territory: Territory, master: Case, by: Actor) -> None:
    """The master's own request ends without a result: the eldest child becomes the master of the others."""
    children = await children_of(uow.session, master.id)
    if not children:
        return
    heir, *others = children
    heir.master_id = None
    for child in others:
        child.master_id = heir.id
    await _on_its_own(uow, territory, heir, master, by, reason="master_gone", was_with=master.number)


async def _on_its_own(
    uow: UnitOfWork, territory: Territory, case: Case, master: Case, by: Actor, *, reason: str, was_with: str
) -> None:
    if master.unit_id is None:
        case.state, case.due_at = after(case.state, Act.SUBMIT), case.due_at or master.due_at
        await record(uow, case, EventKind.SPLIT, actor=by.person_id, reason=reason or None, was_with=was_with)
        uow.ring(Tray.CASES)
        return
    move = Move(
        act=Act.SPLIT, event=EventKind.SPLIT, unit_id=master.unit_id, by=by, reason=reason,
        ends=await _own_clock(uow, territory, case, master),
    )  # fmt: skip
    await assign(uow, territory, case, move, was_with=was_with)


async def _own_clock(uow: UnitOfWork, territory: Territory, case: Case, master: Case) -> datetime | None:
    """The end of the clock that the child had in the master's stage, else of the master's (it moved meanwhile)."""
    stay = await uow.session.get(Assignment, case.assignment_id) if case.assignment_id else None
    if stay is not None and stay.case_id == case.id and stay.stage is master.stage:
        return stay.due_at
    item = territory.items.get(case.item_code or "")
    if stay is None and item is not None and STAGE_OF[item.start_level] is master.stage:
        return deadlines.stage_due(territory.levels, STAGE_OF[item.start_level], case.t0)
    return master.stage_due
