"""What leaves a case carries no numbers, addresses of persons, plates, doors or names."""

from __future__ import annotations

import pytest

from casecore.redaction import MASK, redacted


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("电话13812345678随时打", "13812345678"),
        ("电话138 1234 5678随时打", "5678"),
        ("座机0571-63310000", "63310000"),
        ("身份证33018319800101123X要不要带", "33018319800101123X"),
        ("卡号6222 0212 0200 1234 567扣了钱", "6222"),
        ("车牌浙A12345挡住门", "A12345"),
        ("微信号wang_er2008加我", "wang_er2008"),
        ("邮箱wang.er@example.com", "wang.er"),
        ("我叫王小明，路灯坏了", "王小明"),
        ("姓名：欧阳锋", "欧阳锋"),
        ("李书记说没人管", "李书记"),
        ("隔壁陈大爷晕倒了", "陈"),
        ("3幢2单元502室漏水", "502"),
        ("my name is John Smith and the lamp is out", "John"),
        ("tell Mr. Brown", "Brown"),
    ],
)
def test_it_is_masked(said: str, secret: str) -> None:
    masked = redacted(said)
    assert secret not in masked
    assert MASK in masked


def test_names_that_the_case_knows_are_masked_wherever_they_stand() -> None:
    assert redacted("灯坏了，找阿古拉就行", names=("阿古拉", "")) == f"灯坏了，找{MASK}就行"


@pytest.mark.parametrize(
    "said",
    [
        "路灯不亮三天了",
        "我叫了物业三次没人来",
        "2号楼电梯坏了",
        "高压线垂下来",
        "12345打不通",
        "the lamp by gate 3",
    ],
)
def test_what_it_is_about_stays(said: str) -> None:
    assert redacted(said) == said
