"""What pins a request to a spot, read from its words: numbered doors, sides, names. Two requests agree or contradict.

    numbered   3幢 · 502室 · 5组 · 彩虹路12号 · building 3        the kind of number → the numbers
    sided      东门 · 北侧 · south gate                          the kind of side → the sides
    named      桂花西路 · 阳光花园 · 第二小学 · Mill Lane          the names, each with what it is the name of

A contradiction is worth more than an agreement: two different doors are two different troubles, whatever the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_DIGITS = "〇零一二三四五六七八九"
_NUMBER = rf"[0-9]+|[{_DIGITS}十百]+"
# The kinds of number that say where; 3天, 2个 and 100块 do not.
_NUMBERED = re.compile(
    rf"(?P<n>{_NUMBER})\s?(?P<kind>号楼|幢|栋|单元|室|楼|层|组|队|号门(?!口)|号线|弄|号车位|号(?!电|码|线|早上|晚上|上午|下午|开始|起|来|就))"
)
_ENGLISH = re.compile(
    r"\b(?P<kind>building|block|unit|room|flat|floor|gate|lot|apartment|no\.?)\s?#?(?P<n>\d+)\b"
)
_KINDS = {
    "号楼": "building", "幢": "building", "栋": "building", "building": "building", "block": "building",
    "单元": "stair", "unit": "stair", "室": "flat", "room": "flat", "flat": "flat", "apartment": "flat",
    "楼": "floor", "层": "floor", "floor": "floor", "组": "team", "队": "team", "号门": "gate", "gate": "gate",
    "号线": "line", "弄": "lane", "号车位": "lot", "lot": "lot", "号": "door", "no": "door", "no.": "door",
}  # fmt: skip
# 5幢201, 2单元1202: the flat stands bare behind its house.
_FLAT = re.compile(r"(?:幢|栋|号楼|单元)\s?(?P<n>[0-9]{3,4})(?![0-9])")
_EXIT = re.compile(r"(?P<n>[a-f])\s?口|\bexit (?P<m>[a-f])\b")
_BUS = re.compile(r"(?P<n>[0-9]{1,4})\s?路(?=公交|司机|车|班)")
_SIDED = re.compile(r"(?P<side>[东南西北前后]|正)\s?(?P<kind>大门|门|侧|边|面|头|口|区|段)")
_SIDED_ENGLISH = re.compile(
    r"\b(?P<side>north|south|east|west|front|back)\s(?P<kind>gate|side|end|entrance)\b"
)
_SIDES = {"north": "北", "south": "南", "east": "东", "west": "西", "front": "前", "back": "后"}
_SIDE_KINDS = {"大门": "gate", "门": "gate", "口": "gate", "entrance": "gate", "gate": "gate"}
# What a name is the name of; the longest first, so that 菜市场 is no 场. Homes of every style are one kind.
_HOMES = ("小区", "花园", "花苑", "公寓", "新村", "家园", "雅苑", "嘉苑", "佳苑", "苑", "府", "湾")
_ROADS = ("西路", "东路", "南路", "北路", "中路", "大道", "路", "街", "巷")
_THINGS = (
    "停车场", "篮球场", "公交站", "派出所", "大厦", "广场", "公园", "小学", "中学", "医院", "大桥", "溪",
)  # fmt: skip
_SHOPS = ("健身", "中心", "超市", "药店", "饭店", "酒店", "公司", "纸品厂", "厂", "馆", "店")
_KIND_OF_NAME = {
    **dict.fromkeys(_HOMES, "home"), **dict.fromkeys(_ROADS, "road"), **dict.fromkeys(_SHOPS, "firm"),
}  # fmt: skip
# Spots of which a village has one each, so that the bare word names them; two different ones are two spots.
_SPOT = re.compile(
    r"(?P<office>村委会|居委会)|(?P<hall>文化礼堂|礼堂|祠堂)|(?P<clinic>卫生室|卫生院)|(?P<primary>小学)|(?P<middle>中学)|"
    r"(?P<nursery>幼儿园)|(?P<market>菜市场|菜场|农贸市场)|(?P<mouth>村口|进村)|(?P<old>老街)|(?P<drying>晒谷场)|(?P<hill>后山)|(?P<petrol>加油站)|"
    r"(?P<elders>敬老院|养老院)|(?P<coop>供销社)|(?P<ground>操场|晒场)|(?P<stage>文化广场)"
)
_ANY = "|".join(sorted((*_HOMES, *_ROADS, *_SHOPS, *_THINGS), key=len, reverse=True))
_NAMED = re.compile(rf"(?P<name>[\u3400-\u9fff]{{1,6}}?)(?P<thing>{_ANY})")
# What stands before such a thing without naming it.
_NO_NAME = re.compile(
    r"(?:这条|那条|这个|那个|我们|你们|他们|咱们|门口|旁边|对面|附近|整条|整个|一条|一个|到处|前面|后面|里面|外面|下面|上面|"
    r"出去|马|公|走|过|的|在|是|有|从|到|往|和|跟|被|把|去|个|条|里|门|口|边|修|扫|上|下|大|小|老|造|纸|新)$"
)
_LEAST_NAME = 2
"""Characters that a name has before its thing: `大源溪`, `桂花路`; one alone is a word of the sentence."""


DOORS = frozenset({"building", "stair", "flat", "door"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What a text pins itself to: kind → values."""

    numbered: Mapping[str, frozenset[str]]
    named: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How two requests' anchors fit: kinds in which they share a value, and kinds in which they have but others."""

    shared: int
    contradicted: int
    shared_names: int
    other_names: int
    same_door: bool
    """They share a building or a door, and not only a team's fields or a street."""
    apart: bool
    """Each pins itself to something, and nothing is shared."""


def anchors_of(words: str) -> Anchors:
    """The anchors of a text, in either language; digits in Chinese letters are read as numbers."""
    folded = words.lower()
    numbered: dict[str, set[str]] = {}
    for pattern in (_NUMBERED, _ENGLISH):
        for match in pattern.finditer(folded):
            numbered.setdefault(_KINDS[match["kind"]], set()).add(_number(match["n"]))
    for match in _SPOT.finditer(folded):
        numbered.setdefault("spot", set()).add(str(match.lastgroup))
    for match in _FLAT.finditer(folded):
        numbered.setdefault("flat", set()).add(match["n"])
    for match in _EXIT.finditer(folded):
        numbered.setdefault("exit", set()).add(match["n"] or match["m"])
    for match in _BUS.finditer(folded):
        numbered.setdefault("bus", set()).add(match["n"])
    for pattern in (_SIDED, _SIDED_ENGLISH):
        for match in pattern.finditer(folded):
            compass = _SIDES.get(match["side"], match["side"]) in "东南西北"
            kind = _SIDE_KINDS.get(match["kind"], "side") + (" by compass" if compass else " as one stands")
            numbered.setdefault(kind, set()).add(_SIDES.get(match["side"], match["side"]))
    named: dict[str, set[str]] = {}
    for match in _NAMED.finditer(folded):
        name, thing = match["name"], match["thing"]
        short = len(name) < _LEAST_NAME and _KIND_OF_NAME.get(thing) != "home"
        if not short and not _NO_NAME.search(name):
            named.setdefault(_KIND_OF_NAME.get(thing, thing), set()).add(name)
    return Anchors(numbered=_frozen(numbered), named=_frozen(named))


def agreement(one: Anchors, other: Anchors) -> Agreement:
    """Kind by kind: do they share a value, or has each only others?"""
    shared = contradicted = 0
    same_door = False
    for kind in one.numbered.keys() & other.numbered.keys():
        if one.numbered[kind] & other.numbered[kind]:
            shared += 1
            same_door = same_door or kind in DOORS
        else:
            contradicted += 1
    names = [
        _names_agree(one.named[thing], other.named[thing]) for thing in one.named.keys() & other.named.keys()
    ]
    names_shared = sum(names)
    pinned = bool(one.numbered or one.named) and bool(other.numbered or other.named)
    return Agreement(
        shared=shared,
        contradicted=contradicted,
        shared_names=names_shared,
        other_names=len(names) - names_shared,
        same_door=same_door,
        apart=pinned and not shared and not names_shared,
    )


def _names_agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Two characters decide: the last (words before it are caught too) or the first (鑫达纸品, 鑫达)."""
    return any(a[-2:] == b[-2:] or a[:2] == b[:2] for a in one for b in other)


def _number(said: str) -> str:
    if said.isdigit():
        return str(int(said))
    if "十" in said:
        tens, _, ones = said.partition("十")
        return str((_DIGITS.find(tens) - 1 if tens else 1) * 10 + (_DIGITS.find(ones) - 1 if ones else 0))
    return "".join(str(max(_DIGITS.index(digit) - 1, 0)) for digit in said if digit in _DIGITS)


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {kind: frozenset(values) for kind, values in found.items()}
