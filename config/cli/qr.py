"""`minhu qr UNIT --out FILE.svg`: the code to print and hang up; who scans it needs not say where they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption, TerritoryOption, settings_or_exit, territory_or_exit

if TYPE_CHECKING:
    from casecore.territory.model import Territory

# Millimetres of one module are left to the printer; in the file it is this many units wide.
SCALE = 8
# A quarter of the code may be scratched or wet (QR level Q): it hangs outdoors.
ERROR_LEVEL = "q"


def command(
    unit: Annotated[str, typer.Argument(help="A unit: its id, or a path like 新登镇/双塔村/1.")],
    out: Annotated[
        Path | None, typer.Option(help="SVG file to write; without it the code is drawn here.")
    ] = None,
    telegram: Annotated[
        str, typer.Option(help="Name of the residents' Telegram bot: a code for it too.")
    ] = "",
    address: Annotated[str, typer.Option(help="Address of the web chat; the public URL when left out.")] = "",
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Make the code of a place for the web chat, and for a Telegram bot."""
    words = load_words()
    spoken = language(words, lang)
    settings = settings_or_exit(lang)
    known = territory_or_exit(territory or settings.territory, lang)
    place = _place(known, unit)
    if place is None:
        typer.echo(words.say(spoken, "cli.qr.unknown", unit=unit), err=True)
        raise typer.Exit(2)
    base = address or settings.public_url or f"http://{settings.host}:{settings.port}"
    typer.echo(words.say(spoken, "cli.qr.place", place=known.path(place, spoken)))
    for link, path in links(place, base, telegram, out):
        _make(link, path)
        typer.echo(words.say(spoken, "cli.qr.made" if path else "cli.qr.drawn", link=link, path=path or ""))
    if not (address or settings.public_url):
        typer.echo(words.say(spoken, "cli.qr.local"), err=True)


def _place(known: Territory, unit: str) -> str | None:
    """The id of a town, village, grid or microgrid; None for anything else."""
    from casecore.vocabulary import Level

    if not unit.strip():
        return None
    try:
        found = known.find_path(unit.strip())
    except KeyError:
        return None
    return None if found.level in {Level.DEPARTMENT, Level.DISTRICT} else found.id


def links(place: str, base: str, telegram: str, out: Path | None) -> list[tuple[str, Path | None]]:
    """Each address with the file of its code: `FILE.svg`, and beside it `FILE-telegram.svg`."""
    found: list[tuple[str, Path | None]] = [(f"{base.rstrip('/')}/?grid={quote(place, safe='')}", out)]
    if telegram:
        beside = out.with_stem(f"{out.stem}-telegram") if out else None
        found.append((f"https://t.me/{quote(telegram.lstrip('@'), safe='')}?start=grid_{place}", beside))
    return found


def _make(link: str, path: Path | None) -> None:
    import segno

    code = segno.make(link, error=ERROR_LEVEL, micro=False)
    if path is None:
        code.terminal(compact=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        code.save(str(path), kind="svg", scale=SCALE, title=link)
