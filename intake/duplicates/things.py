"""What a request complains of: the thing itself, finer than an item of the list and the same in either language.

One item holds many things (a traffic light and a worn crossing are both TRA-03), and one thing is said in many words
(`路灯`, `灯不亮`, `street lamp`). Two requests that name things and share none are two matters, however near they are.
The words are of the district's work at large; things marked private are each household's own.
"""

from __future__ import annotations

import re
from functools import cache

PRIVATE = frozenset(
    {"leak", "home drain", "lock", "appliance", "home power", "home net", "tap", "home pest", "meter", "neighbour noise",
     "renovation noise", "home gas"}
)  # fmt: skip
"""Troubles of one household: the neighbour's is another one."""

_WORDS: dict[str, str] = {
    # the street
    "lamp": r"路灯|陆灯|灯不亮|灯都不亮|灯坏|盏灯|没灯|黑漆漆|一片黑|黑灯瞎火|(?<!车)灯杆|street ?(?:lamp|light)|\blamp",
    "hole": r"坑|塌陷|地陷|塌下|陷下去|路面(?:破|坏|开裂|不平)|路(?:压坏|烂|破)|破得不成样|pothole|\bhole in the road",
    "manhole": r"井盖|窨井|manhole",
    "paving": r"地砖|路砖|砖(?:松|翘|碎)|盲道砖|paving|loose (?:tile|slab)",
    "railing": r"护栏|栏杆|扶手|railing|guard ?rail",
    "bench": r"木椅|长椅|凳子|座椅坏|\bbench",
    "sports gear": r"健身器材|篮球架|滑梯|秋千|playground|exercise equipment",
    "traffic light": r"红绿灯|信号灯|traffic light",
    "marking": r"斑马线|标线|标志牌|反光镜|zebra crossing|road marking",
    "bus stop": r"站牌|站台|候车亭|bus (?:stop|shelter)",
    "bus": r"公交(?:车)?(?:经常|又|不来|脱班|晚点|司机)|等不到车|司机态度|\bbus (?:is|never|late|driver)",
    "parking": r"停了?车|乱停|违停|停车|堵住了路|占着车位|parked|parking",
    "old car": r"僵尸车|破面包车|废弃车|轮胎都?瘪|abandoned (?:car|van)",
    "bikes": r"单车|自行车|共享|电瓶车(?!充电|推进|上楼)|shared bikes?|bicycles",
    "truck": r"渣土车|土方车|泥头车|货车|dump truck",
    "wire": r"电线|线缆|线垂|光缆|电缆|cable|(?:low|hanging) wires?",
    "pole": r"电线杆(?:歪|倒|斜)|杆子歪|leaning pole",
    "tree": r"树(?:倒|枝|断|被|挡)|棵树|樟树|树挡|被树|竹子|fallen tree|branch",
    # cleaning
    "rubbish": r"垃圾(?!短信|车)|rubbish|garbage|\bbins?\b|trash",
    "rubble": r"装修垃圾|建筑垃圾|砖头|石膏板|沙发|大件|rubble|renovation waste",
    "sweeping": r"没人扫|落叶|烟头|扫地|烂菜叶|litter",
    "public toilet": r"公厕|公共厕所|公共卫生间|厕所没水|public toilet",
    "sewer": r"下水道|污水(?:冒|外溢|漫|流)|阴沟|窨沟|化粪池|脏水|溢出来了|sewer|sewage",
    "puddle": r"积水|puddle|standing water",
    "ads": r"小广告|牛皮癣|贴满|flyers",
    "billboard": r"广告牌|店招|招牌松|billboard",
    "stall": r"摆摊|摊贩|占道|三轮车|小贩|桌子摆|street vendor|hawker",
    "stall goods": r"注水肉|摊(?:卖|肉)|肉有问题|不新鲜|过期|变质|expired|rotten",
    "short weight": r"缺斤短两|缺斤少两|短斤|short weight",
    # water, power, gas, net
    "no water": r"停水|没水|一滴水都没|no water|water (?:is )?(?:off|cut)",
    "dirty water": r"水(?:是|发|放出来是)?(?:黄|浑|浊)|水都是浑|铁锈味|brown water|dirty tap water",
    "burst pipe": r"水管(?:爆|破)|爆水管|管子爆|自来水管|burst (?:pipe|main)",
    "bill": r"(?:水|电|燃气)费|账单|\bbill\b",
    "no power": r"停电|没电|断电|power (?:cut|outage)|no (?:power|electricity)",
    "home power": r"跳闸|电表|插座|tripped",
    "gas smell": r"煤气味|燃气味|天然气味|漏气|smell of gas|gas leak",
    "home gas": r"停气|做不了饭|no gas",
    "signal": r"信号(?:都)?(?:没|差|太差|不好)|一格信号|打电话老断|才有信号|手机没信号|phone signal|no signal",
    "home net": r"宽带|网线|上不了网|上网|wifi|broadband|internet",
    # the house
    "leak": r"漏水|渗水|天花板|滴水下来|leak",
    "tap": r"水龙头|滴水关|tap drips",
    "home drain": r"马桶堵|厕所堵|下水管堵|厨房(?:水下不去|下水道)|水下不去|blocked (?:sink|toilet)",
    "lock": r"开锁|门锁|钥匙|locked out",
    "appliance": r"空调|热水器|冰箱坏|洗衣机|fridge|washing machine",
    "lift": r"电梯(?!加装)|elevator|\blift\b",
    "new lift": r"加装电梯|install a lift",
    "fee": r"物业费|涨价|2块8|property fee",
    "management": r"收钱不干事|物业(?:公司)?不管|management company",
    "owners": r"业委会|业主大会|维修资金|owners' committee",
    "new flat": r"新房|交房|开发商|空鼓|延期交付|业主家里渗水|developer",
    "illegal build": r"违章|违建|违法建|彩钢棚|铁皮棚|多造了?一层|搭了个|illegal(?:ly)? buil",
    "unsafe house": r"墙裂|要倒|快塌|危房|墙体开裂|泥房子|承重墙|collapsing",
    # noise, air, water
    "dancing": r"广场舞|跳舞|音响|音箱|square dance",
    "bar noise": r"ktv|酒吧|还在唱|karaoke|nightclub",
    "loudspeaker": r"喇叭|loudspeaker",
    "site noise": r"工地|打桩|混凝土|施工|construction site|pile driving",
    "renovation noise": r"装修(?:中午|声|太吵|噪)|电钻|drilling",
    "neighbour noise": r"楼上(?:跑|跳|放|吵)|邻居(?:吵|放|家狗)|狗整夜叫|upstairs neighbou?r|loud music",
    "dust": r"扬尘|灰尘|喷淋|dust",
    "fumes": r"油烟|排烟|烟没少|呛|cooking fumes",
    "factory smoke": r"黄烟|烟囱|废气|药水味|factory smoke|chemical smell",
    "river": r"死鱼|发黑|河水|溪水|溪颜色|排污|排废水|dead fish|polluted",
    "burning": r"烧(?:稻草|秸秆|垃圾|东西|荒)|露天焚烧|burning (?:straw|rubbish)",
    "pigs": r"猪场|养猪|pig farm",
    "chickens": r"养鸡|鸡粪|养鸭|chicken",
    # safety
    "fire lane": r"消防通道|fire lane",
    "stairs blocked": r"楼道里?堆|纸箱|杂物|stairwell (?:full|blocked)",
    "flying wire": r"飞线|拉线(?:下来)?|窗户拉线|charging cable",
    "bike upstairs": r"电瓶车推进|电瓶车上楼|进电梯",
    "charger": r"充电桩|扫码没反应|charging (?:point|station)",
    "thrown": r"高空抛物|扔(?:啤酒|下来|东西)|抛下来|玻璃瓶|throw(?:n|ing) from",
    "falling tiles": r"瓷砖掉|外墙|墙皮|脱落|falling tiles",
    "poured": r"泼水",
    "flood": r"涨水|水漫进|水已经到|膝盖|车子都泡|洪水|内涝|flood",
    "landslide": r"滑坡|塌方|泥石流|石头滚|landslide",
    "crack in slope": r"边坡|裂缝",
    "loose dog": r"流浪狗|没拴绳|大黑狗|黑狗|追小孩|狗咬|stray dog",
    "cats": r"养了好多猫|流浪猫|\bcats\b",
    "fireworks": r"鞭炮|烟花|爆竹|firecrackers|fireworks",
    "boars": r"野猪|wild boar",
    "rats": r"老鼠|\brats?\b",
    "home pest": r"蟑螂|消杀|cockroach",
    # people
    "wages": r"工资|欠薪|wages",
    "closed shop": r"跑路|关门|倒闭|退费|退钱|年卡|课时费|prepaid",
    "farm road": r"机耕路|farm track",
    "school meals": r"食堂|school meals",
    "doctor": r"没有医生|\bdoctor\b",
}


# A word of the wider thing stands in the name of the narrower one: a kitchen's 下水道 is no sewer, a dark 红绿灯 no lamp.
_NARROWER = {"home drain": "sewer", "traffic light": "lamp", "charger": "home power", "renovation noise": "site noise",
             "new flat": "leak", "burst pipe": "leak", "dirty water": "no water", "stall": "rubbish", "truck": "site noise"}  # fmt: skip


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((thing, re.compile(words)) for thing, words in _WORDS.items())


def things_of(text: str) -> frozenset[str]:
    """The things that a text names."""
    folded = text.lower()
    found = {thing for thing, pattern in _patterns() if pattern.search(folded)}
    return frozenset(found - {_NARROWER[thing] for thing in found if thing in _NARROWER})


def private(things: frozenset[str]) -> bool:
    """Is it a trouble of one household, and of nothing around it?"""
    return bool(things) and things <= PRIVATE
