"""The offer "me too": a card that is about to be shown gets the open cases it may be, and a button for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from casecore.messages import Button
from casecore.store.engine import Reading
from casecore.vocabulary import Notice, Urgency
from intake.dialogue.draft import Asked, Draft
from intake.dialogue.effects import Effect, Keep, Say
from intake.duplicates.find import Finder, Found, Wanted

# Two buttons at most: a resident compares one or two, and reads no list.
OFFERED_MOST = 2


async def offered(
    session: Reading, finder: Finder, by: str | None, effects: Sequence[Effect], now: datetime
) -> list[Effect]:
    """The same effects; where they show a card of one matter, with what may be that matter already."""
    draft = next((e.draft for e in effects if isinstance(e, Keep) and e.draft.asked is Asked.CONFIRM), None)
    card = next((e for e in effects if isinstance(e, Say) and e.notice is Notice.SUMMARY_CARD), None)
    if draft is None or card is None or by is None or not comparable(draft):
        return list(effects)
    found = [each for each in await finder.find(session, wanted_of(draft, by), now) if each.sure]
    return with_offer(effects, draft, found[:OFFERED_MOST])


def comparable(draft: Draft) -> bool:
    """One matter with a place; danger is filed at once, and two matters are two cases."""
    return len(draft.parts) == 1 and draft.spot is not None and draft.urgency is not Urgency.EMERGENCY


def wanted_of(draft: Draft, by: str) -> Wanted:
    part, spot = draft.parts[0], draft.spot
    return Wanted(
        text=part.text, by=by, item=part.item, unit=spot.unit if spot else None, place=spot.text if spot else "",
        point=spot.point if spot else None, photos=tuple(file.digest for file in draft.files if file.digest),
    )  # fmt: skip


def with_offer(effects: Sequence[Effect], draft: Draft, found: Sequence[Found]) -> list[Effect]:
    """The card names what may be the same; `confirm` then says that it is not."""
    known = replace(draft, alike=tuple(each.alike.case_id for each in found))
    changed: list[Effect] = []
    for effect in effects:
        if isinstance(effect, Keep) and effect.draft is draft:
            changed.append(Keep(draft=known))
        elif isinstance(effect, Say) and effect.notice is Notice.SUMMARY_CARD and found:
            changed.append(_with_buttons(effect, known, found))
        else:
            changed.append(effect)
    return changed


def _with_buttons(card: Say, draft: Draft, found: Sequence[Found]) -> Say:
    several = len(found) > 1
    rows = tuple(
        (
            Button(
                act="me_too", subject=draft.id, value=f"{draft.revision}.{index}",
                label="button.me_too_n" if several else "button.me_too", facts={"n": index + 1},
            ),
        )
        for index in range(len(found))
    )  # fmt: skip
    own = tuple(
        tuple(replace(b, label="button.not_same_submit") if b.act == "confirm" else b for b in row)
        for row in card.buttons
    )
    facts = {**card.facts, "alike": [dict(each.shown) for each in found]}
    return replace(card, facts=facts, buttons=(*rows, *own))
