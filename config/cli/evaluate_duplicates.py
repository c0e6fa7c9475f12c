"""`minhu evaluate duplicates FILE.jsonl`: how well duplicates are found, beside three other systems' rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption, TerritoryOption, territory_or_exit


def command(
    file: Annotated[Path, typer.Argument(help="Labelled pairs of requests, one JSON object a line.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Write each miss with its evidence to this file (JSON lines).")
    ] = None,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Print the measures of what was not trained on; exit status 2 when the file cannot be read."""
    from intake.duplicates.compare import Comparer
    from intake.duplicates.evaluate import judge, measures, misses, read_pairs
    from intake.understand import Understander

    words = load_words()
    spoken = language(words, lang)
    comparer = Comparer(Understander(territory_or_exit(territory, lang)))
    try:
        judged = judge(read_pairs(file, comparer), comparer)
    except (OSError, ValueError) as error:
        typer.echo(words.say(spoken, "cli.evaluate.unreadable", why=error), err=True)
        raise typer.Exit(2) from None
    found = measures(judged)
    if errors is not None:
        missed = misses(judged, comparer)
        errors.write_text("".join(json.dumps(m, ensure_ascii=False) + "\n" for m in missed), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found))
        return
    rows = {"minhu": found} | found["baselines"]
    typer.echo(f"n = {found['n']}")
    width = max(map(len, rows))
    typer.echo(f"{'':<{width}}  precision  recall      f1")
    typer.echo("\n".join(f"{name:<{width}}  {_shown(row)}" for name, row in rows.items()))
    if errors is not None:
        typer.echo(words.say(spoken, "cli.evaluate.missed", count=len(missed), file=errors))


def _shown(row: dict[str, Any]) -> str:
    values = (row[name] for name in ("precision", "recall", "f1"))
    return "  ".join(f"{'–' if value is None else format(value, '.4f'):>8}" for value in values)
