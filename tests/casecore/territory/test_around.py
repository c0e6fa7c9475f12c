"""Neighbours and gazetteer: both may be absent, each mistake is told with its row, neither is read too early."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from casecore.territory import Mistake, Territory, read_territory
from casecore.territory.check import check
from casecore.territory.gazetteer import read_gazetteer
from casecore.territory.mistakes import Findings

HEADER = "name_en,kind,unit,aliases,lat,lon\n"
Places = list[tuple[int | None, str, str]]


def told(mistakes: list[Mistake], file: str) -> Places:
    return [(m.row, m.column, m.problem) for m in mistakes if m.file == file]


def test_the_shipped_neighbours_have_a_hotline_each(fuyang: Territory, littlebrook: Territory) -> None:
    known = {name: n.hotline for n in fuyang.neighbours for name in n.names.values()}
    assert known["桐庐县"] == known["Tonglu County"] == "0571-12345"
    assert known["诸暨市"] == "0575-12345"
    assert [n.hotline for n in littlebrook.neighbours] == ["01632 960123"]


def test_a_territory_need_not_have_neighbours(copy: Path) -> None:
    (copy / "neighbours.csv").unlink()
    assert read_territory(copy).neighbours == ()


def test_a_neighbour_without_a_number_or_named_twice_is_a_mistake(
    copy: Path, refused: Callable[[], list[Mistake]]
) -> None:
    (copy / "neighbours.csv").write_text("name_en,aliases,hotline\nA,,1\nB,,\nA,,2\n,,3\n")
    assert told(refused(), "neighbours.csv") == [
        (3, "hotline", "blank"),
        (4, "name_en", "duplicate"),
        (5, "name_en", "blank"),
    ]


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ("Oak House,door,LB-T1-V1,,51.0,-1.9\n", []),
        ("Oak House,door,LB-T1-V9,,,\n", [(2, "unit", "unknown_unit")]),
        (",door,LB-T1-V1,,,\n", [(2, "name_en", "blank")]),
        ("Oak House,,LB-T1-V1,,,\n", [(2, "kind", "blank")]),
        ("Oak House,door,,,,\n", [(2, "unit", "blank")]),
        ("Oak House,door,LB-T1-V1,,51.0,\n", [(2, "lon", "half_point")]),
        ("Oak House,door,LB-T1-V1,,151.0,-1.9\n", [(2, "lat", "out_of_range")]),
        ("Oak House,door,LB-T1-V1,,north,-1.9\n", [(2, "lat", "not_a_number")]),
        ("Oak House,door,LB-T1-V1,,nan,-1.9\n", [(2, "lat", "out_of_range")]),
        ("Oak House,door\n", [(2, "", "cells")]),
        ("\n Oak House , door , LB-T1-V1 ,,,\n", []),
    ],
)
def test_check_tells_each_mistake_of_a_gazetteer(copy: Path, rows: str, places: Places) -> None:
    (copy / "gazetteer.csv").write_text(HEADER + rows)
    assert told(check(copy), "gazetteer.csv") == places


def test_a_broken_gazetteer_is_told_as_a_whole(copy: Path) -> None:
    (copy / "gazetteer.csv").write_text("name,kind\n")
    assert {problem for _, _, problem in told(check(copy), "gazetteer.csv")} == {
        "missing_column",
        "unknown_column",
    }
    (copy / "gazetteer.csv").write_bytes(HEADER.encode() + "磨坊,door,LB-T1-V1,,,\n".encode("gbk"))
    assert [problem for _, _, problem in told(check(copy), "gazetteer.csv")] == ["not_utf8"]
    (copy / "gazetteer.csv").write_text(HEADER + '"Oak')
    assert [problem for _, _, problem in told(check(copy), "gazetteer.csv")] == ["broken_csv"]


def test_reading_a_territory_does_not_read_the_gazetteer(copy: Path) -> None:
    """The web process has no use for a million names: a file full of mistakes is not even opened."""
    before = read_territory(copy).digest
    (copy / "gazetteer.csv").write_text("nonsense")
    assert read_territory(copy).digest == before


def test_every_name_of_a_row_is_handed_on_once(copy: Path, littlebrook: Territory) -> None:
    (copy / "gazetteer.csv").write_text(
        HEADER + "Oak House,door,LB-T1-V1,the oak; Oak House ;old oak,51.0,-1.9\n"
    )
    (row,) = read_gazetteer(copy, littlebrook.languages, littlebrook.units, Findings())
    assert row.names == ("Oak House", "the oak", "old oak")
    assert (row.lat, row.lon) == (51.0, -1.9)
