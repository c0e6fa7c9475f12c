"""Asking the level above for leave: one row, one card with yes and no, one answer; silence is a refusal (R2.4, R6, R7).

ask ─► asked ─┬─ approved   what follows is in `rulings`, a line a kind
              ├─ refused
              └─ lapsed     nobody answered by `due_at`, or the stay that it was asked for is over
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from casecore.authority import RULING, Actor, superior
from casecore.deadlines import JUST_AFTER
from casecore.errors import NotAllowed, Refusal
from casecore.events import record
from casecore.ids import new_id
from casecore.messages import Button
from casecore.offers import Rows, staff_buttons, watch_buttons
from casecore.outbox import owe
from casecore.parties import duty_person, holders
from casecore.store.engine import Reading, UnitOfWork
from casecore.store.tables import Approval, Case
from casecore.telling import cause_of, to_person
from casecore.territory.model import Territory
from casecore.timers import set_timer
from casecore.vocabulary import Act, ApprovalKind, ApprovalState, EventKind, Notice, Role, Side, TimerKind

# A press names the request by the end of its id: the case is the subject, and it has a handful of requests.
APPROVAL_DIGITS = 12
PRESS = "a."

ENDED: Mapping[ApprovalState, EventKind] = {
    ApprovalState.APPROVED: EventKind.APPROVED,
    ApprovalState.REFUSED: EventKind.APPROVAL_REFUSED,
    ApprovalState.LAPSED: EventKind.APPROVAL_LAPSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked, and of whom: `role` at `unit_id`. `facts` are shown on the card and kept with the answer.

    `of_stay`: it is about the present stay, and over with it.
    """

    kind: ApprovalKind
    role: Role
    unit_id: str
    due_at: datetime
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    of_stay: bool = True


def one_level_up(territory: Territory, case: Case) -> tuple[Role, str]:
    """R6, R7: the ruling role of the unit above the holder; above the district centre its commander."""
    assert case.unit_id is not None
    above = superior(territory, case.unit_id)
    return RULING[above.level], above.id


async def ask(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, request: Request) -> Approval:
    """Write the request and send its card. Refusal when the same is asked already, or there is nobody to ask."""
    if await asked(uow.session, case, request.kind) is not None:
        raise Refusal("approval_asked", rule="R6", case=case.number)
    person = await _decider(uow, territory, request, but=by.person_id)
    if person is None:
        raise Refusal("approval_nobody", rule="R6", case=case.number)
    approval = Approval(
        id=new_id(), case_id=case.id, kind=request.kind, assignment_id=case.assignment_id if request.of_stay else None,
        stage=case.stage, round=case.round, asked_by=by.person_id, asked_at=uow.now, role=request.role,
        unit_id=request.unit_id, asked_of=person, reason=request.reason, facts=dict(request.facts),
        due_at=request.due_at, state=ApprovalState.ASKED, why="",
    )  # fmt: skip
    uow.session.add(approval)
    await record(
        uow, case, EventKind.APPROVAL_ASKED, actor=by.person_id, unit_id=case.unit_id, asked=request.kind.value,
        person=person, reason=request.reason or None, due=request.due_at.isoformat(), **request.facts,
    )  # fmt: skip
    await set_timer(
        uow, case, TimerKind.APPROVAL_DUE, request.due_at + JUST_AFTER, name=approval.id, approval=approval.id
    )
    await _send_card(uow, case, by, approval, person)
    return approval


async def _send_card(uow: UnitOfWork, case: Case, by: Actor, approval: Approval, person: str) -> None:
    facts = {"asked": approval.kind.value, **approval.facts}
    await owe(
        uow,
        to_person(
            case, person, Notice.APPROVAL_CARD, cause=cause_of(case), what=approval.kind.value, person=by.name,
            reason=approval.reason, until=approval.due_at.isoformat(),
            buttons=approval_buttons(case, approval), **facts,
        ),
    )  # fmt: skip
    if by.person_id is not None:
        await owe(
            uow,
            to_person(
                case, by.person_id, Notice.NOTED, cause=cause_of(case), act="approval_asked",
                buttons=staff_buttons(case),
                **facts,
            ),
        )  # fmt: skip


async def _decider(uow: UnitOfWork, territory: Territory, request: Request, *, but: str | None) -> str | None:
    """Nobody grants their own request: it goes to the next who may, at last to the district centre."""
    people = await holders(uow.session, territory, request.role, request.unit_id)
    people += [await duty_person(uow.session, territory, request.unit_id) or ""]
    people += await holders(uow.session, territory, Role.DISTRICT_CMD, territory.root)
    people += [await duty_person(uow.session, territory, territory.root) or ""]
    return next((person for person in people if person and person != but), None)


def approval_buttons(case: Case, approval: Approval) -> Rows:
    value = PRESS + approval.id[-APPROVAL_DIGITS:]
    return (
        (
            Button(act=Act.UPHOLD.value, subject=case.id, value=value, label="button.approve"),
            Button(act=Act.REFUSE.value, subject=case.id, value=value, label="button.refuse"),
        ),
        *watch_buttons(case),
    )


async def asked(session: Reading, case: Case, kind: ApprovalKind) -> Approval | None:
    """The request of this kind that waits for its answer; there is one at most."""
    found: Approval | None = await session.scalar(
        select(Approval).where(
            Approval.case_id == case.id, Approval.kind == kind, Approval.state == ApprovalState.ASKED
        )
    )
    return found


async def approvals_of(session: Reading, case_id: str) -> Sequence[Approval]:
    """Every request about the case, oldest first."""
    rows = await session.scalars(
        select(Approval).where(Approval.case_id == case_id).order_by(Approval.asked_at, Approval.id)
    )
    return rows.all()


async def find(uow: UnitOfWork, case: Case, which: str) -> Approval:
    """By its id or the end of it. Refusal when it is not there or has been answered."""
    rows = await approvals_of(uow.session, case.id)
    found = next((row for row in rows if which and row.id.endswith(which)), None)
    if found is None or found.state is not ApprovalState.ASKED:
        raise Refusal("approval_decided", rule="R6")
    return found


def require_decider(territory: Territory, by: Actor, case: Case, approval: Approval) -> None:
    """NotAllowed unless the person holds the deciding post, or got its card; never for their own request."""
    holds_post = any(
        post.role is approval.role and territory.serves(post.role, post.unit_id, approval.unit_id)
        for post in by.posts
    )
    stands_in = by.person_id is not None and by.person_id == approval.asked_of
    if by.side is Side.RESIDENT or by.person_id == approval.asked_by or not (holds_post or stands_in):
        raise NotAllowed("not_yours", rule="R6", act="approve", case=case.number)


async def settle(
    uow: UnitOfWork,
    case: Case,
    approval: Approval,
    state: ApprovalState,
    *,
    by: str | None = None,
    why: str = "",
) -> None:
    """Write the answer; whoever asked hears of it."""
    approval.state, approval.decided_at, approval.decided_by, approval.why = state, uow.now, by, why
    await record(
        uow, case, ENDED[state], actor=by, unit_id=case.unit_id, asked=approval.kind.value, reason=why or None
    )
    if approval.asked_by is not None:
        await owe(
            uow,
            to_person(
                case, approval.asked_by, Notice.RULED, cause=f"{cause_of(case)}/{approval.id}", ruling=state.value,
                asked=approval.kind.value, note=why or None,
            ),
        )  # fmt: skip


async def lapse_with_stay(uow: UnitOfWork, case: Case, stay_id: str) -> None:
    """The stay ends: what was asked for it and not answered is refused."""
    rows = await uow.session.scalars(
        select(Approval).where(Approval.assignment_id == stay_id, Approval.state == ApprovalState.ASKED)
    )
    for approval in rows.all():
        await settle(uow, case, approval, ApprovalState.LAPSED)
