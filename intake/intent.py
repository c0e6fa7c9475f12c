"""What the person wants: a request, its progress, a rating, an addition, a greeting, to withdraw, or nothing of ours.

Every sign is a line of `signs.SIGNS` with its weight in log-odds; signs, the trained model and the conversation's
state add up, and the softmax of the sums is the probability. Labels are rules.md R17's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from intake.judgement import Because, Context, Intent, Lang
from intake.signs import SIGNS
from intake.wording import language

INTENTS: tuple[Intent, ...] = get_args(Intent)

_COMPILED = tuple((intent, re.compile(pattern), weight) for intent, pattern, weight in SIGNS)

_URGING = re.compile(
    r"催|怎么还|还没|赶紧|快点|抓紧|等了|过去.{0,3}(?:天|周|月)|急死|到底|hurry|still waiting|asap|urgent"
)
_ENGLISH = re.compile(
    r"\b(?:in )?english(?: please)?\b|说英[文语]|用英[文语]|换成?英|切换?英|英文版|no chinese|"
    r"don'?t (?:speak|read|understand) chinese"
)
_CHINESE = re.compile(
    r"^(?:请)?(?:说|用|换|切换?)?(?:成|到|回)?(?:简体)?(?:中文|汉语|普通话|国语)(?:吧|谢谢|版)?[\s。!！]*$|"
    r"\bchinese please\b|\bin chinese\b"
)
_SHORT_LANGUAGE = 24  # characters; a longer message that mentions English is about something else

_YES = re.compile(
    r"^(?:是的?|对的?|嗯+|好的?|可以|行|确认|没错|正确|同意|要的?|需要|ok+|okay|yes|yeah|yep|sure|correct|"
    r"right|confirm|y|对对|来事|好咯)[\s,，。.!！~了啊呀哦的吧啦]*$"
)
_NO = re.compile(
    r"^(?:不是?|不对|不行|不要|不用|不可以|没有|错了?|否|no|nope|n|wrong|not right|弗是|"
    r"不是的)[\s,，。.!！~了啊呀哦的吧啦]*$"
)

_STARS = re.compile(r"(?<![0-9])([1-5])\s*(?:颗?星|分(?!钟|之|[0-9])|/\s*5|stars?|$|[吧啦哦。!！~\s])")
_STARS_ZH = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_STARS_WORD = re.compile(r"([一二两三四五])\s*(?:颗?星|分(?!钟|之))|\b(one|two|three|four|five) stars?\b")
_EN_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_VERDICTS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (
        1,
        re.compile(
            r"非常不满意|很不满意|差评|极差|太差|很差|垃圾|terrible|awful|very dissatisfied|根本没|压根没|等于没修"
        ),
    ),
    (
        2,
        re.compile(
            r"不(?:太)?满意|没(?:有)?(?:修好|解决|弄好|处理好)|还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵)|"
            r"敷衍|dissatisfied|unsatisfied|not (?:solved|fixed|happy)|still not|poor"
        ),
    ),
    (3, re.compile(r"一般|还行|还可以|凑合|马马虎虎|so-?so|average")),
    (
        5,
        re.compile(
            r"非常满意|很满意|十分满意|太好了|满分|好评|点赞|excellent|great|perfect|very satisfied|well done"
        ),
    ),
    (4, re.compile(r"满意|不错|挺好|蛮好|good|satisfied")),
)
_UNSOLVED = re.compile(
    r"没(?:有)?(?:修好|解决|弄好|处理好|修|人来)|没给我|还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵|没)|"
    r"又(?:坏|漏|堵|不亮)了|等于没|not (?:solved|fixed)|still (?:not|broken|leaking)|nothing was done"
)
_SOLVED = re.compile(
    r"(?:修|弄|处理|解决|搞|清理|疏通)(?:好|掉|干净)?了|(?:已经|都)好了|fixed|solved|works now"
)

DANGER = 6.0
"""Log-odds that a real danger takes from readings that would overlook it and have no phrase to show."""
SURE_MATTER = 0.8
"""A message that names an item so surely is no greeting and no noise, however short."""
_BARE_STARS = re.compile(r"^\s*[1-5]\s*[。.!！]*$")
_WANTED = re.compile(r"[\u3400-\u9fffa-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentReading:
    """What the signs add up to."""

    intent: Intent
    probability: float
    because: tuple[Because, ...]
    rating: int | None = None
    solved: bool | None = None
    consent: bool | None = None
    urging: bool = False
    wants_lang: Lang | None = None


class IntentReader:
    """Adds up the signs of one message with the trained model's scores and the conversation's state."""

    def __init__(self, stack: Any) -> None:
        self._stack = stack

    def read(
        self,
        text: str,
        model: Any,
        context: Context,
        *,
        matter: float,
        placed: bool,
        danger: bool = False,
        opinion: bool = False,
    ) -> IntentReading:
        """`text` is plain (see `wording`); `model`: scores in the order of `INTENTS`; `matter` 0–1 says how surely
        it names an item; `placed`: it names a place; `danger`: it tells of a danger that is real; `opinion`: the item is praise or a
        suggestion, whose words stand in thanks and ratings too."""
        logits = observe(text, model, matter=matter, placed=placed) @ self._stack
        scores = dict(zip(INTENTS, map(float, logits), strict=True))
        _state(scores, text, context, matter=0.0 if opinion else matter, danger=danger)
        chances = _softmax(scores)
        intent = max(INTENTS, key=lambda i: chances[i])
        rated = intent == "rating"
        return IntentReading(
            intent=intent,
            probability=round(chances[intent], 4),
            because=tuple(b for i, b in _signs(text)[1] if i == intent),
            rating=stars(text) if rated else None,
            solved=_solved(text) if rated else None,
            consent=_consent(text),
            urging=intent == "status" and bool(_URGING.search(text)),
            wants_lang=_language_wanted(text),
        )


def observe(text: str, model: Any, *, matter: float, placed: bool) -> Any:
    """What the fitted weights are applied to: the model's scores, the signs' sums, and the message's substance."""
    import numpy as np

    signs, _ = _signs(text)
    length = len(_WANTED.findall(text))
    latin = 1.0 if language(text) == "en" else 0.0
    substance = (
        1.0,
        matter,
        float(placed),
        min(length, 40) / 40,
        float(length <= 4),
        float(length == 0),
        latin,
    )
    return np.array([*map(float, model), *(signs[i] for i in INTENTS), *substance])


def stars(text: str) -> int | None:
    """1–5 from figures, words or a verdict; None when the words give no measure."""
    figure = _STARS.search(text)
    if figure:
        return int(figure.group(1))
    word = _STARS_WORD.search(text)
    if word:
        return _STARS_ZH[word.group(1)] if word.group(1) else _EN_NUMBER[word.group(2)]
    return next((n for n, pattern in _VERDICTS if pattern.search(text)), None)


def _signs(text: str) -> tuple[dict[Intent, float], list[tuple[Intent, Because]]]:
    scores: dict[Intent, float] = dict.fromkeys(INTENTS, 0.0)
    because: list[tuple[Intent, Because]] = []
    for intent, pattern, weight in _COMPILED:
        match = pattern.search(text)
        if match:
            scores[intent] += weight
            because.append((intent, Because(kind="phrase", text=match.group().strip(), weight=weight)))
    return scores, because


def _state(scores: dict[Intent, float], text: str, context: Context, *, matter: float, danger: bool) -> None:
    """What the conversation says, in the same log-odds; set by judgement, there is no corpus of conversations yet."""
    length = len(_WANTED.findall(text))
    if length == 0:
        scores["other"] += 6.0
    if (danger or matter >= SURE_MATTER) and context.asked is None:
        # "救命", "老公打我": too short to look like a request, and the last thing to overlook (R3.3). What says in so
        # many words that it asks after, rates or withdraws something already reported stays what it is.
        signs = _signs(text)[0]
        for intent in INTENTS:
            if intent != "new_request" and not signs[intent]:
                scores[intent] -= DANGER if danger else DANGER / 2
    if context.asked == "rating":
        scores["rating"] += 2.5
    if context.asked in ("place", "matter", "confirm", "case", "reason"):
        scores["addition"] += 3.0 if length <= 20 and matter < 0.6 else 1.0
    if _BARE_STARS.match(text):
        # R17: a bare number answers the rating prompt that has just been shown.
        scores["rating"] += 6.0


def _softmax(scores: Mapping[Intent, float]) -> dict[Intent, float]:
    top = max(scores.values())
    powers = {i: math.exp(s - top) for i, s in scores.items()}
    total = sum(powers.values())
    return {i: p / total for i, p in powers.items()}


def _solved(text: str) -> bool | None:
    if _UNSOLVED.search(text):
        return False
    return True if _SOLVED.search(text) else None


def _consent(text: str) -> bool | None:
    if _YES.match(text):
        return True
    return False if _NO.match(text) else None


def _language_wanted(text: str) -> Lang | None:
    if len(text) > _SHORT_LANGUAGE:
        return None
    if _ENGLISH.search(text):
        return "en"
    return "zh-CN" if _CHINESE.search(text) else None
