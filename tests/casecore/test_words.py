"""The catalogue of sentences: loaded whole or refused, and loud about a missing key or fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.words import Words, WordsInvalid


@pytest.fixture
def words() -> Words:
    return Words(
        {
            "zh-CN": {"greet": "您好，{name}", "bye": "再见"},
            "en": {"greet": "Hello {name}", "bye": "Goodbye"},
        }
    )


def test_a_sentence_is_said_in_each_language_with_its_facts(words: Words) -> None:
    assert words.say("zh-CN", "greet", name="李") == "您好，李"
    assert words.say("en", "greet", name="Li", unused=1) == "Hello Li"


def test_a_persons_braces_are_not_read_as_placeholders(words: Words) -> None:
    assert words.say("en", "greet", name="{bye.__class__}") == "Hello {bye.__class__}"


@pytest.mark.parametrize(("lang", "key"), [("en", "nothing"), ("fr", "greet")])
def test_a_missing_sentence_is_named_with_its_language(words: Words, lang: str, key: str) -> None:
    with pytest.raises(KeyError, match=f"{lang}: no words for '{key}'"):
        words.say(lang, key)


def test_a_missing_fact_is_named(words: Words) -> None:
    with pytest.raises(KeyError, match="'greet' needs the fact 'name'"):
        words.say("en", "greet")


@pytest.mark.parametrize(
    ("tag", "lang"),
    [
        ("zh_CN.UTF-8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en_GB", "en"),
        ("EN", "en"),
        ("fr", "zh-CN"),
        (None, "zh-CN"),
    ],
)
def test_a_tag_leads_to_the_nearest_language(words: Words, tag: str | None, lang: str) -> None:
    assert words.nearest(tag) == lang


@pytest.mark.parametrize(
    ("english", "complaint"),
    [
        ({"greet": "Hello {name}"}, "en: no words for 'bye'"),
        ({"greet": "Hello {person}", "bye": ""}, "'greet'"),
        ({"greet": "Hello {name", "bye": ""}, "Hello"),
    ],
)
def test_catalogues_that_do_not_fit_together_are_refused(english: dict[str, str], complaint: str) -> None:
    with pytest.raises(WordsInvalid, match=complaint):
        Words({"zh-CN": {"greet": "您好，{name}", "bye": "再见"}, "en": english})


def test_nested_tables_become_dotted_keys_and_the_source_language_comes_first(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[notice.done]\ntitle = "Done"\n', encoding="utf-8")
    (tmp_path / "zh-CN.toml").write_text('[notice]\ndone.title = "已办结"\n', encoding="utf-8")
    loaded = Words.load(tmp_path)
    assert loaded.languages == ("zh-CN", "en")
    assert loaded.say("zh-CN", "notice.done.title") == "已办结"
    assert loaded.has("notice.done.title")
    assert not loaded.has("notice.done")


@pytest.mark.parametrize("content", ["[", "n = 1\n", ""])
def test_a_folder_without_a_sound_catalogue_is_refused(tmp_path: Path, content: str) -> None:
    if content:
        (tmp_path / "en.toml").write_text(content, encoding="utf-8")
    with pytest.raises(WordsInvalid):
        Words.load(tmp_path)


def test_a_surface_that_fills_placeholders_itself_gets_them_unfilled() -> None:
    loaded = Words({"en": {"web.greet": "Hello {name}", "webcam": "x", "cli.bye": "Goodbye"}})
    assert loaded.under("en", "web") == {"web.greet": "Hello {name}"}
