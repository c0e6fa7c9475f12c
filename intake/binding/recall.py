"""What binding remembers of a conversation, read from the correspondence; and the cases as it sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from casecore import correspondence
from casecore.lifecycle import AWAITED_STATES, HELD_STATES, WAITING
from casecore.offers import NEVER_WORKED
from casecore.store.engine import Reading
from casecore.store.tables import Case, Correspondence, Direction
from casecore.territory.model import Territory
from casecore.vocabulary import Notice, State
from intake.binding.gather import candidate_of
from intake.binding.signals import Candidate, Line, Memory

# Lines looked back upon: days of an ordinary chat, and a screenful or two of a handler's.
LINES_BACK = 60
# Words of the other side inside a notice; every other notice is our own form of words, the same for all cases.
THEIR_WORDS = frozenset({Notice.PROGRESS.value, Notice.ASKED.value, Notice.ADDITION.value})
# Buttons that name a case each: together they are a list that "the second one" counts in.
LISTING = frozenset({"status", "open", "add_to", "note_on"})


async def recall(session: Reading, conversation_id: str, *, but: int) -> Memory:
    """The newest lines, without the message `but` (its inbox id) and what came in after it."""
    rows = await correspondence.latest(session, conversation_id, limit=LINES_BACK)
    return Memory(lines=tuple(_line(row) for row in rows if row.inbox_id is None or row.inbox_id < but))


def _line(row: Correspondence) -> Line:
    incoming = row.direction is Direction.IN
    text = str(row.body.get("text") or "") if incoming or row.notice in THEIR_WORDS else ""
    listed = _listed(row.body) if not incoming and row.case_id is None else ()
    return Line(
        at=row.at, incoming=incoming, case_id=row.case_id, notice=row.notice, text=text[:500], listed=listed
    )


def _listed(body: dict[str, Any]) -> tuple[str, ...]:
    tokens = (button["token"].split(":") for line in body.get("buttons") or () for button in line)
    named = [token[1] for token in tokens if len(token) > 1 and token[0] in LISTING]
    return tuple(dict.fromkeys(named)) if len(set(named)) > 1 else ()


def candidates(
    territory: Territory, found: Sequence[Case], memory: Memory, now: datetime, *, asked: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """The cases of one person, as binding weighs them. `asked`: those whose handler waits for an answer."""
    window = timedelta(hours=territory.levels.rating_window_hours)
    return tuple(
        replace(
            _candidate(territory, case, now - window),
            asked_at=_asked_at(case, memory) if case.id in asked else None,
        )
        for case in found
    )


def _candidate(territory: Territory, case: Case, since: datetime) -> Candidate:
    told = case.told_done_at or case.updated_at
    closed = case.state is State.CLOSED and case.close_reason not in NEVER_WORKED
    return candidate_of(
        territory, id=case.id, number=case.number, item=case.item_code, place=case.place_unit,
        words=f"{case.text} {case.place_text}".strip(), open_=case.state in AWAITED_STATES,
        done=case.state is State.DONE,
        over=closed and told >= since, waiting=case.state in HELD_STATES and case.state in WAITING,
        opened_at=case.created_at, asked_at=None,
    )  # fmt: skip


def _asked_at(case: Case, memory: Memory) -> datetime:
    """When the question was sent here; one further back than memory is as old as the case."""
    sent = (
        line.at
        for line in reversed(memory.lines)
        if line.case_id == case.id and line.notice == Notice.ASKED.value
    )
    return next(sent, case.created_at)
