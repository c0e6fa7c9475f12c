"""Words of danger count when they are meant; idioms, fears, drills, the past and good news do not (R3, R17)."""

from __future__ import annotations

import pytest

from casecore.vocabulary import Urgency
from intake.urgency import judge, only_told, real_danger


@pytest.mark.parametrize(
    "text",
    [
        "楼上着火了",
        "救命啊快来人",
        "被困在电梯里出不来",
        "我关在电梯里灯也灭了",
        "有人掉进江里了",
        "老人晕倒没反应",
        "闻到很重的煤气味",
        "水已经到膝盖了 老人在屋里",
        "后山滑坡了",
        "他拿着刀",
        "我不想活了",
        "孩子不见了",
        "我躲在厕所不敢出来",
        "house on fire",
        "he hit me again",
    ],
)
def test_real_danger_is_heard(text: str) -> None:
    assert judge(text, Urgency.NORMAL, None).urgency is Urgency.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "累死了救命啊",
        "吵得我头都要炸了",
        "业主群里炸了",
        "气死我了",
        "自杀的心都有了",
        "万一炸了怎么办",
        "怕哪天着火了",
        "去年着火了的那家店",
        "走失的猫已经找到了",
        "楼上往我家掉水",
        "店里跳楼价甩卖",
        "worried to death",
    ],
)
def test_danger_that_is_not_meant_raises_no_alarm(text: str) -> None:
    assert real_danger(text) is None


def test_never_under_the_default() -> None:
    assert judge("请问怎么办", Urgency.EMERGENCY, None).urgency is Urgency.EMERGENCY


def test_a_hazard_raises_one_step_and_a_feared_one_does_not() -> None:
    assert judge("招牌马上要掉下来了", Urgency.NORMAL, None).urgency is Urgency.URGENT
    assert judge("老人锻炼容易受伤", Urgency.NORMAL, None).urgency is Urgency.NORMAL


def test_a_message_that_asks_for_nothing_new_is_not_raised() -> None:
    assert judge("昨天说的着火了那件事", Urgency.NORMAL, None, asks=False).urgency is Urgency.NORMAL


def test_a_plain_enquiry_is_told_apart() -> None:
    """R3.1: the bill may be lowered by the dialogue, the outage may not."""
    assert judge("水费怎么交", Urgency.URGENT, None).enquiry is True
    assert judge("停水了什么时候来", Urgency.URGENT, None).enquiry is False


@pytest.mark.parametrize(
    "text",
    [
        "万一煤气漏了怎么办 想请人来检查一下",
        "如果家里着火了应该先打119还是先跑",
        "消防演习的时候着火了往哪跑",
        "前年失火了的那幢楼 现在能住人吗",
        "楼道堆东西 真着火了车都进不来",
        "救命啊 我都快困死了",
        "扫了码没反应",
        "请打我儿子手机",
        "电梯维修的钱卡在哪个环节",
        "灯杆被车撞歪了",
        "秸秆烧起来了 熏死人",
    ],
)
def test_what_is_imagined_past_or_a_figure_of_speech_is_no_danger(text: str) -> None:
    assert real_danger(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "闻到煤气味了怎么办",
        "好危险啊 着火了",
        "去年他打我 现在又拿刀",
        "火苗窜到三楼了",
        "他拿菜刀追我",
        "我妈突然半边身子不能动 嘴角歪了",
        "工人手被机器卷进去了",
        "爷爷叫不醒",
        "水到床沿了 老人动不了 水到腰了",
        "there is a fire in the warehouse",
        "smoke is coming out of the window of the flat",
        "my husband is hitting me",
    ],
)
def test_danger_in_other_words_is_heard(text: str) -> None:
    assert real_danger(text) is not None


def test_told_danger_is_told_apart_from_none_and_from_real() -> None:
    """Only then are the items that are emergencies by default left out of the guesses."""
    assert only_told("万一煤气漏了怎么办")
    assert only_told("反诈讲座几点开始")
    assert not only_told("煤气漏了")
    assert not only_told("路灯不亮")
    assert not only_told("救命稻草")
