"""The condition of a record is told without changing it, for each way in which it may not fit the program."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from casecore.store.condition import condition_of

REVISION = """
revision = {revision!r}
down_revision = {down!r}
branch_labels = None
depends_on = None
def upgrade(): ...
def downgrade(): ...
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A program that knows two revisions, first and second."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "a.py").write_text(REVISION.format(revision="first", down=None))
    (versions / "b.py").write_text(REVISION.format(revision="second", down="first"))
    return versions.parent


def record(folder: Path, version: str | None) -> str:
    file = folder / "minhu.db"
    base = sqlite3.connect(file)
    if version is not None:
        base.execute("CREATE TABLE alembic_version (version_num TEXT)")
        base.execute("INSERT INTO alembic_version VALUES (?)", (version,))
        base.commit()
    else:
        base.execute("CREATE TABLE other (x)")
    base.close()
    return f"sqlite+aiosqlite:///{file}"


@pytest.mark.parametrize(
    ("version", "state"),
    [("second", "fit"), ("first", "behind"), ("third", "ahead"), (None, "absent")],
)
async def test_the_version_is_compared(
    tmp_path: Path, migrations: Path, version: str | None, state: str
) -> None:
    seen = await condition_of(record(tmp_path, version), migrations=migrations)
    assert (seen.state, seen.version, seen.wanted) == (state, version or "", "second")


async def test_a_file_that_is_not_there_stays_so(tmp_path: Path, migrations: Path) -> None:
    seen = await condition_of(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", migrations=migrations)
    assert seen.state == "absent"
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://minhu:geheim@127.0.0.1:1/minhu", "nothing", "unknown://geheim@x"]
)
async def test_what_cannot_be_opened_says_why_and_keeps_the_password(url: str, migrations: Path) -> None:
    seen = await condition_of(url, migrations=migrations)
    assert seen.state == "unreachable"
    assert seen.why
    assert "geheim" not in seen.why
