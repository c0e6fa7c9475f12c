"""A small English place: nothing is wired to Fuyang, to Chinese or to Shanghai."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from casecore.territory import ServiceLevels, Territory, read_territory
from casecore.territory.check import check
from casecore.territory.model import name_in
from casecore.vocabulary import DUTY_ROLE, Level, Role


def test_it_is_whole(littlebrook_folder: Path) -> None:
    assert check(littlebrook_folder) == []


def test_three_grids_and_its_own_zone(littlebrook: Territory) -> None:
    levels = Counter(unit.level for unit in littlebrook.units.values())
    assert levels[Level.GRID] == 3
    assert littlebrook.languages == ("en",)
    noon = datetime(2026, 7, 1, 12, tzinfo=littlebrook.zone)
    assert noon.utcoffset().total_seconds() == 3600  # type: ignore[union-attr]


def test_paths_and_names_in_a_language_it_does_not_have(littlebrook: Territory) -> None:
    grid = littlebrook.find_path("Brookside/Mill Lane/2")
    assert littlebrook.path(grid.id, "en") == "Grid 2, Mill Lane, Brookside"
    assert name_in(grid.names, "zh-CN") == "Grid 2"
    assert littlebrook.find_path("Littlebrook/Brookside/The Green/1").id == "LB-T1-V2-G01"


def test_limits_it_does_not_name_are_those_of_the_rules(littlebrook: Territory) -> None:
    assert littlebrook.levels == ServiceLevels(stage_hours_v=48, place_questions=1)


def test_a_post_on_one_grid_serves_that_grid_alone(littlebrook: Territory) -> None:
    post = next(post for post in littlebrook.roster if post.key == "demo_grid")
    served = [u.id for u in littlebrook.units.values() if littlebrook.serves(post.role, post.unit, u.id)]
    assert served == ["LB-T1-V1-G01"]


def test_every_level_has_somebody_on_duty(littlebrook: Territory) -> None:
    for unit in littlebrook.units.values():
        role = DUTY_ROLE[unit.level]
        posts = [p for p in littlebrook.roster if p.role is role]
        assert any(littlebrook.serves(role, post.unit, unit.id) for post in posts), unit.id


def test_departments_are_units_below_the_root(littlebrook: Territory) -> None:
    below = {unit.id for unit in littlebrook.children("LB")}
    assert below == {"LB-T1", "HWY", "WTR", "FIR", "CARE"}
    assert littlebrook.serves(Role.DEPT_LIAISON, "LB", "WTR")
    assert littlebrook.find_path("waterworks").id == "WTR"


def test_the_digest_changes_with_any_byte(littlebrook: Territory, copy: Path) -> None:
    assert read_territory(copy).digest == littlebrook.digest
    notes = copy / "calendar.csv"
    notes.write_text(notes.read_text().replace("Boxing Day", "Boxing day"))
    assert read_territory(copy).digest != littlebrook.digest
