"""How urgent it is (R3, R17): the item's default, raised by words of danger that are meant as such.

A word of danger counts unless it is an idiom (累得救命), imagined (万一炸了), past and over, denied, or only asked
about. The urgency is never under the item's default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from casecore.territory.model import Item
from casecore.vocabulary import Urgency
from intake.judgement import Because

_RANK = {Urgency.NORMAL: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}

# A life at risk, or a disaster under way, now.
_EMERGENCY = re.compile(
    r"火苗.{0,4}(?:窜|蹿|高|大|到|上楼)|火焰|大火|火(?:窜|蹿|烧)(?:到|上|起)|(?:全是|都是|满是|好多|很多|浓|黑)烟.{0,8}(?:屋|房|楼|出不去|呛|困|喊|人)|(?:屋|房|楼|家)(?:里|内|道)?(?:全是|都是|满是)(?:浓|黑)?烟|"
    r"浓烟.{0,10}(?:楼|屋|房|窗|仓库|店|困|里面|里头)|(?:楼|屋|房|窗|仓库|店)[^,，。]{0,8}浓烟|烟.{0,6}(?:里面|里头|屋里|楼上)(?:还)?有人|烧(?:得)?(?:通红|着了)(?=.{0,8}(?:房|屋|楼|车|人|家))|"
    r"(?:快|帮|要)叫.{0,3}救护车|没(?:有)?(?:心跳|脉搏)|摸不到脉|昏昏沉沉|不省人事|没(?:有)?知觉|眼睛往上翻|两眼上翻|"
    r"(?:口|嘴)角?(?:歪|斜)了?|(?:突然|忽然|刚刚?|一下子)[^,，。]{0,8}(?:半边|一边)[^,，。]{0,6}(?:不能|不会|动不)|胸口.{0,6}(?:痛|疼|闷|压)|羊水破|快要?生了|大出血|"
    r"(?:压|埋)(?:住|着|在).{0,4}(?:人|工人|老人|孩子|我)|(?:底下|下面|里面|里头)(?:还)?(?:压|埋|困)着|挂在.{0,8}(?:下不来|快抓不住|快掉)|"
    r"(?:手|手指|胳膊|手臂|腿)[^,，。]{0,3}(?:机器|皮带|齿轮|链条|冲床|搅拌机)[^,，。]{0,4}(?:卷|绞|夹|压|切)(?:进|住|断|到|了)|"
    r"(?:手|胳膊|手臂|头|袖子|头发)(?:被|给)?.{0,6}(?:卷|绞|夹|卡)(?:进|住|在).{0,10}(?:出不来|拔不出|拿不出|动不了|血)|"
    r"(?:喝|吞|吃)了?.{0,6}(?:农药|除草(?:剂|的药)|百草枯|老鼠药|安眠|洗洁精|洁厕)|(?:毒)?(?:蘑菇|菌子).{0,8}(?:吐|昏|中毒|倒)|毒蛇咬|被.{0,4}蛇咬|"
    r"(?:水里|河里|江里|塘里|溪里|水库)[^,，。]{0,6}(?:扑腾|挣扎|沉|喊)|(?:扑腾|挣扎)[^,，。]{0,8}(?:水|河|江|沉)|(?:人|孩子|他|她|头)[^,，。]{0,4}沉下去了|"
    r"(?:躲|逃|困|蹲)(?:到|在|上)?了?.{0,2}(?:屋顶|房顶)|爬(?:到|上)(?:屋|房)顶了|水.{0,4}(?:到|淹).{0,3}(?:床|窗|胸|腰|脖)|"
    r"(?:追|砍|捅|威胁|逼|架)(?:着)?.{0,4}(?:刀|斧)|(?:菜刀|砍刀|水果刀|斧头).{0,8}(?:追|砍|逼|冲|架|威胁)|踹(?:我)?(?:家)?门|砸我家?门|"
    r"(?:弄|打|杀|掐|砍|捅)死(?:我|她|他|你|人|一家)|同归于尽|遗书|离开(?:这个)?(?:世界|人世)|不想(?:在|再)(?:这个|活)|死了算了|一了百了|活着(?:真)?没(?:有)?意思|"
    r"割(?:手|腕|自己)|(?:坐|站|爬)(?:在|到|上).{0,6}(?:楼顶|天台|窗台|桥栏|栏杆外|阳台外|桥上).{0,8}(?:边|外|哭|不|要|想|跳|腿)?|"
    r"(?:不知去向|下落不明|没了踪影|一转眼(?:就)?不见)|"
    r"(?:(?<!打不)(?<!点不)着|起|失)火了|(?<!发)烧起来了?|(?<!灶)(?<!上)火(?:好|很|越来越|太)大|冒(?:着)?(?:浓|黑)?烟了|爆炸了|"
    r"炸了(?!锅|一声)|火光冲天|(?:楼|屋|房|店|仓库|山上)[^,，。]{0,8}火光|明火|"
    r"救命|救人|快来人|出人命了|快不行了|不行了快|没(?:有)?呼吸|没气了人|昏(?:迷|倒|过去)|晕(?:倒|"
    r"过去)|倒(?:在|地).{0,8}(?:不动|没反应|不醒)|"
    r"(?:人|老|妈|爸|爷|奶|公|婆|孩子|娃|他|她|叫|喊|推|拍(?!手)|怎么弄)[^,，。!！]{0,6}没(?:有)?反应|抽搐|大出血|"
    r"流(?:了)?(?:很多|好多|一地|不少)血|血(?:很多|止不住)|心脏病(?:发作|发了|犯了)|心梗(?:了|发作)|中风了|喘不(?:过|上)(?:气|来)|"
    r"(?:脸色?|嘴唇?|脸都)发?(?:紫|青)了?|噎住|卡(?:住|在)(?:喉咙|气管)|呛进气管|叫不(?:应|醒)|吐白沫|"
    r"(?:困|关|卡|闷)(?:在|住).{0,6}(?:电梯|里面|车里|屋里|井|水)|电梯.{0,10}(?:困(?:住|了|着|在)|关(?:住|着|在)|卡(?:住|了|着|在(?!哪|.{0,4}环节)))|"
    r"(?:人|孩子|老人|小孩).{0,6}(?:被困|困住|困在|爬不出)|"
    r"(?:掉|落|跌|摔|滑|翻)(?:到|进|下|入)了?.{0,4}(?:河|江|水|井|溪|塘|池)|(?:掉|落|跌)(?:河|江|水|井|溪|"
    r"塘|水库|池子)(?:里|中)|溺水|(?<!口)落水(?!口|管|慢|斗)|淹死|"
    r"(?:煤气|燃气|天然气)管.{0,8}(?:断|破|裂|穿)|(?:挖|铲|碰|撞)(?:断|破|坏|穿|到)了?.{0,10}(?:煤气|燃气|天然气)|"
    r"煤气(?:味|漏|泄|中毒)|燃气(?:味|漏|泄)|(?:煤气|燃气|液化气|天然气).{0,8}(?:味|漏(?![水电雨点])|泄|嘶)|漏(?:煤|燃|"
    r"天然|液化)气|臭鸡蛋味|"
    r"(?:洪水|江水|河水|溪水|大水).{0,8}(?:漫|淹|冲|灌|上来|进)|涨水(?!那|取消|的时候|期)|(?:水|淹).{0,6}(?:到|齐|没过?|"
    r"过)(?:了)?(?:膝|腰|胸|脖子|大腿|床|二楼|窗)|(?:家里|屋里|村里|一楼).{0,4}淹了|山洪|决堤|管涌|(?:车库|"
    r"江水|河水).{0,4}(?:倒灌|灌)|"
    r"山.{0,2}(?:塌|垮|滑坡|滑下来)|泥石流|滑坡了|塌方了?|(?:房子|墙|楼|屋|棚|脚手架|塔吊).{0,5}(?:塌|倒|"
    r"垮)(?:了|下来)|"
    r"(?:拿|持|举)着?(?:刀|棍|斧)|砍人|捅(?:人|伤)|要杀|杀(?:人|了我|我)|打(?:死|得头破|出血)|掐(?:我|住)|"
    r"(?:老公|丈夫|男人|前夫|男朋友|爸爸?|儿子|他|婆婆|后妈|继父).{0,10}(?:打我|又打(?=我|她|他|人|孩子|娃|老婆|媳妇|老人|妈|了(?:我|她)|起来)|"
    r"在打(?=我|她|他|人|孩子|娃|老婆|老人|妈)|(?:又|就|对[^,，。]{0,4})动手|动手打|家暴|"
    r"往死里打)|不敢回家|(?:躲|锁|关)在.{0,8}不敢(?:出来|出门|出声)|"
    r"不想活|自杀|轻生|跳楼|跳(?:河|江|桥)|割腕|寻死|想死|活不下去|喝(?:了)?农药|吞(?:了)?(?:安眠)?药|"
    r"(?:走丢|走失)(?!的?(?:猫|狗))|(?<!老板)(?<!房东)(?<!商家)失踪|(?:老人|老太|孩子|小孩|娃|奶奶|爷爷|外婆|外公|我妈|我爸|爹|女儿|儿子|孙子|孙女)"
    r"(?:(?!书包|手机|的卡|卡不|证|钱包|车|狗|猫|工作|学校).){0,14}(?:不见了|找不到(?:了|人|他|她|$|(?=[,，。\s!！]))|(?<!父母)(?<!爸妈)(?<!家长)联系不上|"
    r"(?:到现在|还|一夜|天黑|至今|一天|晚上|整晚)[^,，。]{0,6}没(?:有)?(?:回来|回家|到家)|失联)|"
    r"抢劫|绑架|纵火|放火烧(?:房|屋|车|店|人|我)|救救(?:我|他|她|孩子|人|命)|来人[啊呀]|被车撞(?!.{0,2}(?:歪|坏|弯|漏|断(?!腿|骨|手)))|(?:孩子|小孩|老人)丢了|触电|电(?:倒|晕|到)(?:人|了)|呼吸机|制氧机|(?:(?:出|发生)了?车祸|车祸了|车祸现场|(?:有|看到|看见).{0,4}车祸|撞(?:了|到|伤)人|人被撞)|\b(?:on fire|gas leak|"
    r"smell(?:s|ing)? (?:of )?gas|"
    r"there(?:'s| is) a fire|caught fire|house fire|is burning down|in flames|help!|"
    r"trapped|drowning|unconscious|not breathing|(?:has|just|man|woman|he|she|father|mother|husband|wife|worker|grandm\w+|grandp\w+) (?:has )?(?:just )?collapsed|suicide|kill (?:me|myself)|beating me|hits me|"
    r"hit me|hitting (?:me|her|my)|beats (?:me|her)|beating (?:me|her|his|up)|can(?:not|'t) breathe|chest pain|"
    r"(?:heavy|thick|black) smoke.{0,20}(?:window|flat|house|building|apartment|room)|smoke (?:is )?(?:pouring|coming).{0,20}(?:window|flat|house|building|apartment|floor|room)|choking (?:me|on)|stabbed|missing (?:child|person)|"
    r"explosion|exploded|flooding into|help me|went missing|has a knife|electrocuted)\b"
)

# Said of tiredness, laughter, noise or price: the word is there, the danger is not. Kept narrow on purpose: an
# idiom that is missed costs a needless alarm, a real cry taken for one costs a life.
_IDIOM = re.compile(
    r"(?:卡片?|手机|钥匙|包|证|帽子|球|东西)[^,，。\s]{0,4}(?:掉|落)(?:到|进)?[^,，。\s]{0,3}(?:河|江|水|井|沟)里?|"
    r"(?:热|累|困|闷|站|晒|熏|臭|气|饿|疼|吵|痛)(?:得|到)?[^,，。\s]{0,6}(?:要|快|差点|都)?(?:晕|昏)(?:倒|过去|了)|(?:快|差点|都要|要)晕(?:倒|过去)|"
    r"(?:熏|臭|呛|热|累|压力|压得|味道?|烟味|油烟)[^,，。\s]{0,6}喘不(?:过|上)|"
    r"(?:要|会|等到|非要|迟早|早晚|总有一天|难道)(?:真)?(?:搞|弄|闹)?出人命了?|(?:臭|吵|热|累|冷|挤|贵|慢)(?:得)?要死人?|"
    r"杀人(?:价|的心)|自杀式|(?:信息|电话|手机|微信|群|流量|人口|头|心态|情绪|脾气)[^,，。\s]{0,3}爆炸|"
    r"救人(?:的|事迹|英雄|好人)|"
    r"(?:狗|猫|鸟|鸡|钥匙|快递|卡|票|钱|硬币|手机|锁芯|东西|轮子|轮胎|车子?|鞋)[^,，。\s]{0,6}(?:困|关|卡|闷)(?:在|住)[^,，。\s]{0,6}(?:里面|车里|屋里|井|水|电梯)|"
    r"(?:拿|用|持|举)着?(?:刀|棍|斧)[^,，。\s]{0,2}(?:刮|割|切|削|剪|赶|砍树|撬)|"
    r"救命[啊呀啦]?[,，!！\s]{0,2}(?:我|真的|都|快|要|实在|简直|家里|被|又)*"
    r"(?:饿|热|困|累|笑|烦|吵|臭|冷|气|急|无聊|难吃|堵|慢|贵|丑|渴|尴尬)(?:死|疯|得要命|炸)|"
    r"(?:我|人|真的?|整个人|我们)(?:都|真的?|快|就)*(?:要|快)(?:气|吵|烦|被)?(?:爆?炸|炸裂)了?|炸(?:场|街|裂|厨房)|"
    r"心脏病(?:都|也)?(?:快|要|快要|差点)(?:被|给)?(?:吓|气|吵|震)?(?:犯|发|出来)|心脏病(?:都|要)[^,，。]{0,4}犯|"
    r"打我(?:的)?[^,，。\s打]{0,4}(?:电话|手机|座机|号码|微信|语音)|"
    r"(?:累|热|吵|烦|笑|贵|臭|痒|慢|尴尬|无语)(?:死了?|得|的|到)?.{0,3}救命|救命(?:啊|呀|"
    r"啦)?[,，!！\s]{0,2}(?:也?太|谁懂|真的(?:太|好))|"
    r"真(?:是|的)?救命|救命(?:的|稻草|恩人|钱)|(?:狗|猫|鸡|羊|猪)[^,，。]{0,8}吐白沫|救人一命胜|肺(?:都)?(?:要|快)?(?:气)?炸了?|(?:气|吵)炸了?|"
    r"炸(?:锅|毛)了?|"
    r"(?:朋友圈|群里|业主群|邻居群|评论区|头|头都|脑袋|耳朵|心态|脑子)(?:都|也)?(?:要|快|快要|直接)?(?:吵|"
    r"气|被)?炸了|"
    r"(?:气|吵|热|累|笑|臭|烦|堵|冷|急|吓|疼|渴|挤|慢|难看|贵|饿|烂|丑|懒)死(?:人|我)?了?|死贵|(?:生意|"
    r"视频|直播)(?:很|爆)火|"
    r"(?:喉咙|嗓子|眼睛)(?:里)?(?:都)?(?:要|快)?(?:冒烟|冒火|着火)|(?:跟|像|好像|仿佛).{0,8}(?:炸了|爆炸|"
    r"着火|地震|火灾|失火)了?(?:一样|似的|一般)|"
    r"生不如死|要命的?(?:贵|慢|吵)|(?:想死|自杀|跳楼|跳河|上吊|死|杀人)的心(?:都)?有|跳楼(?:价|大甩卖|甩卖|机)|"
    r"(?:bored|tired|annoyed|worried|scared|sick) to death|dying (?:of|from) (?:laughter|boredom|heat|"
    r"thirst)|dying to|noise is killing me|lifesaver"
)
# Said of noise or hunger a few words before or after: then a bare 救命 is a groan.
_GROAN = re.compile(
    r"(?:饿|热|困|累|笑|烦|吵|臭|冷|气|无聊|贵|丑|慢|尴尬|难吃)死|(?:头|耳朵|脑袋|脑子|群里?)(?:都|也|里)?(?:要|快|快要)?炸"
)
# Not happening: imagined, a rule, a drill, a lesson. Words that make everything after them a supposition.
_IMAGINED = re.compile(
    r"万一|要是|如果|假如|假设|倘若|将来|以后(?:要|会)|迟早|早晚(?:要|会)|哪天(?:要|会)?|演[练习]|培训|"
    r"宣传|知识|讲座|证明|保险|应急预案|试鸣|试响|in case|what if|\bif (?:it|there|a|the|someone|we|i)\b|drill"
)
# Feared or only just escaped: such words reach no further than their own clause (好危险 着火了 is a fire).
_DREADED = re.compile(
    r"怕(?:哪天|万一|会|要|以后)|担心|容易|会不会|可能会|说不定|差点|差一点|险些|幸好|幸亏|还好(?:没|有)|防止|预防|避免|防|"
    r"什么时候(?:会|要)|有没有可能|是不是会|隐患|危险|提醒|might|could|worried|afraid|almost|nearly|prevent"
)
_CLAUSE_END = re.compile(r"[\s,，。;；!！?？]")
_PAST = re.compile(
    r"(?:去年|前年|上个?月|以前|之前|曾经|那年|当年|几年前|上次|前几[天年]|小时候|[0-9一二三两]+年前|"
    r"last (?:year|month|week))"
)
_NOW = re.compile(r"现在|刚才|刚刚|今天|今晚|今早|昨晚|昨天|正在|还在|又|马上|now|again|today")
_OVER = re.compile(
    r"(?:已经|后来|都)(?:扑灭|救|找到|送|修|处理|过去|平息|好|没事)|(?:找|救)(?:到|回来|上来|出来)了|(?:火|"
    r"已经|扑)灭了|没事了|脱险|出院|赔偿|补偿|理赔|责任|认定|怎么赔|算不算|单位(?:说|不)|工伤|重起|重建|翻修|翻建|能修|怎么得了|报销|医保|住院费|评残|鉴定"
)
_DENIED = re.compile(
    r"(?:没有?|不是|并非|并没|未)(?:什么|发生|出现|真的|人)?$|找回.{0,3}$|真(?:要|要是)?$|"
    r"(?:秸秆|节杆|桔杆|稻草|稻杆|田里)[^,，。\s]{0,4}$"
)

# Utilities lost at home, a hazard that may soon injure, a person without care, fresh fraud, unpaid wages (R17).
_URGENT = re.compile(
    r"(?:差点|险些|已经|刚刚?|又).{0,8}(?:摔|砸|撞|绊|咬|烫|触|翻车|掉下)|(?:摔|绊|砸|咬|划|烫|压|撞)(?:伤|"
    r"破|断|倒|到(?:人|头|了))|骨折|受伤|流血|"
    r"(?:马上|随时|快要?|就要|要)(?:会)?(?:倒(?![一二两三几车霉水垃]|[0-9])|掉|塌|断|砸|炸|出事)|摇摇欲坠|悬(?:在|着).{0,4}(?:头|空)|"
    r"(?:污水|粪水|臭水|脏水|水).{0,8}(?:漫|冒|溢|流|倒灌|返|涌)(?:到|进|上|出来|了)?.{0,6}(?:家|屋|门|街|"
    r"路|客厅|厨房|满|楼)|漫(?:到|进|上)|水漫|进水|"
    r"食物中毒|上吐下泻|送(?:医院|急诊)|进急诊|挂急诊|"
    r"(?:鱼).{0,6}(?:死|翻肚|浮)|死鱼|红绿?灯.{0,6}(?:全灭|不亮|坏)|灯全(?:灭|不亮)|四个方向|"
    r"(?:锅里|灶上|炉子|煤气|火上|灶台).{0,8}(?:炖|煮|烧|开着|没关)|(?:孩子|小孩|宝宝|老人|"
    r"婴儿).{0,8}(?:锁|关|反锁)在?(?:里|家|屋|车)|"
    r"没人(?:管|照顾|照看|带)(?:了|的)?.{0,4}(?:老人|孩子|饿|生病)|(?:一天|两天|几天)没吃|饿(?:着|了)|"
    r"断(?:药|粮|炊)|"
    r"马蜂窝|胡蜂|毒蛇|蛇.{0,6}(?:家|屋|院|楼|进)|野猪.{0,6}(?:伤|冲|追|进村)|(?:刚|已经)?(?:转|汇|打|挪|"
    r"划)(?:了|过去|出去).{0,8}(?:万|千|元|块|钱)|被骗|"
    r"(?:秧|稻|菜|苗|庄稼|鱼塘).{0,6}(?:干死|旱死|枯死|淹)|(?:电线|高压线).{0,8}(?:漏电|冒火花|打火|着|断)|"
    r"漏电|火花|焦味|短路|跳闸.{0,8}(?:全|没电)|"
    r"\b(?:injured|bleeding|about to (?:fall|collapse)|food poisoning|fell|sewage (?:is )?(?:coming|"
    r"flooding)|no (?:water|power|electricity))\b"
)

_FEAR = re.compile(r"容易|怕|担心|万一|会不会|防止|如果|要是|以免|避免|可能")
_ON_PAPER = frozenset({"LAB", "GOV"})
"""Categories that are settled at a desk."""

# A plain question about a bill, a rule, an opening time (R3.1).
_QUESTION = re.compile(
    r"[?？]|吗|么$|怎么(?:办|交|弄|申请|查|算)|多少|几点|哪里|什么(?:材料|条件|时候|手续)|如何|能不能|"
    r"可不可以|要不要|how|what|when|where|can i"
)
_OUT_OF_SERVICE = re.compile(
    r"坏|停[水电气]|没[水电气有]|断|漏|堵|不亮|不通|爆|危险|倒|塌|臭|吵|broken|out of|leak|no (?:water|power)"
)


# After the word: asked about as a subject, not told as an event.
_LESSON = re.compile(
    r".{0,4}(?:怎么(?:办理|申请|赔|预防)|的(?:隐患|风险|可能|危险|知识|演练|演习|培训)|演[练习]|(?:应急)?预案|讲座|保险)"
)
_EXERCISE = re.compile(
    r"(?:消防|逃生|火灾|防空|防汛|应急|救护|急救|防溺水|反诈|安全).{0,6}(?:演[练习]|讲座|培训|试鸣|宣传|知识|课)"
)
# A wish, a question of papers or money: whoever writes so has time.
_WISHED = re.compile(
    r"建议|提议|希望(?!.{0,6}(?:快|马上|赶紧))|能不能(?:装|加|搞|组织|安排|办|增|教)|想(?:问|咨询|了解|学)一?下?|请问|"
    r"补贴|补助|赔偿|报销|理赔|材料|申请|证明|登记|报名|哪里(?:办|学|买|报)|多少钱|suggest|how (?:do|can) i apply"
)
# Violence and despair: these ask politely too.
_GRAVE = re.compile(r"打|殴|暴|死|了结|威胁|杀|自残|轻生|保护令|靠近|跟踪|走丢|失踪|救|beat|hit|kill|die")
REACH = 20
"""Characters for which a supposition holds: 万一 and what it supposes stand close together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgencyReading:
    """The urgency, the words that raised it, and whether R3.1's plain enquiry applies."""

    urgency: Urgency
    because: tuple[Because, ...]
    enquiry: bool


def judge(text: str, default: Urgency, item: Item | None, *, asks: bool = True) -> UrgencyReading:
    """`text` is plain; `item` the likeliest one, None when none is likely. Never under `default`.

    A message that asks for nothing new (`asks` false: a status question, a rating) is never raised; praise and
    suggestions are not either; questions of entitlement (a work injury's insurance) only by a life at risk.
    """
    kind = item.kind if item else ""
    asks = asks and kind != "suggestion"
    on_site = item is None or (kind != "enquiry" and item.category not in _ON_PAPER)
    because: list[Because] = []
    level = default
    danger = real_danger(text) if asks else None
    if danger:
        level = Urgency.EMERGENCY
        because.append(Because(kind="emergency_word", text=danger, weight=1.0))
    elif asks and on_site and _RANK[level] < _RANK[Urgency.URGENT]:
        plain = without_idioms(text)
        hazard = next((h for h in _URGENT.finditer(plain) if not _feared(plain, h)), None)
        if hazard:
            level = Urgency.URGENT
            because.append(Because(kind="urgent_word", text=hazard.group(), weight=0.7))
    if not because:
        because.append(Because(kind="item_default", text=str(default), weight=0.5))
    asking = bool(_QUESTION.search(text)) and not _OUT_OF_SERVICE.search(text)
    return UrgencyReading(
        urgency=level, because=tuple(because), enquiry=asking and (kind == "enquiry" or not danger)
    )


def without_idioms(text: str) -> str:
    """The text with idioms of danger blanked: what is left is what the message is about."""
    return _IDIOM.sub(" ", text)


def _feared(text: str, match: re.Match[str]) -> bool:
    """A hazard that is only feared (容易受伤, 怕摔倒) is the default's business; a near miss is not."""
    return bool(_FEAR.search(text[max(0, match.start() - 6) : match.start()]))


def real_danger(text: str) -> str | None:
    """The first word of danger that is meant as such, or None."""
    for match in _EMERGENCY.finditer(text):
        if not _harmless(text, match):
            return match.group()
    return None


def only_told(text: str) -> bool:
    """Does the text speak of no danger that is real now: imagined, a drill, past, denied, a wish, a question of rights?

    Then the items that are emergencies by default are not what it is about, however near its words are to theirs.
    """
    plain = without_idioms(text)
    told = _EMERGENCY.search(plain) or _EXERCISE.search(plain) or _IMAGINED.search(plain)
    wished = _WISHED.search(plain) and not _GRAVE.search(plain)
    return bool(told or wished) and real_danger(text) is None


def _harmless(text: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    if any(i.start() < end and i.end() > start for i in _IDIOM.finditer(text)):
        return True
    if match.group() == "救命" and _GROAN.search(text):
        return True
    before = text[:start]
    after = text[end : end + 14]
    clause = _CLAUSE_END.split(before[-14:])[-1]
    if _DENIED.search(before[-14:]) or _DREADED.search(clause) or _OVER.search(after):
        return True
    if _IMAGINED.search(before[-REACH:]) or _passed(before):
        return True
    return bool(_LESSON.match(after))


def _passed(before: str) -> bool:
    """Is the danger told of as past, with nothing that brings it to the present?"""
    past = _PAST.search(before)
    return past is not None and not _NOW.search(before[past.end() :])
