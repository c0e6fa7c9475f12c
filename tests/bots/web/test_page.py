"""The page itself: its words in both languages, nothing inline, nothing from elsewhere, no text parsed as HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bots.web.examples import examples
from casecore.territory import read_territory
from casecore.words import Words
from tests.bots.web.house import LITTLEBROOK, LOCALES, ROOT, WebHouse

WEB = ROOT / "bots" / "web"
SCRIPTS = sorted((WEB / "static").glob("*.js"))
TEMPLATES = sorted((WEB / "templates").glob("*.html"))


def keys_of(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text))


def test_every_sentence_that_the_page_says_is_in_the_locales_and_the_other_way_round() -> None:
    known = set(Words.load(LOCALES).under("en", "web"))
    code = "\n".join(file.read_text("utf-8") for file in (*SCRIPTS, *TEMPLATES, *WEB.glob("*.py")))
    said = keys_of(code, r"""\bsay\((?:[^()"']*\?\s*)?["']([\w.]+)["']""")
    said |= keys_of(code, r"""\bw\((?:"[\w.]+" if \w+ else )?["']([\w.]+)["']""")
    said |= keys_of(code, r"""["']([\w.]+)["'] if prefix else""") | keys_of(
        code, r"""if prefix else ["']([\w.]+)["']"""
    )
    said |= keys_of(code, r"""[?:] ["']((?:voice|place|state|net)\.\w+)["']""")
    said |= {"i_said", "they_said"}
    said |= {f"error.{reason}" for reason in keys_of(code, r"""Denied\(\d+, "(\w+)\"""")}
    said |= keys_of(code, r"""words\.say\(\w+, "web\.([\w.]+)\"""")
    dynamic = ("web.kind.", "web.urgency.", "web.menu.")
    unused = {key for key in known if key.removeprefix("web.") not in said and not key.startswith(dynamic)}
    assert unused == set()
    missing = {
        key
        for key in said
        if not key.startswith("web.") and f"web.{key}" not in known and "." in key.rstrip(".")
    }
    assert missing == set()


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_parses_a_text_as_html_or_code(file: Path) -> None:
    code = file.read_text("utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
                      "DOMParser", "srcdoc", "setAttribute(\"style\""):  # fmt: skip
        assert forbidden not in code, forbidden


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_holds_a_script_a_style_or_an_address_elsewhere(file: Path) -> None:
    html = file.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|https?://|\|\s*safe", html)


async def test_all_that_the_page_asks_for_is_served_and_kept_for_ever(house: WebHouse) -> None:
    client = house.client()
    await client.open()
    asked = re.findall(r'(?:src|href)="(/chat/static/[^"]+)"', client.page)
    assert len(asked) >= 4
    folder = asked[0].rpartition("/")[0]
    for name in {*(address.rpartition("/")[2] for address in asked), *(file.name for file in SCRIPTS)}:
        answer = await client.http.get(f"{folder}/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]
    old = await client.http.get("/chat/static/an-older-version/app.js")
    assert old.status_code == 200 and old.headers["cache-control"] == "no-store"
    for escape in ("..%2fchannel.py", "%2e%2e/channel.py", "chat.html"):
        assert (await client.http.get(f"{folder}/{escape}")).status_code == 404


async def test_the_language_is_switched_by_a_link_and_remembered(house: WebHouse) -> None:
    client = house.client(lang="zh-CN")
    await client.open()
    assert '<html lang="zh-CN">' in client.page
    answer = await client.http.get("/?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    await client.open()
    assert '<html lang="en">' in client.page
    words = (await client.http.get("/chat/words.json?lang=zh-CN")).json()
    assert words["lang"] == "zh-CN" and words["words"]["web.send"] == "发送"
    assert (await client.http.get("/chat/words.json?lang=xx")).json()["lang"] == "en"
    assert "set-cookie" not in (await client.http.get("/?lang=xx")).headers


def test_examples_come_from_the_territory_at_hand() -> None:
    littlebrook = read_territory(LITTLEBROOK)
    found = examples(littlebrook, "en")
    villages = {unit.names["en"] for unit in littlebrook.units.values()}
    assert found and all(village in villages for village, _ in found)
    assert ("Mill Lane", "nobody has swept Mill Lane for days") in found


def test_examples_in_a_second_language_name_the_matter() -> None:
    fuyang = read_territory(ROOT / "config" / "territory" / "fuyang")
    chinese, english = examples(fuyang, "zh-CN"), examples(fuyang, "en")
    assert len(chinese) == len(english) == 3
    assert len({village for village, _ in chinese}) == 3
    assert all(village.isascii() and matter.isascii() for village, matter in english)
