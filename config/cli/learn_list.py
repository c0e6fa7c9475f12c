"""`minhu learn list`: every version with its parent, its data and how it measured; which one understands now."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit

if TYPE_CHECKING:
    from config.settings import Settings

# Digits of a data hash that people compare by eye.
SHOWN = 12


def command(
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, for programs.")] = False,
    lang: LangOption = None,
) -> None:
    """Print the versions, the newest first; exit status 2 when there is no record."""
    words = load_words()
    spoken = language(words, lang)
    state, rows = asyncio.run(_read(settings_or_exit(lang, data=data)))
    if rows is None:
        typer.echo(words.say(spoken, f"cli.audit.{state}", why=""), err=True)
        raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        mark = "●" if row["active"] else "○"
        fate = words.say(spoken, "cli.learn.fate_kept" if row["kept"] else "cli.learn.fate_refused")
        typer.echo(
            words.say(
                spoken, "cli.learn.listed", mark=mark, version=row["version"], at=row["created_at"][:16],
                parent=row["parent"], lessons=row["lessons"], top1=row["item_top1"], hash=row["data_hash"][:SHOWN],
                fate=fate,
            )
        )  # fmt: skip
    shipped = "○" if any(row["active"] for row in rows) else "●"
    typer.echo(words.say(spoken, "cli.learn.shipped", mark=shipped))


async def _read(settings: Settings) -> tuple[str, list[dict[str, Any]] | None]:
    from casecore import models
    from config.learned import open_fit

    condition, record = await open_fit(settings)
    if record is None:
        return condition.state, None
    try:
        async with record.read() as session:
            found = await models.versions(session)
    finally:
        await record.close()
    return condition.state, [
        {
            "version": row.number, "parent": row.parent, "created_at": row.created_at.isoformat(),
            "active": row.active, "better": row.better, "kept": bool(row.file_sha256), "data_hash": row.data_hash,
            "file_sha256": row.file_sha256, "lessons": row.report.get("lessons"),
            "item_top1": row.report.get("held", {}).get("new", {}).get("item_top1"),
        }
        for row in found
    ]  # fmt: skip
