"""`minhu learn`: learn from the corrections of the record; the new model takes over only if it is better."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.entry import language, load_words
from config.cli.options import DataOption, LangOption, TerritoryOption, settings_or_exit, territory_or_exit

if TYPE_CHECKING:
    from casecore.territory import Territory
    from casecore.words import Words
    from config.settings import Settings
    from intake.evaluate import Line
    from intake.learning.course import Outcome

# The measures in the order in which people ask for them.
MEASURES = (
    "item_top1", "item_top3", "category_accuracy", "ece", "coverage_at_97_precision", "intent_accuracy",
    "urgency_accuracy", "emergency_recall", "emergency_false_alarm_rate", "place_found",
)  # fmt: skip
# As many changed answers as a person reads on a screen; the report keeps more.
CHANGES_SHOWN = 20


def command(
    data: DataOption,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it; keep nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    held: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled messages to compare on (JSON lines), instead of the checkout's."),
    ] = None,
    territory: TerritoryOption = None,
    lang: LangOption = None,
) -> None:
    """Learn; exit status 0 also when the old model stays, 1 when a model is broken, 2 without a record or file."""
    from intake.evaluate import read_lines
    from intake.matter.model import ModelBroken

    words = load_words()
    spoken = language(words, lang)
    settings = settings_or_exit(lang, data=data, territory=territory)
    known = territory_or_exit(settings.territory, lang)
    try:
        lines = [line for file in _held(held) for line in read_lines(file)]
    except (OSError, ValueError) as error:
        typer.echo(words.say(spoken, "cli.evaluate.unreadable", why=error), err=True)
        raise typer.Exit(2) from None
    try:
        state, outcome = asyncio.run(_learn(settings, known, lines, dry=dry_run))
    except ModelBroken as broken:
        typer.echo(words.say(spoken, "cli.learn.broken", why=broken), err=True)
        raise typer.Exit(1) from None
    if outcome is None:
        typer.echo(words.say(spoken, f"cli.audit.{state}", why=""), err=True)
        raise typer.Exit(2)
    if as_json:
        said = {"state": outcome.state, "dry_run": dry_run, **outcome.report}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        typer.echo(told(words, spoken, outcome.state, outcome.report, known, dry=dry_run))


def _held(given: list[Path] | None) -> Sequence[Path]:
    from config.places import held_out

    return given if given else held_out()


async def _learn(
    settings: Settings, territory: Territory, held: list[Line], *, dry: bool
) -> tuple[str, Outcome | None]:
    from config.learned import open_fit
    from intake.learning.course import Course
    from intake.understand import Understander

    condition, record = await open_fit(settings)
    if record is None:
        return condition.state, None
    try:
        course = Course(record, Understander(territory), settings.models_folder, held)
        return condition.state, await course.run(dry=dry)
    finally:
        await record.close()


def told(
    words: Words, lang: str, state: str, report: Mapping[str, Any], territory: Territory, *, dry: bool = False
) -> str:
    """A report for a person: what was learned from, how both versions measure, what changes, and the verdict."""
    lines = [words.say(lang, "cli.learn.lessons", count=report["lessons"])]
    lines += [
        words.say(lang, "cli.learn.left_out", why=words.say(lang, f"learn.left_out.{why}"), count=count)
        for why, count in report["left_out"].items()
    ]
    if report["contradictory"]:
        lines.append(words.say(lang, "cli.learn.contradictory", cases=", ".join(report["contradictory"])))
    lines += [
        words.say(lang, "cli.learn.set_aside", **{**each, "before": each["before"] or "–"})
        for each in report.get("set_aside", ())
    ]
    if "held" in report:
        lines += (
            _measured(words, lang, report) + _confused(words, lang, report) + _changed(words, lang, report)
        )
    lines += _verdict(words, lang, state, report, territory, dry=dry)
    return "\n".join(lines)


def _measured(words: Words, lang: str, report: Mapping[str, Any]) -> list[str]:
    lines = [words.say(lang, "cli.learn.held", count=report["held"]["n"])]
    old, new = report["held"]["old"], report["held"]["new"]
    for name in MEASURES:
        label = words.say(lang, f"learn.measure.{name}")
        lines.append(
            words.say(
                lang, "cli.learn.row", name=label, old=_number(old.get(name)), new=_number(new.get(name))
            )
        )
    for name in ("taught", "around", "list", "settled", "corrected"):
        each = report[name]
        label = words.say(lang, f"learn.measure.{name}", count=each["n"])
        lines.append(
            words.say(lang, "cli.learn.row", name=label, old=_number(each["old"]), new=_number(each["new"]))
        )
    lines.append(words.say(lang, "cli.learn.alone", share=_number(report["corrected"]["alone"])))
    return lines


def _confused(words: Words, lang: str, report: Mapping[str, Any]) -> list[str]:
    rows = report["confusion"]["new"]
    if not rows:
        return []
    pairs = "  ".join(f"{row['right']}→{row['given']} {row['count']}" for row in rows)
    return [words.say(lang, "cli.learn.confusion", pairs=pairs)]


def _changed(words: Words, lang: str, report: Mapping[str, Any]) -> list[str]:
    shadow = report["shadow"]
    lines = [words.say(lang, "cli.learn.shadow", count=shadow["n"], changed=shadow["changed"])]
    for each in report["changes"][:CHANGES_SHOWN]:
        key = "cli.learn.change_known" if each["right"] else "cli.learn.change"
        facts = {**each, "old_share": f"{each['old_share']:.0%}", "new_share": f"{each['new_share']:.0%}"}
        lines.append(words.say(lang, key, **facts))
    return lines


def _verdict(
    words: Words, lang: str, state: str, report: Mapping[str, Any], territory: Territory, *, dry: bool
) -> list[str]:
    lines = [worse_said(words, lang, each, territory) for each in report.get("worse", ())]
    key = f"cli.learn.{state}_dry" if dry and state in {"activated", "kept_old"} else f"cli.learn.{state}"
    if state == "kept_old" and not lines:
        lines.append(words.say(lang, "learn.worse.nothing_gained"))
    return [*lines, words.say(lang, key, version=report.get("version", ""), parent=report.get("parent", ""))]


def worse_said(words: Words, lang: str, reason: str, territory: Territory) -> str:
    """Why a new version was not taken, in words; `taught.ENV-01` names a matter that was unlearned."""
    from casecore.territory.model import name_in

    name, _, code = reason.partition(".")
    if name in MEASURES or name == "emergency_quiet":
        return words.say(lang, "learn.worse.measure", name=words.say(lang, f"learn.measure.{name}"))
    if code:
        item = territory.items.get(code)
        label = f"{code} {name_in(item.names, lang)}" if item else code
        return words.say(lang, "learn.worse.unlearned", item=label)
    return words.say(lang, f"learn.worse.{name}")


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}"
