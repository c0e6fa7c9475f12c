"""What a notice about a case says, as facts: ids and instants that rendering turns into words.

Notices carry no text of ours. Texts in them are people's own words (a result, a question) and are shown as such.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.messages import Button, Owed
from casecore.store.tables import Attachment, Case, Person
from casecore.vocabulary import Notice

Rows = tuple[tuple[Button, ...], ...]


def case_facts(case: Case) -> dict[str, Any]:
    """What every notice about a case may mention."""
    return {
        "case": case.number,
        "state": case.state.value,
        "urgency": case.urgency.value,
        "item": case.item_code,
        "place": case.place_unit,
        "place_text": case.place_text,
        "unit": case.unit_id,
        "level": case.level.value if case.level else None,
        "due": case.due_at.isoformat() if case.due_at else None,
        "response_due": case.response_due.isoformat() if case.response_due else None,
        "round": case.round,
        "text": case.text,
    }


def to_resident(
    case: Case, notice: Notice, *, cause: str, buttons: Rows = (), files: tuple[str, ...] = (), **facts: Any
) -> Owed:
    """A notice in the conversation that the case came from."""
    return Owed(
        notice=notice, cause=cause, conversation_id=case.conversation_id, case_id=case.id,
        facts={**case_facts(case), **facts}, buttons=buttons, files=files,
    )  # fmt: skip


def to_person(
    case: Case, person_id: str, notice: Notice, *, cause: str, buttons: Rows = (),
    files: tuple[str, ...] = (), **facts: Any,
) -> Owed:  # fmt: skip
    """A notice to a member of staff, in whichever chat they are bound to."""
    return Owed(
        notice=notice, cause=cause, person_id=person_id, case_id=case.id,
        facts={**case_facts(case), **facts}, buttons=buttons, files=files,
    )  # fmt: skip


def cause_of(case: Case) -> str:
    """The newest event of the case as the cause of a notice: each event owes each notice once."""
    return f"{case.id}/{case.events}"


async def name_of(session: AsyncSession, person_id: str | None) -> str:
    """A person's name, or blank."""
    if person_id is None:
        return ""
    return await session.scalar(select(Person.name).where(Person.id == person_id)) or ""


async def files_of(
    session: AsyncSession, case: Case, role: str, *, round_: int | None = None
) -> tuple[str, ...]:
    """Digests of the case's files of one role (`evidence`, `proof`), oldest first."""
    query = select(Attachment.digest).where(Attachment.case_id == case.id, Attachment.role == role)
    if round_ is not None:
        query = query.where(Attachment.round == round_)
    return tuple(await session.scalars(query.order_by(Attachment.added_at, Attachment.id)))
