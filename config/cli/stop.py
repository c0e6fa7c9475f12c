"""`minhu stop`: ask the Minhu that serves a data folder to end, and wait until it has."""

from __future__ import annotations

from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption
from config.runfile import server_of, stop

# A worker finishes the message it is at; the longest honest one is a transcription.
PATIENCE = 30.0


def command(
    data: DataOption,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it has ended.")] = PATIENCE,
    lang: LangOption = None,
) -> None:
    """Stop the Minhu that is running."""
    words = load_words()
    spoken = language(words, lang)
    try:
        pid = stop(data, wait=wait)
    except TimeoutError:
        say = words.say(spoken, "cli.stop.slow", pid=server_of(data), seconds=f"{wait:g}")
        typer.echo(say, err=True)
        raise typer.Exit(1) from None
    except PermissionError:
        typer.echo(words.say(spoken, "cli.stop.not_yours", pid=server_of(data)), err=True)
        raise typer.Exit(1) from None
    if pid is None:
        typer.echo(words.say(spoken, "cli.stop.none", folder=data))
    else:
        typer.echo(words.say(spoken, "cli.stop.stopped", pid=pid))
