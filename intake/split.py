"""Two matters in one message (R1.3): where one ends and the next begins.

A cut is tried where the writer marked one (`还有`, `另外`, `一是…二是`, `also`), and between any two clauses of a
message that says it holds two (`问两件事`). It holds when what stands before it and what stands after it are each
about another
matter. Elsewhere clauses are never parted: those of one tale tell causes and consequences, and on the development set
parting them without a mark was wrong five times for each time it was right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

# Words that announce a further matter. Those of the second group also go on with the same one: they need a clause
# of their own before them.
_ANNOUNCED = re.compile(
    r"(?:[,，。;；!！?？\s]|^)(?=(?:还有(?:一?[个件点桩]|就是|啊|呀|呢|哦)?[,，\s]?|另外(?!批|找|买|给|一半|那半|再?批)|再就是|再一个|再有|再一[点条桩]|"
    r"再(?:反映|问|说|讲|提|报|咨询|请教)(?:一下|一?[个件]|你们)?|第[二三四](?:[个件桩点条是,，、\s])|二是|三是|其二|其次|顺便|顺带|然后|而且|外加|加上|再加|此外|除此之外|除了这个|别的还有|另一个是|另一件|又一个|还想(?:问|反映|说|请|咨询|投诉)|也想(?:问|反映)|同样|同时|以及|"
    r"对了还有|also\b|besides|another thing|another (?:issue|problem)|second(?:ly)?\b|and one more|one more thing|"
    r"plus\b|on top of that|by the way))"
    r"|(?<=[\u3400-\u9fff])(?=(?:还有一[个件桩]|另外一[个件桩]|第二[个是件点桩条]|二是|其二|再一个是?|顺便(?:再|问|反映|说)))"
)
_NOT_FURTHER = re.compile(
    r"^(?:还有|然后)[,，\s]?(?:没|人|谁|多久|几|什么|吗|么|就|再|一直|我|他|又|才|说|也|还)"
)
_NUMBERED = re.compile(
    r"(?:^|[\s,，。;；:：])(?:[1-4][.、)）]|[①②③④]|[（(][一二三四1-4][)）]|一是|二是|三是|一来|二来|第[一二三四][,，、])"
)
_ONE_OTHER = re.compile(r"(?:^|[\s,，。;；:：])一个(?:是|呢)?(?=[^,，。\s]{2})")
_TWO = re.compile(
    r"(?:两|二|2|几)\s?(?:个|件|桩|点|条|样)(?:事情?|事体|问题|情况)|(?:咨询|问|反映|说|讲|报|请教)(?:一下)?(?:两|2|几)(?:个|件|桩|点|样)|"
    r"two (?:things|issues|problems|questions|matters)"
)
_CLAUSE = re.compile(r"[,，。;；!！?？\n]|(?<=[\u3400-\u9fff0-9])\s+(?=[\u3400-\u9fff0-9])")
SHORTEST = 4
"""Characters a part needs to be a matter of its own."""
SURE_MARKED = 0.35
"""Probability of a marked part's best item: of 101, far from chance."""
SURE_CLAUSE = 0.9
ENUMERATED = 3
LONG = 60
"""Characters from which a complaint may go through several matters without marking them."""
MOST_CLAUSES = 16
MOST_CUTS = 8
"""Marked or unmarked cuts that are tried: more than anybody writes, and a bound on the time a message can cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What a part is most probably about; `named` says that a word of the list itself stands in it."""

    code: str
    probability: float
    named: bool = True


def parts_of(text: str, best: Callable[[str], Best]) -> tuple[str, ...]:
    """The parts, or () when the message is one matter."""
    marked = announced_parts(text)[: MOST_CUTS + 1]
    found = _distinct(marked, best) if len(marked) >= 2 else []
    if len(found) < 2 and _TWO.search(text):
        return _between_clauses(text, best)
    return tuple(found) or _enumerated(text, best)


def announced_parts(text: str) -> tuple[str, ...]:
    """The parts that the writer marked off; one part when nothing is marked."""
    for marks in (_NUMBERED, _ONE_OTHER):
        numbered = [m.start() for m in marks.finditer(text)]
        if len(numbered) >= 2:
            return _cut(text, numbered[1:])
    cuts = [m.end() for m in _ANNOUNCED.finditer(text)]
    return _cut(text, [c for c in cuts if not _NOT_FURTHER.match(text[c:])])


def clauses(text: str) -> tuple[str, ...]:
    """The clauses between punctuation and spaces."""
    return tuple(c.strip() for c in _CLAUSE.split(text) if len(c.strip()) >= SHORTEST)


def _distinct(parts: tuple[str, ...], best: Callable[[str], Best]) -> list[str]:
    """One part for each item that some part is surely about; [] when that is only one."""
    found: dict[str, str] = {}
    for part in parts:
        about = best(_without_preamble(part))
        if about.probability >= SURE_MARKED:
            found.setdefault(about.code, part)
    return list(found.values()) if len(found) >= 2 else []


def _enumerated(text: str, best: Callable[[str], Best]) -> tuple[str, ...]:
    """Three or more clauses of a long complaint that each name another matter in the list's own words, else ()."""
    if len(text) < LONG:
        return ()
    found: dict[str, str] = {}
    for clause in clauses(text)[:MOST_CLAUSES]:
        about = best(clause)
        if about.named and about.probability >= SURE_CLAUSE:
            found.setdefault(about.code, clause)
    return tuple(found.values()) if len(found) >= ENUMERATED else ()


def _between_clauses(text: str, best: Callable[[str], Best]) -> tuple[str, ...]:
    """The surest cut between two clauses whose sides are about other matters."""
    found: list[tuple[float, tuple[str, str]]] = []
    for cut in [m.end() for m in _CLAUSE.finditer(text)][:MOST_CUTS]:
        sides = (text[:cut].strip(" ,，。;；"), text[cut:].strip(" ,，。;；"))
        if min(map(len, sides)) < SHORTEST:
            continue
        left, right = best(sides[0]), best(sides[1])
        sure = min(left.probability, right.probability)
        if left.code != right.code and sure >= SURE_MARKED:
            found.append((sure, sides))
    return max(found)[1] if found else ()


def _without_preamble(part: str) -> str:
    """What follows the number in a part that begins before it: the preamble names the place, or nothing."""
    for marks in (_NUMBERED, _ONE_OTHER):
        mark = marks.search(part)
        if mark and len(part) - mark.end() >= SHORTEST:
            return part[mark.end() :]
    return part


def _cut(text: str, cuts: list[int]) -> tuple[str, ...]:
    edges = [0, *cuts, len(text)]
    parts = [text[a:b].strip(" ,，。;；") for a, b in pairwise(edges)]
    return tuple(p for p in parts if len(p) >= SHORTEST)
