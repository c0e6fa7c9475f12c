"""From what the record and understanding say to the plain values that binding weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from casecore.territory.model import Territory
from casecore.vocabulary import Side
from intake.binding.signals import NEW, Candidate, Memory, Nearness, Signals
from intake.judgement import PlaceGuess, Understanding
from intake.understand import LONGEST, Understander
from intake.wording import fold, plain

# A line shorter than this ("好的", "明天吧") has no meaning of its own to compare with.
SPEAKING = 6


def candidate_of(
    territory: Territory, *, id: str, number: str, item: str | None, place: str | None, words: str, open_: bool,
    done: bool, over: bool, waiting: bool, opened_at: datetime | None, asked_at: datetime | None,
) -> Candidate:  # fmt: skip
    """A case as binding sees it: the list's words for its item, and the units around its place."""
    known = territory.items.get(item or "")
    item_words = (
        (*known.names.values(), *(" ".join(words) for words in known.keywords.values())) if known else ()
    )
    return Candidate(
        id=id, number=number, open=open_, done=done, waiting=waiting, over=over, item=item, words=words,
        item_words=item_words, lineage=lineage(territory, place), opened_at=opened_at, asked_at=asked_at,
    )  # fmt: skip


def lineage(territory: Territory, unit: str | None) -> tuple[str, ...]:
    """The unit and everything around it, innermost first, without the district: all places lie in that."""
    if unit is None or unit not in territory.units:
        return ()
    return tuple(each.id for each in territory.lineage(unit) if each.id != territory.root)


def signals_of(
    understander: Understander, *, side: Side, text: str, understood: Understanding, sent_at: datetime,
    candidates: Sequence[Candidate], memory: Memory, pictures: bool = False, sound: bool = False, point: bool = False,
    reply_case: str | None = None, draft_words: str | None = None,
) -> Signals:  # fmt: skip
    """The message's signals. `draft_words` is None when nothing is being written."""
    weigh = bool(text.strip()) and bool(candidates)
    return Signals(
        side=side, text=text, understood=understood, sent_at=sent_at, pictures=pictures, sound=sound, point=point,
        reply_case=reply_case, writing=draft_words is not None, draft_words=draft_words or "",
        places=_named(understander.territory, understood.places),
        chances=_chances(understander, text) if weigh else {},
        meaning=_meanings(understander, text, candidates, memory, draft_words) if weigh else {},
    )  # fmt: skip


def _chances(understander: Understander, text: str) -> Mapping[str, float]:
    return understander.matters.sort(_plain(text)).chances


def _plain(text: str) -> str:
    return plain(fold(text[:LONGEST]))


def _meanings(
    understander: Understander, text: str, candidates: Sequence[Candidate], memory: Memory, draft: str | None
) -> dict[str, Nearness]:
    said = understander.matters.model.vector(_plain(text))
    if said is None:
        return {}

    def near(*texts: str) -> float:
        vector = understander.matters.model.vector(_plain(" ".join(texts)))
        return max(0.0, float(said @ vector)) if vector is not None else 0.0

    def since(case_id: str) -> float:
        lines = (line.text for line in memory.lines if line.case_id == case_id and len(line.text) >= SPEAKING)
        return max(map(near, lines), default=0.0)

    found = {
        c.id: Nearness(filed=near(c.words), item=near(c.words, *c.item_words), said=since(c.id))
        for c in candidates
    }
    return found | ({NEW: Nearness(filed=near(draft))} if draft else {})


def _named(territory: Territory, places: Sequence[PlaceGuess]) -> tuple[tuple[str, ...], ...]:
    """Places that the words themselves name; a guess from the home or the last time tells nothing of these words."""
    found = (lineage(territory, guess.unit_id) for guess in places if guess.text and guess.unit_id)
    return tuple(one for one in found if one)
