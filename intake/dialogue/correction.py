"""What a sound was misheard as, put right: one press on the card, then the words again, typed or spoken.

before it is filed   the new words take the place of all that was heard; what was typed beside it stays
after (an emergency) the new words go to the case as an addition: whoever is on the way reads them at once

Whoever presses and then falls silent has said that the words are wrong: a person listens (no item, so triage).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from casecore.messages import FileRef
from casecore.vocabulary import Notice
from intake.dialogue.draft import Asked, Draft
from intake.dialogue.effects import ActOn, Drop, Effect, Keep, Say
from intake.dialogue.request import ask, next_step, reread, spot_of
from intake.dialogue.scene import Scene

WRONG = "not_heard"
"""Why a sound has no words any more (locales: `media.not_heard`): somebody has to listen to it."""


def misheard(scene: Scene, draft: Draft) -> list[Effect]:
    """The press on a card: its words count no longer, and the right ones are asked for."""
    doubted = tuple(replace(part, item=None, choices=(), chosen=False) for part in draft.parts)
    return ask(replace(draft, asked=Asked.WORDS, parts=doubted), "words", scene.now, scene.territory)


def misheard_case(scene: Scene, case_id: str) -> list[Effect]:
    """The press on what was filed at once. A request that is being written meanwhile waits."""
    if case_id not in {case.id for case in scene.cases}:
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    wait = timedelta(minutes=scene.territory.levels.place_wait_minutes)
    draft = replace(
        scene.fresh_draft(), asked=Asked.WORDS, corrects=case_id, due_at=scene.now + wait
    )  # fmt: skip
    return [Keep(draft=draft), Say(notice=Notice.QUESTION, facts={"field": "words"})]


def said_again(scene: Scene, draft: Draft) -> list[Effect]:
    """The message after the press."""
    if draft.corrects is not None:
        return _for_the_case(scene, draft, draft.corrects)
    if not scene.text:
        kept = replace(draft, files=(*draft.files, *scene.message.files))
        return ask(kept, "words", scene.now, scene.territory)
    text = "\n".join([*_typed(draft), scene.text])
    spot = draft.spot if draft.spot is not None and draft.spot.chosen else None
    fresh = replace(
        draft, asked=Asked.NOTHING, parts=(), spot=spot, place_questions=0, matter_questions=0,
        files=(*_put_right(draft.files, scene), *scene.message.files),
    )  # fmt: skip
    understood = scene.understander.understand(text)
    return next_step(reread(fresh, scene.understander, understood, text), scene.territory, scene.now)


def _for_the_case(scene: Scene, draft: Draft, case_id: str) -> list[Effect]:
    if not scene.text and not scene.message.files:
        return ask(draft, "words", scene.now, scene.territory)
    understood = scene.understander.understand(scene.text)
    spot = spot_of(understood.places, scene.territory)
    args = {"text": scene.text, "files": scene.message.files, "place": spot.unit if spot else None}
    added: list[Effect] = [ActOn(act="addition", case_id=case_id, args=args)]
    if not draft.parts:
        return [*added, Drop()]
    waiting = replace(draft, corrects=None, asked=Asked.NOTHING)
    return [*added, *next_step(waiting, scene.territory, scene.now)]


def _typed(draft: Draft) -> list[str]:
    """The lines of the draft that no sound of it said. A matter may be a part of what was said."""
    heard = [file.words for file in draft.files if file.words]
    return [line for line in draft.text.split("\n") if line and not any(line in words for words in heard)]


def _put_right(files: Sequence[FileRef], scene: Scene) -> tuple[FileRef, ...]:
    """Typed words are those of the last sound; all others, and all when it was said again, wait for a person."""
    sounds = [index for index, file in enumerate(files) if file.words]
    typed = sounds[-1] if sounds and scene.message.text else None
    return tuple(
        replace(file, words=scene.message.text) if index == typed
        else replace(file, words=None, unheard=WRONG) if index in sounds
        else file
        for index, file in enumerate(files)
    )  # fmt: skip
