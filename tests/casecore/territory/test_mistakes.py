"""A spoiled folder: each kind of mistake is told with its file, row and column, and all of them at once."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from casecore.territory import Mistake, TerritoryInvalid, read_territory
from casecore.territory.check import check
from casecore.territory.mistakes import PROBLEMS
from casecore.territory.reader import CELLS, FILES

Spoil = Callable[..., list[Mistake]]
Place = tuple[int | None, str, str]  # row, column, problem


def places(mistakes: list[Mistake], file: str) -> list[Place]:
    return [(m.row, m.column, m.problem) for m in mistakes if m.file == file]


# file, words to replace, by what, and the places of the mistakes that must then be told: no more, no fewer
CASES: list[tuple[str, str, str, list[Place]]] = [
    ("units.csv", "LB-T1-V2,village,LB-T1,", "LB-T1-V2,village,LB-T9,", [(11, "parent", "unknown_unit")]),
    ("units.csv", "LB-T1-V2,village,LB-T1,", "LB-T1-V2,village,,", [(11, "parent", "second_root")]),
    ("units.csv", "LB-T1-V2,village,LB-T1,", "LB-T1-V2,hamlet,LB-T1,", [(11, "level", "not_in_list")]),
    ("units.csv", "LB-T1-V2-G01-M02,", "LB-T1-V2-G01-M01,", [(14, "id", "duplicate")]),
    ("units.csv", "LB-T1-V2-G01-M02,", ",", [(14, "id", "blank")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,1,Microgrid 2,", [(14, "number", "sibling_number")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,2,Microgrid 1,", [(14, "name_en", "sibling_name")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,two,Microgrid 2,", [(14, "number", "not_whole")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,0,Microgrid 2,", [(14, "number", "out_of_range")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,,Microgrid 2,", [(14, "number", "blank")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,2,,", [(14, "name_en", "blank")]),
    ("units.csv", "V2-G01,2,Microgrid 2,,51.0", "V2-G01,2,Microgrid 2,,151.0", [(14, "lat", "out_of_range")]),
    ("units.csv", "V2-G01,2,Microgrid 2,,51.0", "V2-G01,2,Microgrid 2,,5l.0", [(14, "lat", "not_a_number")]),
    ("units.csv", "51.007500,-1.975000", ",-1.975000", [(13, "lat", "half_point")]),
    ("units.csv", "LB-T1,town,LB,,", "LB-T1,town,LB,7,", [(3, "number", "not_blank")]),
    ("units.csv", "Mill Lane Village;Upper Mill", "Mill;Mill", [(4, "aliases", "repeated")]),
    ("units.csv", "V2-G01,2,Microgrid 2,", "V2-G01,2,Microgrid, 2,", [(14, "", "cells")]),
    ("units.csv", "aliases,lat", "lat", [(1, "aliases", "missing_column")]),
    (
        "units.csv",
        "aliases,lat",
        "alias,lat",
        [(1, "aliases", "missing_column"), (1, "alias", "unknown_column")],
    ),
    (
        "units.csv",
        "aliases,lat",
        "lat,lat",
        [(1, "aliases", "missing_column"), (1, "lat", "duplicate_column")],
    ),
    ("departments.csv", "WTR,Little", "HWY,Little", [(3, "code", "duplicate")]),
    ("departments.csv", "WTR,Little", "LB,Little", [(3, "code", "id_of_place")]),
    ("departments.csv", "Littlebrook Water Company", "Fire and Rescue", [(4, "name_en", "duplicate")]),
    ("provider_types.csv", "locksmith,market", "locksmith,state", [(2, "side", "not_in_list")]),
    ("provider_types.csv", "licence,paid_quote", "licence,cheap", [(2, "fee", "not_in_list")]),
    ("key_groups.csv", "1.8,y", "heavy,y", [(2, "priority_weight", "not_a_number")]),
    ("key_groups.csv", "1.8,y", "0.5,y", [(2, "priority_weight", "out_of_range")]),
    ("key_groups.csv", "1.8,y", "1.8,yes", [(2, "halves_response", "not_in_list")]),
    ("key_groups.csv", "halved,P2", "halved,P9", [(2, "privacy_level", "not_in_list")]),
    ("roles.csv", "micro_lead,", "microlead,", [(3, "code", "not_in_list")]),
    (
        "items.csv",
        "government,,,HWY,,grid",
        "government,,,HWX,,grid",
        [(2, "lead_department", "unknown_department")],
    ),
    ("items.csv", "HWY,WTR,", "HWY,WTX,", [(4, "co_departments", "unknown_department")]),
    ("items.csv", "HWY,,grid,normal", "HWY,,grids,normal", [(2, "start_level", "not_in_list")]),
    ("items.csv", "HWY,,grid,normal", "HWY,,grid,soon", [(2, "urgency", "not_in_list")]),
    ("items.csv", "normal,small", "normal,tiny", [(2, "scale", "not_in_list")]),
    ("items.csv", ",complaint,", ",moan,", [(2, "kind", "not_in_list")]),
    (
        "items.csv",
        "market;government,plumber",
        "government;market,plumber",
        [(6, "provider_order", "not_in_list"), (6, "market_providers", "provider_without_step")],
    ),
    (
        "items.csv",
        "market;government,plumber",
        "market;government,",
        [(6, "market_providers", "provider_step")],
    ),
    (
        "items.csv",
        "market;government,plumber",
        "market;government,plummer",
        [(6, "market_providers", "unknown_provider")],
    ),
    (
        "items.csv",
        "market;government,plumber",
        "market;government,volunteers",
        [(6, "market_providers", "wrong_side")],
    ),
    ("items.csv", "no water;water is off;burst pipe", "", [(6, "keywords_en", "blank")]),
    ("items.csv", "ST-02,", "ST-01,", [(3, "code", "duplicate")]),
    ("landmarks.csv", "bridge,LB-T1-V1-G02", "bridge,LB-T1-V1-G09", [(3, "unit", "unknown_unit")]),
    ("calendar.csv", "2025-12-26", "2025-12-25", [(3, "date", "duplicate")]),
    ("calendar.csv", "2025-12-26", "26/12/2025", [(3, "date", "not_a_date")]),
    ("calendar.csv", "2025-12-26", "2025-02-30", [(3, "date", "not_a_date")]),
    ("calendar.csv", "26,n,", "26,no,", [(3, "working", "not_in_list")]),
    ("service_levels.yaml", "stage_hours_v: 48", "stage_hours_x: 48", [(2, "stage_hours_x", "unknown_key")]),
    (
        "service_levels.yaml",
        "stage_hours_v: 48",
        "stage_hours_v: two days",
        [(2, "stage_hours_v", "not_whole")],
    ),
    ("service_levels.yaml", "stage_hours_v: 48", "stage_hours_v: true", [(2, "stage_hours_v", "not_whole")]),
    ("service_levels.yaml", "stage_hours_v: 48", "stage_hours_v: 0", [(2, "stage_hours_v", "out_of_range")]),
    (
        "service_levels.yaml",
        "stage_hours_v: 48",
        "claim_day_ends: 25",
        [(2, "claim_day_ends", "out_of_range")],
    ),
    ("service_levels.yaml", "stage_hours_v: 48", "claim_day_ends: 7", [(2, "claim_day_ends", "bad_order")]),
    (
        "service_levels.yaml",
        "stage_hours_v: 48",
        "rating_remind_hours: 24",
        [(2, "rating_remind_hours", "not_a_list")],
    ),
    (
        "service_levels.yaml",
        "stage_hours_v: 48",
        "rating_remind_hours: [72, 24]",
        [(2, "rating_remind_hours", "not_ascending")],
    ),
    (
        "service_levels.yaml",
        "stage_hours_v: 48",
        "place_questions: 2",
        [(3, "place_questions", "duplicate_key")],
    ),
    ("service_levels.yaml", "stage_hours_v: 48", "stage_hours_v: [48", [(3, "", "broken_yaml")]),
    ("roster.yaml", "role: grid_full", "role: grid_fool", [(3, "posts.0.role", "unknown_role")]),
    ("roster.yaml", "Brookside/Mill Lane/1", "Brookside/Mill Lane/9", [(3, "posts.0.unit", "unknown_unit")]),
    (
        "roster.yaml",
        "Brookside/Mill Lane/1",
        "Brookside/Mill Lane/1/1",
        [(3, "posts.0.unit", "post_below_role")],
    ),
    ("roster.yaml", "Brookside/Mill Lane/1", "FIR", [(3, "posts.0.unit", "post_below_role")]),
    ("roster.yaml", "key: demo_micro,", "key: demo_grid,", [(5, "posts.2.key", "duplicate")]),
    ("roster.yaml", "key: demo_micro,", "", [(5, "posts.2.key", "missing_key")]),
    ("roster.yaml", "key: demo_micro,", "key: demo_micro, phone: 1,", [(5, "posts.2.phone", "unknown_key")]),
    (
        "roster.yaml",
        "{en: Demo grid worker}",
        "{fr: Agent}",
        [(4, "posts.1.names.fr", "unknown_key"), (4, "posts.1.names.en", "missing_key")],
    ),
    ("roster.yaml", "posts:\n", "posts:\n  - everybody\n", [(3, "posts.0", "not_a_mapping")]),
    ("roster.yaml", "key: demo_micro,", "key: [demo],", [(5, "posts.2.key", "not_text")]),
    ("roster.yaml", "posts:", "people:", [(2, "people", "unknown_key"), (2, "posts", "not_a_list")]),
    ("territory.yaml", "{en: Littlebrook}", "Littlebrook", [(3, "names", "not_a_mapping")]),
    ("territory.yaml", "[en]", "[english!]", [(4, "languages.0", "bad_language")]),
    ("territory.yaml", "[en]", "[en, en-GB]", [(4, "languages.1", "same_column")]),
    ("territory.yaml", "[en]", "en", [(4, "languages", "not_a_list")]),
    ("territory.yaml", "Europe/London", "Europe/Littlebrook", [(5, "timezone", "unknown_zone")]),
    ("territory.yaml", "id: littlebrook\n", "", [(2, "id", "missing_key")]),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), CASES, ids=[f"{c[0]}:{c[3][0][2]}" for c in CASES])
def test_a_mistake_is_told_where_it_stands(
    spoil: Spoil, file: str, old: str, new: str, told: list[Place]
) -> None:
    found = places(spoil(file, (old, new)), file)
    assert [place for place in found if place in told] == told
    assert {problem for _, _, problem in found} == {problem for _, _, problem in told}


def test_all_mistakes_come_at_once_in_file_order(spoil: Spoil, copy: Path) -> None:
    """Whoever prepares a district by spreadsheet mends a list, not one line a run."""
    items = copy / "items.csv"
    items.write_text(items.read_text().replace("HWY,,grid,normal", "HWX,,grid,soon", 1))
    (copy / "calendar.csv").unlink()
    found = spoil("units.csv", ("LB-T1-V2,village,LB-T1,", "LB-T1-V2,village,LB-T9,"))
    assert [(m.file, m.row, m.column, m.value) for m in found] == [
        ("units.csv", 11, "parent", "LB-T9"),
        ("items.csv", 2, "urgency", "soon"),
        ("items.csv", 2, "lead_department", "HWX"),
        ("calendar.csv", None, "", ""),
    ]
    assert str(found[0]) == "units.csv, row 11, column parent: 'LB-T9': no such unit"


def test_a_branch_that_ends_early_and_a_level_left_out(spoil: Spoil) -> None:
    found = spoil(
        "units.csv", ("LB-T1-V2-G01-M02,microgrid,LB-T1-V2-G01,", "LB-T1-V2-G01-M02,microgrid,LB-T1-V2,")
    )
    assert places(found, "units.csv") == [(14, "parent", "wrong_parent_level")]


def test_a_village_without_a_grid_is_a_mistake(spoil: Spoil, copy: Path) -> None:
    units = copy / "units.csv"
    kept = [line for line in units.read_text().splitlines() if not line.startswith("LB-T1-V2-G01-M")]
    units.write_text("\n".join(kept) + "\n")
    found = spoil("units.csv", ("lat,lon", "lat,lon"))
    assert places(found, "units.csv") == [(12, "id", "no_children")]


def test_a_cycle_is_found(spoil: Spoil) -> None:
    found = spoil("units.csv", ("LB-T1,town,LB,", "LB-T1,town,LB-T1-V1-G01,"))
    assert {(m.row, m.problem) for m in found if m.file == "units.csv"} >= {(3, "wrong_parent_level")}
    assert any(m.problem == "cycle" for m in found)


def test_a_root_that_is_no_district(spoil: Spoil) -> None:
    found = spoil("territory.yaml", ("root: LB", "root: LB-T1"))
    assert ("units.csv", 2, "second_root") in {(m.file, m.row, m.problem) for m in found}
    assert ("units.csv", 3, "wrong_root") in {(m.file, m.row, m.problem) for m in found}


def test_a_root_that_does_not_exist(spoil: Spoil) -> None:
    found = spoil("territory.yaml", ("root: LB", "root: XX"))
    assert ("territory.yaml", "root", "unknown_unit") in {(m.file, m.column, m.problem) for m in found}


def test_a_sheet_saved_in_another_encoding(copy: Path, refused: Callable[[], list[Mistake]]) -> None:
    """A spreadsheet in China saves GBK by default: the line is told, and what to do."""
    raw = (copy / "landmarks.csv").read_bytes()
    (copy / "landmarks.csv").write_bytes(raw.replace(b"Mill Bridge", "磨坊桥".encode("gbk")))
    found = refused()
    assert [(m.file, m.row, m.problem) for m in found] == [("landmarks.csv", 3, "not_utf8")]
    assert "UTF-8" in found[0].text


def test_an_empty_sheet_and_one_with_a_header_only(copy: Path, refused: Callable[[], list[Mistake]]) -> None:
    (copy / "calendar.csv").write_text("")
    (copy / "landmarks.csv").write_text("name_en,kind,unit,aliases,lat,lon\n")
    assert {(m.file, m.problem) for m in refused()} == {
        ("calendar.csv", "no_header"),
        ("landmarks.csv", "no_rows"),
    }


@pytest.mark.parametrize("file", ["units.csv", "departments.csv", "provider_types.csv", "roles.csv"])
def test_a_table_that_cannot_be_read_is_told_once(
    copy: Path, refused: Callable[[], list[Mistake]], file: str
) -> None:
    """Whatever refers to it may be right: only the table itself is to be mended."""
    (copy / file).unlink()
    assert [(m.file, m.problem) for m in refused()] == [(file, "missing_file")]


def test_a_quote_that_never_ends(copy: Path, refused: Callable[[], list[Mistake]]) -> None:
    with (copy / "landmarks.csv").open("a") as sheet:
        sheet.write('"Mill Pond,water,LB-T1,,,\n')
    assert [(m.file, m.problem) for m in refused()] == [("landmarks.csv", "broken_csv")]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TerritoryInvalid, match=r"territory\.yaml: the file is not there"):
        read_territory(tmp_path / "nowhere")


def test_what_spreadsheets_do_is_no_mistake(copy: Path) -> None:
    """A byte-order mark, CRLF, blank rows and blanks round a cell change nothing."""
    before = read_territory(copy)
    units = copy / "units.csv"
    text = units.read_text().replace("\n", "\r\n").replace("LB-T1-V2,village", " LB-T1-V2 ,village")
    units.write_bytes(b"\xef\xbb\xbf" + (text + ",,,,,,,\r\n").encode())
    assert read_territory(copy).units == before.units


def test_every_problem_has_words_that_can_be_filled() -> None:
    named = "detail known got want first low high short side root level wanted below step role other share"
    facts = dict.fromkeys(re.findall(r"\w+", named), "x")
    for problem in PROBLEMS:
        told = Mistake(file="f", row=1, column="c", value="v", problem=problem, facts=facts)
        assert "{" not in str(told)


@pytest.mark.parametrize("seed", range(60))
def test_no_bytes_break_the_reader(copy: Path, seed: int) -> None:
    """Whatever a file holds, the answer is a territory or its mistakes, never a crash."""
    dice = random.Random(seed)
    path = copy / dice.choice([*FILES, CELLS])
    raw = bytearray(path.read_bytes())
    for _ in range(dice.randint(1, 6)):
        start = dice.randrange(len(raw))
        junk = dice.choice(
            [b"", b"\x00", b",", b'"', b"\n", b": ", b"[", b"-", b"null", bytes([dice.randrange(256)])]
        )
        raw[start : start + dice.randint(0, 9)] = junk
    path.write_bytes(raw)
    for mistake in check(copy):
        assert mistake.file in {*FILES, CELLS}
        assert mistake.text
