"""How much a message's words are like a case's: shared words weighed by how well they tell this person's cases apart.

Two characters in a row count as a word (Chinese has no spaces), single ones count less, Latin words by their stem.
A word that two of the cases share says little about which of them is meant, and one that all messages share nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from intake.binding.signals import Candidate, Line, Memory
from intake.wording import fold, plain

_LATIN = re.compile(r"[a-z][a-z'-]+|\d{3,}")
_HAN = re.compile(r"[\u3400-\u9fff]+")
# Letters and words that any message about anything may hold.
_COMMON = frozenset(
    "的了在是我你他她它们这那有没不也就都还又很太再和跟与把被让给对从到去来说看要能会可以上下里外前后中大小多少"
    "个件条次天年月日号点分时间今昨明早晚现什么怎谁哪吗呢吧啊呀哦嗯好坏几一二三四五六七八九十两半些样人家事情"
    "已经正刚才直总老过得着地但而且因为所如果请谢您先做弄搞处理解决报修师傅帮忙麻烦问快慢急开关出进回起用打"
    "只每最比较更越各别另外已完成发拍照片自己知道觉得应该需区村社镇街道门口附近旁边处位置方向新旧到底"
    "补充厉害严重感希望感觉谢另而再话仍然依旧加又啦嘛"
)  # fmt: skip
_COMMON_PAIRS = frozenset(
    {
        "门口", "附近", "旁边", "社区", "小区", "街道", "师傅", "时候", "什么", "怎么", "没人", "有人", "今天", "昨天",
        "明天", "现在", "已经", "还是", "一个", "一下", "这个", "那个", "不了", "不到", "没有", "晚上", "早上", "上午",
        "下午", "处理", "解决", "问题", "情况", "东西", "地方", "我们", "他们", "你们", "不能", "可以", "电话", "老板",
        "服务", "管理", "设施", "申请", "公司", "单位", "部门", "反映", "投诉", "举报", "咨询", "建议", "要求",
        "补充", "厉害", "严重", "谢谢", "感谢", "希望", "安排", "编号",
        "不处", "没来", "不来", "来了", "好了", "多了", "出来", "起来", "上来", "下来", "两天", "三天", "一天",
    }
)  # fmt: skip
_STOP_WORDS = frozenset(
    {
        "the", "and", "for", "are", "was", "were", "with", "that", "this", "from", "have", "has", "had", "not",
        "but", "you", "your", "our", "out", "any", "all", "can", "could", "please", "they", "them", "their",
        "there", "here", "what", "when", "where", "who", "how", "why", "will", "would", "about", "into", "over",
        "very", "just", "now", "today", "again", "still", "news", "one", "case", "report", "thanks", "thank",
        "two", "three", "been", "being", "its", "it's", "is", "on", "at", "to", "in", "of", "a", "an", "my",
        "me", "we", "he", "she", "near", "side", "got", "get", "gets", "keep", "keeps", "after", "before",
        "than", "then", "too", "also", "only", "more", "most", "some", "every", "each", "tonight",
    }
)  # fmt: skip

SINGLE = 0.35
"""A single character is evidence of a third of a word: 灯 in 灯杆 and 路灯."""
ITEM_SHARE = 0.6
"""Words of the case's item in the list count less than the resident's own."""
SAID_SHARE = 0.7
"""Words said about the case since it was filed, by either side."""


def terms(text: str) -> dict[str, float]:
    """The words of a text with their weight as evidence."""
    said = plain(fold(text))
    found: dict[str, float] = {}
    for word in _LATIN.findall(said):
        if word not in _STOP_WORDS:
            found[_stem(word)] = 1.0
    for run in _HAN.findall(said):
        for pair in (run[i : i + 2] for i in range(len(run) - 1)):
            telling = sum(letter not in _COMMON for letter in pair)
            if pair not in _COMMON_PAIRS:
                found[pair] = (0.25, 0.7, 1.0)[telling]
        for letter in run:
            if letter not in _COMMON:
                found[letter] = SINGLE
    return found


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def case_terms(candidate: Candidate, lines: Iterable[Line]) -> dict[str, float]:
    """What a case is known by: its own words, its item's words, and what was said about it since."""
    known: dict[str, float] = {}
    for share, texts in (
        (ITEM_SHARE, candidate.item_words),
        (SAID_SHARE, tuple(line.text for line in lines if line.case_id == candidate.id)),
        (1.0, (candidate.words,)),
    ):
        for text in texts:
            for term, weight in terms(text).items():
                known[term] = max(known.get(term, 0.0), share * weight)
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a message shares with one case: whole words, single letters, and the most telling of both."""

    words: float = 0.0
    letters: float = 0.0
    shown: tuple[str, ...] = ()


def likeness(text: str, candidates: Sequence[Candidate], memory: Memory) -> dict[str, Likeness]:
    """For each case what it shares with the words, weighed by how few of the cases share it."""
    said = terms(text)
    known = {c.id: case_terms(c, memory.lines) for c in candidates}
    holders = Counter(term for words in known.values() for term in words if term in said)
    return {c.id: _shared(said, known[c.id], holders, len(candidates)) for c in candidates}


def _shared(
    said: Mapping[str, float], known: Mapping[str, float], holders: Mapping[str, int], among: int
) -> Likeness:
    weights = {
        term: min(weight, known[term]) * _telling(holders[term], among)
        for term, weight in said.items()
        if term in known
    }
    ranked = sorted(weights, key=lambda term: (-weights[term], term))
    letters = sum(weight for term, weight in weights.items() if len(term) == 1)
    return Likeness(words=sum(weights.values()) - letters, letters=letters, shown=tuple(ranked[:3]))


def _telling(holders: int, among: int) -> float:
    """1 for a word that one case alone has; towards 0 for one that all of several have."""
    return 1.0 if among == 1 else math.log((among + 0.2) / holders) / math.log(among + 0.2)
