"""The book of names: look-ups by writing, sound and one slip, kept between starts, as quick for many as for few."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from casecore.territory.model import Territory
from casecore.territory.reader import read_territory
from casecore.vocabulary import Level
from config.territory.build_fuyang.names import made_up
from intake.places import binding
from intake.places.binding import fingerprint, open_book
from intake.places.fingerprints import heard, letters, one, rows, stretches
from intake.places.namebook import MOST, NameBook

FUYANG = Path(__file__).resolve().parents[2] / "config" / "territory" / "fuyang"
HEADER = "name_zh,name_en,kind,unit,aliases,lat,lon\n"


@pytest.fixture(scope="module")
def fuyang() -> Territory:
    return read_territory(FUYANG)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FUYANG, tmp_path / "fuyang", ignore=shutil.ignore_patterns("facts")))


@pytest.fixture
def brook(tmp_path: Path) -> Path:
    """The small territory: read at once."""
    return Path(shutil.copytree(FUYANG.parent / "littlebrook", tmp_path / "brook"))


def kept_book(brook: Path, name: str, keep: Path) -> NameBook:
    row = f"name_en,kind,unit,aliases,lat,lon\n{name},compound,LB-T1-V1-G01,,,\n"
    (brook / "gazetteer.csv").write_text(row, encoding="utf-8")
    return open_book(read_territory(brook), keep)


def book_of(folder: Path, *rows_: str) -> NameBook:
    (folder / "gazetteer.csv").write_text(HEADER + "\n".join(rows_) + "\n", encoding="utf-8")
    return open_book(read_territory(folder))


def found(book: NameBook, text: str) -> set[str]:
    return {text[start:end] for start, end, _ in book.written(text)}


def test_prints_tell_strings_apart_and_stretches_agree_with_whole_strings() -> None:
    text = "双塔村文化礼堂"
    prints, starts, sizes = stretches(letters(text), {2, 3, 7})
    assert len(prints) == 6 + 5 + 1
    for print_, start, size in zip(prints.tolist(), starts.tolist(), sizes.tolist(), strict=True):
        assert print_ == one(letters(text[start : start + size]))
    assert one(letters("甲乙")) != one(letters("乙甲"))
    assert len(stretches(letters(""), {2})[0]) == 0
    assert rows(letters("ab").reshape(1, -1))[0] == one(letters("ab"))


def test_sounds_are_alike_for_homophones_only() -> None:
    assert np.array_equal(heard(letters("金桂花苑")), heard(letters("斤贵华院")))
    assert not np.array_equal(heard(letters("金桂花苑")), heard(letters("金桂花城")))
    assert np.array_equal(heard(letters("a1。")), letters("a1。"))


def test_names_aliases_and_english_are_found(folder: Path, fuyang: Territory) -> None:
    unit = fuyang.find_path("富春街道/金桥社区/1").id
    book = book_of(folder, f"金桂花苑,Golden Court,compound,{unit},金桂苑;老纺织厂,30.1,119.9")
    assert found(book, "我住金桂花苑五幢") == {"金桂花苑"}
    assert found(book, "老纺织厂边上") == {"老纺织厂"}
    entry = book.named("金桂苑")[0]
    assert (entry.unit, entry.level) == (unit, Level.GRID)
    assert entry.point is not None
    assert (entry.point.lat, entry.point.lon) == (30.1, 119.9)
    assert book.latin("goldencourt", ())[0].unit == unit
    assert [e.name for e in book.latin("unknown", ("jin", "gui", "hua", "yuan"))] == ["金桂花苑"]
    assert book.latin("unknown", ("jin", "gui", "?", "yuan")) == ()
    assert not found(book, "金桂花")


def test_homophones_are_found_and_the_name_itself_is_no_homophone(folder: Path, fuyang: Territory) -> None:
    unit = fuyang.find_path("富春街道/金桥社区/1").id
    book = book_of(folder, f"金桂花苑,,compound,{unit},,,")
    assert [(s, e, x[0].name) for s, e, x in book.spoken("住在斤贵花院啊")] == [(2, 6, "金桂花苑")]
    assert list(book.spoken("住在金桂花苑啊")) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("金柱花苑", "金桂花苑"),
        ("金桂花花苑", "金桂花苑"),
        ("桂花路", None),
        ("桂花东路", None),
        ("登城比路", "登城北路"),
        ("登城路", None),
        ("登城南路", None),
        ("金桂花城", None),
        ("翠湖", None),
    ],
)
def test_one_slip_is_forgiven_unless_it_makes_another_place(
    folder: Path, fuyang: Territory, said: str, meant: str | None
) -> None:
    unit = fuyang.find_path("新登镇/古城社区").id
    book = book_of(
        folder, f"金桂花苑,,compound,{unit},,,", f"桂花西路,,road,{unit},,,", f"登城北路,,road,{unit},,,"
    )
    names = {entry.name for entry in book.almost(said)} - {"桂花路", "桂花西路地铁站"}
    assert names == ({meant} if meant else set())


def test_a_name_that_many_places_share_is_told_by_the_unit_beside_it(folder: Path, fuyang: Territory) -> None:
    villages = [u for u in fuyang.units.values() if u.level is Level.VILLAGE]
    book = book_of(folder, *(f"共同路,,road,{v.id},,," for v in villages))
    (whole,) = book.named("共同路")
    assert whole.level is Level.DISTRICT
    shuangta = fuyang.find_path("新登镇/双塔村").id
    assert [e.unit for e in book.named("共同路", (shuangta,))] == [shuangta]
    lushan = fuyang.find_path("鹿山街道").id
    inside = book.named("共同路", (lushan,))
    assert {e.unit for e in inside} == {v.id for v in fuyang.children(lushan)}
    assert len(inside) <= MOST


def test_many_of_one_town_are_that_town(folder: Path, fuyang: Territory) -> None:
    town = fuyang.find_path("新登镇")
    grids = [g.id for v in fuyang.children(town.id) for g in fuyang.children(v.id)]
    book = book_of(folder, *(f"共同路,,road,{grid},,," for grid in grids))
    assert [e.unit for e in book.named("共同路")] == [town.id]


def test_kept_pages_answer_the_same_and_are_made_anew_when_the_names_change(
    brook: Path, tmp_path: Path
) -> None:
    keep = tmp_path / "names"
    first = kept_book(brook, "金桂花苑", keep)
    kept = [path.name for path in keep.iterdir()]
    again = open_book(read_territory(brook), keep)
    assert [path.name for path in keep.iterdir()] == kept
    assert first.named("金桂花苑") == again.named("金桂花苑") != ()
    changed = kept_book(brook, "银桂花苑", keep)
    assert changed.named("金桂花苑") == ()
    assert changed.named("银桂花苑") != ()
    assert len(list(keep.iterdir())) == 2


def test_old_pages_are_cleared_away(brook: Path, tmp_path: Path) -> None:
    keep = tmp_path / "names"
    for number in range(binding.KEPT + 3):
        kept_book(brook, f"第{number}小区", keep)
    assert len(list(keep.iterdir())) == binding.KEPT


def test_damaged_pages_are_made_anew(brook: Path, tmp_path: Path) -> None:
    keep = tmp_path / "names"
    kept_book(brook, "金桂花苑", keep)
    (made,) = keep.iterdir()
    for file in made.iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert open_book(read_territory(brook), keep).named("金桂花苑") != ()


def test_no_pickle_is_ever_read(brook: Path, tmp_path: Path) -> None:
    """A file that was exchanged for a pickle is damage, not a program that runs."""
    keep = tmp_path / "names"
    kept_book(brook, "金桂花苑", keep)
    (made,) = keep.iterdir()
    np.save(made / "lat.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert open_book(read_territory(brook), keep).named("金桂花苑") != ()


def test_a_bad_row_is_left_out_and_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    book = book_of(
        folder,
        "金桂花苑,,compound,330111115260-G01,,,",
        "无处花苑,,compound,nowhere,,,",
        "半点花苑,,compound,330111115260-G01,,30.1,",
    )
    assert book.named("金桂花苑") != ()
    assert book.named("无处花苑") == ()
    assert "row 3, column unit" in caplog.text
    assert "row 4, column lon" in caplog.text


def test_a_territory_without_names_has_an_empty_book(tmp_path: Path) -> None:
    brook = read_territory(FUYANG.parent / "littlebrook")
    book = open_book(brook, tmp_path / "names")
    assert list(book.written("老磨坊")) == []
    assert book.latin("oldmill", ())[0].unit == "LB-T1-V1-G01"


def test_ten_times_the_names_cost_a_message_no_more_look_ups(fuyang: Territory) -> None:
    """Not timed: the number of stretches that pass the sieve stays what it is, as the sieve grows with the names."""
    text = "我们小区门口的下水道堵了好几天，污水都流到马路上来了，请尽快派人来看看"
    passed = []
    for count in (2_000, 20_000):
        names = [letters(row[0]) for row in made_up(fuyang, count)]
        prints = np.sort(np.array([one(name) for name in names], dtype=np.uint64))
        table = binding.Table(
            prints=prints, rows=np.arange(count, dtype=np.uint32), sieve=binding.sieve_of(prints)
        )
        asked = stretches(letters(text), set(range(2, 12)))[0]
        shift = np.uint64(64 - (len(table.sieve).bit_length() + 2))
        first = asked >> shift
        bits = table.sieve[(first >> np.uint64(3)).astype(np.int64)] >> (first & np.uint64(7)).astype(
            np.uint8
        )
        passed.append(int((bits & 1).sum()))
        assert set(table.places(prints[::7]).tolist()) == set(range(len(prints[::7])))
    assert max(passed) < len(asked) / 20


def test_the_made_up_gazetteer_is_the_same_each_time_and_lies_in_real_units(fuyang: Territory) -> None:
    rows_ = list(made_up(fuyang, 15_000))
    assert len(rows_) == 15_000
    assert rows_ == list(made_up(fuyang, 15_000))
    assert all(row[3] in fuyang.units for row in rows_)
    kinds = {row[2] for row in rows_}
    assert kinds >= {"compound", "road", "door", "hamlet"}


def test_the_fingerprint_follows_names_learned_in_memory(fuyang: Territory) -> None:
    from dataclasses import replace

    mark = replace(fuyang.landmarks[0], aliases=("新学的名字",))
    assert fingerprint(replace(fuyang, landmarks=(mark, *fuyang.landmarks[1:]))) != fingerprint(fuyang)
