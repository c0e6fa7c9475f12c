"""What a model makes up is told from what people say."""

from __future__ import annotations

import pytest

from media.hallucination import echoes, made_up, prompt, repeats


@pytest.mark.parametrize(
    "text", ["谢谢谢谢谢谢谢谢谢谢", "请订阅，请订阅，请订阅，请订阅。", "嗯嗯嗯嗯嗯嗯嗯嗯嗯"]
)
def test_one_phrase_over_and_over_is_invented(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize(
    "text", ["", "好的好的", "路灯坏了三天了，晚上看不见路", "快点快点，水漫进来了，快派人来看看"]
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert not repeats(text)


TOLD = prompt("zh", ["新登镇", "龙门镇", "路灯不亮"])


@pytest.mark.parametrize("text", ["以下是居民用普通话反映的问题。", "新登镇、龙门镇，路灯不亮"])
def test_the_prompt_given_back_is_an_echo(text: str) -> None:
    assert echoes(text, TOLD)


@pytest.mark.parametrize("text", ["新登镇", "路灯不亮", "龙门镇路灯不亮三天了", ""])
def test_a_name_of_the_prompt_is_an_answer_and_no_echo(text: str) -> None:
    assert not echoes(text, TOLD)


def test_the_prompt_ends_where_the_model_stops_reading() -> None:
    names = [f"第{number}村" for number in range(200)]
    told = prompt("zh", names)
    assert names[0] in told and names[-1] not in told
    assert len(told) < 220
    assert prompt("en", ["Mill Lane"]).endswith("Mill Lane。") is True


def _sure(text: str) -> bool:
    return not made_up(text, prompt=TOLD, no_speech=0.1, log_probability=-0.3, compression=1.2)


def test_a_sure_sentence_stands_and_a_farewell_of_films_does_not() -> None:
    assert _sure("龙门镇路灯不亮三天了")
    assert _sure("谢谢你们，路灯修好了")
    assert not _sure("字幕由社区志愿者提供")
    assert not _sure("Thanks for watching!")
