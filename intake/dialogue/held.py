"""A message that waits for its case: asked about with buttons, never lost, and not for ever.

unsure ──► Held in the draft, "which one?" with at most four cases and "something new"
       ├─ a button, or words that only point ──► the message goes to that case as if it had named it
       ├─ "something new"                    ──► a request of its own
       ├─ silence                            ──► asked once more
       └─ silence again                      ──► a matter of its own, which a person sorts out; a rating or a question
                                                 is answered with the list of cases
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from casecore.messages import Button, InboundMessage
from casecore.territory.model import Territory
from casecore.vocabulary import Level, Notice
from intake.dialogue.draft import Draft, Held, Part
from intake.dialogue.effects import Drop, Effect, File, Keep, Rows, Say, Show
from intake.dialogue.request import part_of, spot_of
from intake.dialogue.scene import OpenCase, Scene
from intake.judgement import Understanding

# So many digits of an id tell it from any other of the conversation: 48 random bits. Two whole ids do not fit the
# 64 bytes of a Telegram button.
DIGITS = 12
# Pictures of one album, or sent one by one, come within this of each other: they are asked about once.
ONE_QUESTION = timedelta(minutes=1)
# The question, by what the words want (`notice.question.<field>`).
FIELDS = {"rating": "case_rating", "status": "case_about", "cancel": "case_about"}
# What cannot become a matter of its own when nobody says which case it is about.
NO_MATTER = frozenset({"rating", "status", "cancel", "greeting"})


def line_of(message: InboundMessage) -> str:
    """The external id of the message's line in the correspondence."""
    return message.message_ref or message.external_id


def hold(scene: Scene, understood: Understanding, cases: Sequence[OpenCase]) -> list[Effect]:
    """Keep the message and ask which of `cases` it is about, the likeliest first."""
    draft = scene.fresh_draft()
    before = draft.held
    held = (
        _joined(before, _held(scene, understood, cases), scene) if before else _held(scene, understood, cases)
    )
    kept = Keep(draft=replace(draft, held=held))
    again = before is not None and not scene.text and scene.now - before.at <= ONE_QUESTION
    return [kept] if again else [kept, question(held, draft.id, scene.territory)]


def _held(scene: Scene, understood: Understanding, cases: Sequence[OpenCase]) -> Held:
    wait = timedelta(minutes=scene.territory.levels.place_wait_minutes)
    spot = spot_of(understood.places, scene.territory)
    return Held(
        id=scene.new_draft_id, text=scene.text, files=scene.message.files, lines=(line_of(scene.message),),
        intent=understood.intent, part=part_of(scene.text, understood), spot=spot, at=scene.now,
        choices=tuple(_choice(case, cases) for case in cases), due_at=scene.now + wait / 2,
        ends_at=scene.now + wait,
    )  # fmt: skip


def _choice(case: OpenCase, among: Sequence[OpenCase]) -> dict[str, str | None]:
    """What names the case on its button; the place too when the matter alone would not tell it from another."""
    alike = sum(other.item == case.item for other in among) > 1
    return {"id": case.id, "case": case.number, "item": case.item, "place": case.place if alike else None}


def _joined(before: Held, new: Held, scene: Scene) -> Held:
    """More words before the question was answered: they go where the first ones go."""
    text = "\n".join(words for words in (before.text, new.text) if words)
    understood = scene.understander.understand(text)
    known = {choice["id"] for choice in new.choices}
    choices = (*new.choices, *(choice for choice in before.choices if choice["id"] not in known))
    return replace(
        new, id=before.id, text=text, files=(*before.files, *new.files), lines=(*before.lines, *new.lines),
        intent=before.intent if not new.text else understood.intent, part=part_of(text, understood),
        spot=new.spot or before.spot, choices=choices[: len(new.choices) or None],
    )  # fmt: skip


def question(held: Held, draft_id: str, territory: Territory, *, again: bool = False) -> Say:
    """Which one? Cases in plain words, and "something new" where the words could be that."""
    rows: Rows = tuple(
        (
            Button(
                act="add_to",
                subject=str(c["id"]),
                value=held.id[-DIGITS:],
                label="case",
                facts=_shown(c, territory),
            ),
        )
        for c in held.choices
    )
    if held.intent not in NO_MATTER:
        rows = (*rows, (Button(act="new_request", subject=draft_id, label="button.new_request"),))
    field = "case_again" if again else FIELDS.get(held.intent, "case")
    return Say(notice=Notice.QUESTION, facts={"field": field, "text": held.text[:60]}, buttons=rows)


def _shown(choice: Mapping[str, str | None], territory: Territory) -> dict[str, str | None]:
    unit = territory.units.get(choice["place"] or "")
    village = territory.at_level(unit.id, Level.VILLAGE) if unit else None
    return {"case": choice["case"], "item": choice["item"], "place": village.id if village else None}


def is_held(draft: Draft | None, value: str) -> bool:
    return draft is not None and draft.held is not None and draft.held.id[-DIGITS:] == value


def released(draft: Draft) -> list[Effect]:
    """The draft without what waited: gone if nothing else was in it."""
    rest = replace(draft, held=None)
    return [Keep(draft=rest)] if rest.alive else [Drop(held=True)]


def as_request(scene: Scene, draft: Draft) -> Draft:
    """Something new, then: what waited becomes part of the request that is being written, or a request of its own."""
    held = draft.held
    if held is None:
        return draft
    parts = (*draft.parts, held.part) if held.part is not None and held.text else draft.parts
    return replace(
        draft, held=None, parts=parts, spot=draft.spot or held.spot, files=(*draft.files, *held.files)
    )


def held_silent(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    """Nobody pressed: asked once more; after that the words are not kept waiting any longer."""
    held = draft.held
    assert held is not None
    if not held.reminded and now < held.ends_at:
        kept = replace(draft, held=replace(held, reminded=True, due_at=held.ends_at))
        return [Keep(draft=kept), question(held, draft.id, territory, again=True)]
    if held.intent in NO_MATTER and not held.files:
        return [Show(what="cases"), *released(draft)]
    # A matter of its own without an item: triage reads it and adds it to the right case, or opens one.
    part = replace(held.part or Part(text=held.text), item=None, choices=())
    return [
        File(parts=(part,), spot=held.spot, files=held.files, how="unbound", lines=held.lines),
        *released(draft),
    ]


def kept(draft: Draft | None, effects: list[Effect]) -> list[Effect]:
    """Whatever ends the draft does not end the waiting of a message that is about something else."""
    if draft is None or draft.held is None:
        return effects
    last = next((e for e in reversed(effects) if isinstance(e, Keep | Drop)), None)
    if not isinstance(last, Drop) or last.held:
        return effects
    # Its id and the time that it began stay behind with the request that is over.
    return [*effects, Keep(draft=Draft(id=draft.held.id, created_at=draft.held.at, held=draft.held))]
