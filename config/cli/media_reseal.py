"""`minhu media reseal`: every kept object under the newest key, also what was kept before encryption was set."""

from __future__ import annotations

import asyncio

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit


def command(data: DataOption, lang: LangOption = None) -> None:
    """Beside a running house or not; may be given again when broken off. Exit status 1: it failed; 2: no keys."""
    from config.files import store_of
    from media import MediaError
    from media.sealing import SealedStore

    words = load_words()
    spoken = language(words, lang)
    store = store_of(settings_or_exit(lang, data=data))
    if not isinstance(store, SealedStore):
        typer.echo(words.say(spoken, "cli.media.not_sealed"), err=True)
        raise typer.Exit(2)
    try:
        count = asyncio.run(store.reseal())
    except (MediaError, OSError) as error:
        typer.echo(words.say(spoken, "cli.media.failed", why=error), err=True)
        raise typer.Exit(1) from None
    typer.echo(words.say(spoken, "cli.media.resealed", count=count))
