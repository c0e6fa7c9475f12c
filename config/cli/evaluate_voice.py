"""`minhu evaluate voice FOLDER`: how well speech is understood, measured on recordings with their words beside them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.ears import ears, ears_or_exit
from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, TerritoryOption, settings_or_exit, territory_or_exit

if TYPE_CHECKING:
    from casecore.territory import Territory
    from config.settings import Settings
    from intake.evaluate_voice import Clip

SOUNDS = frozenset({".wav", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".flac", ".webm"})
LABELS = "labels.jsonl"


def command(
    folder: Annotated[
        Path, typer.Argument(help="Recordings; beside NAME.wav (ogg, mp3, …) its words in NAME.txt.")
    ],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    labels: Annotated[
        Path | None,
        typer.Option(help=f"JSON lines with id and codes. Default: {LABELS} in the folder, if there."),
    ] = None,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Print the measures (see intake.evaluate_voice); exit status 2 when there is nothing to measure with or on."""
    from intake.evaluate_voice import measures, read_labels
    from intake.understand import Understander
    from media import MediaError

    words = load_words()
    settings = settings_or_exit(lang, data=data)
    ears_or_exit(settings, lang)
    known = territory_or_exit(territory, lang)
    listed = labels or folder / LABELS
    try:
        right = read_labels(listed) if labels or listed.is_file() else None
        clips = asyncio.run(_clips(_pairs(folder), settings, known))
    except (OSError, ValueError, MediaError) as error:
        typer.echo(words.say(language(words, lang), "cli.voice.unreadable", file=folder, why=error), err=True)
        raise typer.Exit(2) from None
    found = measures(clips, Understander(known), right)
    if as_json:
        typer.echo(json.dumps(found))
        return
    width = max(map(len, found))
    typer.echo(
        "\n".join(
            f"{name:<{width}}  {'–' if value is None else f'{value:g}'}" for name, value in found.items()
        )
    )


def _pairs(folder: Path) -> list[tuple[Path, str]]:
    """Every recording that has its words beside it, with them. Raises ValueError when there is none."""
    sounds = sorted(file for file in folder.iterdir() if file.suffix.lower() in SOUNDS)
    pairs = [
        (sound, text.read_text(encoding="utf-8").strip())
        for sound in sounds
        if (text := sound.with_suffix(".txt")).is_file()
    ]
    if not pairs:
        raise ValueError("no recording with its words in a .txt beside it")
    return pairs


async def _clips(pairs: list[tuple[Path, str]], settings: Settings, territory: Territory) -> list[Clip]:
    from intake.evaluate_voice import Clip

    clips: list[Clip] = []
    async with ears(settings, territory) as listening:
        await listening.warm(pairs[0][0])
        for sound, said in pairs:
            got = await listening.hear(sound)
            clips.append(
                Clip(name=sound.stem, said=said, words=got.words, seconds=got.seconds, took=got.took)
            )
    return clips
