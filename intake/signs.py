"""Phrases that tell what a person wants, each with the intent it speaks for and its weight in log-odds.

The weights are first guesses: training fits, for each intent, how far their sums are to be trusted beside the model.
"""

from __future__ import annotations

from intake.judgement import Intent

# A thing already reported, as people refer back to it.
_REPORTED = (
    r"(报(?:的|过|修的|上去)|反[映应](?:的|过|了)|投诉(?:的|过)|提交(?:的|了)|上报的|说的那|我那个|"
    r"我的那个|我的事|那个事|这个事|"
    r"那件事|这件事|单子|工单|案子|编号|反馈的|申请的那|登记的)"
)

SIGNS: tuple[tuple[Intent, str, float], ...] = (
    # cancel
    (
        "cancel",
        r"撤[销回单掉]|取消(?:吧|了|掉|投诉|这个|那个|刚才|上报|报修|工单|$)|(?:刚才|那个|这个).{0,8}取消",
        3.2,
    ),
    (
        "cancel",
        r"(?:不用|不要|别|不必)(?:再)?(?:来|派人|处理|管|查|跟进|麻烦|修)了|不(?:投诉|报|反映|要|追究|计较|"
        r"办|申请)了",
        3.2,
    ),
    (
        "cancel",
        r"^(?:那)?算了|算了吧|就当我没说|当我没[说讲报]|作废|报错了|发错了|误报|点错了|不是我们这里",
        2.4,
    ),
    ("cancel", r"自己(?:已经)?(?:弄|修|解决|搞|处理|找)(?:好|到|掉)?了", 1.4),
    (
        "cancel",
        r"\b(?:cancel|withdraw|never ?mind|forget (?:it|about it)|no longer need|don'?t need|drop (?:it|the))\b",
        3.4,
    ),
    # rating
    ("rating", r"^\s*[1-5]\s*(?:分|星|颗星|stars?)?\s*[吧啦哦。!！~]*$", 5.0),
    (
        "rating",
        r"[一二三四五1-5两]\s*(?:颗?星|分(?!钟|之|[0-9]))|[1-5]\s*/\s*5|满分|\b[1-5] ?stars?\b|\b(?:one|"
        r"two|three|four|five) stars?\b",
        3.0,
    ),
    ("rating", r"(?:很|非常|十分|挺|蛮|比较|不|不太|很不|基本|还算|相当)?满意(?!度调查)", 2.6),
    ("rating", r"差评|好评|评价[:：]|给.{0,3}[分星]|打.{0,3}分|点个?赞$", 2.6),
    (
        "rating",
        r"(?:已经|都)?(?:修|弄|处理|解决|搞|清理|疏通|整改)(?:好|掉|干净)了.{0,12}(?:谢|满意|不错|赞|速度|"
        r"快|辛苦|好的)",
        3.2,
    ),
    (
        "rating",
        r"(?:根本|压根|完全|还是|又|并)?没(?:有)?(?:修好|解决|弄好|处理好|人来过|来修|给我修)|"
        r"还是(?:老样子|那样|坏的|漏|不亮|堵|臭|吵|没)|修了等于没修|敷衍",
        2.0,
    ),
    (
        "rating",
        r"(?:处理|维修|师傅|工作人员|办事|服务|来的人|小伙子).{0,8}(?:很快|及时|不错|认真|负责|到位|太慢|"
        r"马虎|敷衍|一般|很差)",
        1.4,
    ),
    (
        "rating",
        r"\b(?:satisfied|dissatisfied|unsatisfied|well done|great job|good job|excellent|terrible (?:job|"
        r"service)|not (?:solved|fixed|happy)|still not (?:fixed|working|solved)|poor (?:job|service)|"
        r"nothing was done)\b",
        2.8,
    ),
    # status
    (
        "status",
        r"(?:处理|办|修|解决|弄|查|搞|安排)(?:理|得|的)?(?:怎么样|咋样|好|完|到哪)?(?:了没有?|了吗|了么|"
        r"得怎么样|到哪(?:一步|里)?)",
        2.2,
    ),
    (
        "status",
        r"进度|进展|到哪(?:一步|个环节|里)了|什么情况了|(?:有|没)(?:个)?(?:消息|音讯|下文|结果|回音|动静|"
        r"回复)了?(?:吗|没|么|啊)?$",
        2.2,
    ),
    (
        "status",
        _REPORTED + r".{0,14}(?:怎么样|咋样|怎么还|什么时候|几时|多久|哪|没有?$|吗|了没|消息|结果|进展)",
        3.0,
    ),
    (
        "status",
        r"(?:什么时候|几时|啥时候|多久)(?:才|能|会|可以)*(?:来人|有人来|派人|上门|过来|来修|修好|处理|解决|办好|弄好)",
        2.6,
    ),
    ("status", r"^(?:再)?催(?:一下|促|办)?|帮我催|麻烦催|催单", 3.2),
    (
        "status",
        r"怎么还(?:没|不)(?:人|来|处理|解决|修|联系|动静|回复|安排|给)|还(?:要|得)(?:等|多久)|"
        r"等了.{0,4}(?:天|小时|礼拜|周)了",
        1.5,
    ),
    (
        "status",
        r"过去.{0,3}(?:天|周|个?月|礼拜)了.{0,6}(?:没|怎么)|(?:天|周|个?月|礼拜|"
        r"小时)了.{0,4}(?:还)?没(?:有)?(?:人)?(?:联系|回复|答复|来|处理|动)",
        1.2,
    ),
    (
        "status",
        r"(?:查|看|问)(?:一下|下|问)?.{0,6}(?:编号|单号|工单|进度|我的(?:件|单|案|诉求|申请|投诉))|mh[0-9]{4,}",
        3.2,
    ),
    ("status", r"(?:谁|哪个部门|哪里)在(?:管|处理|负责|办)|转到哪|派给谁|有人接(?:单)?了?吗|接单了", 2.0),
    (
        "status",
        r"\b(?:status|progress|any (?:update|news|progress)|how long (?:will|until)|when will (?:you|it|"
        r"they|someone)|what happened to my|follow(?:ing)? up on|still waiting)\b",
        2.6,
    ),
    ("status", r"\bmy (?:request|report|complaint|case|ticket)\b", 1.2),
    # addition
    (
        "addition",
        r"补充(?:一下|一点|说明|几句)?|(?:刚才|前面|上面|之前|刚刚).{0,6}(?:说错|写错|打错|发错|漏了|忘了|"
        r"没说清)|说错了|写错了|更正|改一下地址|地址(?:错|应该)",
        3.2,
    ),
    ("addition", r"忘(?:了|记)?(?:说|讲|写|告诉)|漏(?:说|写|了说)|还有(?:一点|就是)?(?:忘|要说)", 2.6),
    (
        "addition",
        r"(?:我)?(?:再|又)(?:发|拍|传|补|给你)(?:一?张|几张|个|段|点|些)?|照片(?:发|在|补|来|传)|(?:图片|"
        r"视频|照片|定位)(?:如下|见|发过去|发给)",
        2.6,
    ),
    (
        "addition",
        r"(?:加到|记到|写到|放到|备注).{0,8}(?:单|里|一下|件|上)|就是(?:我)?(?:前面|刚才|上次|之前|"
        r"昨天)(?:说|报|讲)的",
        3.0,
    ),
    (
        "addition",
        r"^(?:对了|哦对|噢对|还有)[,，\s]?.{0,6}(?:电话|联系|门牌|地址|在|号码)|(?:我|联系)?(?:的)?(?:电话|"
        r"手机号?|号码)(?:是|打|换|改)",
        2.0,
    ),
    ("addition", r"^是.{1,14}不是|不是.{1,12}(?:,|，|\s)?(?:而)?是.{1,14}$", 1.6),
    (
        "addition",
        r"(?:上午|下午|晚上|白天|中午|周末|八点|九点|[0-9]+点)(?:以后|之后|以前|前)?(?:才|都|我)?(?:在家|"
        r"有人|没人|有空|方便|接不到)",
        2.0,
    ),
    ("addition", r"那个(?:事|单子|件|地方|报修|问题)[,，\s]", 0.8),
    (
        "addition",
        r"\b(?:forgot to (?:say|mention|add)|to add|i meant|correction|more info|additional|here(?:'s|"
        r" is) (?:a|another|the) (?:photo|picture)|by the way|wrong address)\b",
        3.0,
    ),
    # greeting
    (
        "greeting",
        r"^(?:你好|您好|侬好|大家好|喂+|哈喽|哈啰|嗨+|hi+|hello|hey|在吗|在不在|在么|有人(?:吗|在吗|么|不)|"
        r"早上好|早|上午好|中午好|下午好|晚上好|早安|晚安|good (?:morning|afternoon|evening|"
        r"day))[\s呀啊哦呢吗喂,，。!！?？~你好有人在]*$",
        4.5,
    ),
    (
        "greeting",
        r"^(?:好的?|嗯+|哦+|ok+|okay|行)?[,，\s]*(?:非常|太|多)?(?:谢谢|感谢|谢了|多谢|辛苦|麻烦)(?:了|你|"
        r"您|侬|你们|大家|啦|哈|哦|啊)*[,，\s]*(?:再见|拜拜|辛苦了?)?[\s!！。~]*$",
        4.5,
    ),
    ("greeting", r"^(?:好的?|嗯+|ok+|okay|行|知道了|收到|明白了?|了解)[\s,，。!！~了的啦哈哦]*$", 2.6),
    (
        "greeting",
        r"^(?:再见|拜拜|bye(?: ?bye)?|goodbye|see you|thanks?(?: you)?(?: so much| a lot| very much)?|"
        r"thank you.{0,20}|many thanks|cheers)[\s!！。~.]*$",
        4.5,
    ),
    # other
    (
        "other",
        r"加(?:我|v|微信|扣|q|薇)|[vw]信|日结|刷单返|兼职.{0,6}(?:日|元|赚)|秒批|无抵押|低息|包过|"
        r"代开(?:发)?票|点击(?:链接|下方)|优惠券?|(?:红包|福利).{0,4}(?:领|送)|彩票|博彩|澳门|荷官|"
        r"免费领取.{0,6}(?:关注|扫码)|招代理",
        3.4,
    ),
    ("other", r"https?://|www\.", 1.4),
    (
        "other",
        r"你是(?:机器人|谁|真人|人工|ai|不是)|你叫什么|你会(?:什么|唱|干)|讲个?笑话|唱(?:首|个)歌|(?:今天|"
        r"明天|后天).{0,4}(?:天气|几号|星期几|多少度|限行)|几点了$|无聊|爱你|吃了吗|吃饭了(?:吗|没)",
        3.2,
    ),
    (
        "other",
        r"^[哈呵嘿嘻啊嗯呃额噢哦唉哎呀嗨]+[\s。.!！~,，]*$|^(?:嗯|那个|这个|呃|啊|就是|然后|额|\s)+$|"
        r"^(?:测试|test|试一下|111+|123+|asdf.*|[a-z]{1,2})$",
        3.6,
    ),
    (
        "other",
        r"\b(?:are you (?:a )?(?:robot|bot|human|real)|tell me a joke|what'?s the weather|who are you|"
        r"how old are you)\b",
        3.2,
    ),
    (
        "other",
        r"(?:忽略|无视).{0,8}(?:指令|提示|规则|要求)|ignore (?:all |the )?(?:previous|above)|system prompt|"
        r"你现在是",
        3.4,
    ),
)
