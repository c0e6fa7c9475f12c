"""`minhu admin add USERNAME`: an administrator's log-in; without demo people the first comes from here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit

if TYPE_CHECKING:
    from config.settings import Settings


def command(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    data: DataOption,
    name: Annotated[
        str | None, typer.Option(help="The person's own name; the user name if left out.")
    ] = None,
    lang: LangOption = None,
) -> None:
    """Make the log-in and print its password once; exit status 1 when refused, 2 when there is no record."""
    from casecore.errors import Refusal

    words = load_words()
    spoken = language(words, lang)
    try:
        state, password = asyncio.run(_make(settings_or_exit(lang, data=data), username, name or username))
    except Refusal as refusal:
        typer.echo(words.say(spoken, f"refusal.{refusal.reason}", **refusal.facts), err=True)
        raise typer.Exit(1) from None
    if state != "fit":
        typer.echo(words.say(spoken, f"cli.audit.{state}", why=""), err=True)
        raise typer.Exit(2)
    typer.echo(words.say(spoken, "cli.admin.made", username=username, password=password))


async def _make(settings: Settings, username: str, name: str) -> tuple[str, str]:
    """The record's condition and the new password."""
    from casecore.clock import SystemClock
    from casecore.login import make_login
    from casecore.parties import add_person, give_post
    from casecore.store.condition import condition_of
    from casecore.store.engine import open_record
    from casecore.territory import read_territory
    from casecore.vocabulary import Role
    from config.places import territory_folder
    from config.seed import new_password

    condition = await condition_of(settings.record_url)
    if condition.state != "fit":
        return condition.state, ""
    territory = read_territory(territory_folder(settings.territory))
    record = open_record(settings.record_url, clock=SystemClock())
    try:
        async with record.begin() as uow:
            person = await add_person(uow, name=name, lang=territory.languages[0])
            await give_post(uow, person.id, Role.ADMIN, territory.root)
            password = new_password()
            await make_login(uow, person.id, username, password)
    finally:
        await record.close()
    return condition.state, password
