"""From the words one typed to the command's function: the only place that knows typer's machinery."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence

from casecore.words import Words
from config.cli.commands import find, nearest, print_help
from config.places import LOCALES, checkout


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. The number is the exit status: 0 done, 1 refused or failed, 2 not understood."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    words = load_words()
    if not given or given[0] in {"--help", "-h", "help"}:
        print_help(words)
        return 0
    if given[0] == "--version":
        print(version())
        return 0
    found = find(given)
    if found is None:
        _not_understood(words, given)
        return 2
    command, rest = found
    import typer

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(importlib.import_module(command.module).command)
    return int(app(args=rest, prog_name=f"minhu {command.typed}", standalone_mode=True) or 0)


def load_words() -> Words:
    """The product's catalogues."""
    return Words.load(LOCALES)


def language(words: Words, chosen: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The language to answer in: the one asked for, else the shell's, else Chinese."""
    shell = os.environ if environ is None else environ
    for tag in (chosen, *(shell.get(name) for name in ("MINHU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))):
        if tag:
            return words.nearest(tag)
    return words.nearest(None)


def version() -> str:
    """Of the checkout if this is one, else of the installed package."""
    top = checkout()
    if top is not None:
        project = tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])
    return importlib.metadata.version("minhu")


def _not_understood(words: Words, given: Sequence[str]) -> None:
    lang = language(words)
    typed = " ".join(given[:2])
    meant = nearest(given)
    key = "cli.unknown" if meant is None else "cli.unknown_nearest"
    print(words.say(lang, key, typed=typed, meant=meant or ""), file=sys.stderr)
