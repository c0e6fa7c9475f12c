"""Places that are said without a name: "the same place as last time", "below my flat", "past the bridge".

The first two point at something the conversation may know; the rest point at nothing that a map has, and are never
guessed from: the resident is asked, with what is known of them to tap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Towards = Literal["last_place", "home", "nowhere"]

_LAST = re.compile(
    r"(还是|就是|仍然是|依旧是|又是|同样是?)?(上次|上回|上一次|之前|以前|前面|前几天|昨天)(那个|的那个|报的那个|说的那个|反映的那个|一样的|同一个|报的|说的|的)"
    r"?(地方|地点|位置|地址|老地方)|老地方|同一个(地方|地点|位置)|还是(那里|那儿|那个地方|那边|老位置)|跟?上次(一样|同样)的?(地方|位置)?"
    r"|\b(?:the )?same (?:place|spot|location)(?: as (?:before|last time))?\b|\bwhere (?:it was )?last time\b",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"(我|咱|俺|我们|咱们)(们)?(自己)?家(里|中)?(的)?(楼下|楼上|门口|门前|门外|屋后|后面|前面|旁边|隔壁|对面|附近|这里|这边|这儿|院子|厨房|卫生间|阳台|楼道|里)"
    r"|(我|咱|俺)家(里)?|家里|家中|(?<!老人)家门口|屋里|我们(这幢|这栋|这个单元|单元|楼道|楼下|楼上|楼里)|(?<![一二三四五六七八九十几])楼[上下](的|那|邻居|住户|人家|有人|天天|又|在)"
    r"|\b(?:my|our) (?:home|house|flat|place|building|doorstep|front door|block)\b|\bat home\b|\b(?:up|down)stairs\b",
    re.IGNORECASE,
)
_NOWHERE = re.compile(
    r"(过了?|走过)(桥|河|红绿灯|路口|那个弯)(的)?(那(一)?(段|头|边)|以后|之后|往里|左手|右手)|村口|桥头|路口那|小店(对面|旁边|门口|边上)"
    r"|(对面|隔壁|旁边|边上|后面|前面|附近|拐弯|转弯|弯头|尽头)(的)?(那|就|那里|那边|那条|那个|有|处)|那边|那里|那条(路|弄|巷|沟|河)"
    r"|我们(村|社区|小区|弄堂|巷子|那边|这边|这里|这儿|那里|那条路)|这边|这里|这儿"
    r"|\bpast the (?:bridge|corner|lights)\b|\b(?:near|next to|opposite|behind) (?:the|my|our) [a-z]+\b|\bround here\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """The words, and what they point at."""

    towards: Towards
    text: str


def relative(folded: str) -> Relative | None:
    """The clearest wording without a name, or None: last time before home before a spot that only neighbours know."""
    for towards, pattern in (("last_place", _LAST), ("home", _HOME), ("nowhere", _NOWHERE)):
        match = pattern.search(folded)
        if match:
            return Relative(towards=towards, text=match.group())  # type: ignore[arg-type]  # the three of Towards
    return None
