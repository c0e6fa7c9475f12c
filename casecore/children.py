"""Cases that were merged into another (R8): who goes with whom, and how their residents hear what happens.

master   the case that is worked on; it keeps the earliest clock
child    a request of its own resident, with its own number: its news, its rating, and nothing of the others
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.messages import Owed
from casecore.offers import resident_buttons
from casecore.store.tables import Case
from casecore.telling import case_facts
from casecore.vocabulary import Notice, State

# What happens to the work is told to every resident who waits for it. What one resident said, asked or rated is
# theirs alone (R8.2), and the result is told by the child's own event (`merge.share_result`).
SHARED = frozenset(
    {
        Notice.ACCEPTED, Notice.PROGRESS, Notice.MOVED, Notice.PLANNED, Notice.EXTENDED, Notice.SUSPENDED,
        Notice.RESUMED, Notice.PROMISED,
    }
)  # fmt: skip
# Facts of the work, which a child has from its master; everything else about it is its own.
OF_THE_WORK = ("state", "unit", "level", "due", "response_due", "round")


async def children_of(session: AsyncSession, case_id: str) -> Sequence[Case]:
    """The cases that wait for the result of this one, the oldest first."""
    rows = await session.scalars(
        select(Case)
        .where(Case.master_id == case_id, Case.state == State.MERGED)
        .order_by(Case.t0, Case.number)
    )
    return rows.all()


async def standing(session: AsyncSession, case: Case) -> Case:
    """The case that is worked on: the master of a child, else the case itself."""
    if case.state is not State.MERGED or case.master_id is None:
        return case
    return await session.get_one(Case, case.master_id)


def of_the_work(master: Case) -> dict[str, Any]:
    """Where the work stands, for the notices to a child's resident."""
    facts = case_facts(master)
    return {name: facts[name] for name in OF_THE_WORK}


async def echoes(session: AsyncSession, owed: Owed) -> list[Owed]:
    """The same news for the residents of the children, each under their own number."""
    if owed.notice not in SHARED or owed.case_id is None or owed.conversation_id is None:
        return []
    children = await children_of(session, owed.case_id)
    if not children:
        return []
    master = await session.get_one(Case, owed.case_id)
    return [
        Owed(
            notice=owed.notice, cause=owed.cause, conversation_id=child.conversation_id, case_id=child.id,
            facts={**owed.facts, **case_facts(child), **of_the_work(master)},
            buttons=resident_buttons(child) if owed.buttons else (), files=owed.files,
        )
        for child in children
    ]  # fmt: skip
