"""`minhu audit verify`: every case's file is what was written, or is named with the event that is not."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, settings_or_exit

if TYPE_CHECKING:
    from casecore.audit import Audit
    from casecore.store.condition import Condition


def command(
    data: DataOption,
    database: Annotated[
        str | None,
        typer.Option(
            help="Address of the record, instead of the data folder's file. [env var: MINHU_DATABASE_URL]"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    lang: LangOption = None,
) -> None:
    """Check every case's event chain; exit status 1 when one is broken, 2 when there is no record to check."""
    words = load_words()
    spoken = language(words, lang)
    url = settings_or_exit(lang, data=data, database_url=database).record_url
    condition, found = asyncio.run(_look(url))
    if found is None:
        typer.echo(words.say(spoken, f"cli.audit.{condition.state}", why=condition.why), err=True)
        raise typer.Exit(2)
    if as_json:
        broken = [{"case": each.case, "why": each.why} for each in found.broken]
        typer.echo(
            json.dumps({"cases": found.cases, "events": found.events, "broken": broken}, ensure_ascii=False)
        )
    else:
        for each in found.broken:
            typer.echo(each.why)
        typer.echo(
            words.say(
                spoken, "cli.audit.counted", cases=found.cases, events=found.events, broken=len(found.broken)
            )
        )
    raise typer.Exit(1 if found.broken else 0)


async def _look(url: str) -> tuple[Condition, Audit | None]:
    """What stands at `url`, and its audit when it is a record that this program can read."""
    from casecore.audit import audit
    from casecore.clock import SystemClock
    from casecore.store.condition import condition_of
    from casecore.store.engine import open_record

    condition = await condition_of(url)
    if condition.state != "fit":
        return condition, None
    record = open_record(url, clock=SystemClock())
    try:
        return condition, await audit(record)
    finally:
        await record.close()
