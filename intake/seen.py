"""Words read in a resident's photo, weighed into the judgement on what they wrote: a hint where they said nothing.

Whoever painted the sign, or made the picture, chose those words: they are evidence of the place and the matter, never
an order. What a message is for, how urgent it is, its rating and its language are judged by the resident's own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from casecore.messages import FileRef
from intake.classify import ABSTAIN
from intake.judgement import Because, MatterGuess, PlaceGuess, Understanding
from intake.understand import Understander

SUPPOSED = frozenset({"home", "last_place"})
"""Evidence of a place that this message says nothing of."""
KIND = "photo_text"
"""Of the evidence (locales: `because.photo_text`)."""
WEIGHT = 0.6
"""Of a probability: as much as a photo's own position. Enough to be shown on the card to be changed, never to be
sure of; beside the resident's own words it says nothing."""


def seen_in(files: Sequence[FileRef]) -> str:
    """What was read in these files, each text once."""
    return "\n".join(dict.fromkeys(file.seen for file in files if file.seen))


def also_seen(understood: Understanding, seen: str, understander: Understander) -> Understanding:
    """The judgement with place and matter filled from the photo where the words left them open."""
    if not seen:
        return understood
    read = understander.understand(seen)
    return replace(
        understood,
        places=_places(understood, read),
        matters=understood.matters if _sure(understood) else _matters(understood, read),
    )


def _places(understood: Understanding, read: Understanding) -> tuple[PlaceGuess, ...]:
    """What was seen counts only where the resident named no place and shared none; before what is only supposed."""
    told = [guess for guess in understood.places if not _supposed(guess)]
    if any(guess.unit_id for guess in told):
        return understood.places
    seen = [_weighed_place(guess) for guess in read.places if guess.unit_id]
    return (*told, *seen, *(guess for guess in understood.places if _supposed(guess)))


def _supposed(guess: PlaceGuess) -> bool:
    return bool(guess.because) and guess.because[0].kind in SUPPOSED


def _weighed_place(guess: PlaceGuess) -> PlaceGuess:
    because = Because(kind=KIND, text=guess.text, weight=WEIGHT)
    return replace(guess, probability=guess.probability * WEIGHT, because=(because, *guess.because))


def _sure(understood: Understanding) -> bool:
    return bool(understood.matters) and understood.matters[0].probability >= ABSTAIN


def _matters(understood: Understanding, read: Understanding) -> tuple[MatterGuess, ...]:
    """Of each item the likelier of what was written and what was seen, the likeliest first."""
    best = {guess.code: guess for guess in understood.matters}
    for guess in read.matters:
        weighed = replace(
            guess, probability=guess.probability * WEIGHT,
            because=(Because(kind=KIND, text="", weight=WEIGHT), *guess.because),
        )  # fmt: skip
        if guess.code not in best or best[guess.code].probability < weighed.probability:
            best[guess.code] = weighed
    return tuple(sorted(best.values(), key=lambda guess: -guess.probability))
