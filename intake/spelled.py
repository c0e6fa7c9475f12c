"""Chinese typed in Latin letters, written out: `lu deng huai le` is read as 路灯坏了.

The likeliest words for the syllables (unigram Viterbi). A wrong character matters little: the model also hears its
sound; the right ones let every rule of danger, intent and language work as for any message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from intake.pinyin import sounds, syllables_of

LONGEST = 4
"""Syllables of a word."""
UNKNOWN = -20.0
"""Log share of a syllable that no word has: worse than any word, so that it is used only where nothing fits."""
_WORD = re.compile(r"[a-z]+")


class Speller:
    """Holds the likeliest word of every sequence of one to four syllables. Immutable."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        best: dict[tuple[str, ...], tuple[float, str]] = {}
        for word, share in shares.items():
            heard = sounds(word)
            score = math.log(share)
            if heard not in best or (score, word) > best[heard]:
                best[heard] = (score, word)
        self._best = best

    def written_out(self, text: str) -> str:
        """The text with every run of spelled words in characters; words that are no Chinese spelling stay."""
        written: list[str] = []
        heard: list[str] = []
        for piece in re.split(r"([^a-z']+)", text):
            syllables = syllables_of(piece) if _WORD.fullmatch(piece) else ()
            if syllables:
                heard.extend(syllables)
            elif piece.strip():
                written += [self._likeliest(heard), piece]
                heard = []
        written.append(self._likeliest(heard))
        return "".join(written)

    def _likeliest(self, heard: list[str]) -> str:
        """The words whose shares multiply to the most."""
        ends: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(heard) + 1):
            options = []
            for start in range(max(0, end - LONGEST), end):
                score, word = self._best.get(tuple(heard[start:end]), (UNKNOWN, ""))
                if word or end - start == 1:
                    options.append((ends[start][0] + score, start, word or heard[start]))
            ends.append(max(options))
        words: list[str] = []
        at = len(heard)
        while at:
            _, start, word = ends[at]
            words.append(word)
            at = start
        return "".join(reversed(words))
