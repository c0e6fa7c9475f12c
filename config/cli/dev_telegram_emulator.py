"""`minhu dev telegram-emulator`: a Bot API server on this machine, to try both bots without Telegram."""

from __future__ import annotations

from typing import Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import LangOption

PORT = 8081
# Any token of the right form is welcome to the emulator; these two name their bots.
TOKENS = {
    "MINHU_TELEGRAM_RESIDENTS_TOKEN": "100001:residents-bot-of-the-emulator",
    "MINHU_TELEGRAM_HANDLERS_TOKEN": "100002:handlers-bot-of-the-emulator",
}


def command(
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = PORT,
    lang: LangOption = None,
) -> None:
    """Serve the emulator until Ctrl-C."""
    from bots.telegram.emulator.serving import run

    words = load_words()
    spoken = language(words, lang)

    def ready(bound: int) -> None:
        base = f"http://127.0.0.1:{bound}"
        settings = {"MINHU_TELEGRAM_API": base} | TOKENS
        lines = " \\\n".join(f"  {name}={value}" for name, value in settings.items())
        typer.echo(
            words.say(spoken, "cli.emulator.ready", base=base, control=f"{base}/_emulator", settings=lines)
        )

    try:
        run(port, ready)
    except OSError as error:
        typer.echo(words.say(spoken, "cli.emulator.port", port=port, error=error.strerror or error), err=True)
        raise typer.Exit(1) from None
