"""Why it went there: each decision has its sentence with its words, in both languages, without markup of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casecore.store.tables import Case, CaseEvent
from casecore.territory.model import Territory
from casecore.territory.reader import read_territory
from casecore.vocabulary import EventKind, State, Urgency
from casecore.why import MOVES, explain, explain_briefly, from_facts, to_facts
from casecore.why_words import certainty, sentences
from casecore.words import Words

CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def fuyang() -> Territory:
    return read_territory(CONFIG / "territory" / "fuyang")


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load(CONFIG / "locales")


def because(**more: Any) -> dict[str, Any]:
    return {
        "wish": [{"kind": "phrase", "text": "坏了", "weight": 1.0}], "wish_share": 0.97,
        "matter": [
            {"kind": "keyword", "text": "路灯", "weight": 2.0},
            {"kind": "model", "text": "灯坏", "weight": 0.3},
            {"kind": "model", "text": "坏了", "weight": 0.2},
        ],
        "urgency": [], "place": [{"kind": "place_name", "text": "双塔村", "weight": 0.96}],
        "guesses": [["INF-01", 0.9], ["BLD-02", 0.08]], "model": 3, **more,
    }  # fmt: skip


def case(fuyang: Territory, **more: Any) -> Case:
    village = fuyang.find_path("新登镇/双塔村").id
    values = {
        "id": "c", "number": "MH-1", "state": State.DISPATCHED, "urgency": Urgency.NORMAL, "text": "双塔村路灯坏了",
        "item_code": "INF-01", "item_probability": 0.9, "place_unit": village, "place_text": "双塔村",
        "place_probability": 0.9, "unit_id": fuyang.find_path("新登镇/双塔村/1").id, "person_id": "p",
        "because": because(),
    }  # fmt: skip
    return Case(**(values | more))


def event(kind: EventKind, n: int = 1, **data: Any) -> CaseEvent:
    return CaseEvent(case_id="c", n=n, kind=kind, at=NOW, unit_id=data.pop("unit_id", None), data=data)


def told(words: Words, fuyang: Territory, one: Case, *events: CaseEvent, lang: str = "zh-CN") -> list[str]:
    return sentences(words, fuyang, lang, explain(fuyang, one, events))


def test_every_decision_is_explained_with_its_words_and_rule(words: Words, fuyang: Territory) -> None:
    grid = fuyang.find_path("新登镇/双塔村/1").id
    lines = told(
        words, fuyang, case(fuyang),
        event(EventKind.SUBMITTED, item="INF-01", item_probability=0.9),
        event(EventKind.DISPATCHED, to=grid, reason="duty_grid"),
    )  # fmt: skip
    text = "\n".join(lines)
    for part in (
        "“路灯”（清单关键词）", "“灯坏了”（学到的字词）", "“路灯不亮”", "很有把握（90%）", "也想过", "牵头", "（R1.6）",
        "“双塔村”（地名）", "1网格", "第3版",
    ):  # fmt: skip
        assert part in text, (part, text)


@pytest.mark.parametrize("kind", sorted(MOVES))
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_move_has_a_sentence_with_its_rule(
    words: Words, fuyang: Territory, kind: EventKind, lang: str
) -> None:
    one = event(kind, unit_id="UCB", to="WTR", reason="not ours", units=["UCB"], order=2)
    (line,) = (
        x
        for x in told(words, fuyang, case(fuyang), one, lang=lang)
        if f"({MOVES[kind]})" in x.replace("（", "(").replace("）", ")") and "03-04" in x
    )
    assert line.startswith("03-04 10:00")


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ([{"kind": "home", "text": ""}], "登记的住址"),
        ([{"kind": "last_place", "text": ""}], "上次报事"),
        ([{"kind": "link", "text": ""}], "扫的是"),
        ([{"kind": "polygon", "text": "29.9,119.9"}], "定位"),
        ([{"kind": "resident", "text": "x"}], "居民自己选的"),
        ([], "后来补充"),
    ],
)
def test_each_kind_of_evidence_on_the_place_is_said_as_what_it_is(
    words: Words, fuyang: Territory, pieces: list[dict[str, str]], said: str
) -> None:
    lines = told(words, fuyang, case(fuyang, because=because(place=pieces)))
    assert any(said in line for line in lines)


def test_what_was_chosen_or_corrected_is_said_to_be_so(words: Words, fuyang: Territory) -> None:
    chosen = case(
        fuyang, because=because(chosen=[{"kind": "resident", "text": "INF-02"}]), item_code="INF-02"
    )
    assert any("居民自己选的" in line for line in told(words, fuyang, chosen))
    again = event(EventKind.RECLASSIFIED, item="INF-01", before={"item": "BLD-02", "place": "a"}, place="a")
    assert any("改成了“路灯不亮”" in line for line in told(words, fuyang, case(fuyang), again))
    nobody = case(
        fuyang, item_code=None, item_probability=0.2, place_unit=None, place_text="桥那边", unit_id=None
    )
    text = "\n".join(told(words, fuyang, nobody))
    assert "留给人来看" in text
    assert "“桥那边”" in text


def test_a_resident_reads_neither_figures_nor_rules_nor_names(words: Words, fuyang: Territory) -> None:
    grid = fuyang.find_path("新登镇/双塔村/1").id
    events = (
        event(EventKind.SUBMITTED, item="INF-01"), event(EventKind.DISPATCHED, to=grid, reason="place"),
        event(EventKind.RETURN_UPHELD, to="UCB"),
    )  # fmt: skip
    for lang in ("zh-CN", "en"):
        text = "\n".join(sentences(words, fuyang, lang, explain_briefly(fuyang, case(fuyang), events)))
        assert "%" not in text
        assert "R1" not in text
        assert len(text.splitlines()) == 4


def test_braces_and_tags_in_peoples_words_are_only_words(words: Words, fuyang: Territory) -> None:
    odd = [{"kind": "keyword", "text": "{unit}<b>{0}"}]
    assert any("“{unit}<b>{0}”" in x for x in told(words, fuyang, case(fuyang, because=because(matter=odd))))


def test_old_cases_without_the_newer_evidence_are_explained_too(words: Words, fuyang: Territory) -> None:
    lines = told(words, fuyang, case(fuyang, because={"matter": "?", "place": None, "choices": ["INF-01"]}))
    assert any("从整句话看" in line for line in lines)
    assert lines[-1] == "判断用的是第0版模型。"


def test_certainty_is_said_in_words_and_never_as_a_hundred_per_cent(words: Words) -> None:
    said = [certainty(words, "zh-CN", share) for share in (1.0, 0.96, 0.86, 0.6, 0.4, 0.1)]
    assert said == [
        "几乎可以肯定（>99%）", "几乎可以肯定（96%）", "很有把握（86%）",
        "比较有把握（60%）", "不太确定（40%）", "只是猜测（10%）",
    ]  # fmt: skip


def test_reasons_survive_as_facts_of_a_notice(fuyang: Territory) -> None:
    reasons = explain(fuyang, case(fuyang), (event(EventKind.DISPATCHED, to="UCB", reason="place"),))
    assert from_facts(to_facts(reasons)) == reasons
