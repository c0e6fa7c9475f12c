"""Words of danger count when they are meant; idioms, fears, drills, the past and good news do not (R3, R17)."""

from __future__ import annotations

import pytest

from casecore.vocabulary import Urgency
from intake.urgency import judge, real_danger


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
