"""`minhu journey FILE_OR_FOLDER...`: play scripted conversations through the whole house and say which hold."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casecore.words import Words
from config.cli.entry import language, load_words
from config.cli.options import LangOption

if TYPE_CHECKING:
    from config.journeys.player import Verdict

SUFFIXES = frozenset({".yaml", ".yml"})


def command(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Journeys, or folders of them.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, for programs.")] = False,
    database: Annotated[
        str, typer.Option(help="An empty database to play on; emptied again after each journey.")
    ] = "sqlite+aiosqlite://",
    keys: Annotated[bool, typer.Option("--keys", help="List every word that a journey may use.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Print the transcript of every journey, not only of failed ones."
        ),
    ] = False,
    lang: LangOption = None,
) -> None:
    """Play journeys; exit status 1 when one does not hold, 2 when one cannot be read."""
    words = load_words()
    spoken = language(words, lang)
    if keys:
        _print_keys(as_json)
        return
    found = _files(words, spoken, files or [])
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    status = asyncio.run(_play(words, spoken, found, as_json, database, verbose))
    raise typer.Exit(status)


def _print_keys(as_json: bool) -> None:
    from config.journeys.keys import listed

    if as_json:
        typer.echo(json.dumps(listed(), ensure_ascii=False, indent=2))
        return
    for heading, known in listed().items():
        typer.echo(f"{heading}:\n  {' '.join(known)}")


def _files(words: Words, spoken: str, given: Sequence[Path]) -> list[Path]:
    """Each file, and each journey of a folder in the order of names."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
        else:
            found.append(path)
    if not found:
        typer.echo(words.say(spoken, "cli.journey.none"), err=True)
        raise typer.Exit(2)
    return found


async def _play(
    words: Words, spoken: str, files: Sequence[Path], as_json: bool, database: str, verbose: bool
) -> int:
    from config.journeys.document import JourneyInvalid
    from config.journeys.player import as_data, play
    from config.journeys.reader import read_journey
    from config.journeys.theatre import Props

    props, status, shown = Props(), 0, []
    for file in files:
        try:
            journey = read_journey(file, lambda name, file=file: props.zone(name, file))  # type: ignore[misc]
        except JourneyInvalid as error:
            typer.echo(words.say(spoken, "cli.journey.invalid", why=error), err=True)
            status = 2
            continue
        verdict = await play(journey, props, database=database)
        status = max(status, 1 if verdict.failure else 0)
        shown.append(as_data(verdict))
        if not as_json:
            typer.echo(report(words, spoken, verdict, verbose=verbose))
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif len(files) > 1:
        held = sum(bool(each["ok"]) for each in shown)
        typer.echo(words.say(spoken, "cli.journey.summary", held=held, count=len(files)))
    return status


def report(words: Words, spoken: str, verdict: Verdict, *, verbose: bool = False) -> str:
    """One line for a journey that holds; its transcript, what was expected and what was seen for one that does not."""
    seconds = f"{verdict.seconds:.2f}"
    facts = {"title": verdict.title, "file": verdict.file.name, "steps": verdict.steps, "seconds": seconds}
    if verdict.failure is None:
        line = words.say(spoken, "cli.journey.holds", **facts)
        return "\n".join((*verdict.transcript, line)) if verbose else line
    failure = verdict.failure
    return "\n".join(
        (
            *verdict.transcript,
            words.say(spoken, "cli.journey.fails", **facts, step=failure.step, line=failure.line),
            words.say(spoken, "cli.journey.expected", expected=failure.expected),
            words.say(spoken, "cli.journey.seen", seen=failure.seen),
        )
    )
