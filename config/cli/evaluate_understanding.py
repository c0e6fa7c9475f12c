"""`minhu evaluate understanding FILE.jsonl`: how well messages are understood, measured on labelled lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import (
    DataOption,
    LangOption,
    TerritoryOption,
    territory_or_exit,
    understander_or_exit,
)


def command(
    file: Annotated[Path, typer.Argument(help="Labelled messages, one JSON object a line.")],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Write each miss with its evidence to this file (JSON lines).")
    ] = None,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Print the measures; exit status 2 when the file cannot be read."""
    from intake.evaluate import judge_lines, measures, read_lines, write_errors

    words = load_words()
    spoken = language(words, lang)
    try:
        lines = read_lines(file)
    except (OSError, ValueError) as error:
        typer.echo(words.say(spoken, "cli.evaluate.unreadable", why=error), err=True)
        raise typer.Exit(2) from None
    known = territory_or_exit(territory, lang)
    judged = judge_lines(lines, understander_or_exit(known, lang, data=data, territory=territory))
    found = measures(judged)
    missed = write_errors(judged, errors) if errors is not None else None
    if as_json:
        typer.echo(json.dumps(found))
        return
    width = max(map(len, found))
    typer.echo("\n".join(f"{name:<{width}}  {_shown(value)}" for name, value in found.items()))
    if missed is not None:
        typer.echo(words.say(spoken, "cli.evaluate.missed", count=missed, file=errors))


def _shown(value: float | int | None) -> str:
    return "–" if value is None else f"{value:g}"
