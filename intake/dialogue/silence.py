"""What a resident's silence means: yes to a card, an expired draft, or an urgent case that cannot wait (R1.1, R1.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from casecore.deadlines import draft_reminder
from casecore.messages import Button
from casecore.territory.model import Territory
from casecore.vocabulary import Notice, Urgency
from intake.dialogue.draft import Asked, Draft, Part
from intake.dialogue.effects import Drop, Effect, Keep, Say
from intake.dialogue.held import held_silent, kept
from intake.dialogue.request import file, needs_place, next_step
from intake.dialogue.staff import PATIENCE, which_task


def fell_silent(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    """The draft's time has come and nothing was said: of itself, or of a message that waits for its case."""
    if draft.held is not None and draft.held.due_at <= now:
        return held_silent(draft, territory, now)
    return kept(draft, _of_itself(replace(draft, due_at=None), territory, now))


def _of_itself(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    if draft.asked is Asked.GATHER:
        return next_step(replace(draft, asked=Asked.NOTHING, due_at=None), territory, now)
    if draft.pending is not None and draft.pending.need == ("case",):
        return _note_unplaced(draft, now)
    if draft.pending is not None:
        return [Drop()]  # a handler who was asked for a word and gave none: the case itself goes on
    if not draft.parts and not draft.files:
        return [Drop()]  # a link that was opened and never written to
    if not draft.parts:
        return [_unspoken(draft), Drop()]
    if draft.asked is Asked.CONFIRM or not needs_place(draft, territory):
        return [file(draft, how="silence"), Drop()]
    if draft.urgency is not Urgency.NORMAL:
        return [file(draft, how="silence"), Drop()]  # R1.2: urgent, to the home's grid or the district desk
    if not draft.reminded:
        return _wait_for_morning(draft, territory, now)
    return _morning(draft, territory, now)


def _note_unplaced(draft: Draft, now: datetime) -> list[Effect]:
    """A handler's words of which nobody knows the task: asked once more, then given back rather than guessed."""
    if not draft.reminded:
        again = replace(draft, reminded=True, due_at=now + PATIENCE / 2)
        return [Keep(draft=again), which_task(draft, again=True)]
    assert draft.pending is not None
    facts = {"why": "unplaced", "text": draft.pending.have.get("text", "")}
    return [Drop(), Say(notice=Notice.NOT_UNDERSTOOD, facts=facts)]


def _unspoken(draft: Draft) -> Effect:
    """A picture or a voice without words: nothing that a resident sends is lost; a person looks and listens."""
    return file(replace(draft, parts=(Part(text=""),)), how="silence")


def _wait_for_morning(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    """R1.2: it stays a draft; one reminder at 09:00 of the next day."""
    due = draft_reminder(territory.levels, now, territory.zone)
    return [Keep(draft=replace(draft, reminded=True, due_at=due))]


def _morning(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    expires = draft.created_at + timedelta(hours=territory.levels.draft_expires_hours)
    if now >= expires:
        return [Drop(), Say(notice=Notice.CANCELLED, facts={"why": "expired"})]
    cancel = Button(act="cancel", subject=draft.id, label="button.cancel")
    return [
        Keep(draft=replace(draft, due_at=expires)),
        Say(
            notice=Notice.QUESTION,
            facts={"field": "place_reminder", "text": draft.text, "asks_location": True},
            buttons=((cancel,),),
        ),
    ]
