"""`minhu learn report VERSION`: what a version was learned from, how it measured, and what it changed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.entry import language, load_words
from config.cli.learn import told
from config.cli.options import DataOption, LangOption, settings_or_exit, territory_or_exit

if TYPE_CHECKING:
    from config.settings import Settings


def command(
    version: Annotated[int, typer.Argument(help="Number of a version (minhu learn list).", min=1)],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    lang: LangOption = None,
) -> None:
    """Print the report; exit status 1 when there is no such version, 2 when there is no record."""
    words = load_words()
    spoken = language(words, lang)
    settings = settings_or_exit(lang, data=data)
    state, report = asyncio.run(_read(settings, version))
    if report is None:
        key = "refusal.version_unknown" if state == "fit" else f"cli.audit.{state}"
        typer.echo(words.say(spoken, key, version=version, why=""), err=True)
        raise typer.Exit(1 if state == "fit" else 2)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    fate = "activated" if report["better"] else "kept_old"
    typer.echo(told(words, spoken, fate, report, territory_or_exit(settings.territory, lang)))


async def _read(settings: Settings, version: int) -> tuple[str, dict[str, Any] | None]:
    from casecore import models
    from config.learned import open_fit

    condition, record = await open_fit(settings)
    if record is None:
        return condition.state, None
    try:
        async with record.read() as session:
            row = await models.version(session, version)
        return condition.state, dict(row.report) if row is not None else None
    finally:
        await record.close()
