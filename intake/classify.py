"""What it is about: the list's words and the trained model weighed into calibrated guesses among the items.

    list words ──┐
                 ├─► log-linear sum ─► softmax at a fitted temperature ─► top five with their evidence
    text model ──┘

An item the model was never trained on (another district's list) is judged by the list's words alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from casecore.territory.model import Territory
from intake.judgement import Because, MatterGuess
from intake.matter.lexicon import Hit, Lexicon
from intake.matter.model import MODEL, Reading, TextModel
from intake.spelled import Speller
from intake.whereabouts import without_whereabouts

TOP = 5
UNTRAINED = 2.0
"""Weight of a word of the list for an item the model never saw: the softmax of such scores alone is still modest."""
ABSTAIN = 0.75
"""Below this probability of the best item the bot asks one question with at most four buttons. Above it the best item
was right in 97.2 of 100 messages of the three labelled sets at hand, 95.7 of those written by another hand."""
SHOWN = 4
"""Pieces of evidence kept for one guess: more than a person reads."""
EXPLAINED = 0.02
"""Guesses less probable than this carry no evidence: nobody is shown them."""
WHERE = 0.3
"""What the words that only say where still weigh: `球场旁边` hardly speaks for sports, but a little it does."""
SHARED = 0.02
"""The least share of a score that an n-gram of the model must have to be named as evidence."""


LEAST_SHARED = 0.005
"""The same when there is no other evidence: words learned from few corrections share their weight among many grams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The best items, best first; the whole distribution; and the model's reading, for the intent."""

    guesses: tuple[MatterGuess, ...]
    chances: Mapping[str, float]
    reading: Reading


class MatterSorter:
    """Sorts messages into the items of one territory's list."""

    def __init__(self, territory: Territory, model: Path = MODEL) -> None:
        self._codes = tuple(territory.items)
        self._lexicon = Lexicon(territory.items)
        self.model = TextModel(model)
        self._trained = {c: n for n, c in enumerate(self.model.codes)}
        self._speller: Speller | None = None
        self._untrained = any(c not in self._trained for c in self._codes)

    def sort(self, text: str, *, without: Set[str] = frozenset()) -> Sorted:
        """The items a plain text may be about; probabilities are over the whole list but the items of `without`."""
        reading = self.model.read(text)
        matter = without_whereabouts(text)
        if matter != text:
            reading = _weighed(self.model.read(matter), reading)
        words, hits = self._lexicon.scores(matter, examples=self._untrained)
        chances = _softmax(
            {c: self._score(c, words, reading) for c in self._codes if c not in without},
            doubt=self.model.fit.get("doubt", 0.0),
        )
        best = sorted(chances, key=lambda c: (-chances[c], c))[:TOP]
        return Sorted(
            guesses=tuple(
                MatterGuess(
                    code=c,
                    probability=round(chances[c], 4),
                    because=self._because(c, hits, reading) if chances[c] >= EXPLAINED else (),
                )
                for c in best
            ),
            chances=chances,
            reading=reading,
        )

    @property
    def unlearned(self) -> tuple[str, ...]:
        """Items of the list that the model never saw: found by the list's own words until somebody teaches them."""
        return tuple(c for c in self._codes if c not in self._trained)

    @property
    def forgotten(self) -> tuple[str, ...]:
        """Items that the model knows and the list no longer has: never answered."""
        return tuple(c for c in self.model.codes if c not in set(self._codes))

    def written_out(self, spelled: str) -> str:
        """Chinese typed in Latin letters, in the likeliest characters."""
        if self._speller is None:
            self._speller = Speller(self.model.word_shares())
        return self._speller.written_out(spelled)

    def _score(self, code: str, words: Mapping[str, float], reading: Reading) -> float:
        fit = self.model.fit
        if code in self._trained:
            trained = float(reading.items[self._trained[code]])
            return fit["scale"] * trained + fit["words"] * words.get(code, 0.0)
        return UNTRAINED * words.get(code, 0.0)

    def _because(self, code: str, hits: list[Hit], reading: Reading) -> tuple[Because, ...]:
        """The list's words found, then the stretches of text that moved the model most."""
        found = [
            Because(kind=h.kind, text=h.text, weight=round(h.weight, 3))
            for h in sorted(hits, key=lambda h: -h.weight)
            if h.code == code
        ][:SHOWN]
        if code not in self._trained:
            return tuple(found)
        for gram, share in self.model.shares(reading, code):
            if len(found) >= SHOWN or share < (SHARED if found else LEAST_SHARED):
                break
            if not any(gram in f.text or f.text in gram for f in found):
                found.append(Because(kind="model", text=gram, weight=round(share, 3)))
        return tuple(found)


def _weighed(matter: Reading, whole: Reading) -> Reading:
    """The items by what is left without the whereabouts, mostly; the intent by the whole text."""
    return Reading(
        items=(1 - WHERE) * matter.items + WHERE * whole.items,
        intents=whole.intents,
        gram_rows=matter.gram_rows,
    )


def _softmax(scores: Mapping[str, float], *, doubt: float) -> dict[str, float]:
    """`doubt` is the share that is spread over all (see `matter.calibrate`)."""
    top = max(scores.values(), default=0.0)
    powers = {c: math.exp(s - top) for c, s in scores.items()}
    total = sum(powers.values()) or 1.0
    even = doubt / max(len(powers), 1)
    return {c: (1 - doubt) * p / total + even for c, p in powers.items()}
