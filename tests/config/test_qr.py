"""`minhu qr`: an address that brings its place along, as a code that a phone reads."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from config.cli.entry import main
from config.cli.qr import links


def run(*arguments: str) -> int:
    try:
        return main(["qr", *arguments, "--territory", "littlebrook", "--lang", "en"])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_a_code_for_the_web_and_one_for_telegram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "codes" / "mill.svg"
    assert (
        run(
            "LB-T1-V1-G01",
            "--out",
            str(out),
            "--telegram",
            "@brook_bot",
            "--address",
            "https://brook.example/",
        )
        == 0
    )
    said = capsys.readouterr()
    assert "https://brook.example/?grid=LB-T1-V1-G01" in said.out
    assert "https://t.me/brook_bot?start=grid_LB-T1-V1-G01" in said.out
    assert said.err == ""
    for file in (out, out.with_name("mill-telegram.svg")):
        assert ET.parse(file).getroot().tag.endswith("svg")  # noqa: S314 - our own file


def test_without_a_file_it_is_drawn_and_a_local_address_is_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("LB-T1-V1") == 0
    said = capsys.readouterr()
    assert "▄" in said.out
    assert "?grid=LB-T1-V1" in said.out
    assert "public address" in said.err


@pytest.mark.parametrize("unit", ["nowhere", "LB", "HWY", ""])
def test_what_is_no_place_to_stand_at_gets_no_code(unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(unit) == 2
    assert "No such place" in capsys.readouterr().err


def test_the_payload_is_what_a_start_understands() -> None:
    from intake.dialogue.resident import LINK

    (_, _), (telegram, _) = links("330111115260-G01", "http://x", "bot", None)
    match = LINK.match(telegram.rpartition("start=")[2])
    assert match is not None
    assert match.group(1) == "330111115260-G01"
