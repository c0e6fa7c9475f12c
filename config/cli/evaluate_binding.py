"""`minhu evaluate binding FILE.jsonl`: how well messages find their case, measured on written conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption, TerritoryOption, territory_or_exit


def command(
    file: Annotated[Path, typer.Argument(help="Labelled conversations, one JSON object a line.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    part: Annotated[
        str | None, typer.Option(help="Only conversations of this part of the file (tune or held).")
    ] = None,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Print right, asked and wrong, and each miss with its evidence; exit status 2 when the file cannot be read."""
    from intake.binding.evaluate import judge, read_conversations, tables
    from intake.understand import Understander

    words = load_words()
    spoken = language(words, lang)
    understander = Understander(territory_or_exit(territory, lang))
    try:
        judged = judge(read_conversations(file), understander)
    except (OSError, ValueError) as error:
        typer.echo(words.say(spoken, "cli.evaluate.unreadable", why=error), err=True)
        raise typer.Exit(2) from None
    chosen = [one for one in judged if part in (None, one.part)]
    found = tables(chosen)
    if as_json:
        typer.echo(json.dumps(found))
        return
    names = list(next(iter(found.values()), {}))
    typer.echo("  ".join(["".ljust(16), *(name.rjust(13) for name in names)]))
    for group, rates in found.items():
        typer.echo("  ".join([group.ljust(16), *(_shown(rates[name]).rjust(13) for name in names)]))
    for one in chosen:
        if not one.right:
            because = ", ".join(
                f"{b.kind}{f' {b.text}' if b.text else ''} {b.weight:+g}" for b in one.because
            )
            typer.echo(f"{one.conversation}  {one.says!r}  {one.want} → {one.got}  ({because})")


def _shown(value: float | int | None) -> str:
    return "–" if value is None else f"{value:g}"
