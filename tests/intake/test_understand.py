"""The seam as others use it: places, intents, context, languages, laziness, on the shipped Fuyang territory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.territory.reader import read_territory
from casecore.vocabulary import Level, Urgency
from intake.judgement import NO_CONTEXT, Context, PlaceGuess, Understanding
from intake.understand import Understander

ROOT = Path(__file__).resolve().parents[2]
Read = Callable[..., Understanding]


@pytest.fixture(scope="module")
def fuyang() -> Territory:
    return read_territory(ROOT / "config" / "territory" / "fuyang")


@pytest.fixture(scope="module")
def understander(fuyang: Territory) -> Understander:
    return Understander(fuyang)


@pytest.fixture(scope="module")
def read(understander: Understander) -> Read:
    return lambda text, context=NO_CONTEXT: understander.understand(text, context)


def village(fuyang: Territory, guess: PlaceGuess) -> str:
    assert guess.unit_id is not None
    unit = fuyang.at_level(guess.unit_id, Level.VILLAGE)
    assert unit is not None
    return fuyang.path(unit.id, "zh-CN")


def test_importing_the_seam_loads_no_heavy_library() -> None:
    """The web process pays nothing for understanding."""
    code = (
        "import sys, intake.understand;"
        "print([m for m in ('numpy','shapely','pypinyin','rapidfuzz','sklearn') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("大源镇蒋家村路灯不亮", "大源镇蒋家村", "大源镇蒋家村"),
        ("鹿山的蒋家村路灯不亮", "鹿山街道蒋家村", "鹿山的蒋家村"),
        ("路灯坏了 在新民社区3幢2单元", "富春街道新民社区", "新民社区3幢2单元"),
        ("新民村停水了", "万市镇新民村", "新民村"),
        ("我在鸡院社区 路灯坏了", "富春街道金苑社区", "鸡院社区"),
        ("城東社區路燈壞了", "富春街道城东社区", "城東社區"),
        ("No water in Shuangta village, Xindeng", "新登镇双塔村", "Shuangta village, Xindeng"),
        ("xindeng zhen shuangta cun de lu deng huai le", "新登镇双塔村", "xindeng zhen shuangta cun"),
        ("不是大源镇 是灵桥镇光明村", "灵桥镇光明村", "灵桥镇光明村"),
    ],
)
def test_a_named_place_is_found_with_its_exact_words(
    read: Read, fuyang: Territory, text: str, expected: str, said: str
) -> None:
    best = read(text).places[0]
    assert village(fuyang, best) == expected
    assert best.text == said
    assert best.text in text
    assert best.because


def test_two_villages_of_one_name_are_both_offered(read: Read, fuyang: Territory) -> None:
    guesses = [g for g in read("蒋家村路灯不亮").places if g.text]
    assert {village(fuyang, g) for g in guesses} == {"鹿山街道蒋家村", "大源镇蒋家村"}
    assert all(g.probability < 0.5 for g in guesses)


def test_home_decides_between_two_villages_of_one_name(read: Read, fuyang: Territory) -> None:
    home = fuyang.find_path("大源镇/大同村").id
    assert village(fuyang, read("蒋家村路灯不亮", Context(home=home)).places[0]) == "大源镇蒋家村"


@pytest.mark.parametrize(
    "text", ["我们要过幸福生活", "前途一片光明", "我们村停水了", "走路太累", "马路上有个大坑"]
)
def test_common_words_are_no_places(read: Read, text: str) -> None:
    assert [p.text for p in read(text).places if p.text] == []


def test_an_unknown_road_keeps_its_words_without_a_unit(read: Read) -> None:
    best = read("花蕊西路那边路灯不亮").places[0]
    assert (best.text, best.unit_id, best.level) == ("花蕊西路", None, None)


def test_a_shared_point_gives_the_microgrid_and_refines_the_named_village(
    read: Read, fuyang: Territory, understander: Understander
) -> None:
    shuangta = fuyang.find_path("新登镇/双塔村")
    assert shuangta.centre is not None
    covered = understander.locate_point(shuangta.centre)
    assert covered is not None
    assert covered.level is Level.MICROGRID
    best = read("双塔村路灯坏了", Context(point=shuangta.centre)).places[0]
    assert (best.unit_id, best.text) == (covered.unit_id, "双塔村")
    assert {b.kind for b in best.because} == {"place_name", "polygon"}


def test_a_point_outside_the_district_is_nowhere(understander: Understander) -> None:
    assert understander.locate_point(Point(lat=-33.9, lon=18.4)) is None


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("萧山区的地铁站厕所没人打扫", True),
        ("我在余杭 这边的小区停水了", True),
        ("在上海住院 医保怎么报", False),
        ("富阳到杭州的公交太少", False),
    ],
)
def test_only_a_problem_elsewhere_is_out_of_area(read: Read, text: str, outside: bool) -> None:
    assert read(text).out_of_area is outside


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("路灯坏了", "new_request"),
        ("我上周报的路灯修到哪一步了", "status"),
        ("5", "rating"),
        ("补充一下 是北门不是南门", "addition"),
        ("你好", "greeting"),
        ("不用来了 已经修好了", "cancel"),
        ("加微信 低息贷款", "other"),
        ("公交线路取消了 老人怎么出门", "new_request"),
        ("🙂🙂🙂", "other"),
        ("", "other"),
    ],
)
def test_intent(read: Read, text: str, intent: str) -> None:
    assert read(text).intent == intent


def test_an_answer_to_the_question_for_the_place_is_an_addition(read: Read) -> None:
    assert read("双塔村3号", Context(asked="place")).intent == "addition"


def test_rating_and_verdict_are_read(read: Read) -> None:
    bad = read("不满意，问题根本没解决")
    assert (bad.intent, bad.solved) == ("rating", False)
    assert bad.rating is not None
    assert bad.rating <= 2
    good = read("已经修好了 谢谢 打五星")
    assert (good.rating, good.solved) == (5, True)


def test_consent_language_and_urging(read: Read) -> None:
    assert read("好的", Context(asked="confirm")).consent is True
    assert read("不对", Context(asked="confirm")).consent is False
    assert read("English please").wants_lang == "en"
    assert read("说中文").wants_lang == "zh-CN"
    assert read("催一下 怎么还没来").urging is True
    assert read("I have no water").lang == "en"
    assert read("wo men zhe li lu deng huai le").lang == "zh-CN"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("路登不亮", "INF-01"),
        ("城東社區路燈壞了", "INF-01"),
        ("夜里厢楼上拖椅子 困弗着", "NBR-01"),
        ("The street light is out", "INF-01"),
        ("挖机把煤气管挖断了", "UTL-05"),
        ("累死了救命啊 楼上天天吵", "NBR-01"),
    ],
)
def test_matter(read: Read, text: str, code: str) -> None:
    best = read(text).matters[0]
    assert best.code == code
    assert best.because


def test_the_probabilities_of_a_clear_and_of_an_empty_message_differ(read: Read) -> None:
    assert read("路灯不亮").matters[0].probability > 0.9
    assert read("嗯嗯啊").matters[0].probability < 0.3


@pytest.mark.parametrize("text", ["救命", "着火了", "老公打我", "小区着火了", "好像着火了 好多烟", "我想死"])
def test_a_short_cry_is_an_emergency_request(read: Read, text: str) -> None:
    """R3.3: the last messages to overlook are the shortest."""
    seen = read(text)
    assert (seen.intent, seen.urgency) == ("new_request", Urgency.EMERGENCY)


def test_two_marked_matters_become_two_parts(read: Read) -> None:
    seen = read("我们小区路灯坏了好几盏，另外流浪狗也很多")
    assert len(seen.parts) == 2
    assert read("路灯坏了好几盏，晚上走路害怕").parts == ()


@pytest.mark.parametrize(
    "text", ["啊" * 10_000, "\u0000\ud83d", "ﷺ" * 50, "1" * 300, "' OR 1=1 --", "<script>"]
)
def test_no_text_breaks_the_reader_and_the_answer_is_the_same_twice(read: Read, text: str) -> None:
    assert read(text) == read(text)


def test_a_territory_the_model_never_saw_is_read_by_its_own_words() -> None:
    """Nothing is wired to Fuyang: English names, other codes, no trained weights for them."""
    brook = Understander(read_territory(ROOT / "config" / "territory" / "littlebrook"))
    seen = brook.understand("The street lamp on Mill Lane is out")
    assert seen.matters[0].code == "ST-02"
    assert seen.places[0].text == "Mill Lane"
    assert seen.lang == "en"
