"""Words of people without what tells who they are: numbers, addresses of persons, plates, doors and names masked.

What leaves a case (examples for learning, reports) passes here first. Masking errs on the side of too much: a
masked house number costs an example nothing, a telephone number that got through would cost a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "＊"

# The commoner family names; together they cover about nine in ten people (Ministry of Public Security, 2020 report).
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤俞章申屠裘盛骆楼喻羊"
)
_TITLES = (
    "先生|女士|小姐|师傅|老师|医生|主任|书记|村长|站长|所长|局长|经理|警官"
    "|阿姨|大爷|大妈|大叔|大哥|大姐|奶奶|爷爷|叔叔|婶"
)
_NUMBERS: tuple[re.Pattern[str], ...] = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # mail
    re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE),
    re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])|(?<!\d)\d{15}(?!\d)"),  # identity cards
    re.compile(
        r"(?<!\d)\d(?:[ -]?\d){6,18}(?!\d)"
    ),  # telephones, bank cards: seven digits or more, also in groups
    re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·. ]?[A-Z0-9]{5,6}"),
    re.compile(r"(?:微信号?|QQ号?|wechat|qq)\s*[:：是]?\s*[A-Za-z0-9_-]{5,20}", re.IGNORECASE),
    re.compile(r"\d{1,4}\s*(?:单元|室|户)|\d{1,4}\s*-\s*\d{1,4}(?:\s*-\s*\d{1,4})?\s*(?:室|号|户)?"),  # doors
)
_NAMED: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:我叫|名叫|叫做|我是)\s*([{_FAMILY}][\u4e00-\u9fff]{{1,2}})"),
    re.compile(r"(?:姓名(?:是|[:：])?|联系人[:：]?)\s*([\u4e00-\u9fff]{2,4})"),
    re.compile(rf"([{_FAMILY}][\u4e00-\u9fff]{{0,2}}?)(?:{_TITLES})"),
    re.compile(r"\b(?:my name is|i am called|name:)\s+([A-Za-z][a-z]+(?: [A-Z][a-z]+)?)", re.IGNORECASE),
    re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? ([A-Z][a-z]+)"),
)


def redacted(text: str, *, names: Iterable[str] = ()) -> str:
    """`text` with `MASK` for each number, address and name; `names` are people whom the case knows."""
    for name in sorted({n.strip() for n in names if len(n.strip()) > 1}, key=len, reverse=True):
        text = text.replace(name, MASK)
    for pattern in _NUMBERS:
        text = pattern.sub(MASK, text)
    for pattern in _NAMED:
        text = pattern.sub(_without_name, text)
    return text


def _without_name(found: re.Match[str]) -> str:
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    whole = found.group()
    return whole[:start] + MASK + whole[end:]
