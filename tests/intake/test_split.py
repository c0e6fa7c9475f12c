"""Two matters become two cases (R1.3), one matter with its story stays one."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.territory.reader import read_territory
from intake.split import Best, announced_parts, parts_of
from intake.understand import Understander

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def understander() -> Understander:
    return Understander(read_territory(ROOT / "config" / "territory" / "fuyang"))


def about(part: str) -> Best:
    """A part is about the first of these words that it holds."""
    for word in ("灯", "狗", "水", "电梯"):
        if word in part:
            return Best(code=word, probability=0.9)
    return Best(code="?", probability=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "楼下的灯灭了 还有狗乱叫",
        "楼下的灯灭了，另外狗乱叫",
        "一个是楼下的灯灭了 一个是狗乱叫",
        "1.楼下的灯灭了 2.狗乱叫得厉害",
        "想问两件 楼下的灯谁修 狗证在哪办",
        "楼下的灯灭了；再反映一下狗乱叫",
        "楼下的灯灭了 第二个事情 狗乱叫",
    ],
)
def test_a_marked_cut_between_two_matters_holds(text: str) -> None:
    parts = parts_of(text, about)
    assert len(parts) == 2
    assert "灯" in parts[0]
    assert "狗" in parts[1]


@pytest.mark.parametrize(
    "text",
    [
        "楼下的灯灭了 还有楼上的灯也灭了",
        "楼下的灯灭了 狗看不见路",
        "楼下的灯灭了 还有谁能管管",
        "楼下的灯灭了 然后就一直没人来修狗都不敢出门",
        "",
    ],
)
def test_one_matter_is_not_cut(text: str) -> None:
    assert parts_of(text, about) == ()


def test_a_part_about_nothing_is_no_matter() -> None:
    assert parts_of("楼下的灯灭了 还有这个那个的", about) == ()


def test_a_long_complaint_that_goes_through_three_matters_is_parted() -> None:
    text = "我们这个小区真的没法住了" * 4 + "，楼道的灯灭了一个月，门口的狗天天乱叫，地下室全是水没人抽"
    assert len(parts_of(text, about)) == 3


def test_the_time_is_bounded_whatever_is_written() -> None:
    asked: list[str] = []

    def counting(part: str) -> Best:
        asked.append(part)
        return about(part)

    parts_of("另外这个那个，" * 600 + "两件事情", counting)
    assert len(asked) < 60
    assert len(announced_parts("还有一个" * 900)) >= 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("垃圾桶三天没人收，另外楼道的灯也不亮了", 2),
        ("先谢谢网格员帮我妈跑腿 再反映一下路边栏杆断了", 2),
        ("晚上路灯不亮，孩子上学害怕，老人也摔过", 0),
        ("楼上漏水把我家天花板泡了，墙皮掉下来，家具都发霉了，找他们也不理", 0),
    ],
)
def test_whole_messages(understander: Understander, text: str, count: int) -> None:
    assert len(understander.understand(text).parts) == count
