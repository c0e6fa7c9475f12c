"""`minhu transcribe FILE`: what is said in a recording or a video, as Minhu would understand it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.ears import Heard, ears, ears_or_exit
from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, TerritoryOption, settings_or_exit, territory_or_exit

if TYPE_CHECKING:
    from casecore.territory import Territory
    from config.settings import Settings


def command(
    file: Annotated[Path, typer.Argument(help="A sound or a video.")],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Print the words; exit status 1 when there are none, 2 when the file or the model cannot be used."""
    from media import MediaError

    words = load_words()
    spoken = language(words, lang)
    settings = settings_or_exit(lang, data=data)
    ears_or_exit(settings, lang)
    try:
        got = asyncio.run(_hear(file, settings, territory_or_exit(territory, lang)))
    except (OSError, MediaError) as error:
        typer.echo(words.say(spoken, "cli.voice.unreadable", file=file, why=error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(as_data(got), ensure_ascii=False, indent=2))
    else:
        reason = "" if got.words else str(as_data(got)["reason"])
        typer.echo(got.words or words.say(spoken, f"media.{'not_heard' if reason == 'timeout' else reason}"))
    if not got.words:
        raise typer.Exit(1)


async def _hear(file: Path, settings: Settings, territory: Territory) -> Heard:
    async with ears(settings, territory) as listening:
        return await listening.hear(file)


def as_data(got: Heard) -> dict[str, Any]:
    """`words` with their names mended, `text` as it was heard; or the `reason` why nothing was."""
    return {
        "words": got.words,
        "seconds": round(got.seconds, 3),
        "took": round(got.took, 3),
        **asdict(got.heard),
    }
