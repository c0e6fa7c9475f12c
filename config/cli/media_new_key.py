"""`minhu media new-key`: a fresh key for encryption at rest, and what to do with it."""

from __future__ import annotations

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption


def command(lang: LangOption = None) -> None:
    """The key on standard output, the advice beside it: `minhu media new-key > key` keeps the key alone."""
    from media.sealing import new_key

    words = load_words()
    typer.echo(words.say(language(words, lang), "cli.media.key"), err=True)
    typer.echo(new_key())
