"""A resident's words about a case that exists: which one, by binding; then what they want of it.

bound   status, urge, rating, withdrawal, addition: of that case
ask     the words wait (held.py), or a list of the cases is the answer
new     None: the request is the business of who called
apart   thanks, the list of all cases
"""

from __future__ import annotations

import re
from dataclasses import replace

from casecore.lifecycle import OPEN_STATES
from casecore.messages import Button
from casecore.vocabulary import Notice, Side, State, Urgency
from intake.binding.decide import bind
from intake.binding.gather import signals_of
from intake.binding.signals import Apart, Ask, Bound, Signals, Verdict
from intake.dialogue.draft import Draft, Spot
from intake.dialogue.effects import ActOn, Effect, Rows, Say, Show
from intake.dialogue.held import hold, released
from intake.dialogue.scene import OpenCase, Scene
from intake.judgement import Understanding

# What a resident may still add to (lifecycle: ADD).
ADDABLE = frozenset({*OPEN_STATES, State.DONE})
# Said of finished work, whatever else the words say.
NOT_SOLVED = re.compile(
    r"没(?:有)?(?:修好|解决|弄好|处理好|搞好|清掉|通)|根本没|等于没|又(?:坏|漏|堵|灭|不|冒|臭|回来|开始|来了)"
    r"|还是(?:老样子|一样|坏|漏|堵|臭|吵|不|没|在)|\bnot (?:solved|fixed|working)|\bstill (?:not|broken|leaking|there)"
    r"|\b(?:broken|blocked|leaking|out) again\b",
    re.IGNORECASE,
)


def menu(scene: Scene) -> Rows:
    other = "en" if scene.lang.startswith("zh") else "zh-CN"
    row: list[Button] = [Button(act="language", value=other, label=f"button.language_{other[:2]}")]
    if scene.cases:
        row.insert(0, Button(act="my_cases", label="button.my_cases"))
    return (tuple(row),)


def writing(scene: Scene) -> bool:
    """Is a request under way that is not filed yet?"""
    return scene.draft is not None and bool(scene.draft.parts or scene.draft.files)


def signals_in(scene: Scene, understood: Understanding) -> Signals:
    """The message as binding weighs it."""
    message = scene.message
    return signals_of(
        scene.understander, side=Side.RESIDENT, text=scene.text, understood=understood,
        sent_at=min(message.sent_at, scene.now), candidates=scene.candidates, memory=scene.memory,
        pictures=bool(message.files), point=message.point is not None, reply_case=scene.bound_case,
        draft_words=scene.draft.text if scene.draft is not None and writing(scene) else None,
    )  # fmt: skip


def whose(scene: Scene, understood: Understanding) -> Verdict:
    return bind(signals_in(scene, understood), scene.candidates, scene.memory, scene.now)


def about_case(scene: Scene, understood: Understanding) -> list[Effect] | None:
    """What to do with words about a case; None when they are of no case: a request, or more of one."""
    if not scene.cases:
        return _without_cases(scene, understood)
    verdict = whose(scene, understood)
    cases = {case.id: case for case in scene.cases}
    match verdict:
        case Bound(case_id=case_id):
            case = cases[case_id]
            if _danger(understood) and not _same_danger(case, understood):
                return None  # R3.3: danger is never filed away with something else
            if verdict.pointing and scene.draft is not None and scene.draft.held is not None:
                return deliver(scene, scene.draft, case)
            return on_case(scene, understood, case)
        case Ask(case_ids=ids):
            return None if _danger(understood) else _unsure(scene, understood, [cases[i] for i in ids])
        case Apart():
            return _apart(scene, understood)
        case _:
            return _new(scene, understood)


def _danger(understood: Understanding) -> bool:
    return understood.urgency is Urgency.EMERGENCY and understood.intent in {"new_request", "addition"}


def _same_danger(case: OpenCase, understood: Understanding) -> bool:
    """More about an emergency that is open already: whoever is on the way reads it at once."""
    best = understood.matters[0] if understood.matters else None
    return case.state in OPEN_STATES and best is not None and best.code == case.item


def _without_cases(scene: Scene, understood: Understanding) -> list[Effect] | None:
    match understood.intent:
        case "status" | "cancel" if not writing(scene):
            return [Say(notice=Notice.STATUS, facts={"which": "none"}, buttons=menu(scene))]
        case "greeting" if not writing(scene):
            return [Say(notice=Notice.WELCOME, facts={}, buttons=menu(scene))]
        case "rating" | "other" if not writing(scene) and not scene.message.files:
            return [Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "words"}, buttons=menu(scene))]
        case _:
            return None


def _apart(scene: Scene, understood: Understanding) -> list[Effect] | None:
    if understood.intent == "status" or understood.intent == "addition":
        return [Show(what="cases")]
    if understood.intent in {"greeting", "rating"}:
        return [Say(notice=Notice.THANKS, facts={}, buttons=menu(scene))]
    if writing(scene):
        return None
    return [Show(what="cases")] if understood.intent != "other" else _not_understood(scene)


def _not_understood(scene: Scene) -> list[Effect]:
    return [Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "words"}, buttons=menu(scene))]


def _new(scene: Scene, understood: Understanding) -> list[Effect] | None:
    """Of no case: a request, unless the words want something that only a case has."""
    if writing(scene) and understood.intent != "status":
        return None
    match understood.intent:
        case "status" | "rating":
            return [Show(what="cases")]
        case "cancel":
            return _withdraw(scene, scene.open_cases)
        case "greeting":
            return [Say(notice=Notice.THANKS, facts={}, buttons=menu(scene))]
        case "other" if not scene.message.files:
            return _not_understood(scene)
        case _:
            return None


def _unsure(scene: Scene, understood: Understanding, cases: list[OpenCase]) -> list[Effect] | None:
    """Which one? A list of the cases answers a plain question; anything else waits until the case is chosen."""
    if understood.intent == "cancel":
        return _withdraw(scene, cases)
    if understood.intent == "status" and not understood.urging:
        return [Show(what="cases")]
    if understood.intent == "greeting":
        return [Say(notice=Notice.THANKS, facts={}, buttons=menu(scene))]
    if understood.intent == "other" and scene.text and not scene.message.files and not _asks(scene):
        return None if writing(scene) else _not_understood(scene)
    return hold(scene, understood, cases)


def _asks(scene: Scene) -> bool:
    return any(case.asked for case in scene.open_cases)


def on_case(scene: Scene, understood: Understanding, case: OpenCase) -> list[Effect]:
    """What the words want of this case, as far as its state allows it."""
    finished = case.state in {State.DONE, State.CLOSED}
    match understood.intent:
        case "status" if not scene.message.files:
            urge = understood.urging and case.state in OPEN_STATES
            return [ActOn(act="urge", case_id=case.id)] if urge else [Show(what="status", case_id=case.id)]
        case "rating" if finished:
            return _verdict_on(scene, understood, case)
        case "cancel":
            return _withdraw(scene, [case])
    if finished and NOT_SOLVED.search(scene.text):
        # R11.3: words that say "not solved" offer reopening at once; what was sent with them is kept with the case.
        sent = [ActOn(act="addition", case_id=case.id, args=addition(scene))] if scene.message.files else []
        offer = ActOn(act="reopen_offer", case_id=case.id, args={"words": scene.text})
        return [*(sent if case.state in ADDABLE else []), offer]
    if case.state in ADDABLE:
        return [ActOn(act="addition", case_id=case.id, args=addition(scene))]
    if case.state is State.CLOSED:
        # Closed and yet spoken of: it may be reopened, or begin anew, with one press (R11.5).
        return [ActOn(act="reopen_offer", case_id=case.id, args={"words": scene.text})]
    return [Show(what="status", case_id=case.id)]


def _verdict_on(scene: Scene, understood: Understanding, case: OpenCase) -> list[Effect]:
    if understood.rating is None:
        if understood.solved is False:
            return [ActOn(act="reopen_offer", case_id=case.id, args={"words": scene.text})]
        return [ActOn(act="ask_rating", case_id=case.id)]
    args = {"stars": understood.rating, "words": scene.text, "solved": understood.solved}
    return [ActOn(act="rate", case_id=case.id, args=args)]


def _withdraw(scene: Scene, cases: list[OpenCase]) -> list[Effect]:
    rows = tuple(
        (Button(act="withdraw", subject=case.id, label="button.withdraw_case", facts=_label(case)),)
        for case in cases
        if case.state in OPEN_STATES
    )
    if not rows:
        return [Show(what="cases")]
    return [Say(notice=Notice.QUESTION, facts={"field": "withdraw"}, buttons=rows)]


def _label(case: OpenCase) -> dict[str, str | None]:
    return {"case": case.number, "item": case.item}


def addition(scene: Scene, *, place: Spot | None = None) -> dict[str, object]:
    return {"text": scene.text, "files": scene.message.files, "place": place.unit if place else None}


def deliver(scene: Scene, draft: Draft, case: OpenCase) -> list[Effect]:
    """What waited goes to the case that was chosen, as if it had named it; what it wanted is done there."""
    held = draft.held
    assert held is not None
    message = replace(scene.message, text=held.text, files=held.files, press=None)
    then = replace(scene, message=message, text=held.text, draft=None)
    understood = replace(scene.understander.understand(held.text), intent=held.intent)
    effects = on_case(then, understood, case)
    carried = [replace(e, lines=held.lines) if isinstance(e, ActOn) else e for e in effects]
    return [*carried, *released(draft)]
