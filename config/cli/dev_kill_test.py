"""`minhu dev kill-test`: kill -9 under load, and count what is lost or doubled. Nothing may be."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption


def command(
    kills: Annotated[int, typer.Option(help="How often the server is killed.", min=1)] = 60,
    seed: Annotated[int, typer.Option(help="Makes the moments of the kills repeatable.")] = 1,
    lang: LangOption = None,
) -> None:
    """Kill Minhu again and again while residents write."""
    from config.drill.kills import ServerFailed, kill_again_and_again

    words = load_words()
    spoken = language(words, lang)
    with tempfile.TemporaryDirectory(prefix="minhu-kills-") as folder:
        drill = kill_again_and_again(
            Path(folder) / "data", kills=kills, territory="littlebrook", place="Ferry Green", seed=seed
        )
        try:
            tally = asyncio.run(drill)
        except ServerFailed as error:
            typer.echo(words.say(spoken, "cli.kill_test.failed", why=error), err=True)
            raise typer.Exit(1) from None
    typer.echo(
        words.say(
            spoken, "cli.kill_test.counted", kills=tally.kills, acknowledged=len(tally.acknowledged),
            inbox=tally.inbox, cases=tally.cases, lost=len(tally.lost), doubled=len(tally.doubled),
            broken=len(tally.broken), repeated=tally.repeated_sends,
        )
    )  # fmt: skip
    for line in (*tally.lost, *tally.doubled, *tally.broken):
        typer.echo(line, err=True)
    raise typer.Exit(0 if tally.kept else 1)
