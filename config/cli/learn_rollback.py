"""`minhu learn rollback VERSION`: an earlier version understands again; 0 is the one that was shipped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit

if TYPE_CHECKING:
    from config.settings import Settings


def command(
    version: Annotated[
        int, typer.Argument(help="Number of a version (minhu learn list); 0 is the shipped one.", min=0)
    ],
    data: DataOption,
    lang: LangOption = None,
) -> None:
    """Put a version in force; exit status 1 when it is not there or broken, 2 when there is no record."""
    from casecore.errors import Refusal
    from intake.learning.files import VersionBroken

    words = load_words()
    spoken = language(words, lang)
    try:
        state, was = asyncio.run(_roll_back(settings_or_exit(lang, data=data), version))
    except Refusal as refusal:
        typer.echo(words.say(spoken, f"refusal.{refusal.reason}", **refusal.facts), err=True)
        raise typer.Exit(1) from None
    except VersionBroken as broken:
        typer.echo(words.say(spoken, "cli.learn.broken", why=broken), err=True)
        raise typer.Exit(1) from None
    if was is None:
        typer.echo(words.say(spoken, f"cli.audit.{state}", why=""), err=True)
        raise typer.Exit(2)
    typer.echo(words.say(spoken, "cli.learn.rolled_back", was=was, version=version))


async def _roll_back(settings: Settings, version: int) -> tuple[str, int | None]:
    """The record's condition and the version that was in force until now."""
    from casecore import models
    from config.learned import open_fit
    from intake.learning.files import verify

    condition, record = await open_fit(settings)
    if record is None:
        return condition.state, None
    try:
        async with record.begin() as uow:
            row = await models.active(uow.session)
            was = row.number if row is not None else models.SHIPPED
            wanted = await models.version(uow.session, version)
            if wanted is not None and wanted.file_sha256:
                verify(settings.models_folder, version, wanted.file_sha256)
            await models.activate(uow, version)
        return condition.state, was
    finally:
        await record.close()
