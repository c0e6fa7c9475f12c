"""What several tests of this room share: the sample district and one understander of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from casecore.territory.reader import read_territory
from intake.understand import Understander
from tests.intake import learned

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shipped() -> Understander:
    """The understanding as shipped, for the sample district; it never changes."""
    understander = Understander(read_territory(ROOT / "config" / "territory" / "fuyang"))
    understander.warm()
    return understander


@pytest.fixture
async def files(shipped: Understander, tmp_path: Path) -> AsyncIterator[learned.Files]:
    made = await learned.files(shipped, tmp_path)
    yield made
    await made.record.close()
