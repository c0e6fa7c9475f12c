"""What several commands share: options, and settings whose wrong values are explained and not thrown at people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.entry import language, load_words
from config.places import data_folder

if TYPE_CHECKING:
    from config.settings import Settings

DataOption = Annotated[
    Path,
    typer.Option(envvar="MINHU_DATA", default_factory=data_folder, help="Data folder.", show_default="data"),
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
