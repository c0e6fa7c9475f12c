"""Names that a transcriber wrote by their sound are put right, and nothing else in anybody's words is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from casecore.territory import Territory, read_territory
from casecore.vocabulary import Level
from config.places import territory_folder
from intake.evaluate_voice import Clip, measures, read_labels
from intake.hot_words import VILLAGES_MOST, HotWords
from intake.likeness import aligned, alike, distance
from intake.misheard import Mender
from intake.understand import Understander
from intake.wording import simplified

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def fuyang() -> Territory:
    return read_territory(territory_folder("fuyang"))


@pytest.fixture(scope="module")
def mender(fuyang: Territory) -> Mender:
    return Mender(fuyang)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("楼门镇警区停车场乱收费", "龙门镇警区停车场乱收费"),
        ("富春街道鸡院社区门口", "富春街道金苑社区门口"),
        ("场口镇、东子、冠村的自来水", "场口镇东梓关村的自来水"),
        ("渔山向无令存地", "渔山乡五岭村地"),
        ("路主镇六主村的石矿", "渌渚镇六渚村的石矿"),
        ("春建乡行康孙的水库", "春建乡咸康村的水库"),
        ("里山鎮安頂村的路燈壞了", "里山镇安顶村的路灯坏了"),
        ("永昌镇，唐昌村和新登镇双塔村", "永昌镇唐昌村和新登镇双塔村"),
        ("信空向下红轴子里桃子卖不出去", "新桐乡小桐洲村里桃子卖不出去"),
        ("富春街道、盘温山社会、家里空调", "富春街道盘龙山社区、家里空调"),
        ("用超镇、航超出的变压器", "永昌镇唐昌村的变压器"),
        ("警察社区地下车库", "金桥社区地下车库"),
        ("希望社区门口的共享单车", "秦望社区门口的共享单车"),
        ("秋月社区电替坏了三天", "秋月社区电梯坏了三天"),
        ("马统堵了水冒出来", "马桶堵了水冒出来"),
    ],
)
def test_names_are_put_right(mender: Mender, heard: str, meant: str) -> None:
    assert mender.mend(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "。",
        "居住证怎么办",  # sounds like 渌渚镇
        "不动产证没办下来",  # like 永昌镇
        "东洲街道民星路117号",  # like 民联村, but 路 is no 村
        "富春街道高桥东路",
        "The lamp is out 😀",
        "富春街道",
        "希望社区能多装几盏灯",  # a wish, and no 秦望社区
        "可是村干部说不行",
        "伢三桥村一落雨",
        "鹿山街道群悦华城小区",  # another town's village sounds so
        "东洲街道银山社区",  # 亭山社区 is in another town
    ],
)
def test_what_is_no_misheard_name_stays(mender: Mender, text: str) -> None:
    assert mender.mend(text) == text


def test_messages_about_this_district_keep_their_words(mender: Mender) -> None:
    """Typed messages are right already: a name put in here would be a wrong one."""
    lines = (HERE / "heldout.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [simplified(json.loads(line)["text"]).strip() for line in lines]
    assert len(texts) > 200
    changed = {mender.mend(text) for text in texts if mender.mend(text) != text}
    # Two were typed by their sound, as people type, and are right now.
    assert changed == {"马桶堵了水冒出来了", "秋月社区电梯坏了三天了没人修"}


def test_a_territory_without_chinese_names_changes_nothing() -> None:
    mender = Mender(read_territory(territory_folder("littlebrook")))
    assert mender.mend(" The lamp at the Old Mill ") == "The lamp at the Old Mill"


def test_what_the_mouth_makes_alike_sounds_alike() -> None:
    """b is nearer to p than to l, a swallowed syllable costs less than a wrong one, and figures are themselves."""
    assert alike("ban", "ban") == 1
    assert alike("ban", "pan") > alike("ban", "lan") > alike("ban", "wu")
    assert alike("3", "3") == 1 and alike("3", "san") == 0
    name = ("jin", "qiao", "se", "qu")
    assert aligned(name, (*name, "de")) == (1.0, 4)
    assert aligned(name, ("jin", "se", "qu"))[0] > aligned(name, ("wo", "men", "se", "qu"))[0]
    assert aligned(name, ()) == (0.0, 0)


def test_distance_counts_letters() -> None:
    assert (distance("", "ab"), distance("lou", "long"), distance("cun", "cun"), distance("ab", "ba")) == (
        2,
        2,
        0,
        2,
    )


def test_hot_words_begin_at_home(fuyang: Territory) -> None:
    """The own village and its neighbours, then every town, then matters; no home, no villages."""
    towns = [u.names["zh-CN"] for u in fuyang.units.values() if u.level is Level.TOWN]
    everywhere = HotWords(fuyang).of(None)
    assert list(everywhere[: len(towns)]) == towns
    assert "路灯不亮" in everywhere
    village = next(u for u in fuyang.units.values() if u.level is Level.VILLAGE)
    at_home = HotWords(fuyang).of(village.id)
    assert at_home[0] == village.names["zh-CN"]
    assert at_home[VILLAGES_MOST] in towns
    assert HotWords(fuyang).of("elsewhere") == everywhere


def test_measures_of_speech(fuyang: Territory) -> None:
    """Signs and writing are no errors; a wrong character of the right sound is one of writing and not of sound."""
    understander = Understander(fuyang)
    clips = [
        Clip(
            name="1", said="新登镇双塔村的路灯坏了。", words="新登镇双塔村的路燈坏了", seconds=4.0, took=1.0
        ),
        Clip(name="2", said="停水了", words="亭水了", seconds=2.0, took=0.5),
        Clip(name="3", said="龙门镇停电", words="", seconds=2.0, took=0.5),
    ]
    got = measures(clips, understander)
    assert got["n"] == 3
    assert got["cer"] == round((0 + 1 + 5) / (11 + 3 + 5), 4)
    assert got["pinyin_error_rate"] == round((0 + 0 + 5) / (11 + 3 + 5), 4)
    assert got["rtf"] == 0.25
    assert got["place_found"] == 0.5
    assert got["item_top1_typed"] == 1.0
    labelled = measures(clips, understander, {"1": ("INF-01",), "2": ("ENV-01",)})
    assert (labelled["item_top1"], labelled["item_top1_typed"]) == (0.5, 0.5)
    assert measures([], understander)["cer"] is None


def test_labels_are_read_or_refused(tmp_path: Path) -> None:
    assert len(read_labels(HERE / "civic_labels.jsonl")) == 30
    bad = tmp_path / "labels.jsonl"
    bad.write_text('{"id": "1", "codes": []}\n{"codes": 3}\n')
    with pytest.raises(ValueError, match="row 2"):
        read_labels(bad)
