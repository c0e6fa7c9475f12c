"""What the person wants: a request, its progress, a rating, an addition, a greeting, to withdraw, or nothing of ours.

Every sign is a line of `SIGNS` with its weight in log-odds; signs, the trained model and the conversation's
state add up, and the softmax of the sums is the probability. Labels are rules.md R17's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from intake.understand import Because, Context, Intent, Lang
from intake.wording import language

INTENTS: tuple[Intent, ...] = get_args(Intent)

# A thing already reported, as people refer back to it.
_REPORTED = (
    r"(报(?:的|过|修的|上去)|反[映应](?:的|过|了)|投诉(?:的|过)|提交(?:的|了)|上报的|说的那|我那个|我的那个|我的事|那个事|这个事|"
    r"那件事|这件事|单子|工单|案子|编号|反馈的|申请的那|登记的)"
)

SIGNS: tuple[tuple[Intent, str, float], ...] = (
    # cancel
    ("cancel", r"撤[销回单掉]|取消(?:吧|了|掉|投诉|这个|那个|刚才|上报|报修|工单|$)|(?:刚才|那个|这个).{0,8}取消", 3.2),
    ("cancel", r"(?:不用|不要|别|不必)(?:再)?(?:来|派人|处理|管|查|跟进|麻烦|修)了|不(?:投诉|报|反映|要|追究|计较|办|申请)了", 3.2),
    ("cancel", r"^(?:那)?算了|算了吧|就当我没说|当我没[说讲报]|作废|报错了|发错了|误报|点错了|不是我们这里", 2.4),
    ("cancel", r"自己(?:已经)?(?:弄|修|解决|搞|处理|找)(?:好|到|掉)?了", 1.4),
    ("cancel", r"\b(?:cancel|withdraw|never ?mind|forget (?:it|about it)|no longer need|don'?t need|drop (?:it|the))\b", 3.4),
    # rating
    ("rating", r"^\s*[1-5]\s*(?:分|星|颗星|stars?)?\s*[吧啦哦。!！~]*$", 5.0),
    ("rating", r"[一二三四五1-5两]\s*(?:颗?星|分(?!钟|之|[0-9]))|[1-5]\s*/\s*5|满分|\b[1-5] ?stars?\b|\b(?:one|two|three|four|five) stars?\b", 3.0),
    ("rating", r"(?:很|非常|十分|挺|蛮|比较|不|不太|很不|基本|还算|相当)?满意(?!度调查)", 2.6),
    ("rating", r"差评|好评|评价[:：]|给.{0,3}[分星]|打.{0,3}分|点个?赞$", 2.6),
    ("rating", r"(?:已经|都)?(?:修|弄|处理|解决|搞|清理|疏通|整改)(?:好|掉|干净)了.{0,12}(?:谢|满意|不错|赞|速度|快|辛苦|好的)", 3.2),
    ("rating", r"(?:根本|压根|完全|还是|又|并)?没(?:有)?(?:修好|解决|弄好|处理好|人来过|来修|给我修)|还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵|没)|修了等于没修|敷衍", 2.0),
    ("rating", r"(?:处理|维修|师傅|工作人员|办事|服务|来的人|小伙子).{0,8}(?:很快|及时|不错|认真|负责|到位|太慢|马虎|敷衍|一般|很差)", 1.4),
    ("rating", r"\b(?:satisfied|dissatisfied|unsatisfied|well done|great job|good job|excellent|terrible (?:job|service)|not (?:solved|fixed|happy)|still not (?:fixed|working|solved)|poor (?:job|service)|nothing was done)\b", 2.8),
    # status
    ("status", r"(?:处理|办|修|解决|弄|查|搞|安排)(?:理|得|的)?(?:怎么样|咋样|好|完|到哪)?(?:了没有?|了吗|了么|得怎么样|到哪(?:一步|里)?)", 2.2),
    ("status", r"进度|进展|到哪(?:一步|个环节|里)了|什么情况了|(?:有|没)(?:个)?(?:消息|音讯|下文|结果|回音|动静|回复)了?(?:吗|没|么|啊)?$", 2.2),
    ("status", _REPORTED + r".{0,14}(?:怎么样|咋样|怎么还|什么时候|几时|多久|哪|没有?$|吗|了没|消息|结果|进展)", 3.0),
    ("status", r"^(?:再)?催(?:一下|促|办)?|帮我催|麻烦催|催单", 3.2),
    ("status", r"怎么还(?:没|不)(?:人|来|处理|解决|修|联系|动静|回复|安排|给)|还(?:要|得)(?:等|多久)|等了.{0,4}(?:天|小时|礼拜|周)了", 1.5),
    ("status", r"过去.{0,3}(?:天|周|个?月|礼拜)了.{0,6}(?:没|怎么)|(?:天|周|个?月|礼拜|小时)了.{0,4}(?:还)?没(?:有)?(?:人)?(?:联系|回复|答复|来|处理|动)", 1.2),
    ("status", r"(?:查|看|问)(?:一下|下|问)?.{0,6}(?:编号|单号|工单|进度|我的(?:件|单|案|诉求|申请|投诉))|mh[0-9]{4,}", 3.2),
    ("status", r"(?:谁|哪个部门|哪里)在(?:管|处理|负责|办)|转到哪|派给谁|有人接(?:单)?了?吗|接单了", 2.0),
    ("status", r"\b(?:status|progress|any (?:update|news|progress)|how long (?:will|until)|when will (?:you|it|they|someone)|what happened to my|follow(?:ing)? up on|still waiting)\b", 2.6),
    ("status", r"\bmy (?:request|report|complaint|case|ticket)\b", 1.2),
    # addition
    ("addition", r"补充(?:一下|一点|说明|几句)?|(?:刚才|前面|上面|之前|刚刚).{0,6}(?:说错|写错|打错|发错|漏了|忘了|没说清)|说错了|写错了|更正|改一下地址|地址(?:错|应该)", 3.2),
    ("addition", r"忘(?:了|记)?(?:说|讲|写|告诉)|漏(?:说|写|了说)|还有(?:一点|就是)?(?:忘|要说)", 2.6),
    ("addition", r"(?:我)?(?:再|又)(?:发|拍|传|补|给你)(?:一?张|几张|个|段|点|些)?|照片(?:发|在|补|来|传)|(?:图片|视频|照片|定位)(?:如下|见|发过去|发给)", 2.6),
    ("addition", r"(?:加到|记到|写到|放到|备注).{0,8}(?:单|里|一下|件|上)|就是(?:我)?(?:前面|刚才|上次|之前|昨天)(?:说|报|讲)的", 3.0),
    ("addition", r"^(?:对了|哦对|噢对|还有)[,，\s]?.{0,6}(?:电话|联系|门牌|地址|在|号码)|(?:我|联系)?(?:的)?(?:电话|手机号?|号码)(?:是|打|换|改)", 2.0),
    ("addition", r"^是.{1,14}不是|不是.{1,12}(?:,|，|\s)?(?:而)?是.{1,14}$", 1.6),
    ("addition", r"(?:上午|下午|晚上|白天|中午|周末|八点|九点|[0-9]+点)(?:以后|之后|以前|前)?(?:才|都|我)?(?:在家|有人|没人|有空|方便|接不到)", 2.0),
    ("addition", r"那个(?:事|单子|件|地方|报修|问题)[,，\s]", 0.8),
    ("addition", r"\b(?:forgot to (?:say|mention|add)|to add|i meant|correction|more info|additional|here(?:'s| is) (?:a|another|the) (?:photo|picture)|by the way|wrong address)\b", 3.0),
    # greeting
    ("greeting", r"^(?:你好|您好|侬好|大家好|喂+|哈喽|哈啰|嗨+|hi+|hello|hey|在吗|在不在|在么|有人(?:吗|在吗|么|不)|早上好|早|上午好|中午好|下午好|晚上好|早安|晚安|good (?:morning|afternoon|evening|day))[\s呀啊哦呢吗喂,，。!！?？~你好有人在]*$", 4.5),
    ("greeting", r"^(?:好的?|嗯+|哦+|ok+|okay|行)?[,，\s]*(?:非常|太|多)?(?:谢谢|感谢|谢了|多谢|辛苦|麻烦)(?:了|你|您|侬|你们|大家|啦|哈|哦|啊)*[,，\s]*(?:再见|拜拜|辛苦了?)?[\s!！。~]*$", 4.5),
    ("greeting", r"^(?:好的?|嗯+|ok+|okay|行|知道了|收到|明白了?|了解)[\s,，。!！~了的啦哈哦]*$", 2.6),
    ("greeting", r"^(?:再见|拜拜|bye(?: ?bye)?|goodbye|see you|thanks?(?: you)?(?: so much| a lot| very much)?|thank you.{0,20}|many thanks|cheers)[\s!！。~.]*$", 4.5),
    # other
    ("other", r"加(?:我|v|微信|扣|q|薇)|[vw]信|日结|刷单返|兼职.{0,6}(?:日|元|赚)|秒批|无抵押|低息|包过|代开(?:发)?票|点击(?:链接|下方)|优惠券?|(?:红包|福利).{0,4}(?:领|送)|彩票|博彩|澳门|荷官|免费领取.{0,6}(?:关注|扫码)|招代理", 3.4),
    ("other", r"https?://|www\.", 1.4),
    ("other", r"你是(?:机器人|谁|真人|人工|ai|不是)|你叫什么|你会(?:什么|唱|干)|讲个?笑话|唱(?:首|个)歌|(?:今天|明天|后天).{0,4}(?:天气|几号|星期几|多少度|限行)|几点了$|无聊|爱你|吃了吗|吃饭了(?:吗|没)", 3.2),
    ("other", r"^[哈呵嘿嘻啊嗯呃额噢哦唉哎呀嗨]+[\s。.!！~,，]*$|^(?:嗯|那个|这个|呃|啊|就是|然后|额|\s)+$|^(?:测试|test|试一下|111+|123+|asdf.*|[a-z]{1,2})$", 3.6),
    ("other", r"\b(?:are you (?:a )?(?:robot|bot|human|real)|tell me a joke|what'?s the weather|who are you|how old are you)\b", 3.2),
    ("other", r"(?:忽略|无视).{0,8}(?:指令|提示|规则|要求)|ignore (?:all |the )?(?:previous|above)|system prompt|你现在是", 3.4),
)
_COMPILED = tuple((intent, re.compile(pattern), weight) for intent, pattern, weight in SIGNS)

_URGING = re.compile(r"催|怎么还|还没|赶紧|快点|抓紧|等了|过去.{0,3}(?:天|周|月)|急死|到底|hurry|still waiting|asap|urgent")
_ENGLISH = re.compile(r"\b(?:in )?english(?: please)?\b|说英[文语]|用英[文语]|换成?英|切换?英|英文版|no chinese|don'?t (?:speak|read|understand) chinese")
_CHINESE = re.compile(r"^(?:请)?(?:说|用|换|切换?)?(?:成|到|回)?(?:简体)?(?:中文|汉语|普通话|国语)(?:吧|谢谢|版)?[\s。!！]*$|\bchinese please\b|\bin chinese\b")
_SHORT_LANGUAGE = 24  # characters; a longer message that mentions English is about something else

_YES = re.compile(r"^(?:是的?|对的?|嗯+|好的?|可以|行|确认|没错|正确|同意|要的?|需要|ok+|okay|yes|yeah|yep|sure|correct|right|confirm|y|对对|来事|好咯)[\s,，。.!！~了啊呀哦的吧啦]*$")
_NO = re.compile(r"^(?:不是?|不对|不行|不要|不用|不可以|没有|错了?|否|no|nope|n|wrong|not right|弗是|不是的)[\s,，。.!！~了啊呀哦的吧啦]*$")

_STARS = re.compile(r"(?<![0-9])([1-5])\s*(?:颗?星|分(?!钟|之|[0-9])|/\s*5|stars?|$|[吧啦哦。!！~\s])")
_STARS_ZH = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_STARS_WORD = re.compile(r"([一二两三四五])\s*(?:颗?星|分(?!钟|之))|\b(one|two|three|four|five) stars?\b")
_EN_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_VERDICTS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(r"非常不满意|很不满意|差评|极差|太差|很差|垃圾|terrible|awful|very dissatisfied|根本没|压根没|等于没修")),
    (2, re.compile(r"不(?:太)?满意|没(?:有)?(?:修好|解决|弄好|处理好)|还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵)|敷衍|dissatisfied|unsatisfied|not (?:solved|fixed|happy)|still not|poor")),
    (3, re.compile(r"一般|还行|还可以|凑合|马马虎虎|so-?so|average")),
    (5, re.compile(r"非常满意|很满意|十分满意|太好了|满分|好评|点赞|excellent|great|perfect|very satisfied|well done")),
    (4, re.compile(r"满意|不错|挺好|蛮好|good|satisfied")),
)
_UNSOLVED = re.compile(
    r"没(?:有)?(?:修好|解决|弄好|处理好|修|人来)|没给我|还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵|没)|又(?:坏|漏|堵|不亮)了|等于没|not (?:solved|fixed)|still (?:not|broken|leaking)|nothing was done"
)
_SOLVED = re.compile(r"(?:修|弄|处理|解决|搞|清理|疏通)(?:好|掉|干净)?了|(?:已经|都)好了|fixed|solved|works now")

DANGER = 4.0
"""Log-odds that a word of danger, meant as such, speaks for a request."""
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
        self, text: str, model: Any, context: Context, *, matter: float, placed: bool, danger: bool = False
    ) -> IntentReading:
        """`text` is plain (see `wording`); `model`: scores in the order of `INTENTS`; `matter` 0–1 says how surely
        it names an item; `placed`: it names a place; `danger`: it tells of a danger that is real."""
        logits = observe(text, model, matter=matter, placed=placed) @ self._stack
        scores = dict(zip(INTENTS, map(float, logits), strict=True))
        _state(scores, text, context, matter=matter, danger=danger)
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
    substance = (1.0, matter, float(placed), min(length, 40) / 40, float(length <= 4), float(length == 0), latin)
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
    if danger:
        # "救命", "老公打我": too short to look like a request, and the last thing to overlook (R3.3).
        scores["new_request"] += DANGER
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
