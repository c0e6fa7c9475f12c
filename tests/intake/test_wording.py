"""Writing and sound: offsets survive folding, dialect becomes standard, homophones meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from intake.matter.features import is_spelled
from intake.pinyin import near, sounds, syllables_of
from intake.split import announced_parts, clauses
from intake.wording import fold, language, plain


@given(st.text(max_size=80))
def test_folding_keeps_every_offset(text: str) -> None:
    """The exact words of a place are cut out of the original by offsets in the folded text."""
    assert len(fold(text)) == len(text)


def test_traditional_full_width_and_case_fold() -> None:
    assert fold("富陽區ＡＢ１") == "富阳区ab1"


def test_dialect_becomes_standard_and_felling_stays() -> None:
    assert plain("夜里厢困弗着 阿有人管伐") == "夜里睡不着 有没有人管吗"
    assert plain("有人在砍伐树木") == "有人在砍伐树木"


def test_homophones_and_confused_sounds_are_one() -> None:
    assert sounds("路登") == sounds("路灯")
    assert sounds("心桐") == sounds("新桐")
    assert near("ji", "jin")
    assert not near("ba", "li")


def test_latin_spelling_is_cut_into_syllables() -> None:
    assert syllables_of("shuangta") == sounds("双塔")
    assert syllables_of("street") == ()
    assert is_spelled("wo men cun ting dian le")
    assert not is_spelled("the lamp is out in our lane")


def test_language_follows_most_of_the_words() -> None:
    assert language("please help") == "en"
    assert language("wifi一直掉 please help") == "zh-CN"
    assert language("123") == "zh-CN"


def test_marked_matters_are_cut_and_unmarked_are_not() -> None:
    assert announced_parts("两个问题 一是垃圾没人收 二是路灯不亮") == (
        "两个问题 一是垃圾没人收",
        "二是路灯不亮",
    )
    assert announced_parts("路灯不亮 晚上害怕") == ("路灯不亮 晚上害怕",)
    assert announced_parts("到现在还有人没人管") == ("到现在还有人没人管",)
    assert clauses("门禁坏了，灭火器过期了！好") == ("门禁坏了", "灭火器过期了")
