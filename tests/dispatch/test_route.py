"""Routing: the entry level comes from the list, the unit from the place, and there is always an answer (R1.6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.territory import Territory, read_territory
from casecore.vocabulary import Level
from dispatch.route import Question, route

FUYANG = Path(__file__).parents[2] / "config" / "territory" / "fuyang"


@pytest.fixture(scope="module")
def fuyang() -> Territory:
    return read_territory(FUYANG)


def ask(
    territory: Territory,
    item: str | None,
    place: str | None,
    *,
    home: str | None = None,
    triage: bool = False,
):
    return route(
        territory,
        Question(
            item_code=item, place_unit=territory.find_path(place).id if place else None,
            home_unit=territory.find_path(home).id if home else None, needs_triage=triage,
        ),
    )  # fmt: skip


def starting_at(territory: Territory, level: Level) -> str:
    return next(item.code for item in territory.items.values() if item.start_level is level)


def test_a_grid_item_with_an_exact_place_goes_to_its_grid(fuyang: Territory) -> None:
    chosen = ask(fuyang, "ENV-03", "新登镇/双塔村/2/1")
    assert (chosen.unit_id, chosen.reason) == (fuyang.find_path("新登镇/双塔村/2").id, "place")


def test_a_village_alone_goes_to_its_first_grid(fuyang: Territory) -> None:
    chosen = ask(fuyang, "ENV-03", "新登镇/双塔村")
    assert (chosen.unit_id, chosen.reason) == (fuyang.find_path("新登镇/双塔村/1").id, "duty_grid")


def test_a_microgrid_item_goes_to_the_microgrid(fuyang: Territory) -> None:
    item = starting_at(fuyang, Level.MICROGRID)
    chosen = ask(fuyang, item, "新登镇/双塔村/1/1")
    assert fuyang.unit(chosen.unit_id).level is Level.MICROGRID


@pytest.mark.parametrize("level", [Level.VILLAGE, Level.TOWN])
def test_higher_items_start_higher(fuyang: Territory, level: Level) -> None:
    chosen = ask(fuyang, starting_at(fuyang, level), "新登镇/双塔村/1/1")
    assert fuyang.unit(chosen.unit_id).level is level


def test_department_items_go_to_the_lead_department(fuyang: Territory) -> None:
    item = starting_at(fuyang, Level.DEPARTMENT)
    chosen = ask(fuyang, item, None)
    assert (chosen.unit_id, chosen.reason) == (fuyang.items[item].lead_department, "lead_department")


def test_a_town_alone_is_received_by_the_town(fuyang: Territory) -> None:
    chosen = ask(fuyang, "ENV-03", "新登镇")
    assert (chosen.unit_id, chosen.reason) == (fuyang.find_path("新登镇").id, "place_vague")


def test_without_a_place_the_home_counts_and_then_the_district(fuyang: Territory) -> None:
    assert (
        ask(fuyang, "ENV-03", None, home="新登镇/双塔村/3").unit_id == fuyang.find_path("新登镇/双塔村/3").id
    )
    assert ask(fuyang, "ENV-03", None).unit_id == fuyang.root


def test_an_unknown_item_and_a_doubtful_case_are_sorted_at_the_district(fuyang: Territory) -> None:
    assert ask(fuyang, None, "新登镇/双塔村").reason == "triage"
    assert ask(fuyang, "ENV-03", "新登镇/双塔村", triage=True).unit_id == fuyang.root


def test_every_item_finds_a_unit_from_every_kind_of_place(fuyang: Territory) -> None:
    places = [None, "新登镇", "新登镇/双塔村", "新登镇/双塔村/1", "新登镇/双塔村/1/1", "district_centre"]
    for item in fuyang.items:
        for place in places:
            assert ask(fuyang, item, place).unit_id in fuyang.units
