"""Words of matters that a transcriber wrote by their sound, put right: 电替坏了 is 电梯坏了, 拉基桶 is 垃圾桶.

Only the very sounds count (those apart that southern speakers and models mix up, intake.pinyin). Words that merely
sound alike were tried: one typed message in five came out changed, such as 地铁口 for 地砖.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from casecore.territory.model import Territory
from intake.pinyin import sounds

SHORTEST = 3
"""Letters; two syllables are said by chance in every other sentence."""


class MatterWords:
    """Made once for a territory. Immutable."""

    def __init__(self, territory: Territory) -> None:
        known: dict[tuple[str, ...], set[str]] = defaultdict(set)
        lang = territory.languages[0]
        self._written = "\n".join(
            word for item in territory.items.values() for word in item.keywords.get(lang, ())
        )
        for item in territory.items.values():
            for word in item.keywords.get(lang, ()):
                if len(word) >= SHORTEST and all("\u3400" <= char <= "\u9fff" for char in word):
                    known[sounds(word)].add(word)
        # Of two words with one sound nobody knows which was said.
        self._words = {heard: words.pop() for heard, words in known.items() if len(words) == 1}
        self._lengths = sorted({len(heard) for heard in self._words}, reverse=True)

    def mend(self, text: str, heard: Sequence[str]) -> str:
        """A run of Chinese characters with its words put right; `heard` are their sounds, one each. Same length."""
        mended, at = "", 0
        while at < len(text):
            piece = self._word(text, heard, at)
            mended += piece
            at += len(piece)
        return mended

    def _word(self, text: str, heard: Sequence[str], at: int) -> str:
        """The word that is meant here, or the one letter."""
        for length in self._lengths:
            word = self._words.get(tuple(heard[at : at + length]))
            if word is not None:
                written = text[at : at + length]
                return written if written in self._written else word
        return text[at]
