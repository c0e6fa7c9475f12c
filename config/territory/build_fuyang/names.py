"""A made-up gazetteer of any size below the real villages: what a district's address register looks like.

    python -m config.territory.build_fuyang.names COUNT FOLDER     writes gazetteer.csv there, the same for one COUNT

Per village hamlets, shops, bridges; per community roads, compounds, schools, shops. Then doors, round by round,
until COUNT is reached: numbers on roads and in hamlets, blocks in compounds. Names repeat between villages as they do
in life. Nothing of it exists; it is for measuring, and no part of the shipped territory.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from casecore.territory.model import Territory, Unit
from casecore.territory.reader import read_territory
from casecore.vocabulary import Level

FILE = "gazetteer.csv"
HEADER = ("name_zh", "name_en", "kind", "unit", "aliases", "lat", "lon")
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡"
    "余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏方邹孟秦邱江尹薛雷侯史陶贺顾毛"
    "龚邵万钱严俞裘羊盛骆章华"
)
HAMLETS = ("家", "家坞", "家弄", "家畈", "家埠", "家墩", "家湾", "家桥", "家门", "家塘", "山头", "岭脚")
GOOD = (
    "金银翠竹湖山云溪江春秋月明阳兰桂松柏鹤龙凤新古天和安康宁泰丰盛华景福禄锦绣玉瑞"
    "祥嘉茂文德仁义礼信星辰海韵雅望悦澜"
)
PAIRS = (
    "富春", "公望", "鹳山", "阳陂", "苋浦", "恩波", "达夫", "孙权",
    "新登", "葛溪", "渌川", "壶源", "大源", "银湖", "春江",
)  # fmt: skip
ROADS = ("路", "路", "路", "东路", "西路", "南路", "北路", "街", "大道", "巷")
COMPOUNDS = (
    "花苑",
    "家园",
    "小区",
    "公寓",
    "名苑",
    "嘉园",
    "新村",
    "雅苑",
    "华庭",
    "景园",
    "花园",
    "府",
    "里",
    "城",
)
PUBLIC = (
    ("幼儿园", "school"), ("小学", "school"), ("中学", "school"), ("菜市场", "market"), ("超市", "shop"),
    ("公园", "park"), ("广场", "square"), ("大厦", "building"), ("宾馆", "hotel"), ("公交站", "station"),
)  # fmt: skip
RURAL = (
    ("小店", "shop"), ("超市", "shop"), ("桥", "bridge"), ("庙", "temple"), ("水库", "water"), ("公交站", "station"),
    ("晒谷场", "square"), ("老年活动中心", "hall"), ("采摘园", "farm"), ("污水池", "plant"),
)  # fmt: skip
# Beyond these a road of the district has no number, a compound no block, a hamlet no house.
DOORS, BLOCKS, HOUSES = 900, 90, 500

Row = tuple[str, str, str, str, str, str, str]


class _Village:
    """One village or community: what stands in it, and its doors."""

    def __init__(self, territory: Territory, village: Unit, dice: random.Random) -> None:
        self._dice = dice
        self._village = village
        self._micro = [m for grid in territory.children(village.id) for m in territory.children(grid.id)]
        self._grids = territory.children(village.id)
        self._name = next(iter(village.names.values()))
        self.urban = self._name.endswith("社区")
        self._roads: list[str] = []
        self._blocks: list[str] = []
        self._houses: list[str] = [] if self.urban else [self._name]

    def places(self) -> list[Row]:
        return self._town_places() if self.urban else self._country_places()

    def doors(self) -> Iterator[Row]:
        """One more door of each road, compound and hamlet in turn."""
        for number in range(1, DOORS + 1):
            for road in self._roads:
                yield self._at(f"{road}{number}号", "door", self._dice.choice(self._micro))
            for compound in self._blocks if number <= BLOCKS else ():
                yield self._at(f"{compound}{number}幢", "door", self._dice.choice(self._micro))
            for hamlet in self._houses if number <= HOUSES else ():
                yield self._at(f"{hamlet}{number}号", "door", self._dice.choice(self._micro))

    def _town_places(self) -> list[Row]:
        dice = self._dice
        self._roads = [self._word() + dice.choice(ROADS) for _ in range(dice.randint(3, 6))]
        self._blocks = [self._word() + dice.choice(COMPOUNDS) for _ in range(dice.randint(6, 14))]
        found = [self._at(road, "road", self._village) for road in self._roads]
        found += [self._at(name, "compound", dice.choice(self._grids), short(name)) for name in self._blocks]
        for kind, sort in dice.sample(PUBLIC, dice.randint(3, len(PUBLIC))):
            found.append(self._at(self._word() + kind, sort, dice.choice(self._micro)))
        return found

    def _country_places(self) -> list[Row]:
        dice = self._dice
        hamlets = [dice.choice(SURNAMES) + dice.choice(HAMLETS) for _ in range(dice.randint(3, 9))]
        self._houses += hamlets
        own = self._name.removesuffix("村")
        found = [self._at(name, "hamlet", dice.choice(self._grids)) for name in hamlets]
        for kind, sort in dice.sample(RURAL, dice.randint(3, len(RURAL))):
            lead = dice.choice((own, dice.choice(hamlets), self._word()))
            found.append(self._at(lead + kind, sort, dice.choice(self._micro)))
        return found

    def _word(self) -> str:
        dice = self._dice
        if dice.random() < 0.2:
            return dice.choice(PAIRS) + dice.choice(("", dice.choice(GOOD)))
        return "".join(dice.sample(GOOD, 2))

    def _at(self, name: str, kind: str, unit: Unit, alias: str = "") -> Row:
        centre = unit.centre or self._village.centre
        if centre is None or unit.level is Level.VILLAGE:
            return (name, "", kind, unit.id, alias, "", "")
        return (name, "", kind, unit.id, alias, f"{centre.lat:.6f}", f"{centre.lon:.6f}")


def short(compound: str) -> str:
    """People leave 小区 out."""
    return compound.removesuffix("小区") if compound.endswith("小区") and len(compound) >= 5 else ""


def made_up(territory: Territory, count: int) -> Iterator[Row]:
    """Exactly `count` rows; fewer when every door of the district is used up."""
    dice = random.Random(f"minhu names {count}")  # noqa: S311 - an address register is drawn here, not a secret
    units = [unit for unit in territory.units.values() if unit.level is Level.VILLAGE]
    villages = [_Village(territory, unit, dice) for unit in units]
    return islice(_rows(villages), count)


def _rows(villages: Sequence[_Village]) -> Iterator[Row]:
    for village in villages:
        yield from village.places()
    doors = [village.doors() for village in villages]
    while doors:
        left = []
        for series in doors:
            rows = list(islice(series, 20))
            yield from rows
            if rows:
                left.append(series)
        doors = left


def write(territory: Territory, count: int, folder: Path) -> int:
    """gazetteer.csv in `folder`; how many rows it got."""
    written = 0
    with (folder / FILE).open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(HEADER)
        for row in made_up(territory, count):
            writer.writerow(row)
            written += 1
    return written


if __name__ == "__main__":
    wanted, into = int(sys.argv[1]), Path(sys.argv[2])
    write(read_territory(Path(__file__).parent.parent / "fuyang"), wanted, into)
