"""The two shipped territories, and a copy of the small one that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from casecore.territory import Mistake, Territory, TerritoryInvalid, read_territory

TERRITORIES = Path(__file__).parents[3] / "config" / "territory"
FUYANG = TERRITORIES / "fuyang"
LITTLEBROOK = TERRITORIES / "littlebrook"

Spoil = Callable[..., list[Mistake]]


@pytest.fixture(scope="session")
def fuyang_folder() -> Path:
    return FUYANG


@pytest.fixture(scope="session")
def littlebrook_folder() -> Path:
    return LITTLEBROOK


@pytest.fixture(scope="session")
def fuyang() -> Territory:
    return read_territory(FUYANG)


@pytest.fixture(scope="session")
def littlebrook() -> Territory:
    return read_territory(LITTLEBROOK)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of Littlebrook."""
    folder = tmp_path / "copy"
    shutil.copytree(LITTLEBROOK, folder)
    return folder


def mistakes_of(folder: Path) -> list[Mistake]:
    """What the reader says against `folder`; it must refuse it."""
    with pytest.raises(TerritoryInvalid) as refused:
        read_territory(folder)
    return refused.value.mistakes


@pytest.fixture
def refused(copy: Path) -> Callable[[], list[Mistake]]:
    """Reads the copy, which must be refused, and answers what the reader says against it."""
    return lambda: mistakes_of(copy)


@pytest.fixture
def spoil(copy: Path) -> Spoil:
    """Replaces words in a file of the copy and answers the mistakes that are then found."""

    def _spoil(file: str, *changes: tuple[str, str]) -> list[Mistake]:
        text = (copy / file).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new, 1)
        (copy / file).write_text(text, encoding="utf-8")
        return mistakes_of(copy)

    return _spoil
