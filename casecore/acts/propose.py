"""Proposing that two cases are one (R8.1): written when the newer is filed, asked of a person once it has a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select, update

from casecore import cases
from casecore.acts.merge import merge
from casecore.authority import Actor, require
from casecore.errors import Refusal
from casecore.events import record
from casecore.ids import new_id
from casecore.lifecycle import OPEN_STATES
from casecore.messages import Button
from casecore.offers import Rows
from casecore.outbox import owe
from casecore.parties import duty_person, holders
from casecore.store.engine import Reading, UnitOfWork
from casecore.store.tables import Case, MergeProposal, ProposalState
from casecore.telling import cause_of, files_of, to_person
from casecore.territory.model import Territory
from casecore.vocabulary import Act, EventKind, Level, Notice, Role, State

# Who confirms that two cases of a unit are one (journeys.md: approval_card → grid_lead for merges, else one level up).
CONFIRMS: dict[Level, Role] = {
    Level.GRID: Role.GRID_LEAD,
    Level.VILLAGE: Role.VILLAGE_SEC,
    Level.TOWN: Role.TOWN_CMD,
    Level.DISTRICT: Role.DISTRICT_CMD,
    Level.DEPARTMENT: Role.DEPT_HEAD,
}
# A press names the proposal by so many digits: its case is the subject, and it has a handful of proposals at most.
PROPOSAL_DIGITS = 12
PRESS = "m."


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """An open case that a new one may be: its id, how likely (0–1), and what speaks for it."""

    case_id: str
    score: float
    facts: Mapping[str, Any] = field(default_factory=dict)


async def propose(uow: UnitOfWork, case: Case, found: Sequence[Alike]) -> None:
    """Write down what may be the same; asked once the case has found its unit."""
    for alike in found:
        values = {
            "id": new_id(), "case_id": case.id, "master_id": alike.case_id, "score": round(alike.score, 4),
            "facts": dict(alike.facts), "state": ProposalState.OPEN, "made_at": uow.now,
        }  # fmt: skip
        made = await uow.insert_once(MergeProposal, values, MergeProposal.case_id, MergeProposal.master_id)
        if made is not None:
            other = await cases.load(uow.session, alike.case_id, for_update=False)
            await record(
                uow, case, EventKind.MERGE_PROPOSED, other=other.number, score=round(alike.score, 4),
                facts=dict(alike.facts),
            )  # fmt: skip


async def proposals_of(session: Reading, case_id: str) -> Sequence[MergeProposal]:
    """What is still asked about this case, on either side; the likeliest first."""
    rows = await session.scalars(
        select(MergeProposal)
        .where(
            MergeProposal.state == ProposalState.OPEN,
            or_(MergeProposal.case_id == case_id, MergeProposal.master_id == case_id),
        )
        .order_by(MergeProposal.score.desc(), MergeProposal.id)
    )
    return rows.all()


async def ask(uow: UnitOfWork, territory: Territory, case: Case) -> None:
    """A case has its unit: whoever confirms merges there gets the likeliest proposal, with both sets of words."""
    for proposal in await proposals_of(uow.session, case.id):
        if proposal.case_id != case.id or proposal.asked_person is not None:
            continue
        master = await cases.load(uow.session, proposal.master_id, for_update=False)
        if not _both_open(case, master):
            continue
        person = await _confirms(uow, territory, master, case)
        if person is None:
            return
        proposal.asked_person = person
        await _show(uow, case, master, proposal, person)
        return


def _both_open(case: Case, master: Case) -> bool:
    """A proposal that time has overtaken is not asked: one of the two is over, or goes with a third."""
    return (
        case.state in OPEN_STATES and master.state in OPEN_STATES and not (case.sensitive or master.sensitive)
    )


async def _confirms(uow: UnitOfWork, territory: Territory, master: Case, case: Case) -> str | None:
    unit_id = _common(territory, master.unit_id or territory.root, case.unit_id or territory.root)
    role = CONFIRMS[territory.unit(unit_id).level]
    people = await holders(uow.session, territory, role, unit_id)
    return people[0] if people else await duty_person(uow.session, territory, unit_id)


def _common(territory: Territory, one: str, other: str) -> str:
    """The lowest unit from the grid up that has both."""
    above = {unit.id for unit in territory.lineage(one)}
    return next(
        unit.id for unit in territory.lineage(other) if unit.id in above and unit.level is not Level.MICROGRID
    )


async def _show(uow: UnitOfWork, case: Case, master: Case, proposal: MergeProposal, person: str) -> None:
    pictures = [await files_of(uow.session, each, "evidence") for each in (master, case)]
    await owe(
        uow,
        to_person(
            case, person, Notice.APPROVAL_CARD, cause=cause_of(case), what="merge", other=master.number,
            other_text=master.text, other_place=master.place_text, files=tuple(f for one in pictures for f in one[:1]),
            buttons=proposal_buttons(case, proposal), **{f"alike_{k}": v for k, v in proposal.facts.items()},
        ),
    )  # fmt: skip


def proposal_buttons(case: Case, proposal: MergeProposal) -> Rows:
    value = PRESS + proposal.id[-PROPOSAL_DIGITS:]
    return (
        (
            Button(act=Act.UPHOLD.value, subject=case.id, value=value, label="button.merge"),
            Button(act=Act.REFUSE.value, subject=case.id, value=value, label="button.not_same"),
        ),
        (
            Button(act="open", subject=case.id, label="button.open"),
            Button(act="open", subject=proposal.master_id, label="button.open_other"),
        ),
    )


async def decide(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, *, proposal: str, same: bool
) -> None:
    """A person's yes or no to a proposal; `proposal` is its id or the end of it."""
    rows = await uow.session.scalars(select(MergeProposal).where(MergeProposal.case_id == case.id))
    found = next((row for row in rows if row.id.endswith(proposal) and proposal), None)
    if found is None or found.state is not ProposalState.OPEN:
        raise Refusal("merge_decided", rule="R8.1")
    master = await cases.load(uow.session, found.master_id)
    if same:
        await merge(uow, territory, case, by, other=master.id, reason="proposal")
        await _overtaken(uow, case, found)
    else:
        for each in (master, case):
            require(territory, by, Act.MERGE, each)
        await record(
            uow, case, EventKind.MERGE_REFUSED, actor=by.person_id, unit_id=case.unit_id, other=master.number
        )
    found.state = ProposalState.APPROVED if same else ProposalState.REFUSED
    found.decided_at, found.decided_by = uow.now, by.person_id
    if by.person_id is not None:
        act = "merge" if same else "not_same"
        told = to_person(
            case,
            by.person_id,
            Notice.NOTED,
            cause=f"{cause_of(case)}/{found.id}",
            act=act,
            other=master.number,
        )
        await owe(uow, told)


async def _overtaken(uow: UnitOfWork, case: Case, decided: MergeProposal) -> None:
    """The child goes with its master: nothing else is asked about it."""
    if case.state is State.MERGED:
        await uow.session.execute(
            update(MergeProposal)
            .where(
                MergeProposal.case_id == case.id,
                MergeProposal.id != decided.id,
                MergeProposal.state == ProposalState.OPEN,
            )
            .values(state=ProposalState.REFUSED, decided_at=uow.now)
        )
