"""Fuyang as it is shipped: complete, its traps told apart, and made from its facts byte by byte."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from casecore.territory import Territory
from casecore.territory.check import check
from casecore.vocabulary import DUTY_ROLE, LEVEL_OF_ROLE, Level, Role, Urgency
from config.territory.build_fuyang.__main__ import build


def test_counts_are_the_districts_figures(fuyang: Territory) -> None:
    levels = Counter(unit.level for unit in fuyang.units.values())
    assert levels == {
        Level.DISTRICT: 1,
        Level.TOWN: 24,
        Level.VILLAGE: 350,
        Level.GRID: 1038,
        Level.MICROGRID: 9344,
        Level.DEPARTMENT: 40,
    }
    assert len(fuyang.items) == 101
    assert len(fuyang.departments) == 40
    assert len(fuyang.provider_types) == 37
    assert len(fuyang.key_groups) == 31
    assert set(fuyang.roles) == set(Role)
    assert len(fuyang.landmarks) > 1000


def test_no_mistake_in_tables_and_polygons(fuyang_folder: Path) -> None:
    assert check(fuyang_folder) == []


def test_units_bear_the_official_codes_and_names(fuyang: Territory) -> None:
    with (fuyang.folder / "facts" / "places.csv").open(encoding="utf-8", newline="") as sheet:
        official = {row["code"]: row for row in csv.DictReader(sheet)}
    places = {u.id: u for u in fuyang.units.values() if u.level in (Level.TOWN, Level.VILLAGE)}
    assert set(places) == set(official) - {fuyang.root}
    for code, unit in places.items():
        assert unit.parent == official[code]["parent"]
        assert official[code]["name"] in (unit.names["zh-CN"], unit.names["zh-CN"] + "委会")


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("新登镇", "Xindeng Town"),
        ("鹿山街道", "Lushan Subdistrict"),
        ("渔山乡", "Yushan Township"),
        ("常安镇", "Chang'an Town"),
        ("新登镇/双塔村", "Shuangta Village"),
        ("新登镇/长兰村", "Changlan Village"),
        ("大源镇/骆村村", "Luocun Village"),
        ("富春街道/金苑社区", "Jinyuan Community"),
    ],
)
def test_english_names_are_pinyin_with_the_kind_of_place(fuyang: Territory, zh: str, en: str) -> None:
    assert fuyang.find_path(zh).names["en"] == en


def test_a_path_names_a_unit_and_a_unit_its_path(fuyang: Territory) -> None:
    grid = fuyang.find_path("新登镇/双塔村/1")
    assert grid.id == "330111115260-G01"
    assert grid.level is Level.GRID
    assert fuyang.path(grid.id, "zh-CN") == "新登镇双塔村1网格"
    assert fuyang.path(grid.id, "en") == "Grid 1, Shuangta Village, Xindeng Town"
    assert fuyang.find_path("富阳区/新登/双塔/1/2").names["zh-CN"] == "2微网格"
    assert fuyang.find_path(grid.id) is grid
    assert fuyang.find_path("district_centre").id == fuyang.root
    assert fuyang.find_path("UCB").level is Level.DEPARTMENT


def test_names_that_occur_twice_are_told_apart_by_their_town(fuyang: Territory) -> None:
    assert fuyang.find_path("鹿山街道/蒋家村").id != fuyang.find_path("大源镇/蒋家村").id
    assert fuyang.find_path("大源镇/亭山村").id != fuyang.find_path("大源镇/亭山社区").id


def test_a_short_name_that_two_siblings_share_names_neither(fuyang: Territory) -> None:
    """亭山 is a village and a community of 大源镇: taking either one would send people to the wrong door."""
    with pytest.raises(KeyError, match="several units"):
        fuyang.find_path("大源镇/亭山")
    with pytest.raises(KeyError, match="no unit"):
        fuyang.find_path("大源镇/双塔村")


def test_every_level_has_somebody_on_duty(fuyang: Territory) -> None:
    examples = {u.level: u.id for u in fuyang.units.values()}
    for level, role in DUTY_ROLE.items():
        assert any(
            post.role is role and fuyang.serves(role, post.unit, examples[level]) for post in fuyang.roster
        ), level


def test_a_post_serves_only_its_roles_level_inside_its_unit(fuyang: Territory) -> None:
    village = fuyang.find_path("新登镇/双塔村").id
    grid, other = fuyang.find_path("新登镇/双塔村/1").id, fuyang.find_path("新登镇/湘溪村/1").id
    assert fuyang.serves(Role.GRID_FULL, village, grid)
    assert not fuyang.serves(Role.GRID_FULL, village, other)
    assert not fuyang.serves(Role.GRID_FULL, village, village)


def test_the_list_keeps_its_figures(fuyang: Territory) -> None:
    """R16: 75 of the 101 matters may be summoned by a town; the lists' order and words came over whole."""
    items = fuyang.items.values()
    assert sum(item.town_may_summon for item in items) == 75
    assert sum(item.sensitive for item in items) == 9
    assert Counter(i.urgency for i in items) == {
        Urgency.NORMAL: 79,
        Urgency.URGENT: 16,
        Urgency.EMERGENCY: 6,
    }
    waste = fuyang.items["ENV-01"]
    assert waste.provider_order == ("market", "society", "government")
    assert waste.market_providers == ("property", "sanitation")
    assert waste.lead_department == "UCB"
    assert "垃圾没人收" in waste.keywords["zh-CN"]
    assert "rubbish" in waste.keywords["en"]
    assert all(item.keywords["zh-CN"] and item.keywords["en"] for item in items)


def test_key_groups_that_halve_the_response(fuyang: Territory) -> None:
    assert fuyang.key_groups["KG-01"].halves_response
    assert sum(group.halves_response for group in fuyang.key_groups.values()) == 7


def test_calendar_differs_from_the_week_on_each_of_its_days(fuyang: Territory) -> None:
    assert fuyang.holidays["2026-10-01"] is False
    assert fuyang.holidays["2026-10-10"] is True  # a Saturday worked for the holiday
    assert {day[:4] for day in fuyang.holidays} == {"2024", "2025", "2026"}


def test_each_village_hall_lies_in_its_first_grid(fuyang: Territory) -> None:
    halls = {mark.names["zh-CN"]: mark.unit for mark in fuyang.landmarks if mark.kind == "hall"}
    assert halls["双塔村文化礼堂"] == fuyang.find_path("新登镇/双塔村/1").id


def test_roles_of_the_roster_have_a_level(fuyang: Territory) -> None:
    assert {post.role for post in fuyang.roster} <= set(LEVEL_OF_ROLE)


def test_building_again_gives_the_same_bytes(tmp_path: Path, fuyang_folder: Path) -> None:
    build(fuyang_folder / "facts", tmp_path)
    for file in ("units.csv", "landmarks.csv", "cells.geojson"):
        assert (tmp_path / file).read_bytes() == (fuyang_folder / file).read_bytes(), file


def test_reading_needs_no_heavy_library(fuyang_folder: Path) -> None:
    """A warm start must not pay for geometry: only `check` and intake's map do."""
    script = (
        "import sys; from pathlib import Path; from casecore.territory import read_territory;"
        f"read_territory(Path({str(fuyang_folder)!r}));"
        "print(sorted({'shapely', 'numpy', 'pypinyin'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=fuyang_folder.parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
