"""`minhu up`: start Minhu, say where to click and how to log in, and serve until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from casecore.territory import TerritoryInvalid
from casecore.words import Words
from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit
from config.log import keep_log
from config.runfile import AlreadyServed, serving
from intake.learning.files import VersionBroken
from intake.matter.model import ModelBroken

if TYPE_CHECKING:
    from config.compose import House
    from config.settings import Settings

# The people of the demo whom a newcomer meets, in the order in which a case meets them.
SHOWN = ("demo_grid", "demo_village", "demo_town", "demo_dept", "demo_district", "demo_admin")


def command(
    data: DataOption,
    port: Annotated[int | None, typer.Option(envvar="MINHU_PORT", help="Port of the front door.")] = None,
    host: Annotated[str | None, typer.Option(envvar="MINHU_HOST", help="Address to listen at.")] = None,
    territory: Annotated[
        str | None, typer.Option(envvar="MINHU_TERRITORY", help="Territory: its name, or a folder.")
    ] = None,
    lang: LangOption = None,
    no_voice: Annotated[
        bool, typer.Option("--no-voice", help="Put no recording into words; they are kept for a person.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only faults.")] = False,
) -> None:
    """Start Minhu."""
    words = load_words()
    spoken = language(words, lang)
    keep_log()
    settings = settings_or_exit(
        lang, data=data, port=port, host=host, territory=territory, transcriber="none" if no_voice else None
    )
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with serving(data):
            asyncio.run(_serve(words, spoken, settings, quiet))
    except AlreadyServed as error:
        _refuse(words, spoken, "cli.up.already", pid=error.pid)
    except OSError as error:
        _refuse(words, spoken, "cli.up.port", port=port or "", error=error.strerror or str(error))
    except ModelBroken as error:
        broken = error if isinstance(error, VersionBroken) else None
        if broken is None:
            _refuse(words, spoken, "cli.up.model", why=error)
        else:
            _refuse(words, spoken, "cli.up.version", version=broken.version, back=broken.back, why=broken.why)
    except TerritoryInvalid as error:
        _refuse(words, spoken, "cli.up.territory", count=len(error.mistakes), first=error.mistakes[0])


def _refuse(words: Words, spoken: str, key: str, **facts: object) -> None:
    typer.echo(words.say(spoken, key, **facts), err=True)
    raise typer.Exit(1)


async def _serve(words: Words, spoken: str, settings: Settings, quiet: bool) -> None:
    # Everything loaded from here to the first request stays for good: looking through it for garbage costs a
    # tenth of the start, and later a pause at every full collection.
    gc.disable()
    from casecore.leases import give_back
    from casecore.login import any_login
    from config.compose import compose
    from config.seed import seed_roster
    from config.serve import serve
    from config.voice import awaited

    # Until the loop handles signals itself, Ctrl-C means: end now, nothing has begun.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arrival = awaited(settings)
    house = await compose(settings, transcriber=arrival)
    try:
        if not settings.database_url:
            # The data folder is locked: whoever held these leases is gone.
            async with house.record.begin() as uow:
                await give_back(uow)
        logins = await seed_roster(house.record, house.territory, settings.data) if settings.demo else []
        async with house.record.read() as session:
            staffed = await any_login(session)
        _open_channels(house, words, spoken)
        gc.freeze()
        gc.enable()

        def ready(bound: int) -> None:
            if quiet:
                return
            base = settings.public_url or f"http://{settings.host}:{bound}"
            typer.echo(words.say(spoken, "cli.up.ready", resident=f"{base}/", desk=f"{base}/desk",
                                 console=f"{base}/console"))  # fmt: skip
            for login in (x for key in SHOWN for x in logins if x.key == key):
                typer.echo(words.say(spoken, "cli.up.login", role=words.say(spoken, f"role.{login.role}"),
                                     username=login.username, password=login.password))  # fmt: skip
            if not staffed:
                typer.echo(words.say(spoken, "cli.up.nobody"))
            if arrival is not None:
                typer.echo(words.say(spoken, "cli.up.voice_coming"))
            elif not house.hearing.listens:
                typer.echo(words.say(spoken, "cli.up.no_voice"))
            typer.echo(words.say(spoken, "cli.up.stop", folder=settings.data))

        def tell(what: str, why: str) -> None:
            if what == "failed" or not quiet:
                typer.echo(words.say(spoken, f"cli.up.voice_{what}", why=why), err=what == "failed")

        await serve(house, ready, partial(arrival.come, tell) if arrival is not None else None)
    finally:
        await house.close()
    if not quiet:
        typer.echo(words.say(spoken, "cli.up.stopped"))


def _open_channels(house: House, words: Words, spoken: str) -> None:
    from config.compose import open_channels

    try:
        open_channels(house)
    except ValueError as error:
        # A channel's settings check themselves and never repeat a secret.
        _refuse(words, spoken, "cli.settings.invalid", problems=error)
