"""The table of commands: the words one types → the module that knows how. Nothing is imported to list them.

A command's module has one function `command` with typer's annotations; its line in the help is
`cli.help.<words joined by _>` of the locales.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from casecore.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`typed` is what follows ./minhu: one word, or a group's word and its own."""

    typed: str
    module: str

    @property
    def help_key(self) -> str:
        return "cli.help." + self.typed.replace(" ", "_").replace("-", "_")


COMMANDS: tuple[Command, ...] = (
    Command(typed="up", module="config.cli.up"),
    Command(typed="stop", module="config.cli.stop"),
    Command(typed="doctor", module="config.cli.doctor"),
    Command(typed="territory check", module="config.cli.territory_check"),
    Command(typed="audit verify", module="config.cli.audit_verify"),
    Command(typed="admin add", module="config.cli.admin_add"),
    Command(typed="voice setup", module="config.cli.voice_setup"),
    Command(typed="media new-key", module="config.cli.media_new_key"),
    Command(typed="media reseal", module="config.cli.media_reseal"),
    Command(typed="media sweep", module="config.cli.media_sweep"),
    Command(typed="transcribe", module="config.cli.transcribe"),
    Command(typed="learn list", module="config.cli.learn_list"),
    Command(typed="learn report", module="config.cli.learn_report"),
    Command(typed="learn rollback", module="config.cli.learn_rollback"),
    Command(typed="learn", module="config.cli.learn"),
    Command(typed="ask", module="config.cli.ask"),
    Command(typed="qr", module="config.cli.qr"),
    Command(typed="evaluate understanding", module="config.cli.evaluate_understanding"),
    Command(typed="evaluate duplicates", module="config.cli.evaluate_duplicates"),
    Command(typed="evaluate binding", module="config.cli.evaluate_binding"),
    Command(typed="evaluate voice", module="config.cli.evaluate_voice"),
    Command(typed="journey", module="config.cli.journey"),
    Command(typed="dev kill-test", module="config.cli.dev_kill_test"),
    Command(typed="dev telegram-emulator", module="config.cli.dev_telegram_emulator"),
    Command(typed="dev binding-code", module="config.cli.dev_binding_code"),
)
# What the launcher does itself, because it needs the development packages.
LAUNCHER: tuple[Command, ...] = (
    Command(typed="test", module="config.launch"),
    Command(typed="lint", module="config.launch"),
    Command(typed="bench", module="config.launch"),
)


def find(arguments: Sequence[str]) -> tuple[Command, list[str]] | None:
    """The command that these arguments begin with and what is left for it; None when there is none."""
    for words in (2, 1):
        typed = " ".join(arguments[:words])
        for command in COMMANDS:
            if command.typed == typed:
                return command, list(arguments[words:])
    return None


def nearest(arguments: Sequence[str]) -> str | None:
    """What was probably meant: a group's first command, or the command spelled most like it."""
    said = " ".join(arguments[:2])
    for command in COMMANDS:
        if command.typed.split(" ")[0] == arguments[0]:
            return command.typed
    known = [command.typed for command in (*COMMANDS, *LAUNCHER)]
    close = difflib.get_close_matches(said, known, n=1) or difflib.get_close_matches(arguments[0], known, n=1)
    return close[0] if close else None


def print_help(words: Words, out: TextIO | None = None) -> None:
    """All commands, each explained in every language: the reader has not chosen one yet."""
    width = max(len(command.typed) for command in (*COMMANDS, *LAUNCHER)) + 2
    lines = [words.say(lang, "cli.help.title") for lang in words.languages]
    for heading, commands in (("cli.help.serve", COMMANDS), ("cli.help.develop", LAUNCHER)):
        lines.append("")
        lines.append(" / ".join(words.say(lang, heading) for lang in words.languages))
        for command in commands:
            for position, lang in enumerate(words.languages):
                shown = command.typed if position == 0 else ""
                lines.append(f"  {shown:<{width}}{words.say(lang, command.help_key)}")
    lines.append("")
    lines.extend(words.say(lang, "cli.help.more") for lang in words.languages)
    print("\n".join(lines), file=out or sys.stdout)
