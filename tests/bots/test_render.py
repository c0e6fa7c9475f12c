"""Every notice has words in every language, and a channel never gets more than it can show."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.channel import Capabilities
from bots.phrases import PHRASES
from bots.render import Renderer
from casecore.messages import Button, Owed
from casecore.territory import Territory, read_territory
from casecore.vocabulary import EventKind, Notice, Role, State
from casecore.words import Words

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WIDE = Capabilities(
    max_text=4096, max_buttons=50, max_buttons_in_row=5, max_button_label=40, max_button_token=64
)
LANGS = ("zh-CN", "en")


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load(ROOT / "config" / "locales")


@pytest.fixture(scope="module")
def territory() -> Territory:
    return read_territory(ROOT / "config" / "territory" / "littlebrook")


@pytest.fixture(scope="module")
def renderer(words: Words, territory: Territory) -> Renderer:
    return Renderer(words, territory)


# For a notice whose words depend on a fact: the fact and every value the code gives it.
VARIANTS: dict[Notice, tuple[str, tuple[str, ...]]] = {
    Notice.HELP: ("which", ("staff", "unbound", "group")),
    Notice.QUESTION: (
        "field",
        ("what", "more", "item", "place", "place_choice", "place_village", "place_unknown", "place_again",
         "place_reminder", "place_urgent", "wrong", "case", "withdraw", "which_task", "unheard"),
    ),
    Notice.MOVED: (
        "how",
        ("escalated", "escalated_overdue", "passed_to_grid", "sent_down", "transferred", "return_upheld",
        "designated",
         "split", "hard_opened"),
    ),
    Notice.TASK_MOVED: (
        "how",
        ("escalated", "escalated_overdue", "passed_to_grid", "sent_down", "transferred", "return_upheld",
        "designated"),
    ),
    Notice.TASK_CARD: (
        "how",
        ("dispatched", "escalated", "escalated_overdue", "passed_to_grid", "sent_down", "transferred",
         "return_upheld", "designated", "reopened"),
    ),
    Notice.STATUS: ("which", ("one", "list", "none", "third_reopening")),
    Notice.CLOSED: ("reason", ("resolved", "explained", "no_contact", "withdrawn", "invalid", "merged")),
    Notice.CANCELLED: ("why", ("resident", "expired")),
    Notice.NOT_UNDERSTOOD: ("why", ("kind", "empty", "words", "fault")),
    Notice.APPROVAL_CARD: ("what", ("return", "merge")),
    Notice.HARD_MATTER: (
        "which",
        ("residents", "cases", "commander", "leader", "planned", "milestone", "plan_late", "milestone_late"),
    ),
    Notice.FOLLOW_UP: ("which", ("third_reopening",)),
    Notice.PROMPT: ("field", ("note", "result", "tried", "reason", "unit")),
    Notice.NOTED: (
        "act", ("accept", "progress", "ask", "return", "done", "escalate", "send_down", "transfer", "cancel"),
    ),
    Notice.REMINDER: ("which", ("half", "three_quarters", "last", "deemed_accepted")),
    Notice.OUTDATED: ("what", ("button", "draft", "card", "state")),
    Notice.REFUSED: ("reason", ("not_yours", "case_unknown", "urged_already", "return_late", "result_missing")),
}  # fmt: skip


def facts_of(territory: Territory) -> dict[str, Any]:
    """One value for every fact that any notice may carry."""
    item = next(iter(territory.items))
    village = next(unit for unit in territory.units.values() if unit.level == "village")
    case = {
        "case": "MH-20260302-000001", "state": "accepted", "urgency": "urgent", "item": item, "place": village.id,
        "place_text": "by the mill", "unit": village.id, "level": "village", "due": NOW.isoformat(), "text": "words",
    }  # fmt: skip
    return case | {
        "person": "A. Person", "note": "a note", "result": "a result", "question": "which door?", "stars": 2,
        "parts": [{"text": "one", "item": item, "urgency": "normal"},
                  {"text": "two", "item": None, "urgency": "normal"}],
        "files": 2, "failures": ["too_large", "not_audio"], "until": NOW.isoformat(), "next": NOW.isoformat(),
        "outside": "Elsewhere", "order": 1, "round": 2, "count": 3, "addition": "more",
        "step": "the first step", "leader": "A. Leader", "plan_due": NOW.isoformat(),
        "other": "MH-20260301-000009", "other_text": "their words", "alike_metres": 80.0, "alike_hours": 9.5,
        "into": "MH-20260301-000009", "right_unit": village.id,
        "reason": "because", "cases": [case], "why": "", "on": True, "upheld": True,
        "lines": [{"at": NOW.isoformat(), "kind": "submitted", "who": "", "text": "words"}],
    }  # fmt: skip


def cases() -> list[tuple[Notice, str, str]]:
    plain = [(notice, "", "") for notice in PHRASES if notice not in VARIANTS]
    return plain + [(n, fact, value) for n, (fact, values) in VARIANTS.items() for value in values]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("notice", "fact", "value"), cases())
def test_every_notice_has_words(
    renderer: Renderer, territory: Territory, lang: str, notice: Notice, fact: str, value: str
) -> None:
    facts = facts_of(territory) | ({fact: value} if fact else {})
    rendered = renderer.render(
        Owed(notice=notice, cause="c", person_id="p", facts=facts), lang=lang, now=NOW, can=WIDE
    )
    assert rendered.text.strip()
    assert "{" not in rendered.text
    assert rendered.lang == lang
    if lang == "zh-CN":
        assert re.search(r"[\u4e00-\u9fff]", rendered.text)


def test_every_notice_is_in_the_table() -> None:
    assert set(PHRASES) == set(Notice)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("stem", "listed"), [("state", State), ("event", EventKind), ("role", Role)])
def test_every_word_of_the_vocabulary_has_a_name(words: Words, lang: str, stem: str, listed: Any) -> None:
    for word in listed:
        assert words.say(lang, f"{stem}.{word.value}")


def test_a_long_text_is_cut_where_the_channel_ends(renderer: Renderer, territory: Territory) -> None:
    owed = Owed(
        notice=Notice.ASKED, cause="c", person_id="p", facts=facts_of(territory) | {"question": "x" * 9000}
    )
    text = renderer.render(owed, lang="en", now=NOW, can=WIDE).text
    assert len(text) == WIDE.max_text
    assert text.endswith("…")


def test_rows_are_no_wider_than_the_channel(renderer: Renderer, territory: Territory) -> None:
    row = tuple(Button(act=f"rate_{n}", subject="c", label=f"button.rate_{n}") for n in range(1, 6))
    owed = Owed(
        notice=Notice.RATING_REQUEST, cause="c", person_id="p", facts=facts_of(territory), buttons=(row,)
    )
    narrow = Capabilities(max_text=4096, max_buttons=50, max_buttons_in_row=2, max_button_label=20)
    rendered = renderer.render(owed, lang="zh-CN", now=NOW, can=narrow)
    assert [len(r) for r in rendered.buttons] == [2, 2, 1]
    assert rendered.buttons[0][0].token == "rate_1:c"


def test_a_channel_without_buttons_gets_numbered_words(renderer: Renderer, territory: Territory) -> None:
    row = tuple(Button(act=act, subject="c", label=f"button.{act}") for act in ("urge", "withdraw"))
    owed = Owed(notice=Notice.ADDED, cause="c", person_id="p", facts=facts_of(territory), buttons=(row,))
    rendered = renderer.render(owed, lang="en", now=NOW, can=Capabilities(max_text=4096))
    assert not rendered.buttons
    assert "1. " in rendered.text
    assert "2. " in rendered.text


def test_a_residents_words_are_shown_and_never_read_as_a_template(
    renderer: Renderer, territory: Territory
) -> None:
    facts = facts_of(territory) | {"question": "{case} {0} %s"}
    owed = Owed(notice=Notice.ASKED, cause="c", person_id="p", facts=facts)
    assert "{case} {0} %s" in renderer.render(owed, lang="en", now=NOW, can=WIDE).text
