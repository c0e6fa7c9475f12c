"""Is this already open? What pins a request, how two are compared, and the bar on pairs that nobody trained on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casecore.messages import Point
from casecore.territory import Territory, read_territory
from intake.duplicates.anchors import agreement, anchors_of
from intake.duplicates.baselines import BASELINES
from intake.duplicates.compare import Comparer
from intake.duplicates.evaluate import TRAIN, judge, measures, read_pairs
from intake.duplicates.features import NAMES, metres_between, same_photo
from intake.duplicates.report import Report
from intake.duplicates.score import WEIGHTS, WeightsBroken, load
from intake.duplicates.things import private, things_of
from intake.understand import Understander

ROOT = Path(__file__).parents[2]
PAIRS = Path(__file__).with_name("duplicates.jsonl")
NOW = datetime(2024, 3, 4, 10, tzinfo=UTC)
HERE = Point(lat=30.0474, lon=119.9745)


@pytest.fixture(scope="module")
def territory() -> Territory:
    return read_territory(ROOT / "config" / "territory" / "fuyang")


@pytest.fixture(scope="module")
def comparer(territory: Territory) -> Comparer:
    return Comparer(Understander(territory))


def rows() -> list[dict[str, object]]:
    return [json.loads(row) for row in PAIRS.read_text(encoding="utf-8").splitlines()]


# -- the measure


def test_the_bar_is_kept_on_scenes_that_were_not_trained_on(comparer: Comparer, tmp_path: Path) -> None:
    """Precision ≥ 0.95 with recall ≥ 0.80, and better than each of the three baselines."""
    held_out = tmp_path / "held_out.jsonl"
    kept = [row for row in rows() if row["half"] != TRAIN]
    held_out.write_text("\n".join(json.dumps(row) for row in kept), encoding="utf-8")
    found = measures(judge(read_pairs(held_out, comparer), comparer))
    assert found["n"] == len(kept) > 100
    assert found["precision"] >= 0.95
    assert found["recall"] >= 0.80
    assert set(found["baselines"]) == set(BASELINES) == {"fixmystreet", "signalen", "mark_a_spot"}
    for name, baseline in found["baselines"].items():
        assert found["precision"] > baseline["precision"], name
        assert found["f1"] > baseline["f1"], name


def test_no_scene_is_in_both_halves_and_every_pair_is_whole() -> None:
    halves: dict[str, set[str]] = {}
    found = rows()
    for row in found:
        halves.setdefault(str(row["half"]), set()).add(str(row["scene"]))
        assert isinstance(row["same"], bool)
        one, other = row["one"], row["other"]
        assert isinstance(one, dict)
        assert isinstance(other, dict)
        assert one["at"] <= other["at"], "the newer one is being filed"
        assert one["text"] or one.get("photo")
        assert other["text"] or other.get("photo")
    assert not halves["train"] & halves["test"]
    assert len(found) >= 300
    texts = {half: {str(row[side]["text"]) for row in found if row["half"] == half for side in ("one", "other")}  # type: ignore[index]
             for half in halves}  # fmt: skip
    both = {text for text in texts["train"] & texts["test"] if len(text) > 8}
    assert not both, "a sentence of the test was trained on"


@pytest.mark.parametrize(
    "row", ["{", "[]", '{"scene": "s"}', '{"scene": "s", "same": true, "one": {"text": 1}, "other": 2}']
)
def test_a_bad_row_is_named(comparer: Comparer, tmp_path: Path, row: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("\n" + row, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.jsonl, row 2"):
        read_pairs(file, comparer)


def test_nothing_measured_is_none_and_not_nought(comparer: Comparer) -> None:
    found = measures(judge([], comparer))
    assert (found["n"], found["precision"], found["recall"], found["f1"]) == (0, None, None, None)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"format": 1, "weights": {"words": 1.0}, "bias": 0, "threshold": 0.5}']
)
def test_damaged_weights_are_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "weights.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(WeightsBroken, match=r"weights\.json"):
        load(file)
    with pytest.raises(WeightsBroken, match=r"none\.json"):
        load(tmp_path / "none.json")


def test_the_shipped_weights_say_what_they_were_made_from() -> None:
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert data["pairs"] == sum(row["half"] == TRAIN for row in rows())
    assert tuple(data["weights"]) == NAMES
    for name in ("far", "contradicted", "other_thing", "private"):
        assert data["weights"][name] <= 0, name


# -- what pins a request


@pytest.mark.parametrize(
    ("one", "other", "shared", "contradicted"),
    [
        ("金苑小区3幢路灯坏了", "三幢门前没灯", 1, 0),
        ("3幢", "8幢", 0, 1),
        ("5幢201漏水", "5幢601漏水", 1, 1),
        ("双塔村3组", "双塔村5组", 0, 1),
        ("东门垃圾", "西门垃圾", 0, 1),
        ("building 3 lamp", "3幢路灯", 1, 0),
        ("north gate", "北门", 1, 0),
        ("609路公交不来", "616路公交不来", 0, 1),
        ("路灯不亮", "灯坏了", 0, 0),
        ("村委会门口", "文化礼堂门口", 0, 1),
    ],
)
def test_numbers_sides_and_spots_agree_or_contradict(
    one: str, other: str, shared: int, contradicted: int
) -> None:
    fit = agreement(anchors_of(one), anchors_of(other))
    assert (fit.shared, fit.contradicted) == (shared, contradicted)


def test_names_of_homes_and_firms_tell_two_apart() -> None:
    assert agreement(anchors_of("阳光花园东门"), anchors_of("我住在阳光花园")).shared_names == 1
    assert agreement(anchors_of("阳光花园东门"), anchors_of("月亮湾小区东门")).other_names == 1
    assert agreement(anchors_of("桂花西路"), anchors_of("桂花西路12号")).shared_names == 1


def test_a_thing_is_the_same_in_other_words_and_the_narrower_one_wins() -> None:
    assert things_of("路灯不亮") & things_of("street lamp is out") & things_of("那盏灯坏了") == {"lamp"}
    assert things_of("红绿灯不亮") == {"traffic light"}
    assert things_of("厨房下水道堵了") == {"home drain"}
    assert private(things_of("马桶堵了"))
    assert not private(things_of("路上下水道堵了"))
    assert things_of("") == frozenset()


def test_distance_and_photos() -> None:
    north = Point(lat=HERE.lat + 80 / 111_320, lon=HERE.lon)
    assert metres_between(HERE, north) == pytest.approx(80, abs=0.5)
    assert metres_between(HERE, None) is None
    blank = Report(text="", at=NOW)
    one, near, far = (
        replace(blank, photos=(p,)) for p in ("00ff00ff00ff00ff", "00ff00ff00ff00fe", "ff00ff00ff00ff00")
    )
    assert (same_photo(one, near), same_photo(one, far), same_photo(one, blank)) == (True, False, None)


# -- together


def test_the_same_lamp_is_found_and_the_next_house_is_not(comparer: Comparer, territory: Territory) -> None:
    unit = territory.find_path("富春街道/金苑社区").id

    def said(
        text: str, *, place: str = "金苑小区", point: Point | None = None, hours: float = 0, by: str = "a"
    ) -> Report:
        return comparer.report(
            text=text, at=NOW + timedelta(hours=hours), unit=unit, place=place, point=point, by=by
        )

    lamp = said("3幢前面的路灯不亮了")
    same = said("3幢门口那盏灯坏了", hours=9, by="b")
    assert comparer.score(lamp, same) >= comparer.threshold
    assert comparer.score(lamp, same) == pytest.approx(comparer.score(same, lamp)), "either way round"
    for other in (said("8幢路灯坏了", by="b"), said("3幢垃圾没人收", by="b"), said("3幢电梯坏了", by="b")):
        assert comparer.score(lamp, other) < comparer.threshold, other.text
    leak = said("楼上漏水，3幢302", by="a")
    assert comparer.score(leak, said("我家漏水，3幢502", by="b")) < comparer.threshold, "two homes, two leaks"
    because = dict(comparer.because(lamp, said("8幢路灯坏了", by="b")))
    assert because["contradicted"] < 0


def test_the_middle_of_a_village_is_no_measured_point(comparer: Comparer, territory: Territory) -> None:
    """Two people who name only the village are not at the same spot for it."""
    village = territory.find_path("富春街道/金苑社区")
    assert village.centre is not None
    vague = comparer.report(text="路灯不亮", at=NOW, unit=village.id, place="金苑社区", point=village.centre)
    assert vague.point is None
    exact = comparer.report(text="路灯不亮", at=NOW, unit=village.id, place="", point=HERE)
    assert exact.point == HERE
    assert exact.unit is not None
    assert territory.inside(exact.unit, territory.root)
