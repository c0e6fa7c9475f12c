"""What several commands share: options, and settings whose wrong values are explained and not thrown at people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.entry import language, load_words
from config.places import TERRITORY, data_folder, territory_folder

if TYPE_CHECKING:
    from casecore.territory import Territory
    from config.settings import Settings
    from intake.understand import Understander

DataOption = Annotated[
    Path,
    typer.Option(envvar="MINHU_DATA", default_factory=data_folder, help="Data folder.", show_default="data"),
]
TerritoryOption = Annotated[
    str | None, typer.Option(envvar="MINHU_TERRITORY", help="Territory: its name, or a folder.")
]
LangOption = Annotated[str | None, typer.Option(help="Language of the answer: zh-CN or en.")]


def settings_or_exit(lang: str | None, **given: object) -> Settings:
    """The settings with `given` before the environment; exit status 2 and the names of what is wrong."""
    from pydantic import ValidationError

    from config.settings import load_settings

    try:
        return load_settings(**given)
    except ValidationError as invalid:
        # The value is left out: it may be a secret.
        problems = "; ".join(
            f"MINHU_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in invalid.errors()
        )
    except OSError as unreadable:
        problems = f"{unreadable.filename}: {unreadable.strerror}"
    words = load_words()
    typer.echo(words.say(language(words, lang), "cli.settings.invalid", problems=problems), err=True)
    raise typer.Exit(2)


def understander_or_exit(known: Territory, lang: str | None, **given: object) -> Understander:
    """The understanding that is in force for the data folder; exit status 1 when its model cannot be used."""
    import asyncio

    from config.learned import understander_in_force
    from intake.matter.model import ModelBroken

    try:
        return asyncio.run(understander_in_force(settings_or_exit(lang, **given), known))
    except ModelBroken as broken:
        words = load_words()
        typer.echo(words.say(language(words, lang), "cli.learn.broken", why=broken), err=True)
        raise typer.Exit(1) from None


def territory_or_exit(name: str | None, lang: str | None) -> Territory:
    """The territory of this name or folder; exit status 2 and the first mistake when it cannot be read."""
    from casecore.territory import TerritoryInvalid, read_territory

    folder = territory_folder(name or TERRITORY)
    words = load_words()
    spoken = language(words, lang)
    if not folder.is_dir():
        typer.echo(words.say(spoken, "cli.territory_check.no_folder", folder=folder), err=True)
        raise typer.Exit(2)
    try:
        return read_territory(folder)
    except TerritoryInvalid as error:
        say = words.say(spoken, "cli.up.territory", count=len(error.mistakes), first=error.mistakes[0])
        typer.echo(say, err=True)
        raise typer.Exit(2) from None
