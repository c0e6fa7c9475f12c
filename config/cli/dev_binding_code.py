"""`minhu dev binding-code USERNAME`: a one-time code that binds somebody's chat, as the console gives it out."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit


def command(
    username: Annotated[str, typer.Argument(help="Whose chat: their name at the desk's log-in.")],
    data: DataOption,
    lang: LangOption = None,
) -> None:
    """Make a code and print it alone; exit status 1 when nobody has this name, 2 when there is no record."""
    words = load_words()
    spoken = language(words, lang)
    state, code = asyncio.run(_make(settings_or_exit(lang, data=data).record_url, username))
    if state != "fit":
        typer.echo(words.say(spoken, f"cli.audit.{state}", why=""), err=True)
        raise typer.Exit(2)
    if code is None:
        typer.echo(words.say(spoken, "cli.binding_code.nobody", username=username), err=True)
        raise typer.Exit(1)
    typer.echo(code)


async def _make(url: str, username: str) -> tuple[str, str | None]:
    """The record's condition, and the code when there is such a person."""
    from casecore.clock import SystemClock
    from casecore.login import person_of
    from casecore.parties import make_binding_code
    from casecore.store.condition import condition_of
    from casecore.store.engine import open_record

    condition = await condition_of(url)
    if condition.state != "fit":
        return condition.state, None
    record = open_record(url, clock=SystemClock())
    try:
        async with record.begin() as uow:
            person_id = await person_of(uow.session, username)
            return condition.state, await make_binding_code(uow, person_id) if person_id else None
    finally:
        await record.close()
