"""Words that only say where: `文化礼堂门口` tells nothing of the matter when the lamp in front of it is out.

Not among them are sites that smell, sound or smoke themselves (a bin house, a restaurant, a works, a building site):
beside those the site is mostly the matter.
"""

from __future__ import annotations

import re

_SITE = (
    r"(?:文化礼堂|礼堂|村委会?|居委会?|党群服务中心|服务中心|社区|小区|学校|小学|中学|初中|高中|职高|幼儿园|"
    r"医院|卫生院|卫生站|卫生室|超市|商场|公园|广场|篮球场|球场|操场|体育馆|图书馆|游泳馆|健身房|活动室|银行|"
    r"派出所|加油站|公交站台?|客运中心|汽车站|车站|地铁站|高铁站|酒店|宾馆|民宿|停车场|祠堂|教堂|寺庙?|"
    r"养老院|敬老院|老年食堂|驿站|政府|法院|邮局|大厦|写字楼|售楼部|药店|小卖部|便利店|理发店|水库|大桥|牌坊|凉亭)"
)
_BESIDE = (
    r"(?:(?:的)?(?:大门口|门口|门前|门外|旁边|旁|边上|对面|斜对面|后面|后头|前面|前头|附近|隔壁|背后|后门|东门|西门|南门|北门|"
    r"侧门|路口|往[东南西北]|过去|出来|那一?[段带条片])|一路|的?那条?路上)"
)
_PLACED = re.compile(
    rf"(?:{_SITE}{_BESIDE}|(?:从|在|离){_SITE}(?:到|出来|回来)|"
    rf"(?:到|去|往|通往){_SITE}(?:的路上?|那条?路上?|一路|那段|这段|那一段)|"
    r"(?:next to|opposite|in front of|behind|outside|near) (?:the |our |my )?"
    r"(?:school|hospital|library|park|supermarket|bank|hotel|gym|kindergarten|village hall|church|temple|station))"
)
LEAST = 3
"""Characters that must be left: a message that is hardly more than a place is read whole."""
_SIGN = re.compile(r"[\s,，。.!！?？;；]")


def without_whereabouts(text: str) -> str:
    """The text with words that only say where blanked; the text itself when nothing else is left."""
    rest = _PLACED.sub(" ", text)
    return rest if len(_SIGN.sub("", rest)) >= LEAST else text
