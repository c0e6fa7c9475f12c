"""Making a request whole: its words become parts, its place a spot, and the next step is a card or ONE question.

parts without words ──► "what happened?"
item in doubt       ──► at most four buttons, once
place missing       ──► asked at most twice (R1.2)
both known          ──► summary card; silence submits (R1.1)
emergency           ──► the numbers to call, then filed at once (R3.3, R18.4)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from casecore.deadlines import silence_due
from casecore.messages import Button
from casecore.territory.model import Territory
from casecore.vocabulary import Level, Notice, Urgency
from intake.classify import ABSTAIN
from intake.dialogue.draft import Asked, Draft, Part, Spot
from intake.dialogue.effects import Drop, Effect, File, Keep, Rows, Say
from intake.judgement import MatterGuess, PlaceGuess, Understanding
from intake.understand import Understander

# One reading without a rival is shown on the card to be changed, rather than asked about alone.
LONE_ITEM = 0.3
# Below this nothing was understood of the matter, and buttons would be guesses at random.
FAINT_ITEM = 0.08
# Two readings of a place closer than this are offered as buttons.
PLACE_MARGIN = 0.15
CHOICES_MOST = 4
# A place that the resident did not say (home, last time) is used from here on, and shown on the card to be changed.
SURE_PLACE = 0.5
# What is only supposed: offered to be tapped, and never taken for said (R1.2: a missing place is asked for).
SUPPOSED = ("home", "last_place")
# A card that shows a place which nobody named says where it is from.
UNSAID = frozenset({*SUPPOSED, "home_said", "last_place_said", "photo", "photo_text", "link"})
# Album parts come within a second of each other; two seconds after the last one the card is shown.
GATHER = timedelta(seconds=2)
# Words that place a matter in the speaker's own home.
AT_HOME = re.compile(
    r"家里|我家|咱家|俺家|屋里|家中|家的|楼上|楼下|\b(?:my|our) (?:home|house|flat|place)\b|\bat home\b", re.I
)
# "2、下水道堵了": the number of a list is no part of the matter.
NUMBERED = re.compile(r"^\s*[(（]?(?:\d{1,2}|[一二三四五六七八九十])[)）]?\s*[、.．:：)）]\s*")
# Kinds that nobody has to visit: a place helps, but is not asked for.
PLACELESS_KINDS = frozenset({"enquiry", "suggestion", "praise"})


def part_of(text: str, understood: Understanding) -> Part:
    """What one matter's words say."""
    best = understood.matters[0] if understood.matters else None
    choices = _choices(understood.matters)
    lone = best is not None and len(choices) == 1 and best.probability >= LONE_ITEM
    sure = best is not None and (best.probability >= ABSTAIN or lone)
    return Part(
        text=text,
        item=best.code if best and sure else None,
        probability=best.probability if best else 0.0,
        urgency=understood.urgency,
        because={
            "matter": [asdict(b) for b in best.because] if best else [],
            "urgency": [asdict(b) for b in understood.urgency_because],
            "wish": [asdict(b) for b in understood.intent_because],
            "wish_share": understood.intent_probability,
            "guesses": [[guess.code, guess.probability] for guess in understood.matters],
            "model": understood.model,
        },
        choices=choices,
    )


def _choices(matters: Sequence[MatterGuess]) -> tuple[str, ...]:
    return tuple(guess.code for guess in matters if guess.probability >= FAINT_ITEM)[:CHOICES_MOST]


def spot_of(places: Sequence[PlaceGuess], territory: Territory, *, at_home: bool = False) -> Spot | None:
    """Where the evidence points. Close rivals become choices; a span nobody can place is kept as words.

    The registered home is the place of a matter in the home; of anything else it is a choice to tap (R1.2: a
    missing place is asked for, and a lamp that is out is seldom at home).
    """
    named = [guess for guess in places if guess.unit_id is not None]
    words = next((guess.text for guess in places if guess.text), "")
    if not named:
        return Spot(text=words) if words else None
    best = named[0]
    supposed = _supposed(named, at_home=at_home)
    if supposed:
        return replace(supposed, text=words)
    rivals = _rivals(named, territory)
    spot = Spot(
        unit=best.unit_id, level=best.level, text=best.text or words, probability=best.probability,
        point=best.point, choices=rivals if len(rivals) > 1 else (),
        because=tuple(asdict(b) for b in best.because),
    )  # fmt: skip
    return spot if best.probability >= SURE_PLACE or spot.choices else Spot(text=words) if words else None


def _supposed(named: Sequence[PlaceGuess], *, at_home: bool) -> Spot | None:
    """Home and last place as choices, when nothing better is known."""
    kinds = [guess.because[0].kind if guess.because and not guess.text else "" for guess in named]
    if kinds[0] not in SUPPOSED or (kinds[0] == "home" and at_home):
        return None
    offered = [guess for guess, kind in zip(named, kinds, strict=True) if kind in SUPPOSED]
    return Spot(
        choices=tuple(dict.fromkeys(guess.unit_id for guess in offered if guess.unit_id)),
        because=tuple(asdict(guess.because[0]) for guess in offered),
    )


def _rivals(named: Sequence[PlaceGuess], territory: Territory) -> tuple[str, ...]:
    """Units that the words may equally mean. A village is no rival of a grid inside it: both are right."""
    best = named[0]
    assert best.unit_id is not None
    rivals = [best.unit_id]
    for guess in named[1:]:
        close = guess.text and best.probability - guess.probability <= PLACE_MARGIN
        if close and guess.unit_id and not any(_nested(territory, guess.unit_id, unit) for unit in rivals):
            rivals.append(guess.unit_id)
    return tuple(rivals[:CHOICES_MOST])


def _nested(territory: Territory, a: str, b: str) -> bool:
    return territory.inside(a, b) or territory.inside(b, a)


def spot_at(guess: PlaceGuess) -> Spot:
    """A shared location: the microgrid that covers it."""
    return Spot(
        unit=guess.unit_id, level=guess.level, text=guess.text, probability=guess.probability, point=guess.point,
        because=tuple(asdict(b) for b in guess.because), chosen=True,
    )  # fmt: skip


def merge_spots(known: Spot | None, new: Spot | None, territory: Territory) -> Spot | None:
    """The better of two: what is said now beats what was guessed; a deeper place inside the known one sharpens it."""
    if new is None or known is None:
        return new or known
    if new.unit is None:
        return replace(known, text=known.text or new.text)
    if known.unit is None:
        return replace(new, text=_joined(known.text, new.text))
    if not new.text and new.probability <= known.probability:
        return known  # a photo or a home does not move what somebody said
    if territory.inside(known.unit, new.unit) and known.unit != new.unit:
        return replace(known, text=known.text or new.text)  # "新登镇" said after the village was known
    if new.unit == known.unit:
        return known
    inner = known.point if territory.inside(new.unit, known.unit) else None
    return replace(new, point=new.point or inner)


def _joined(before: str, after: str) -> str:
    return before if after in before else after if before in after else f"{before} {after}"


def needs_place(draft: Draft, territory: Territory) -> bool:
    """Is a place still missing for any part? A town is enough for what starts at the town."""
    if not draft.parts:
        return False
    return any(_lacks_place(part, draft.spot, territory) for part in draft.parts)


def _lacks_place(part: Part, spot: Spot | None, territory: Territory) -> bool:
    item = territory.items.get(part.item or "")
    if item is not None and (item.start_level is Level.DEPARTMENT or item.kind in PLACELESS_KINDS):
        return False
    if spot is None or spot.unit is None:
        return True
    if spot.choices and not spot.chosen:
        return True
    if spot.level is Level.DISTRICT:
        return True
    town_is_enough = item is not None and item.start_level in {Level.TOWN, Level.DISTRICT}
    return spot.level is Level.TOWN and not town_is_enough


def needs_item(draft: Draft) -> int | None:
    """The index of the first part whose item is in doubt and may be asked about, or None."""
    if draft.matter_questions:
        return None
    for index, part in enumerate(draft.parts):
        if part.item is None and not part.chosen and part.choices:
            return index
    return None


def next_step(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    """The emergency road, one question, or the card."""
    if draft.urgency is Urgency.EMERGENCY and draft.parts:
        return emergency(draft, territory)
    if not draft.text:
        return ask(replace(draft, asked=Asked.MATTER_TEXT), "what", now, territory)
    index = needs_item(draft)
    if index is not None:
        return ask_item(draft, index, now, territory)
    if needs_place(draft, territory) and draft.place_questions < territory.levels.place_questions:
        return ask_place(draft, now, territory)
    return card(draft, territory, now)


def emergency(draft: Draft, territory: Territory) -> list[Effect]:
    """R3.3: the numbers first, then the case, without confirmation; a missing place is asked meanwhile (R18.4)."""
    codes = [part.item for part in draft.parts if part.item]
    effects: list[Effect] = [
        Say(notice=Notice.EMERGENCY_HELP, facts={"items": codes, "text": draft.text}),
        file(draft, how="emergency"),
        Drop(),
    ]
    if any(f.words for f in draft.files):
        button = Button(act="misheard", label="button.misheard")
        facts = {"field": "heard_urgent", "text": draft.text}
        effects.append(Say(notice=Notice.QUESTION, facts=facts, buttons=((button,),), of_filed=True))
    if needs_place(draft, territory):
        effects.append(Say(notice=Notice.QUESTION, facts={"field": "place_urgent", "asks_location": True}))
    return effects


def file(draft: Draft, *, how: str) -> File:
    return File(
        parts=draft.parts, spot=draft.spot, files=draft.files, how=how, place_was=draft.place_was,
    )  # fmt: skip


def ask(draft: Draft, field: str, now: datetime, territory: Territory) -> list[Effect]:
    draft = replace(draft, due_at=now + timedelta(minutes=territory.levels.place_wait_minutes))
    return [
        Keep(draft=draft),
        Say(notice=Notice.QUESTION, facts={"field": field}, buttons=((_cancel(draft),),)),
    ]


def ask_item(draft: Draft, index: int, now: datetime, territory: Territory) -> list[Effect]:
    """Once, with at most four likely items and "none of these" for a person to sort out."""
    part = draft.parts[index]
    draft = replace(
        draft, asked=Asked.MATTER, matter_questions=draft.matter_questions + 1,
        due_at=now + timedelta(minutes=territory.levels.place_wait_minutes),
    )  # fmt: skip
    rows: Rows = tuple(
        (Button(act="item", subject=draft.id, value=f"{index}.{code}", label="item", facts={"item": code}),)
        for code in part.choices
    )
    none = Button(act="item", subject=draft.id, value=f"{index}.", label="button.item_none")
    return [
        Keep(draft=draft),
        Say(
            notice=Notice.QUESTION,
            facts={"field": "item", "text": part.text},
            buttons=(*rows, (none, _cancel(draft))),
        ),
    ]


def ask_place(draft: Draft, now: datetime, territory: Territory) -> list[Effect]:
    """R1.2: at most twice; choices as buttons when two places fit, else words or a shared location."""
    spot = draft.spot
    draft = replace(
        draft, asked=Asked.PLACE, place_questions=draft.place_questions + 1,
        due_at=now + timedelta(minutes=territory.levels.place_wait_minutes),
    )  # fmt: skip
    field, facts = "place", dict[str, Any]()
    rows: Rows = ()
    if spot is not None and spot.choices:
        last = len(spot.because) == 1 and spot.because[0]["kind"] == "last_place"
        field = "place_choice" if len(spot.choices) > 1 else "place_last" if last else "place_home"
        rows = tuple((_place_button(draft, unit),) for unit in spot.choices)
    elif spot is not None and spot.level is Level.TOWN:
        field, facts = "place_village", {"place": spot.unit}
    elif spot is not None and spot.text:
        field, facts = "place_unknown", {"place_text": spot.text}
    elif draft.place_questions > 1:
        field = "place_again"
    facts |= {"field": field, "asks_location": True}
    return [
        Keep(draft=draft),
        Say(notice=Notice.QUESTION, facts=facts, buttons=(*rows, (_cancel(draft),))),
    ]


def _place_button(draft: Draft, unit: str) -> Button:
    return Button(act="place", subject=draft.id, value=unit, label="place", facts={"place": unit})


def _cancel(draft: Draft) -> Button:
    return Button(act="cancel", subject=draft.id, label="button.cancel")


def card(draft: Draft, territory: Territory, now: datetime) -> list[Effect]:
    """What we understood, to be confirmed or changed; silence means yes (R1.1)."""
    draft = replace(draft, asked=Asked.CONFIRM, revision=draft.revision + 1)
    known = not needs_place(draft, territory)
    draft = replace(
        draft, due_at=silence_due(territory.levels, draft.urgency, now) if known else draft.due_at
    )
    return [
        Keep(draft=draft),
        Say(
            notice=Notice.SUMMARY_CARD,
            facts=card_facts(draft),
            buttons=_card_buttons(draft),
            files=tuple(f.digest for f in draft.files if f.digest),
        ),
    ]  # fmt: skip


def card_facts(draft: Draft) -> dict[str, Any]:
    spot = draft.spot
    return {
        "parts": [
            {"text": part.text, "item": part.item, "urgency": part.urgency.value} for part in draft.parts
        ],
        "place": spot.unit if spot else None,
        "place_text": spot.text if spot else "",
        "place_from": _place_from(spot),
        "located": spot.point is not None if spot else False,
        "files": len(draft.files),
        "failures": [f.failure for f in draft.files if f.failure],
        "heard": any(f.words for f in draft.files),
        "until": draft.due_at.isoformat() if draft.due_at else None,
        "silence": draft.urgency.value,
    }


def _place_from(spot: Spot | None) -> str | None:
    if spot is None or spot.unit is None or spot.text or spot.chosen or not spot.because:
        return None
    kind = str(spot.because[0]["kind"])
    return kind if kind in UNSAID else None


def _card_buttons(draft: Draft) -> Rows:
    def button(act: str) -> Button:
        return Button(act=act, subject=draft.id, value=str(draft.revision), label=f"button.{act}")

    heard = any(file.words for file in draft.files)
    first = (button("confirm"), button("misheard")) if heard else (button("confirm"),)
    return (
        first,
        (button("change_place"), button("change_matter")),
        (button("add_more"), button("cancel")),
    )


def reread(draft: Draft, understander: Understander, understood: Understanding, text: str) -> Draft:
    """More words for the same request: parts that nobody chose are understood anew from all the words."""
    territory = understander.territory
    at_home = bool(AT_HOME.search(text))
    spot = merge_spots(draft.spot, spot_of(understood.places, territory, at_home=at_home), territory)
    if not draft.parts:
        texts = tuple(NUMBERED.sub("", part) for part in understood.parts) or ((text,) if text else ())
        parts = tuple(
            part_of(t, understander.understand(t)) if len(texts) > 1 else part_of(t, understood)
            for t in texts
        )
        return replace(draft, parts=parts, spot=spot)
    last = len(draft.parts) - 1
    joined = "\n".join(t for t in (draft.parts[last].text, text) if t)
    part = draft.parts[last]
    if part.chosen:
        return replace(draft.with_part(last, replace(part, text=joined)), spot=spot)
    return replace(draft.with_part(last, part_of(joined, understander.understand(joined))), spot=spot)
