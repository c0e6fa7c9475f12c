"""The responsibility list's own words as evidence: keywords and examples, as written and as heard."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from casecore.territory.model import Item
from intake.pinyin import sounds
from intake.wording import fold, plain

HEARD = 0.6
"""Share of a keyword's weight when only its sound was found: a homophone may be chance."""
NEAREST = 55.0
"""Similarity (0–100) below which an example says nothing; two random requests reach about 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A word of the list found in a message. `kind` is keyword, pinyin or example."""

    code: str
    kind: str
    text: str
    weight: float


class Lexicon:
    """All keywords and examples of one list, weighed by how few items share them and how long they are."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        self._examples: list[tuple[str, str]] = []
        for item in items.values():
            for words in item.keywords.values():
                for word in words:
                    self._words[plain(fold(word))].add(item.code)
            self._examples += [(plain(fold(e)), item.code) for e in item.examples]
        self._spoken: dict[tuple[str, ...], str] = {
            sounds(word): word for word in self._words if len(word) >= 2 and not word.isascii()
        }
        self._lengths = sorted({len(w) for w in self._words}, reverse=True)
        self._spoken_lengths = sorted({len(s) for s in self._spoken}, reverse=True)

    def hits(self, text: str) -> list[Hit]:
        """Every word of the list in a plain text, the longest first; a word inside a found word is not counted."""
        taken = [False] * len(text)
        found = self._scan_written(text, taken)
        found += self._scan_heard(text, taken)
        return found

    def nearest(self, text: str) -> list[Hit]:
        """Examples of the list that the text resembles."""
        from rapidfuzz import fuzz, process

        matches = process.extract(
            text, [e for e, _ in self._examples], scorer=fuzz.token_ratio, score_cutoff=NEAREST, limit=5
        )
        return [
            Hit(
                code=self._examples[index][1],
                kind="example",
                text=example,
                weight=(score - NEAREST) / (100 - NEAREST) * 3,
            )
            for example, score, index in matches
        ]

    def scores(self, text: str, *, examples: bool = True) -> tuple[dict[str, float], list[Hit]]:
        """Evidence for each item (natural-log units, unbounded above), and the hits that made it.

        `examples` off leaves out the comparison with the list's examples, which a trained model already knows.
        """
        hits = self.hits(text) + (self.nearest(text) if examples else [])
        scores: dict[str, float] = defaultdict(float)
        for hit in hits:
            scores[hit.code] += hit.weight
        return dict(scores), hits

    def _scan_written(self, text: str, taken: list[bool]) -> list[Hit]:
        found: list[Hit] = []
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                word = text[start : start + length]
                codes = self._words.get(word)
                if codes and not all(taken[start : start + length]) and self._whole(text, start, word):
                    taken[start : start + length] = [True] * length
                    found += [
                        Hit(code=c, kind="keyword", text=word, weight=self._weight(word))
                        for c in sorted(codes)
                    ]
        return found

    def _scan_heard(self, text: str, taken: list[bool]) -> list[Hit]:
        heard = sounds(text)
        found: list[Hit] = []
        for length in self._spoken_lengths:
            for start in range(len(text) - length + 1):
                word = self._spoken.get(heard[start : start + length])
                said = text[start : start + length]
                if not word or any(taken[start : start + length]) or not _credible(word, said):
                    continue
                taken[start : start + length] = [True] * length
                weight = self._weight(word) * HEARD
                found += [
                    Hit(code=c, kind="pinyin", text=said, weight=weight) for c in sorted(self._words[word])
                ]
        return found

    @staticmethod
    def _whole(text: str, start: int, word: str) -> bool:
        """A Latin word counts only as a whole word: `bus` is not in `business`."""
        if not word.isascii():
            return True
        before = text[start - 1 : start]
        after = text[start + len(word) : start + len(word) + 1]
        return not (before.isascii() and before.isalpha()) and not (after.isascii() and after.isalpha())

    def _weight(self, word: str) -> float:
        """A longer word says more; a word that several items share says less."""
        long = min(2.6, 1.0 + 0.4 * (len(word) / (5 if word.isascii() else 1) - 1))
        return long / math.sqrt(len(self._words[word]))


def _credible(word: str, said: str) -> bool:
    """Two syllables alone sound like too much: a heard word must share a character or be three long."""
    return len(word) >= 3 or any(a == b for a, b in zip(word, said, strict=True))
