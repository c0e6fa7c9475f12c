"""The measure of binding: it reads the written conversations, counts honestly, and refuses a broken file."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.territory import read_territory
from intake.binding.evaluate import Judged, judge, measures, read_conversations, tables
from intake.understand import Understander

CONVERSATIONS = Path(__file__).parent / "binding.jsonl"
TERRITORY = Path(__file__).resolve().parents[2] / "config" / "territory" / "fuyang"


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return judge(read_conversations(CONVERSATIONS), Understander(read_territory(TERRITORY)))


def test_messages_find_their_case_in_conversations_that_nothing_was_tuned_on(judged: list[Judged]) -> None:
    """Floors a little below what was measured: what breaks binding is seen, a retrained model is not blamed."""
    found = tables([one for one in judged if one.part == "held"])
    ordinary, hard = found["held ordinary"], found["held hard"]
    assert (ordinary["right_decided"] or 0) >= 0.95 and (ordinary["asked"] or 0) <= 0.10
    assert (hard["right_decided"] or 0) >= 0.90 and (hard["asked"] or 0) <= 0.22


def test_a_handlers_words_reach_a_wrong_case_less_often_than_a_residents(judged: list[Judged]) -> None:
    found = tables(judged)
    assert (found["handler"]["wrong"] or 0) <= (found["resident"]["wrong"] or 0)


def test_the_rates_are_of_all_messages() -> None:
    def one(want: str, got: str) -> Judged:
        return Judged(
            conversation="c", part="", kind="", side="resident", says="", want=want, got=got, because=()
        )

    found = measures([one("1", "1"), one("1", "2"), one("1", "ask"), one("ask", "ask")])
    assert found["right"] == 0.5 and found["asked"] == 0.5 and found["needless"] == 0.25
    assert found["wrong"] == 0.25 and found["right_decided"] == 0.5
    assert measures([])["right"] is None


@pytest.mark.parametrize(
    "row", ["{", '{"side": "nobody", "cases": [], "steps": []}', '{"side": "resident"}', "[]"]
)
def test_a_broken_row_is_named(tmp_path: Path, row: str) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(row + "\n", "utf-8")
    with pytest.raises(ValueError, match=r"talks\.jsonl, row 1"):
        read_conversations(file)
