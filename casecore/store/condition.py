"""In what condition a record is, seen without changing it: absent, behind, fit, ahead or unreachable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from casecore.clock import SystemClock
from casecore.store.engine import open_record
from casecore.store.migrate import current

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# A database that takes longer to greet us is of no use to a resident either; seconds.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`version` is the record's own revision, `wanted` the program's newest, `why` the driver's complaint."""

    state: Literal["absent", "behind", "fit", "ahead", "unreachable"]
    version: str = ""
    wanted: str = ""
    why: str = ""


async def condition_of(url: str, *, migrations: Path = MIGRATIONS) -> Condition:
    """Look at the record at `url`. Never raises for what may be wrong with it, and never creates it."""
    scripts = ScriptDirectory(str(migrations))
    wanted = scripts.get_current_head() or ""
    try:
        if _not_there(url):
            return Condition(state="absent", wanted=wanted)
        async with asyncio.timeout(PATIENCE):
            version = await _version(url)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return Condition(state="unreachable", wanted=wanted, why=_first_line(error))
    if version is None:
        return Condition(state="absent", wanted=wanted)
    if version == wanted:
        return Condition(state="fit", version=version, wanted=wanted)
    state: Literal["behind", "ahead"] = "behind" if _known(scripts, version) else "ahead"
    return Condition(state=state, version=version, wanted=wanted)


def _not_there(url: str) -> bool:
    """SQLite makes the file that it is asked to open, so it must not be asked."""
    parts = make_url(url)
    in_file = parts.get_backend_name() == "sqlite" and parts.database not in {None, "", ":memory:"}
    return in_file and not Path(str(parts.database)).exists()


async def _version(url: str) -> str | None:
    record = open_record(url, clock=SystemClock())
    try:
        return await current(record)
    finally:
        await record.close()


def _known(scripts: ScriptDirectory, version: str) -> bool:
    try:
        return scripts.get_revision(version) is not None
    except CommandError:
        return False


def _first_line(error: Exception) -> str:
    """The driver's own words, without SQL and without the URL, which may hold a password."""
    if isinstance(error, ArgumentError):
        return "not a database URL"
    cause = getattr(error, "orig", None) or error
    lines = str(cause).splitlines()
    return lines[0] if lines else type(cause).__name__
