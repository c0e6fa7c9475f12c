"""A resident's button: does it still hold, and what does it do? An outdated one answers with the present state."""

from __future__ import annotations

import re
from dataclasses import replace

from casecore.messages import Press
from casecore.vocabulary import Notice
from intake.dialogue.correction import misheard, misheard_case
from intake.dialogue.draft import Asked, Draft, Part, Spot
from intake.dialogue.effects import ActOn, Drop, Effect, Say, Show, Speak
from intake.dialogue.held import as_request, is_held
from intake.dialogue.request import CHOICES_MOST, ask, ask_item, ask_place, card, file, needs_place, next_step
from intake.dialogue.scene import Scene
from intake.dialogue.whose import deliver

# Buttons on a case; the record decides whether they still hold.
CASE_ACTS = frozenset({"urge", "withdraw", "reopen"})
RATE = re.compile(r"^rate_([1-5])$")
DRAFT_ACTS = frozenset(
    {
        "confirm",
        "me_too",
        "change_place",
        "change_matter",
        "add_more",
        "misheard",
        "cancel",
        "item",
        "place",
        "new_request",
    }
)


def pressed(scene: Scene, *, act: str | None = None, subject: str = "", value: str = "") -> list[Effect]:
    """The effects of a press (of the message's own, or of one that words stood for)."""
    press = scene.message.press
    if act is None:
        assert press is not None
        act, subject, value = press.act, press.subject, press.value
    press = Press(act=act, subject=subject, value=value)
    stars = RATE.match(press.act)
    if stars:
        return [ActOn(act="rate", case_id=press.subject, args={"stars": int(stars.group(1))})]
    if press.act in CASE_ACTS:
        return [ActOn(act=press.act, case_id=press.subject)]
    if press.act == "add_to":
        return _added_to(scene, press)
    if press.act == "misheard" and not press.value:
        return misheard_case(scene, press.subject)
    if press.act in DRAFT_ACTS:
        return _on_draft(scene, press)
    return _on_menu(scene, press)


def _on_menu(scene: Scene, press: Press) -> list[Effect]:
    match press.act:
        case "language" if press.value in scene.territory.languages or press.value in {"zh-CN", "en"}:
            return [Speak(lang=press.value), Say(notice=Notice.LANGUAGE, facts={})]
        case "my_cases":
            return [Show(what="cases")]
        case "status":
            return [Show(what="status", case_id=press.subject)]
        case "help":
            return [Say(notice=Notice.HELP, facts={})]
        case _:
            # A forged button, a staff button pressed by a resident, or one of an older version.
            return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]


def _on_draft(scene: Scene, press: Press) -> list[Effect]:
    draft = scene.draft
    if draft is None or draft.id != press.subject:
        return [Say(notice=Notice.OUTDATED, facts={"what": "draft"})]
    older = press.act in {"confirm", "misheard"} and press.value != str(draft.revision)
    if older:
        return [Say(notice=Notice.OUTDATED, facts={"what": "card"}), *card(draft, scene.territory, scene.now)]
    return _apply(scene, draft, press)


def _apply(scene: Scene, draft: Draft, press: Press) -> list[Effect]:
    territory, now = scene.territory, scene.now
    match press.act:
        case "confirm":
            return _confirm(scene, draft)
        case "me_too":
            return _me_too(scene, draft, press.value)
        case "cancel":
            return [Drop(), Say(notice=Notice.CANCELLED, facts={})]
        case "change_place":
            was = draft.place_was or _shown(draft.spot)
            return ask_place(replace(draft, spot=None, place_questions=0, place_was=was), now, territory)
        case "change_matter":
            return _change_matter(scene, draft)
        case "add_more":
            return ask(replace(draft, asked=Asked.MORE), "more", now, territory)
        case "misheard":
            return misheard(scene, draft)
        case "item":
            return _chosen_item(scene, draft, press.value)
        case "place":
            return _chosen_place(scene, draft, press.value)
        case _:
            return next_step(replace(as_request(scene, draft), asked=Asked.NOTHING), territory, now)


def _confirm(scene: Scene, draft: Draft) -> list[Effect]:
    if not draft.text and not draft.files:
        return next_step(draft, scene.territory, scene.now)
    if needs_place(draft, scene.territory) and draft.place_questions < scene.territory.levels.place_questions:
        return ask_place(draft, scene.now, scene.territory)
    return [replace(file(draft, how="confirmed"), not_alike=draft.alike), Drop()]


def _me_too(scene: Scene, draft: Draft, value: str) -> list[Effect]:
    """It is the one that the card named: a case of its own, which goes with that one (R8.2)."""
    revision, _, index = value.partition(".")
    if revision != str(draft.revision):
        return [Say(notice=Notice.OUTDATED, facts={"what": "card"}), *card(draft, scene.territory, scene.now)]
    if not index.isdigit() or int(index) >= len(draft.alike):
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    return [replace(file(draft, how="confirmed"), joins=draft.alike[int(index)]), Drop()]


def _change_matter(scene: Scene, draft: Draft) -> list[Effect]:
    """Buttons with the next likeliest items; words are welcome too."""
    for index, part in enumerate(draft.parts):
        others = tuple(code for code in part.choices if code != part.item) or _also_thought_of(part)
        if others:
            reset = replace(part, item=None, choices=others, chosen=False)
            return ask_item(draft.with_part(index, reset), index, scene.now, scene.territory)
    return ask(replace(draft, asked=Asked.MATTER_TEXT, parts=()), "what", scene.now, scene.territory)


def _also_thought_of(part: Part) -> tuple[str, ...]:
    """The next guesses, however faint: who says that the likeliest is wrong had better not begin anew."""
    guesses = [code for code, _ in part.because.get("guesses", ()) if code != part.item]
    return tuple(guesses[:CHOICES_MOST])


def _shown(spot: Spot | None) -> dict[str, str | None] | None:
    return {"unit": spot.unit, "words": spot.text} if spot is not None and spot.unit is not None else None


def _chosen_item(scene: Scene, draft: Draft, value: str) -> list[Effect]:
    index_text, _, code = value.partition(".")
    if not index_text.isdigit() or int(index_text) >= len(draft.parts):
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    part = draft.parts[int(index_text)]
    if code and code not in scene.territory.items:
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    item = scene.territory.items.get(code)
    order = list(type(part.urgency))
    urgency = max(part.urgency, item.urgency, key=order.index) if item else part.urgency
    chosen = replace(
        part, item=code or None, probability=1.0 if code else 0.0, urgency=urgency, chosen=True,
        because={**part.because, "chosen": [{"kind": "resident", "text": code, "weight": 1.0}]},
    )  # fmt: skip
    return next_step(draft.with_part(int(index_text), chosen), scene.territory, scene.now)


def _chosen_place(scene: Scene, draft: Draft, unit: str) -> list[Effect]:
    if unit not in scene.territory.units:
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    known = draft.spot or Spot()
    spot = replace(
        known, unit=unit, level=scene.territory.unit(unit).level, probability=1.0, choices=(), chosen=True,
        because=({"kind": "resident", "text": unit, "weight": 1.0},),
    )  # fmt: skip
    return next_step(replace(draft, spot=spot), scene.territory, scene.now)


def _added_to(scene: Scene, press: Press) -> list[Effect]:
    """The words that waited go to the case that was chosen."""
    case = next((case for case in scene.cases if case.id == press.subject), None)
    if case is None or scene.draft is None or not is_held(scene.draft, press.value):
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    return deliver(scene, scene.draft, case)
