"""What Minhu learned: the versions of its model with their reports, and place names that wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from casecore import corrections
from casecore.reading.learning import read_learning
from console.access import READERS_OF_LESSONS
from console.errors import NotThere
from console.visit import Page, Visit

# The measures of the bar that a page of this width holds, the ones that change most first.
MEASURES = (
    "item_top1", "item_top3", "category_accuracy", "ece", "coverage_at_97_precision", "intent_accuracy",
    "urgency_accuracy", "emergency_recall", "emergency_false_alarm_rate", "place_found",
)  # fmt: skip
# What a report may lack: an older one, or one without held-out messages.
EMPTY: Mapping[str, Any] = {"left_out": {}, "contradictory": (), "set_aside": (), "shadow": None}
# Sets of messages that both versions judged.
SETS = ("taught", "around", "list", "settled", "corrected")


async def show(visit: Visit) -> Response:
    async with visit.ground.record.read() as session:
        learning = await read_learning(session, visit.now)
    chosen = visit.query.number("version", learning.active)
    version = next((each for each in learning.versions if each.number == chosen), None)
    return visit.show(
        "learning.html",
        learning=learning,
        version=version,
        report={**EMPTY, **version.report} if version else EMPTY,
        rows=_rows(visit, version.report) if version else (),
        worse=[_worse(visit, reason) for reason in version.report.get("worse", ())] if version else (),
        # Messages are content of cases: an administrator sees that answers change, not whose words they are.
        changes=version.report.get("changes", ()) if version and visit.roles & READERS_OF_LESSONS else (),
        done=visit.query.text("done", most=40),
    )


def _rows(visit: Visit, report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(measure, before, after) in words."""
    if "held" not in report:
        return []
    say, held = visit.speech.say, report["held"]
    rows = [
        (say(f"learn.measure.{name}"), _number(held["old"].get(name)), _number(held["new"].get(name)))
        for name in MEASURES
    ]
    for name in SETS:
        each = report.get(name)
        if each:
            label = say(f"learn.measure.{name}", count=each["n"])
            rows.append((label, _number(each["old"]), _number(each["new"])))
    return rows


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "—"


def _worse(visit: Visit, reason: str) -> str:
    """Why a version was not taken, in words."""
    name, _, code = reason.partition(".")
    say = visit.speech.say
    if code:
        return say("learn.worse.unlearned", item=f"{code} {visit.speech.item(code)}")
    if visit.ground.words.has(f"learn.worse.{name}"):
        return say(f"learn.worse.{name}")
    return say("learn.worse.measure", name=say(f"learn.measure.{name}"))


async def decide(visit: Visit) -> Response:
    """Confirm or reject that words are a name for a unit."""
    verdict = visit.form.text("verdict", most=10)
    if verdict not in {"confirm", "reject"}:
        raise NotThere
    async with visit.acting() as uow:
        await corrections.decide(
            uow, visit.territory, visit.actor, visit.form.text("id", most=32), confirm=verdict == "confirm"
        )
    return visit.go(f"/learning?done=name_{verdict}ed#names")


PAGES = (
    Page(name="learning", path="/learning", view=show),
    Page(name="learning_name", path="/learning/name", view=decide, method="POST"),
)
