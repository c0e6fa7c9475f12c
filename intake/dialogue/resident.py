"""A resident's message, decided: which of their matters it is about, and what happens next.

a button            what it says, if it still holds; else the present state
START, greeting     a welcome
a language wish     the conversation's language
an answer           to what was asked last (place, item, which case)
about an open case  status, urge, rating, addition, withdrawal
anything else       a new request, or more words for the one that is being written
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta

from casecore.messages import Button, Point
from casecore.vocabulary import Level, MessageKind, Notice, Urgency
from intake.binding.signals import Bound
from intake.classify import ABSTAIN
from intake.dialogue.correction import said_again
from intake.dialogue.draft import Asked, Draft, Spot
from intake.dialogue.effects import ActOn, Drop, Effect, Keep, Say, Show, Speak
from intake.dialogue.held import kept
from intake.dialogue.presses import pressed
from intake.dialogue.request import (
    CHOICES_MOST,
    GATHER,
    emergency,
    merge_spots,
    next_step,
    reread,
    spot_at,
    spot_of,
)
from intake.dialogue.scene import OpenCase, Scene
from intake.dialogue.unheard import told
from intake.dialogue.whose import about_case, addition, menu, whose, writing
from intake.judgement import Context as ReadingContext
from intake.judgement import Understanding
from intake.seen import also_seen, seen_in

# "…旁边", "at …": what is said beside a place's name when the place alone is meant.
LETTERS_BESIDE_A_PLACE = 6
# How people begin when they go on about something.
MORE_WORDS = re.compile(r"^(?:还有|另外|对了|补充|而且|再说|就是|also\b|and\b|by the way\b)", re.IGNORECASE)
# "为什么派给他们": a short question about where it went, and no complaint that begins with "why".
WHY_WORDS = re.compile(
    r"^(?:请问|那|可是)?(?:你们)?(?:为什么|为啥|凭什么)(?:你们)?(?:要|会|就)?(?:把?(?:这(?:件|个)事?|我的事|它))?(?:要|会|就)?"
    r"(?:派|转|交|分派?)(?:给|到)了?.{1,10}?(?:办|处理|管)?[?？。]*$|^为(?:什么|啥)是(?:他|她|这个|那个)们?[?？]*$"
    r"|^why (?:them|there|him|her)\b|^why (?:did|was|is) (?:it|this|my \w+) (?:go|sent|given|passed|with)\b",
    re.IGNORECASE,
)
WHY_MOST = 40
NUMBER = re.compile(r"MH-\d{8}-\d{6}", re.IGNORECASE)
# A START payload that names a unit: t.me/<bot>?start=grid_<unit id>, or a QR code at a door.
LINK = re.compile(r"^grid_([0-9A-Za-z-]{1,40})$")
LINKS = "grid_"
# An older picture shows an older matter, and perhaps another place.
PHOTO_LASTS = timedelta(days=7)


def decide(scene: Scene) -> list[Effect]:
    """The effects of one message; never empty: every message is answered."""
    return kept(scene.draft, told(scene.message, scene.text, _decide(scene)))


def _decide(scene: Scene) -> list[Effect]:
    message = scene.message
    if message.press is not None:
        return pressed(scene)
    if message.kind is MessageKind.START:
        return _start(scene)
    if message.kind is MessageKind.UNSUPPORTED:
        return [Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "kind", "kind": message.raw_type or ""})]
    if message.point is not None:
        return _point(scene)
    if not scene.text and not message.files:
        return [Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "empty"})]
    return _words(scene)


def _start(scene: Scene) -> list[Effect]:
    payload = scene.message.text.strip()
    link = LINK.match(payload)
    unit = scene.territory.units.get(link.group(1)) if link else None
    if unit is not None and unit.level not in {Level.DEPARTMENT, Level.DISTRICT}:
        draft = replace(scene.fresh_draft(), link_unit=unit.id)
        return [
            Keep(draft=draft),
            Say(notice=Notice.WELCOME, facts={"place": unit.id}, buttons=menu(scene)),
        ]
    facts = {"unknown_link": True} if payload.startswith(LINKS) else {}
    return [Say(notice=Notice.WELCOME, facts=facts, buttons=menu(scene))]


def _point(scene: Scene) -> list[Effect]:
    """A shared location: inside the district it is the place; outside it is said so, and nothing is lost."""
    assert scene.message.point is not None
    guess = scene.understander.locate_point(scene.message.point)
    if guess is None:
        return [Say(notice=Notice.OUT_OF_AREA, facts={"located": True})]
    draft = scene.fresh_draft()
    spot = spot_at(guess)
    if draft.spot is not None and draft.spot.text:
        spot = replace(spot, text=draft.spot.text)
    waiting = [case for case in scene.open_cases if case.place is None]
    if not draft.parts and waiting:
        return [ActOn(act="addition", case_id=waiting[0].id, args=addition(scene, place=spot))]
    about = whose(scene, scene.understander.understand("")) if not writing(scene) else None
    if isinstance(about, Bound) and about.case_id in {case.id for case in scene.open_cases}:
        return [ActOn(act="addition", case_id=about.case_id, args=addition(scene, place=spot))]
    return next_step(replace(draft, spot=spot), scene.territory, scene.now)


def _asked_why(scene: Scene) -> OpenCase | None:
    """The case about which somebody asks why it went where it is: the one tied to the message, else the newest."""
    asks = len(scene.text) <= WHY_MOST and WHY_WORDS.search(scene.text)
    if not asks or _writing(scene) or not scene.cases:
        return None
    return _named(scene) or next(iter(scene.open_cases), scene.cases[0])


def _words(scene: Scene) -> list[Effect]:
    asked = _asked_why(scene)
    if asked is not None:
        return [Show(what="why", case_id=asked.id)]
    understood = scene.understander.understand(scene.text, _context(scene))
    if scene.draft is not None and scene.draft.asked is Asked.WORDS and understood.intent != "cancel":
        return said_again(scene, scene.draft)
    if _danger(understood) and _writing(scene):
        return _at_once(scene, understood)
    if understood.wants_lang and understood.intent != "new_request":
        return [Speak(lang=understood.wants_lang), Say(notice=Notice.LANGUAGE, facts={})]
    if scene.draft is not None and scene.draft.asked is not Asked.NOTHING and not _tied(scene):
        answer = _answer(scene, scene.draft, understood)
        if answer is not None:
            return answer
    about = _where_it_is(scene, understood) or about_case(scene, understood)
    if about is not None:
        return about
    return _request(scene, also_seen(understood, seen_in(scene.message.files), scene.understander))


def _writing(scene: Scene) -> bool:
    """Is a request under way that is not filed yet?"""
    return scene.draft is not None and bool(scene.draft.parts)


def _tied(scene: Scene) -> bool:
    """A reply to a line about a case answers that, not what was asked last."""
    return any(case.id == scene.bound_case for case in scene.cases)


def _danger(understood: Understanding) -> bool:
    return understood.urgency is Urgency.EMERGENCY and understood.intent in {"new_request", "addition"}


def _at_once(scene: Scene, understood: Understanding) -> list[Effect]:
    """R3.3: danger never waits for what was being asked: it is filed by itself, and the request goes on after it."""
    assert scene.draft is not None
    alone = replace(
        Draft(id=scene.new_draft_id, created_at=scene.now), spot=scene.draft.spot, files=scene.message.files
    )
    filed = emergency(reread(alone, scene.understander, understood, scene.text), scene.territory)
    return [effect for effect in filed if not isinstance(effect, Drop)]


def _context(scene: Scene) -> ReadingContext:
    asked = {
        Asked.PLACE: "place",
        Asked.MATTER: "matter",
        Asked.MATTER_TEXT: "other",
        Asked.CONFIRM: "confirm",
        Asked.CASE: "case",
    }
    kind = asked.get(scene.draft.asked) if scene.draft else None
    if kind is None and scene.done_cases:
        kind = "rating"
    return ReadingContext(
        asked=kind,  # type: ignore[arg-type]  # the values above are of the Literal
        open_cases=len(scene.open_cases),
        home=scene.home,
        last_place=scene.last_place,
        link_unit=scene.draft.link_unit if scene.draft else None,
        photo=_photo_point(scene),
    )


def _photo_point(scene: Scene) -> Point | None:
    """Where the newest photo of this request says it was taken."""
    files = (*(scene.draft.files if scene.draft else ()), *scene.message.files)
    for file in reversed(files):
        fresh = file.taken_at is None or scene.now - file.taken_at <= PHOTO_LASTS
        if file.kind is MessageKind.PHOTO and file.point is not None and fresh:
            return file.point
    return None


# -- an answer to what was asked


def _answer(scene: Scene, draft: Draft, understood: Understanding) -> list[Effect] | None:
    if understood.intent == "cancel" and draft.parts:
        return [Drop(), Say(notice=Notice.CANCELLED, facts={})]
    if draft.asked is Asked.CONFIRM and not scene.message.files:
        if understood.consent is True:
            return pressed(scene, act="confirm", subject=draft.id, value=str(draft.revision))
        if understood.consent is False:
            return _what_is_wrong(draft)
    if draft.asked is Asked.PLACE:
        return _place_answer(scene, draft, understood)
    return None


def _what_is_wrong(draft: Draft) -> list[Effect]:
    def button(act: str) -> Button:
        return Button(act=act, subject=draft.id, value=str(draft.revision), label=f"button.{act}")

    return [
        Say(
            notice=Notice.QUESTION,
            facts={"field": "wrong"},
            buttons=(
                (button("change_place"), button("change_matter")),
                (button("add_more"), button("cancel")),
            ),
        )
    ]


def _place_answer(scene: Scene, draft: Draft, understood: Understanding) -> list[Effect] | None:
    """Words after "where is it?": a place if they hold one, else kept as the resident's own description of it."""
    if understood.out_of_area:
        return [
            Say(
                notice=Notice.OUT_OF_AREA,
                facts={"outside": understood.outside, "hotline": understood.hotline},
            )
        ]
    said = tuple(guess for guess in understood.places if guess.text)
    spot = spot_of(said, scene.territory) or _called(scene)
    changed = replace(draft, files=(*draft.files, *scene.message.files))
    if spot is not None and spot.unit is not None:
        known = None if draft.spot is not None and draft.spot.choices else draft.spot
        if draft.spot is not None and draft.spot.level is not None and spot.unit != draft.spot.unit:
            known = draft.spot if scene.territory.inside(spot.unit, draft.spot.unit or "") else None
        merged = merge_spots(known, replace(spot, text=spot.text or scene.text[:200]), scene.territory)
        merged = _narrowed(scene, merged, draft.spot.text if draft.spot else "")
        return next_step(replace(changed, spot=merged), scene.territory, scene.now)
    if not scene.text:
        return next_step(changed, scene.territory, scene.now)
    if understood.intent in {"status", "greeting"} and not said:
        return None
    described = replace(draft.spot or Spot(), text=_described(draft.spot, scene.text))
    return next_step(replace(changed, spot=described), scene.territory, scene.now)


def _narrowed(scene: Scene, spot: Spot | None, before: str) -> Spot | None:
    """A road or door that many villages have, said before the village was known: now it may be just one."""
    if spot is None or spot.unit is None or not before:
        return spot
    inner = scene.understander.locate_words(before, spot.unit)
    if inner is None:
        return spot
    because = (*spot.because, *(asdict(b) for b in inner.because))
    return replace(spot, unit=inner.unit_id, level=inner.level, point=inner.point, because=because)


def _called(scene: Scene) -> Spot | None:
    """A bare name: as an answer to "where?" it is the place, or a choice between two of that name."""
    units = scene.units.called(scene.text)[:CHOICES_MOST]
    if not units:
        return None
    unit = scene.territory.unit(units[0])
    because = ({"kind": "short_name", "text": scene.text, "weight": 1 / len(units)},)
    return Spot(
        unit=unit.id, level=unit.level, text=scene.text.strip(), probability=1 / len(units),
        choices=units if len(units) > 1 else (), because=because,
    )  # fmt: skip


def _described(spot: Spot | None, words: str) -> str:
    before = spot.text if spot else ""
    return f"{before} {words}".strip()[:300]


# -- about a case that exists


def _named(scene: Scene) -> OpenCase | None:
    """The case that the message is tied to: by reply, by its number, or because a handler just asked about it."""
    number = NUMBER.search(scene.text)
    for case in scene.cases:
        if case.id == scene.bound_case or (number and case.number == number.group().upper()):
            return case
    return None


# -- a new request, or more of it


def _request(scene: Scene, understood: Understanding) -> list[Effect]:
    writing = scene.draft is not None and bool(scene.draft.parts)
    if understood.out_of_area and not writing:
        return [
            Say(
                notice=Notice.OUT_OF_AREA,
                facts={"outside": understood.outside, "hotline": understood.hotline},
            )
        ]
    draft = scene.fresh_draft()
    draft = replace(draft, files=(*draft.files, *scene.message.files), group=scene.message.group)
    draft = reread(draft, scene.understander, understood, scene.text)
    if scene.message.group and draft.urgency is not Urgency.EMERGENCY:
        # More parts of this album are on their way: one card for all of them.
        return [Keep(draft=replace(draft, asked=Asked.GATHER, due_at=scene.now + GATHER))]
    if draft.urgency is Urgency.EMERGENCY and draft.parts:
        return emergency(draft, scene.territory)
    return next_step(draft, scene.territory, scene.now)


def _where_it_is(scene: Scene, understood: Understanding) -> list[Effect] | None:
    """The answer to "where?" of an emergency that is filed already (R18.4)."""
    waiting = next((case for case in scene.open_cases if case.place is None), None)
    if waiting is None or writing(scene) or _tied(scene) or not _only_a_place(scene.text, understood):
        return None
    spot = spot_of(understood.places, scene.territory)
    return [ActOn(act="addition", case_id=waiting.id, args=addition(scene, place=spot))]


def _only_a_place(text: str, understood: Understanding) -> bool:
    """Words that name a place and hardly a matter: the answer to "where?" of an emergency that is already filed."""
    named = [guess.text for guess in understood.places if guess.text and guess.unit_id]
    rest = text
    for name in named:
        rest = rest.replace(name, "")
    said = sum(each.isalnum() for each in rest)
    faint = not understood.matters or understood.matters[0].probability < ABSTAIN
    return bool(named) and (said <= LETTERS_BESIDE_A_PLACE or (faint and said < len(text) / 2))
