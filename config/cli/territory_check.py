"""`minhu territory check PATH`: every mistake of a territory's files, with the cell it stands in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.territory import Mistake, read_territory
from casecore.territory.check import check
from config.cli.entry import language, load_words
from config.cli.options import LangOption


def command(
    path: Annotated[Path, typer.Argument(help="Folder of the territory.")],
    lang: LangOption = None,
) -> None:
    """Check a territory folder; exit status 1 when there is a mistake."""
    words = load_words()
    spoken = language(words, lang)
    if not path.is_dir():
        typer.echo(words.say(spoken, "cli.territory_check.no_folder", folder=path), err=True)
        raise typer.Exit(2)
    mistakes = check(path)
    for mistake in mistakes:
        typer.echo(shown(mistake))
    if mistakes:
        typer.echo(words.say(spoken, "cli.territory_check.mistakes", count=len(mistakes)), err=True)
        raise typer.Exit(1)
    known = read_territory(path)
    name = known.names.get(spoken) or next(iter(known.names.values()))
    facts = {"name": name, "units": len(known.units), "items": len(known.items)}
    typer.echo(words.say(spoken, "cli.territory_check.ok", **facts))


def shown(mistake: Mistake) -> str:
    """`file:row:column: what is wrong`, as editors and terminals turn into a link."""
    place = ":".join(part for part in (mistake.file, str(mistake.row or ""), mistake.column) if part)
    seen = f"{mistake.value!r} " if mistake.value else ""
    return f"{place}: {seen}{mistake.text}"
