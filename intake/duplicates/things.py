# ruff: noqa: E501 (a thing and its words are one line)
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
     "renovation noise", "home gas", "home rain"}
)  # fmt: skip
"""Troubles of one household: the neighbour's is another one."""

WIDE = frozenset({"no power", "no water", "dirty water", "signal", "burst pipe"})
"""Troubles of a whole street at once: a door that is named tells where the speaker lives, and not where the trouble is."""

DIFFUSE = frozenset(
    {
        "burning",
        "dancing",
        "bar noise",
        "site noise",
        "factory smoke",
        "pigs",
        "boars",
        "river",
        "dust",
        "flood",
    }
)
"""Heard, smelled or seen from afar: residents tell of it from where they are."""

OF_A_FIRM = frozenset({"wages", "closed shop", "bad service", "injury", "bad food"})
"""Troubles with one employer or shop: its name says which, and two of them in one street are two matters."""

_WORDS: dict[str, str] = {
    # the street
    "lamp": r"路灯|陆灯|街灯|灯(?:都|也|全)?(?:不亮|坏|灭|瞎|没亮|不工作|熄)|盏灯|没(?:有)?灯|灯杆|灯泡|照明|忽明忽暗|一闪一闪|"
    r"黑漆漆|黑灯瞎火|乌漆|一片黑|黑咕隆咚|摸黑|street ?(?:lamp|light)|\blamps?\b|lighting",
    "hole": r"坑|(?:路|地)(?:面)?(?:上)?(?:有|破|塌)(?:了)?(?:一)?个?(?:大)?洞|窟窿|塌陷|地陷|塌下|陷下去|凹下去|路(?:面)?(?:破|坏|烂|开裂|裂|不平|压坏|被压|鼓包|下沉)|颠簸|底盘|"
    r"pot ?hole|hole in the road|road surface",
    "manhole": r"井盖|窨井|阴井|盖板|manhole",
    "paving": r"地砖|路砖|方砖|砖(?:松|翘|碎|塌)|盲道(?!被|上停)|溅一身|石板(?:松|翘)|paving|loose (?:tile|slab)",
    "railing": r"护栏|栏杆|扶手|隔离栏|铁条|railing|guard ?rail",
    "bench": r"木椅|长椅|石凳|凳子|椅子|\bbench",
    "slide": r"滑梯|playground slide",
    "swing": r"秋千|\bswing",
    "sports gear": r"健身器材|单杠|扭腰器|漫步机|exercise equipment",
    "court": r"球场(?:地面|开裂|塑胶)|塑胶(?:跑道|地面)|跑道(?:破|起|开)|篮筐|篮球架|court surface",
    "pavilion": r"凉亭|廊(?:架|亭)|亭子|pavilion",
    "fountain": r"喷泉|景观水|fountain",
    "traffic light": r"红绿灯|信号灯|一直是?红灯|不变灯|倒计时|traffic light",
    "marking": r"斑马线|标线|标志牌|指示牌|反光镜|停止线|zebra crossing|road marking",
    "accident": r"事故|追尾|撞车|collision",
    "stop sign": r"站牌|bus sign",
    "shelter": r"站台|候车亭|bus (?:stop|shelter)",
    "bus": r"公交等|没见车|\d+路.{0,8}(?:没|等|不来)|公交(?:车)?(?:经常|又|不来|脱班|晚点)|等不到|脱班|班次|\bbus (?:is|never|late)",
    "driver": r"不停.{0,8}站|开过去了|司机|甩站|不停站|态度(?:很|极|特别)?(?:差|恶劣)|bus driver",
    "parking": r"停了?(?:一?辆)?车|乱停|违停|违章停|停车|占着?(?:车位|道)|挪车|堵死|开不出来|parked|parking",
    "old car": r"僵尸车|破(?:面包|轿)?车|废弃车|报废车|轮胎都?瘪|abandoned (?:car|van)",
    "bikes": r"单车|自行车|共享|非机动车|电瓶车(?!充电|推进|上楼)|shared bikes?|bicycles",
    "truck": r"渣土车|土方车|泥头车|大货车|工程车|一路(?:漏|掉|洒)|dump truck",
    "wire": r"电线|线缆|断线|线(?:都)?(?:垂|掉|断|拖)|光缆|电缆|蜘蛛网|cable|(?:low|hanging) wires?",
    "pole": r"电(?:线)?杆(?:歪|倒|斜|断)|杆子(?:歪|倒|斜)|leaning pole",
    "tree": r"枯树|死树|树什么时候砍|树(?:倒|枝|断|被|挡|根|木|太)|棵(?:大|杨|香樟|老)?树|大树|樟树|树挡|被树|竹子|行道树|fallen tree|branch",
    "trimming": r"修剪|挡住(?:路灯|窗|视线|光)|长得太(?:高|密)|overgrown",
    # cleaning
    "rubbish": r"垃圾亭|垃圾(?!短信|车)|rubbish|garbage|\bbins?\b|trash",
    "bin lid": r"桶盖|垃圾桶(?:盖子|坏|破|轮子)|bin lid",
    "rubble": r"装修垃圾|建筑垃圾|建材|砖头|石膏板|沙发|床垫|旧家具(?!.*楼道)|大件|马桶扔|rubble|renovation waste|mattress",
    "sweeping": r"没人扫|落叶|烟头(?!.*扔下)|扫地|烂菜叶|树叶|保洁|litter",
    "public toilet": r"公厕|公共厕所|公共卫生间|厕所没水|public toilet",
    "sewer": r"返水|漫到楼道|下水道|污水(?:往外|又)?(?:冒|外溢|漫|流|溢)|阴沟|窨沟|化粪池|脏水|臭水(?:淌|流|漫)|溢出来|sewer|sewage",
    "puddle": r"积水齐|池塘|一下雨就|积水(?!看不见)|puddle|standing water",
    "ads": r"小广告|牛皮癣|贴满|flyers",
    "billboard": r"广告牌|店招|招牌松|灯箱|billboard",
    "stall": r"摆(?:地)?摊|摊贩|小贩|夜宵摊|流动摊|推车|三轮车|占道(?:经营)?(?:摆|卖)|卖(?:水果|炒|菜|袜|小吃|早点)|桌子摆|"
    r"street vendor|hawker|food stall",
    "bad food": r"三无|饭菜|注水|肉(?:有问题|不新鲜)|不新鲜|过期|变质|发霉|吃(?:坏|出)|拉肚子|expired|rotten|food poisoning",
    "short weight": r"缺斤|短斤|少秤|不足秤|short weight",
    # water, power, gas, net
    "no water": r"(?:自来水|水)(?:又)?停|水都出不来|出不了水|停水了|停水|没(?:有)?(?:水用|水了|自来水)|怎么没水|突然没水|一滴水都没|水龙头.{0,4}没水|no water|water (?:is )?(?:off|cut)",
    "irrigation": r"灌溉|水渠|秧苗|抗旱|泵站|irrigation",
    "dirty water": r"水(?:是|发|放出来是|都是|有点)?(?:黄|浑|浊)|铁锈|brown water|dirty tap water",
    "burst pipe": r"broken pipe|water main|pipe (?:broke|burst)|水管(?:爆|破|裂)|爆水管|管子爆|自来水管|喷水|burst (?:pipe|main)",
    "bill": r"(?:水|电|燃气|煤气)费|账单|多扣|\bbill\b",
    "parking fee": r"停车(?:费|收费)|parking fee",
    "meter": r"水表|电表转|气表|转得(?:飞快|快)|\bmeter\b",
    "no power": r"停电|没(?:有)?电(?!话|梯)|断电|power (?:cut|outage)|no (?:power|electricity)",
    "home power": r"空气开关|跳闸|插座(?!板)|保险丝|空开|tripped",
    "gas smell": r"煤气味|燃气味|天然气味|漏气|smell of gas|gas leak",
    "home gas": r"停气|做不了饭|打不着火|no gas",
    "signal": r"信号只有|打个?电话.{0,6}断|联通(?:信号)?|电信信号|信号(?:都|也|两天|一直)?(?:没|差|太差|很差|不好|弱)|没信号|一格信号|打不出电话|打电话老断|才有信号|phone signal|no signal",
    "home net": r"宽带|网线|上不了网|网络(?:断|慢)|机顶盒|没画面|wifi|broadband|internet",
    # the house
    "leak": r"漏水|渗水|天花板|滴水下来|墙(?:上)?(?:发霉|湿)|leak",
    "home rain": r"窗(?:户)?(?:渗|漏|进)雨|雨水进来",
    "tap": r"水龙头(?!.{0,4}没水)|滴水关|tap drips",
    "home drain": r"马桶堵|厕所堵|下水管堵|厨房(?:水下不去|下水道|反味|堵)|水下不去|地漏|返味|反味|blocked (?:sink|toilet)",
    "lock": r"开锁|门锁|锁芯|钥匙|锁在(?:外|门)|locked out",
    "appliance": r"空调(?!外机)|热水器|冰箱坏|洗衣机|油烟机坏|fridge|washing machine",
    "lift": r"(?<!加装)电梯(?!加装)|elevator|\blift\b",
    "lift lamp": r"电梯里.{0,4}灯",
    "stair lamp": r"楼道(?:的)?灯|楼梯灯|声控灯|stairwell light",
    "new lift": r"加装电梯|装电梯|install a lift",
    "fee": r"物业费|(?:费|钱).{0,4}涨|涨价|2块8|property fee",
    "management": r"收钱不干事|物业(?:公司)?(?:不管|不作为|踢皮球)|management company",
    "owners": r"业委会|业主大会|维修资金|owners' committee",
    "new flat": r"新房|交房|交付|开发商|空鼓|烂尾|业主家里渗水|developer",
    "illegal build": r"违章|违建|违法建|彩钢棚|铁皮棚|阳光房|多造了?一层|搭了个|私搭|illegal(?:ly)? buil",
    "unsafe house": r"房顶|屋顶塌|瓦片|老(?:房|屋)(?:子)?(?:快|要|不行)|老供销社|墙(?:体)?(?:裂|歪|倾斜|开裂)|要倒|(?:要|快)塌|危房|泥房子|承重墙|倾斜得|collapsing",
    "unit rack": r"空调外机|外机架|支架(?:锈|松)",
    # noise, air, water
    "dancing": r"跳到|低音炮|领舞|广场舞|跳(?:广场)?舞|大妈|音响|音箱|square dance",
    "bar noise": r"ktv|酒吧|还在唱|唱歌|karaoke|nightclub",
    "loudspeaker": r"(?:一直|天天|整天).{0,6}喇叭|放广告|叫卖|loudspeaker",
    "site noise": r"切割|钢筋|工地|打桩|混凝土|施工|作业|construction site|pile driving",
    "renovation noise": r"装修(?:中午|声|太吵|噪|从早|敲)|电钻|敲墙|drilling",
    "neighbour noise": r"楼上(?:跑|跳|放|吵|天天)|邻居(?:吵|放|家狗)|狗整夜叫|公鸡|upstairs neighbou?r|loud music",
    "machine noise": r"机器(?:整夜|一直|声|太)|风机|压缩机|倒泔水|machine noise",
    "dust": r"粉尘|木屑|扬尘|灰尘|喷淋|尘土|dust",
    "fumes": r"油烟|排烟|烟没少|烧烤.{0,6}烟|辣椒味|炒菜味|cooking fumes",
    "factory smoke": r"油漆味|喷漆|涂料味|胶水味|异味|怪味|味道飘|黄烟|烟囱|废气|药水味|塑料(?:厂)?(?:味|烧焦)|烧焦的味|偷排|刺鼻|喉咙都|化工味|factory smoke|chemical smell",
    "river": r"泡沫|鸭子都死|死鱼|翻肚皮|发黑|乳白|白花花|(?:河|溪)(?:里|水|流)?.{0,4}(?:颜色|变|臭)|排污|排废水|污水排|dead fish|polluted",
    "river litter": r"水草|漂浮|没人捞|打捞|floating",
    "burning": r"烧(?:稻草|秸秆|垃圾|东西|荒|落叶)|露天焚烧|burning (?:straw|rubbish)",
    "pigs": r"猪场|养猪|养殖场|粪水|pig farm",
    "chickens": r"养(?:了)?(?:几十只)?鸡|鸡粪|养鸭|chicken",
    # safety
    "fire lane": r"消防(?:通道|登高)|救援通道|登高面|fire lane",
    "stairs blocked": r"楼梯间堆|堆得满|楼道里?.{0,4}堆|堆满了?纸箱|杂物|stairwell (?:full|blocked)",
    "flying wire": r"私(?:拉|接)(?:乱接|电|线)?|乱接|飞线|拉(?:了)?(?:根)?(?:线|插)|插线板|窗户拉线|charging cable",
    "bike upstairs": r"电瓶车(?:推进|上楼)|进电梯|推进楼",
    "charger": r"充电(?:桩|棚|柜)|扫码没反应|charging (?:point|station)",
    "thrown": r"乱扔外卖|扔(?:外卖|垃圾|东西)|从(?:高)?楼(?:上)?扔|高空抛物|(?:扔|丢|掉)(?:下来)?(?:一个|啤酒|下来|花盆|东西)|往(?:楼)?下(?:扔|丢)|抛下来|玻璃瓶|花盆|throw(?:n|ing) from",
    "thrown ends": r"扔烟头|烟头.{0,4}(?:扔|掉)",
    "falling tiles": r"瓷砖掉|外墙|墙皮|脱落|falling tiles",
    "poured": r"泼水",
    "flood": r"涨水|(?:水漫|进水|淹|水已经到)|全是水|膝盖|洪水|内涝|flood",
    "landslide": r"滑坡|塌方|泥石流|石头滚|山(?:上)?(?:石|土)(?:掉|下)|landslide",
    "crack in slope": r"边坡|坡上.{0,4}裂缝",
    "loose dog": r"狼狗|流浪的狗|没人管的.{0,4}狗|大狗|流浪狗|野狗|没拴绳|(?:黑|黄|白|大)狗|追小孩|见人就追|狗咬|stray dog",
    "dog dirt": r"狗(?:粪|屎|便)|粪便从来不|dog dirt",
    "cats": r"养了好多猫|流浪猫|野猫(?!翻)|\bcats\b",
    "fireworks": r"鞭炮|烟花|爆竹|firecrackers|fireworks",
    "boars": r"野猪|wild boar",
    "rats": r"老鼠|\brats?\b",
    "home pest": r"蟑螂|消杀|cockroach",
    # people and money
    "wages": r"欠我|欠钱|包工头|血汗钱|工资|工钱|欠薪|不给钱|没拿到(?:钱)?|wages",
    "injury": r"工伤|压断|受伤|摔断|injury",
    "closed shop": r"闭店|失联|学费|没上(?:完)?|充值卡|要不回来|跑路|关门|停业|倒闭|搬空|退费|退钱|退不了|不退|年卡|课时费|卡里(?:的|还)|办了卡|prepaid",
    "bad service": r"过敏|做坏|烫伤",
    "farm road": r"机耕路|farm track",
    "school meals": r"食堂|school meals",
    "speed bump": r"减速带|speed bump",
    "steps": r"台阶|石阶|踏步|\bsteps\b",
    "gate bar": r"道闸|抬杆|起落杆|门禁|单元门|barrier gate|entry system",
    "transformer": r"变压器|配电箱|电箱|transformer",
    "notice board": r"公告栏|宣传栏|橱窗|notice board",
    "glass": r"幕墙|玻璃(?:碎|裂|松|有块)|loose glass",
    "wall crack": r"围墙(?:裂|倒|塌)|wall (?:crack|fallen)",
    "hoarding": r"围挡|hoarding",
    "roof": r"(?:车)?棚顶|雨棚|顶(?:破|漏)",
    "ducks": r"养鸭|养(?:的)?鹅|鸭场|ducks|geese",
    "home charging": r"抱回家充|家里充|带回家充",
    "television": r"电视(?:机)?(?:收不到|没)|television",
    "medicines": r"药不全|配不到|缺药|medicines?",
    "tricky shop": r"短斤缺两|假货|不退款|价格欺诈",
    "mosquito": r"蚊子|蚊虫|苍蝇|mosquito",
    "snake": r"(?:有|一条)蛇|马蜂|蜂窝|wasp|\bsnake",
    "water level": r"水位|泄洪|dam",
    "dead animal": r"死(?:猫|狗|老鼠)|动物尸体|dead (?:cat|dog)",
    "toilet tank": r"旱厕|粪坑",
    "street name": r"门牌|路牌|street sign",
    "camera": r"监控(?:坏|没)|摄像头|camera",
    "fire hydrant": r"消防栓|灭火器|消火栓|hydrant|extinguisher",
    "drain cover": r"雨水(?:井|篦|箅|口)|下水口|drain cover",
    "bollard": r"石墩|隔离墩|路桩|防撞(?:柱|桶)|bollard",
    "bridge": r"桥(?:面|墩|栏)(?:裂|塌|断|坏)|bridge (?:crack|broken)",
    "square": r"广场地面|地面(?:打滑|太滑|湿滑)|slippery",
    "doctor": r"没有医生|\bdoctor\b",
}
# A word of the wider thing stands in the name of the narrower one: a kitchen's 下水道 is no sewer, a dark 红绿灯 no lamp.
_NARROWER: dict[str, tuple[str, ...]] = {
    "home drain": ("sewer",), "traffic light": ("lamp",), "lift lamp": ("lift", "lamp"), "stair lamp": ("lamp",),
    "renovation noise": ("site noise",), "new flat": ("leak",), "burst pipe": ("leak",),
    "dirty water": ("no water",), "irrigation": ("no water",), "stall": ("rubbish", "bikes"), "truck": ("site noise",),
    "fee": ("owners",), "old car": ("parking",), "bikes": ("parking",), "rubble": ("rubbish",), "bin lid": ("rubbish",),
    "flood": ("no water",), "thrown ends": ("thrown", "sweeping"), "tree": ("lamp",), "fire lane": ("parking", "rubble"),
    "flying wire": ("bikes", "wire", "home power"), "charger": ("home power", "bikes"), "bus": ("driver",),
    "signal": ("home net",), "home net": ("wire",), "trimming": ("tree", "lamp"), "stairs blocked": ("rubble",), "injury": ("wages",), "bad service": ("closed shop",),
    "machine noise": ("factory smoke",), "river litter": ("rubbish", "river"), "burning": ("rubbish",),
    "unit rack": ("appliance",), "court": ("hole",), "unsafe house": ("hole",), "accident": ("parking",), "home power": ("no power",), "parking fee": ("parking",), "thrown": ("rubbish",), "home charging": ("flying wire",), "drain cover": ("sewer",), "dust": ("site noise",), "hoarding": ("site noise",),
    "glass": ("shelter",), "wall crack": ("unsafe house",), "river": ("ducks",), "rubbish": ("puddle",), "street name": ("marking",),
}  # fmt: skip


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((thing, re.compile(words)) for thing, words in _WORDS.items())


def things_of(text: str) -> frozenset[str]:
    """The things that a text names."""
    folded = text.lower()
    found = {thing for thing, pattern in _patterns() if pattern.search(folded)}
    wider = {each for thing in found for each in _NARROWER.get(thing, ())}
    return frozenset(found - wider)


def without_things(text: str) -> str:
    """The text with a stroke for everything that names a thing: what is left tells who, where and when."""
    for _, pattern in _patterns():
        text = pattern.sub("|", text)
    return text


def private(things: frozenset[str]) -> bool:
    """Is it a trouble of one household, and of nothing around it?"""
    return bool(things) and things <= PRIVATE
