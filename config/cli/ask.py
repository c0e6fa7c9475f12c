"""`minhu ask "TEXT"`: what Minhu understands of a message: what is wanted, which matter, how urgent, where, and why."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.entry import language, load_words
from config.cli.options import (
    DataOption,
    LangOption,
    TerritoryOption,
    territory_or_exit,
    understander_or_exit,
)

if TYPE_CHECKING:
    from casecore.territory.model import Territory
    from casecore.words import Words
    from intake.judgement import Because, PlaceGuess, Understanding

# As many answers as a resident would be shown buttons for, and a runner-up.
ITEMS_MOST = 5
PLACES_MOST = 3


def command(
    text: Annotated[str, typer.Argument(help="A message, as a resident would write it.")],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Say how a message is understood, and why."""
    words = load_words()
    spoken = language(words, lang)
    known = territory_or_exit(territory, lang)
    understander = understander_or_exit(known, lang, data=data, territory=territory)
    understander.warm()
    began = time.perf_counter()
    got = understander.understand(text)
    answer = as_data(got, known, spoken, (time.perf_counter() - began) * 1000)
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else report(answer, words, spoken))


def as_data(got: Understanding, known: Territory, lang: str, ms: float) -> dict[str, Any]:
    """The judgement for a program. `place` is the best one, with a unit of None when only its words are known."""
    places = [_place(place, known, lang) for place in got.places[:PLACES_MOST]]
    return {
        "intent": got.intent,
        "intent_probability": got.intent_probability,
        "items": [
            {
                "code": guess.code,
                "name": _name(known, guess.code, lang),
                "probability": guess.probability,
                "because": _reasons(guess.because),
            }
            for guess in got.matters[:ITEMS_MOST]
        ],
        "urgency": got.urgency.value,
        "place": places[0] if places else None,
        "places": places,
        "parts": list(got.parts),
        "out_of_area": got.out_of_area,
        "because": {
            "intent": _reasons(got.intent_because),
            "item": _reasons(got.matters[0].because) if got.matters else [],
            "urgency": _reasons(got.urgency_because),
            "place": places[0]["because"] if places else [],
        },
        "model": got.model,
        "milliseconds": round(ms, 3),
    }


def _place(place: PlaceGuess, known: Territory, lang: str) -> dict[str, Any]:
    return {
        "unit": place.unit_id,
        "name": known.path(place.unit_id, lang) if place.unit_id else None,
        "level": place.level.value if place.level else None,
        "text": place.text,
        "probability": place.probability,
        "because": _reasons(place.because),
    }


def _name(known: Territory, code: str, lang: str) -> str:
    from casecore.territory.model import name_in

    return name_in(known.items[code].names, lang)


def _reasons(because: tuple[Because, ...]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "text": each.text, "weight": each.weight} for each in because]


def report(answer: dict[str, Any], words: Words, lang: str) -> str:
    """The judgement for a person, a line a question, its evidence below it."""
    lines = [
        words.say(lang, "cli.ask.intent", intent=answer["intent"], share=_share(answer["intent_probability"]))
    ]
    lines += _because(answer["because"]["intent"])
    for item in answer["items"]:
        share = _share(item["probability"])
        lines.append(words.say(lang, "cli.ask.item", code=item["code"], name=item["name"], share=share))
    lines += _because(answer["because"]["item"])
    lines.append(words.say(lang, "cli.ask.urgency", urgency=words.say(lang, f"urgency.{answer['urgency']}")))
    lines += _because(answer["because"]["urgency"])
    for place in answer["places"]:
        name = place["name"] or words.say(lang, "cli.ask.unplaced", text=place["text"])
        lines.append(words.say(lang, "cli.ask.place", name=name, share=_share(place["probability"])))
    lines += _because(answer["because"]["place"])
    lines += [words.say(lang, "cli.ask.part", text=part) for part in answer["parts"]]
    return "\n".join((*lines, words.say(lang, "cli.ask.milliseconds", ms=f"{answer['milliseconds']:.1f}")))


def _share(probability: float) -> str:
    return f"{probability:.0%}"


def _because(reasons: list[dict[str, Any]]) -> list[str]:
    return [f"    {each['kind']}: {each['text']}" for each in reasons]
