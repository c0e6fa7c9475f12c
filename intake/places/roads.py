"""Roads, compounds, parks and other named spots told by their form, and the doors that hang on a name.

A gazetteer never has every name. "Two to four characters, then 路" is a road even if nobody listed it: the span
is kept as the place's words, and the bot has to ask only for the village.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

DISTRICT = re.compile(r"(浙江省)?(杭州市?)?富阳[区市]?")

_ROAD = re.compile(r"[东南西北中]?(大道|大街|路|街)(?![灯面人过障由途霸费])")
_SPOT = re.compile(
    r"(小区|公园|广场|大厦|花园|家园|花苑|嘉苑|雅苑|新苑|名苑|苑|公寓|新村|商城|菜市场|农贸市场|市场|菜场|中学|小学|幼儿园|"
    r"医院|卫生院|大桥|水库|景区|古镇|工业园区?|码头|车站|地铁站|高铁站|隧道|酒店|宾馆|超市|江边|湖|溪|山庄|陵园|"
    r"国际|豪庭|华庭|名城|水岸|公馆|体育馆|图书馆|文化礼堂|便民服务中心|商业街|步行街|老街|夜市|"
    r"客运中心|客运站|汽车站|汽车[东南西北]站|火车站|市民中心|行政服务中心|办事服务中心|体育中心|文化中心|会展中心|妇保院|"
    r"妇幼保健院|中医院|学校|学院|职高|技校|纪念馆|博物馆|购物中心|奥特莱斯|综合体|产业园|科技园|创业园|停车楼|公墓|"
    r"码头|渡口|船闸|水闸|电站|变电所|污水处理厂|垃圾站|广场舞场|江(?=边|上|里的|水|$)|山(?=山|脚|上|顶|脚下))"
)
# A numbered road, and what hangs on a motorway.
_NUMBERED = re.compile(
    r"[gsx]?\d{2,4}(国道|省道|县道|乡道)([\u4e00-\u9fff]{2,4}段)?|[gs]\d{1,4}(高速|公路)|"
    r"[\u4e00-\u9fff]{2,3}高速([\u4e00-\u9fff]{2,3}(出口|入口|收费站|服务区|互通|段))?"
)
# A name that nothing tells but the block that hangs on it.
_BLOCK = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{3,6}(?=\d{1,3}(幢|栋|号楼))")
# A name cannot reach over one of these to its left.
_BOUNDARY = re.compile(
    r"(街道|社区|小区|[镇乡村]|富阳区?|我们|你们|他们|这个|那个|这条|那条|有个|一个|有条|哪个|就是|还是|门口|附近|旁边|对面|"
    r"从|往|在|到|去|的|是|有|沿|和|跟|与|及|住|叫|把|被|过|请问|麻烦|投诉|反映|举报|你好|您好|[边上下里个条了着呀啊吗呢吧又也都就])$"
)
_NO_ROAD = re.compile(
    r"(马|道|公|铁|泥|油|耕|石|山|走|迷|一|条|半|网|电|短|思|套|绕|修|堵|小|大|老|新|门|让|拦|带|问|赶|跑|养|线|同|水|管|"
    r"把|被|不认识|认识|前面|后面|骂|出|进|车|土|沙|烂|逛|上|满|沿|临|过|领|退|来|回|占|拓|改|扫|补|没|无|断|封|后|前|坏|好|破|整|全|村|乡|县|省|国|此|该|每|"
    r"人行|沥青|进村|出村|上学|下班|回家|走夜|夜|开|压|挖|铺|造|红绿|斑马|这|那|哪|两|三|几|铺面|快速|高速|山区|乡村|田间|盘山|"
    r"东西|南北|歪|险|窄|宽|长|短|主干|支|干|辅|商业|步行|美食|花|绝)$"
)
_NO_SPOT = re.compile(
    r"^(美好|建设美好|我们|你们|他们|这个|那个|这|那|哪个|整个|全|本|同一个?|隔壁|附近|旁边|老旧?|新|旧|我家|一个|几个|有个|每个|各个?|住宅|封闭|高档|"
    r"安置|楼下|村里|镇上|学校|社区|家门口|门口|对面|边上|大|小|城里|去|到|在|来|自己|人家|农贸|菜|超级|人才|二手|旅游|劳务|"
    r"妇幼|人民|中心|公立|私立|民办|公办|外面|里面|免费|老年|带|上|开|房地产|股票|消费|看|住|市|区|县|镇|乡|村|省|某个?|"
    r"附属|定点|三甲|社会|文明|绿化|无障碍|智安|别的|其他|什么|啥|多少|好多|很多|所有|高层|多层|动漫|体育|儿童|沿|富春|江|"
    r"污水|自来水|山|大酒|快捷|海鲜|水果|早餐|夜|老城区?|城区|步行|商业|户口|学区|中心村|省道|国道|进|出|挂号|两个|三个|送|坐|报名)?$"
)
_GATES = ("东门", "南门", "西门", "北门")
# Words of a sentence, and of no name.
_TALK = re.compile(
    r"孩|孙子|儿子|女儿|老人|我|你|他|她|咱|最近|今年|今天|今朝|昨|明天|附近|这|那|哪|报名|能读|上小|上初|上高|上幼|读|好连|连|"
    r"把|被|不|没|掉|怎么|什么|每天|天天|一|两|几|说|问|想|要|让|叫|给|和|跟|走|下了|上了|开车|骑"
)
_HAN = re.compile(r"[\u3400-\u9fff]")

_NUMBER = r"[0-9]{1,5}|[一二三四五六七八九十]{1,3}|[a-z]"
DOOR = re.compile(
    rf"[ ,，的]?第?({_NUMBER})(号楼|幢|栋|座|号|弄|单元|组|楼|层|室|户|期|区|队)"
    rf"([-\s]?({_NUMBER})(号楼|幢|栋|座|号|弄|单元|组|楼|层|室|户)|-[0-9]{{1,4}})*"
)
GATE = re.compile(
    r"(文化礼堂|村委会?|居委会|卫生院|小学|中学|幼儿园|菜场|菜市场|地铁口|地铁站|公交站|加油站|停车场|红绿灯|桥头|桥洞|村口|路口|"
    r"交叉口|[东南西北大正后]门口?|广场|小区|大厦|老街|水库|江边|学校)?(门口|门前|旁边|对面)?"
)


def generic_spans(folded: str, taken: list[bool]) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of each road or spot told by form alone; `taken` marks characters already understood."""
    for pattern, kind in ((_NUMBERED, "road"), (_BLOCK, "spot")):
        for match in pattern.finditer(folded):
            if not any(taken[match.start() : match.end()]) and not _TALK.search(match.group()):
                yield match.start(), match.end(), kind
    for kind, pattern, longest, refused in (("road", _ROAD, 3, _NO_ROAD), ("spot", _SPOT, 4, _NO_SPOT)):
        last = 0
        for match in pattern.finditer(folded):
            start = _left_edge(folded, match.start(), max(last, match.start() - longest), taken)
            body = folded[start : match.start()]
            gate_road = kind == "road" and body.endswith(_GATES)
            if gate_road or _is_name(body, match.group(), kind, refused):
                yield start, match.end(), kind
                last = match.end()


def extend_door(folded: str, end: int) -> int:
    """The end of a span that takes in the building, door or gate hanging directly on the name."""
    door = DOOR.match(folded, end)
    if door:
        end = door.end()
    gate = GATE.match(folded, end)
    return gate.end() if gate else end


_FIRST_DOOR = re.compile(rf"[ ,，的]?第?({_NUMBER})(号楼|幢|栋|座|号|弄)")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}


def arabic_door(hung: str) -> str:
    """The first number that hangs on a name, as registers write it: `十二号` → `12号`; '' when there is none."""
    match = _FIRST_DOOR.match(hung)
    if match is None:
        return ""
    number, kind = match.groups()
    return (
        f"{number if number.isascii() else _counted(number)}{'幢' if kind in ('栋', '座', '号楼') else kind}"
    )


def _counted(number: str) -> int:
    """`二十三` → 23; numbers of doors in words stay below a hundred."""
    tens, ten, ones = number.rpartition("十")
    value = _DIGITS.get(ones, 0)
    return value + 10 * (_DIGITS.get(tens, 1) if ten else 0)


def _left_edge(folded: str, at: int, floor: int, taken: list[bool]) -> int:
    start = at
    while start > floor and _HAN.match(folded[start - 1]) and not taken[start - 1]:
        if start < at and _BOUNDARY.search(folded[max(0, start - 3) : start]):
            break
        start -= 1
    return start


def _is_name(body: str, suffix: str, kind: str, refused: re.Pattern[str]) -> bool:
    if len(body) < 2 or refused.search(body):
        return False
    if kind == "spot":
        return not re.search(r"[的了在是有去到个]", body) and not _TALK.search(body)
    return not re.search(r"[的了在是有去到个这那]", body)
