"""`minhu media sweep`: delete kept files without a use now, as the house does by itself each hour."""

from __future__ import annotations

import asyncio

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit
from config.settings import Settings


def command(data: DataOption, lang: LangOption = None) -> None:
    """Exit status 1 when it failed. Files younger than a day are spared: their message may still be coming."""
    from media import MediaError

    words = load_words()
    spoken = language(words, lang)
    try:
        gone = asyncio.run(_sweep(settings_or_exit(lang, data=data)))
    except (MediaError, OSError) as error:
        typer.echo(words.say(spoken, "cli.media.failed", why=error), err=True)
        raise typer.Exit(1) from None
    typer.echo(words.say(spoken, "cli.media.swept", count=len(gone)))


async def _sweep(settings: Settings) -> list[str]:
    from bots.upkeep import UpkeepWorker
    from casecore.clock import SystemClock
    from casecore.store.engine import open_record
    from casecore.store.migrate import upgrade
    from casecore.territory import read_territory
    from config.files import archive_of
    from config.places import territory_folder

    clock = SystemClock()
    record = open_record(settings.record_url, clock=clock)
    archive = archive_of(settings, read_territory(territory_folder(settings.territory)))
    try:
        await upgrade(record)
        return await UpkeepWorker(record, archive).sweep(now=clock.now())
    finally:
        await archive.close()
        await record.close()
