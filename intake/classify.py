"""What it is about: the list's words and the trained model weighed into calibrated guesses among the items.

    list words ──┐
                 ├─► log-linear sum ─► softmax at a fitted temperature ─► top five with their evidence
    text model ──┘

An item the model was never trained on (another district's list) is judged by the list's words alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from casecore.territory.model import Territory
from intake.matter.lexicon import Hit, Lexicon
from intake.understand import Because, MatterGuess
from intake.wording import plain

TOP = 5
ABSTAIN = 0.6
"""Below this probability of the best item the bot asks one question with at most four buttons. Above it, on the
development set, the best item was right in at least 97 of 100 messages (bench/understanding prints the table)."""


TEMPERATURE = 0.28
"""Fitted on the public labelled messages: with it a guess of 0.7 is right in 7 of 10 (ECE 0.04; 0.52 at 1.0)."""


class MatterSorter:
    """Sorts messages into the items of one territory's list."""

    def __init__(self, territory: Territory) -> None:
        self._codes = tuple(territory.items)
        self._lexicon = Lexicon(territory.items)

    def sort(self, folded: str) -> tuple[MatterGuess, ...]:
        """The best items, best first; probabilities are over the whole list and sum to at most 1."""
        text = plain(folded)
        words, hits = self._lexicon.scores(text)
        return self._guesses(_softmax({c: words.get(c, 0.0) for c in self._codes}, TEMPERATURE), hits)

    def _guesses(self, chances: Mapping[str, float], hits: list[Hit]) -> tuple[MatterGuess, ...]:
        best = sorted(chances, key=lambda c: (-chances[c], c))[:TOP]
        return tuple(
            MatterGuess(
                code=code,
                probability=round(chances[code], 4),
                because=tuple(
                    Because(kind=h.kind, text=h.text, weight=round(h.weight, 3))
                    for h in sorted(hits, key=lambda h: -h.weight)
                    if h.code == code
                ),
            )
            for code in best
        )


def _softmax(scores: Mapping[str, float], temperature: float) -> dict[str, float]:
    top = max(scores.values(), default=0.0)
    powers = {c: math.exp((s - top) / temperature) for c, s in scores.items()}
    total = sum(powers.values()) or 1.0
    return {c: p / total for c, p in powers.items()}
