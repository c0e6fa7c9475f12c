"""Is it somewhere else? The districts around that residents name, and whom to ring there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from casecore.territory.model import Neighbour, Territory
from intake.judgement import PlaceGuess
from intake.wording import fold

# What makes the name a place where something is, and no destination, origin or employer.
_IT_IS_THERE = re.compile(
    r"\s?(这边|这里|这儿|那边|县城|城里|市区|老家|的?小区|[区市县]?[^,，。\s]{1,12}(?:路|街|大道|社区|村|镇|乡|街道|小区|广场|公园|花园|站|桥)|,|，|$)"
)
_NEAR = re.compile(r"(在|住|是|位于|我们|我|这里|浙江省?|杭州市?|[。！!,，;；:：\s]|^)\s?$")
_ENGLISH_NEAR = re.compile(r"\b(in|at|near|around|from|of)\s+(?:the\s+)?$")
_WORK = re.compile(r"^\s?(区|市|县)?(上班|打工|读书|上学|住院|工作|出差|旅游|回来|过来)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The words that named it, and the number to ring."""

    text: str
    hotline: str


class Outside:
    """The neighbours of one territory."""

    def __init__(self, territory: Territory) -> None:
        self._of: dict[str, Neighbour] = {}
        for neighbour in territory.neighbours:
            for name in (*neighbour.names.values(), *neighbour.aliases):
                self._of.setdefault(fold(name), neighbour)
                if name.isascii():  # "Xiaoshan" for "Xiaoshan District"
                    self._of.setdefault(fold(name).rpartition(" ")[0] or fold(name), neighbour)
        named = sorted(map(re.escape, self._of), key=len, reverse=True)
        self._names = (
            re.compile("|".join(rf"\b{n}\b" if n.isascii() else n for n in named)) if named else None
        )
        root = territory.units.get(territory.root)
        self._ours = [fold(n) for n in (*root.names.values(), *root.aliases)] if root else []

    def find(self, text: str, folded: str, places: Sequence[PlaceGuess]) -> Elsewhere | None:
        """Where else the matter is, or None. Modest: a place of ours in the words, or our own name, settles it."""
        if self._names is None or any(p.text and p.unit_id for p in places):
            return None
        if any(name in folded for name in self._ours):
            return None
        for match in self._names.finditer(folded):
            if self._is_there(folded, match):
                neighbour = self._of[match.group()]
                return Elsewhere(text=text[match.start() : match.end()], hotline=neighbour.hotline)
        return None

    @staticmethod
    def _is_there(folded: str, match: re.Match[str]) -> bool:
        before, after = folded[: match.start()], folded[match.end() :]
        if match.group().isascii():
            return bool(_ENGLISH_NEAR.search(before)) or not before.strip()
        if _WORK.match(after):
            return False
        return bool(_NEAR.search(before)) and (bool(_IT_IS_THERE.match(after)) or not before)
