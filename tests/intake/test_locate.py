"""Every kind of evidence on a place, together: which wins, what is said because of it, what is never guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from casecore.messages import Point
from casecore.territory.model import Territory
from casecore.territory.reader import read_territory
from casecore.vocabulary import Level
from intake.judgement import Context, PlaceGuess
from intake.understand import Understander
from tests.intake.place_texts import (
    Line,
    best_place,
    read_place_texts,
    report,
    said_right,
    unit_right,
    with_names,
)

FUYANG = Path(__file__).resolve().parents[2] / "config" / "territory" / "fuyang"
# The bar for a named place (R17), here also for its unit.
BAR = 0.95
Places = Callable[..., tuple[PlaceGuess, ...]]


@pytest.fixture(scope="module")
def plain() -> Territory:
    return read_territory(FUYANG)


@pytest.fixture(scope="module")
def understander(plain: Territory, tmp_path_factory: pytest.TempPathFactory) -> Understander:
    """Over the shipped names and those of places_names.csv."""
    return Understander(read_territory(with_names(plain, tmp_path_factory.mktemp("names"))))


@pytest.fixture(scope="module")
def places(understander: Understander) -> Places:
    return lambda text, **context: understander.understand(text, Context(**context)).places


def centre(territory: Territory, path: str) -> Point:
    point = territory.find_path(path).centre
    assert point is not None
    return point


def kinds(guess: PlaceGuess) -> list[str]:
    return [because.kind for because in guess.because]


def test_the_place_texts_are_found_with_the_right_unit(understander: Understander) -> None:
    lines = read_place_texts()
    assert len(lines) >= 150
    said = unit = 0
    missed = []
    for line in lines:
        guess = best_place(understander, line)
        words, where = said_right(line, guess), unit_right(line, guess, understander.territory)
        said, unit = said + words, unit + where
        if not (words and where):
            missed.append(report(understander, line, guess))
    assert said / len(lines) >= BAR, missed
    assert unit / len(lines) >= BAR, missed


@pytest.mark.parametrize(
    "line", [x for x in read_place_texts() if x.kind in ("relative", "none")], ids=lambda x: x.id
)
def test_nothing_is_guessed_from_words_that_name_nothing(understander: Understander, line: Line) -> None:
    """Each of them, not a share: a wrong guess sends somebody to the wrong door."""
    assert unit_right(line, best_place(understander, line), understander.territory), line.text


def test_words_beat_a_photo_taken_elsewhere_and_the_file_says_both(places: Places, plain: Territory) -> None:
    best = places("双塔村路灯坏了", photo=centre(plain, "大源镇/史家村"))[0]
    assert best.unit_id == plain.find_path("新登镇/双塔村").id
    assert kinds(best) == ["place_name", "photo_elsewhere"]


def test_a_photo_says_where_in_the_named_village(places: Places, plain: Territory) -> None:
    best = places("双塔村路灯坏了", photo=centre(plain, "新登镇/双塔村/2"))[0]
    assert best.level is Level.MICROGRID
    assert plain.inside(best.unit_id or "", plain.find_path("新登镇/双塔村").id)
    assert (best.text, kinds(best)) == ("双塔村", ["place_name", "photo"])


def test_a_photo_alone_is_weaker_than_a_shared_point_a_link_and_words(
    places: Places, plain: Territory
) -> None:
    photo = centre(plain, "大源镇/史家村")
    alone = places("路灯坏了", photo=photo)[0]
    assert (kinds(alone), alone.text) == (["photo"], "")
    point = places("路灯坏了", photo=photo, point=centre(plain, "新登镇/双塔村"))[0]
    link = places("路灯坏了", photo=photo, link_unit=plain.find_path("新登镇/双塔村/1").id)[0]
    assert kinds(point) == ["polygon"]
    assert kinds(link) == ["link"]
    assert alone.probability < link.probability < point.probability
    home = places("路灯坏了", photo=photo, home=plain.find_path("新登镇/双塔村").id)[0]
    assert kinds(home) == ["photo"]


def test_a_photo_from_outside_the_district_says_nothing(places: Places) -> None:
    assert places("路灯坏了", photo=Point(lat=48.85, lon=2.35)) == ()


def test_a_photo_places_a_road_that_no_list_has(places: Places, plain: Territory) -> None:
    best = places("花蕊西路路灯坏了", photo=centre(plain, "大源镇/史家村"))[0]
    assert best.text == "花蕊西路"
    assert plain.inside(best.unit_id or "", plain.find_path("大源镇/史家村").id)


def test_home_and_last_place_are_surer_when_they_are_spoken_of(places: Places, plain: Territory) -> None:
    home, last = plain.find_path("大源镇/史家村").id, plain.find_path("新登镇/双塔村").id
    meant = {
        text: places(text, home=home, last_place=last)[0]
        for text in ("我家楼下没灯", "还是上次那个地方没灯", "没灯了")
    }
    assert [(kinds(g)[0], g.unit_id) for g in meant.values()] == [
        ("home_said", home), ("last_place_said", last), ("home", home),
    ]  # fmt: skip
    assert meant["没灯了"].probability < 0.6 < meant["我家楼下没灯"].probability
    assert meant["我家楼下没灯"].because[0].text == "我家楼下"


def test_a_name_of_more_places_than_buttons_is_words_until_the_village_is_known(
    understander: Understander, places: Places, plain: Territory
) -> None:
    """共和路8号 is in two villages: two choices; the answer to "where?" then finds the very door."""
    offered = [g for g in places("共和路8号漏水") if g.text]
    assert len(offered) == 2
    assert all(g.probability < 0.5 for g in offered)
    village = plain.find_path("新登镇/双塔村").id
    inner = understander.locate_words("共和路8号", village)
    assert inner is not None
    assert inner.unit_id == plain.find_path("新登镇/双塔村/1/1").id
    assert understander.locate_words("没听说过的路8号", village) is None


@pytest.mark.parametrize(
    ("text", "named", "hotline"),
    [
        ("我在萧山，小区停水了", "萧山", "0571-12345"),
        ("家在诸暨店口镇，门口路灯坏了", "诸暨", "0575-12345"),
        ("桐庐县城南路井盖没了", "桐庐", "0571-12345"),
        ("The street lamp in Xiaoshan is broken", "Xiaoshan", "0571-12345"),
    ],
)
def test_a_matter_elsewhere_comes_with_the_number_to_ring(
    understander: Understander, text: str, named: str, hotline: str
) -> None:
    seen = understander.understand(text)
    assert seen.out_of_area
    assert named in seen.outside
    assert seen.hotline == hotline


@pytest.mark.parametrize(
    "text",
    [
        "我在萧山上班，双塔村家里的下水道堵了",
        "富阳到萧山的路上有个大坑",
        "去杭州萧山机场的公交停了，富阳这边怎么坐",
        "在上海住院 医保怎么报",
        "路灯坏了",
    ],
)
def test_a_place_elsewhere_that_is_only_mentioned_is_no_reason_to_refuse(
    understander: Understander, text: str
) -> None:
    seen = understander.understand(text)
    assert not seen.out_of_area
    assert seen.hotline == ""


def test_a_territory_without_neighbours_refuses_nobody(tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(FUYANG.parent / "littlebrook", tmp_path / "brook"))
    (folder / "neighbours.csv").unlink()
    assert not Understander(read_territory(folder)).understand("The lamp in Greatmere is out").out_of_area
    kept = Understander(read_territory(FUYANG.parent / "littlebrook"))
    assert kept.understand("The lamp in Greatmere is out").hotline == "01632 960123"
