"""`minhu doctor`: what this machine lacks, and the one command that mends each finding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from casecore.words import Words
from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit
from config.doctor import Finding, Grade, Premises, examine
from config.files import examine_files
from config.launch import Environment
from config.places import checkout, territory_folder
from config.settings import Settings

MARKS = {Grade.OK: "✓", Grade.NOTE: "·", Grade.WARN: "!", Grade.BAD: "✗"}


def command(
    data: DataOption,
    port: Annotated[int | None, typer.Option(help="Port to be served on. [env var: MINHU_PORT]")] = None,
    territory: Annotated[
        str | None, typer.Option(help="A territory's name or folder. [env var: MINHU_TERRITORY]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, for programs.")] = False,
    lang: LangOption = None,
) -> None:
    """Examine this machine; exit status 1 when something keeps Minhu from working."""
    words = load_words()
    settings = settings_or_exit(lang, data=data, port=port, territory=territory)
    findings = asyncio.run(_all(settings, words))
    spoken = language(words, lang)
    if as_json:
        shown = [as_data(words, spoken, finding) for finding in findings]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        typer.echo(report(words, spoken, findings))
    if any(finding.grade is Grade.BAD for finding in findings):
        raise typer.Exit(1)


async def _all(settings: Settings, words: Words) -> list[Finding]:
    found = await examine(premises(settings, words))
    return [*found, *[finding async for finding in examine_files(settings)]]


def premises(settings: Settings, words: Words) -> Premises:
    """The machine as these settings would use it."""
    top = checkout()
    tokens = {
        "MINHU_TELEGRAM_RESIDENTS_TOKEN": settings.telegram_residents_token,
        "MINHU_TELEGRAM_HANDLERS_TOKEN": settings.telegram_handlers_token,
    }
    return Premises(
        data=settings.data,
        territory=territory_folder(settings.territory),
        host=settings.host,
        port=settings.port,
        speech=settings.voice_folder,
        transcriber=settings.transcriber,
        voice_host=urlsplit(settings.voice_address).hostname or "",
        now=datetime.now(UTC),
        environment=None if top is None else Environment(root=top, words=words),
        channels={name: token.get_secret_value() if token else None for name, token in tokens.items()},
        database=settings.record_url,
    )


def as_data(words: Words, lang: str, finding: Finding) -> dict[str, Any]:
    """One finding for a program: ids that never change, and the sentence in the language asked for."""
    return {
        "check": finding.check,
        "symptom": finding.symptom,
        "grade": finding.grade.value,
        "text": words.say(lang, finding.key, **finding.facts),
        "facts": dict(finding.facts),
        "remedy": finding.remedy,
    }


def report(words: Words, lang: str, findings: Sequence[Finding]) -> str:
    """The findings for a person, each with its remedy below it, and one closing line."""
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.grade]} {words.say(lang, finding.key, **finding.facts)}")
        if finding.remedy:
            lines.append(f"    {words.say(lang, 'cli.doctor.remedy')}{finding.remedy}")
    bad = sum(finding.grade is Grade.BAD for finding in findings)
    warn = sum(finding.grade is Grade.WARN for finding in findings)
    if bad or warn:
        lines.append(words.say(lang, "cli.doctor.summary", bad=bad, warn=warn))
    else:
        lines.append(words.say(lang, "cli.doctor.healthy"))
    return "\n".join(lines)
