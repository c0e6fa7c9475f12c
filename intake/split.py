"""Two matters in one message (R1.3): where one ends and the next begins."""

from __future__ import annotations

import re
from itertools import pairwise

# Words that announce a further matter, and numbered lists.
_ANNOUNCED = re.compile(
    r"(?:[,，。;；!！\s]|^)(?=(?:还有一?[个件点]|还有就是|还有[,，]?|另外|再就是|再一个|再有|第[二三四]|二是|三是|其二|其次|顺便|"
    r"对了还有|also|besides|another thing|second(?:ly)?|and one more)(?![没人谁]))"
    r"|(?<=[\u3400-\u9fff])(?=(?:还有一[个件]|另外一?[个件]?|第二[个是件点]?|二是|其二|再一个是?|顺便(?:再|问|反映|说)))"
)
_NUMBERED = re.compile(
    r"(?:^|[\s,，。;；:：])(?:[1-4][.、)）]|[①②③④]|[（(][一二三四1-4][)）]|一是|二是|三是|第[一二三四][,，、])"
)
_CLAUSE = re.compile(r"[,，。;；!！?？\n]|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
SHORTEST = 4
"""Characters a part needs to be a matter of its own."""


def announced_parts(text: str) -> tuple[str, ...]:
    """The parts that the writer marked off (`还有`, `另外`, `一是…二是`, `also`); one part when nothing is marked."""
    numbered = [m.start() for m in _NUMBERED.finditer(text)]
    cuts = numbered[1:] if len(numbered) >= 2 else [m.start() for m in _ANNOUNCED.finditer(text)]
    return _cut(text, cuts)


def clauses(text: str) -> tuple[str, ...]:
    """The clauses between punctuation and spaces."""
    return tuple(c.strip() for c in _CLAUSE.split(text) if len(c.strip()) >= SHORTEST)


def _cut(text: str, cuts: list[int]) -> tuple[str, ...]:
    edges = [0, *cuts, len(text)]
    parts = [text[a:b].strip(" ,，。;；") for a, b in pairwise(edges)]
    return tuple(p for p in parts if len(p) >= SHORTEST)
