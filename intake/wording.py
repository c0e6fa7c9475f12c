"""One form for the many ways of writing the same words, so that every layer compares like with like.

`fold` changes characters one for one: an offset in the folded text is an offset in the message, which the
spans of places rely on. `plain` may change lengths (dialect words, repeated signs) and is for features only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_TRADITIONAL = Path(__file__).with_name("traditional.txt")

# Glossary section 11. Only words that mean nothing else in standard Chinese are rewritten.
DIALECT: tuple[tuple[str, str], ...] = (
    ("夜里厢", "夜里"),
    ("屋里厢", "家里"),
    ("昨么子", "昨天"),
    ("木佬佬", "很多"),
    ("走不来", "没法走"),
    ("弗来事", "不行"),
    ("勿来事", "不行"),
    ("我拉", "我们"),
    ("啥个", "什么"),
    ("阿有", "有没有"),
    ("今朝", "今天"),
    ("明朝", "明天"),
    ("格毛", "现在"),
    ("头毛", "刚才"),
    ("落雨", "下雨"),
    ("灶头", "灶台"),
    ("弄堂", "巷子"),
    ("事体", "事情"),
    ("物事", "东西"),
    ("小人", "小孩"),
    ("吵煞", "吵死"),
    ("吓煞", "吓死"),
    ("臭煞", "臭死"),
    ("困弗着", "睡不着"),
    ("困不着", "睡不着"),
    ("困勿着", "睡不着"),
    ("困觉", "睡觉"),
    ("汏", "洗"),
    ("侬", "你"),
    ("伢", "我们"),
    ("勿", "不"),
    ("弗", "不"),
)

_ASKING = re.compile(r"伐(?=$|[\s,，。?？!！])")  # the question word ends a clause; 砍伐 does not
_SPACES = re.compile(r"\s+")
_REPEATED = re.compile(r"(.)\1{2,}")
_LATIN = re.compile(r"[a-z]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _traditional() -> dict[int, int]:
    lines = _TRADITIONAL.read_text(encoding="utf-8").splitlines()
    return {ord(old): ord(new) for old, new in zip(lines[1], lines[2], strict=True)}


def simplified(text: str) -> str:
    """Traditional characters made simple, everything else as it is; the same number of characters."""
    return text.translate(_traditional())


@lru_cache(maxsize=1)
def _table() -> dict[int, int]:
    table = dict(_traditional())
    table.update({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})  # full-width forms → ASCII
    table[ord("\u3000")] = ord(" ")
    return table


def fold(text: str) -> str:
    """Simplified, half-width, lower case; the same number of characters as `text`."""
    folded = text.translate(_table())
    lower = folded.lower()
    return lower if len(lower) == len(folded) else folded


def plain(folded: str) -> str:
    """A folded text in standard words: dialect rewritten, runs of one sign shortened, spaces single."""
    for said, standard in DIALECT:
        if said in folded:
            folded = folded.replace(said, standard)
    folded = _ASKING.sub("吗", folded)
    return _SPACES.sub(" ", _REPEATED.sub(r"\1\1", folded)).strip()


def language(folded: str) -> str:
    """`zh-CN` or `en`, by what most of the words are written in; a text without letters counts as Chinese."""
    han = len(_HAN.findall(folded))
    latin_words = len(re.findall(r"[a-z]{2,}", folded))
    return "en" if latin_words > han else "zh-CN"
