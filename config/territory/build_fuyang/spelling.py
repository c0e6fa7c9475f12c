"""English names of Chinese places: the proper part in pinyin, the kind of place in English."""

from __future__ import annotations

from pypinyin import lazy_pinyin

KINDS = {"街道": "Subdistrict", "社区": "Community", "镇": "Town", "乡": "Township", "村": "Village"}
# Where the usual first reading is wrong in a place name: 长 as "long", 佛 as Buddha.
READINGS = {"长": "chang", "佛": "fo"}
# Names that are everyday words: as a bare alias they would find a village in "办个幸福的婚礼".
_EVERYDAY = (
    "建设 民主 光明 幸福 利民 太平 东风 新建 如意 彩虹 向阳 青山 红旗 红星 大地 大山 "
    "半山 百合 香槟 春晖 文采 春秋 金秋 秋月 硅谷 新生 八一 五四 大田 大同 春雨 双喜 "
    "西门 古城 山水 桃源 高桥 上山 平山 公望 新汇 云顶 城东 城西 春南 东山 江滨 香山 "
    "九龙 新联 民强 长春 大乐 临江 东安 民联 三联 新民 新华 永丰 春华 建华 中兴 富春 "
    "春江 新港 新一 新二 新三 环一 环二 环三 马山 南山 观前 新中 江洲 白石 白马 三桥 "
    "东兴 巨利"
)
EVERYDAY = frozenset(_EVERYDAY.split())


def split_kind(name: str) -> tuple[str, str]:
    """`双塔村` → (`双塔`, `村`)."""
    for kind in KINDS:
        if name.endswith(kind) and len(name) > len(kind):
            return name.removesuffix(kind), kind
    raise ValueError(f"no kind of place at the end of {name!r}")


def official(name: str) -> str:
    """The place's own name from the statistics code list, which names a village by its committee (村委会)."""
    return name.removesuffix("委会") if name.endswith("村委会") else name


def english(name: str) -> str:
    """`新登镇` → `Xindeng Town`, `东安社区` → `Dong'an Community`."""
    proper, kind = split_kind(name)
    return f"{in_pinyin(proper)} {KINDS[kind]}"


def in_pinyin(proper: str) -> str:
    """One capitalised word; an apostrophe stands before a syllable that begins with a vowel (GB/T 16159)."""
    word = ""
    for char, usual in zip(proper, lazy_pinyin(proper, v_to_u=True), strict=True):
        syllable = READINGS.get(char, usual)
        word += f"'{syllable}" if word and syllable[0] in "aoe" else syllable
    return word.capitalize()


def aliases(name: str) -> tuple[str, ...]:
    """The name without its kind, unless that is an everyday word or too short to be told from one."""
    proper, _ = split_kind(name)
    return () if proper in EVERYDAY or len(proper) < 2 else (proper,)
