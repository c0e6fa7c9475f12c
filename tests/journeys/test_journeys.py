"""Every journey of this folder, played through the whole house: one test each, named after its file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from config.journeys.player import Verdict, play
from config.journeys.reader import read_journey
from config.journeys.theatre import Props

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yaml"))


@pytest.fixture(scope="session")
def props() -> Props:
    """Territories and understanders, read once."""
    return Props()


def played(file: Path, props: Props) -> Verdict:
    journey = read_journey(file, lambda name: props.zone(name, file))
    return asyncio.run(play(journey, props))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_journey_holds(file: Path, props: Props) -> None:
    verdict = played(file, props)
    failure = verdict.failure
    assert failure is None, "\n".join(
        [*verdict.transcript[-30:], f"step {failure.step}, line {failure.line}: {failure.source}",
         f"expected: {failure.expected}", f"seen: {failure.seen}"]
    )  # fmt: skip


def test_there_are_journeys_to_play() -> None:
    """An empty folder must not look like success."""
    assert len(FILES) >= 24
