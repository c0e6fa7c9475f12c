"""How people name one of several cases: its number in any style, its place in a list, "the one before".

A number names a case when it says that it is one (工单12, 12号那件, no. 12); the number on a lamp post does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.binding.signals import Candidate, Memory

FULL = re.compile(r"MH-\d{8}-\d{6}", re.IGNORECASE)
# The word before a number, or after it, that makes it the number of a case.
_BEFORE = re.compile(
    r"(?:民|工单|单号|件号|尾号(?:是|为)?|受理号|案号|办件|case|ticket|\bno\.?|number|[#＃№])\s*[:：]?\s*0*(\d{1,6})(?!\d)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?<!\d)0*(\d{1,6})\s*号?\s*(?:件|工单|[那这]一?(?:件|个|单|条|起)|单(?!元)|的(?:那|这)(?:件|个))"
)
# "3号井盖已固定": a number at the very beginning, unless it is an address.
_HEAD = re.compile(
    r"^(?:我?(?:说|讲|问|指)的是)?\s*0*(\d{1,6})\s*号(?![楼门线院路弄房铺桌车库口机房]|[幢栋单元室])"
)
_BARE = re.compile(r"^\s*0*(\d{1,6})\s*号?\s*[。.!！]*$")
_DENIED = re.compile(r"(?:不是|不要|not)\s*(?:第?\s*)?0*\d{1,6}\s*号?(?:件|个|那件|那个)?")

_FIGURES = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_WORDS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
}
_NTH = re.compile(
    r"第\s*([一二三四五六七八九十]|\d{1,2})\s*(?:个|件|条|项|单|起|$|[。，,.!！?？])(?!月|星期|礼拜|小时|孩|儿子|女儿|人)"
    r"|\bthe (first|second|third|fourth|fifth|1st|2nd|3rd|4th)(?: one| case| report)?\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"最后[那这]?一?(?:件|个|条|单)|最(?:新|近)(?:报的)?[那这]?一?(?:件|个)|后[面头]?[那这]一?(?:件|个)"
    r"|后一(?:件|个)|\bthe (?:last|latest|latter) one\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"(?:之前|以前|先前|前面|前头|早先|原先)(?:报|说|反映)?的?[那这]?一?(?:件|个|条|单)|(?:上|前)一(?:件|个)(?!月|星期|礼拜|小时)"
    r"|\bthe (?:earlier|previous|former|other) one\b",
    re.IGNORECASE,
)
_JUST = re.compile(
    r"(?:上面|上头|刚才|刚刚|刚|方才)(?:报|说|问|讲|发)?的?[那这]?一?(?:件|个|条|家|处)"
    r"|上面说的|刚(?:才|刚)?(?:报|说)的|\b(?:the one (?:above|just now)|this one)\b",
    re.IGNORECASE,
)
# Letters beside a name that still only point: "是第二个那件事", "路灯的那个".
_POINTING = re.compile(
    r"^(?:我?(?:说|讲|问|指)?的?(?:就)?(?:是|it'?s|i mean|that'?s)?\s*)?.{0,10}?"
    r"(?:[那这]一?(?:个|件|盏|处|家|条|单)|的|这事|那事|的事|的事情|(?:第|最后).{0,3}(?:个|件)?|\bone)[\s。.!！,，吧啊呀哦]*$",
    re.IGNORECASE,
)
POINTING_MOST = 16
"""Characters: what is longer says something besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A case pointed out. `weight` is in log-odds; `sure`: nothing else needs to be looked at."""

    case_id: str
    kind: str
    text: str
    weight: float
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """All that the words point at; `foreign`: a full number that is none of theirs."""

    named: tuple[Named, ...] = ()
    foreign: str = ""


def naming(text: str, candidates: Sequence[Candidate], memory: Memory, now: datetime) -> Naming:
    """What the words point at. Only cases among `candidates` can be named: another's number binds nothing."""
    full = [match.group().upper() for match in FULL.finditer(text)]
    owners = {candidate.number: candidate.id for candidate in candidates}
    known = [
        Named(case_id=owners[n], kind="number", text=n, weight=9.0, sure=True) for n in full if n in owners
    ]
    if full:
        foreign = next((number for number in full if number not in owners), "")
        return Naming(named=tuple(known), foreign="" if known else foreign)
    rest = _DENIED.sub(" ", text)
    found = [*_by_number(rest, candidates), *_by_place(rest, candidates, memory, now)]
    return Naming(named=tuple(found))


def points_only(text: str) -> bool:
    """Do the words do nothing but point at something?"""
    said = text.strip()
    return len(said) <= POINTING_MOST and bool(
        _BARE.match(said) or _POINTING.match(said) or _BEFORE.fullmatch(said) or _AFTER.fullmatch(said)
    )


def _by_number(text: str, candidates: Sequence[Candidate]) -> list[Named]:
    """The running number of the day, as the buttons show it; cases of two days may share one."""
    found: list[Named] = []
    for pattern, weight, sure in ((_BEFORE, 8.0, True), (_AFTER, 8.0, True), (_HEAD, 4.0, False)):
        for match in pattern.finditer(text):
            owners = [c for c in candidates if _short(c) == int(match.group(1))]
            if len(owners) == 1:
                said = match.group().strip()
                found.append(Named(case_id=owners[0].id, kind="number", text=said, weight=weight, sure=sure))
        if found:
            return found
    return found


def _short(candidate: Candidate) -> int:
    return int(candidate.number.rpartition("-")[2] or 0)


def _by_place(text: str, candidates: Sequence[Candidate], memory: Memory, now: datetime) -> list[Named]:
    ids = {candidate.id for candidate in candidates}
    shown = [case_id for case_id in memory.listed(now) if case_id in ids]
    filed = [c.id for c in sorted(candidates, key=lambda c: (c.opened_at or now, c.number))]
    order = shown or filed
    nth = _NTH.search(text)
    if nth:
        index = _index(nth)
        if 0 < index <= len(order):
            weight = 7.0 if shown else 4.0
            return [Named(case_id=order[index - 1], kind="ordinal", text=nth.group(), weight=weight)]
    last = _LAST.search(text)
    if last and order:
        return [Named(case_id=order[-1], kind="ordinal", text=last.group(), weight=4.0)]
    return _by_mention(text, filed, memory)


def _index(match: re.Match[str]) -> int:
    if match.group(2):
        return _WORDS[match.group(2).lower()]
    figure = match.group(1)
    return int(figure) if figure.isdigit() else _FIGURES[figure]


def _by_mention(text: str, filed: Sequence[str], memory: Memory) -> list[Named]:
    """刚才那个: the case spoken of last; 之前那件: one that is not."""
    latest = next((line.case_id for line in reversed(memory.lines) if line.case_id in set(filed)), None)
    just, earlier = _JUST.search(text), _EARLIER.search(text)
    if just and latest is not None:
        return [Named(case_id=latest, kind="deictic", text=just.group(), weight=2.0)]
    if earlier:
        older = [case_id for case_id in filed if case_id != latest]
        return [Named(case_id=case_id, kind="deictic", text=earlier.group(), weight=1.5) for case_id in older]
    return []
