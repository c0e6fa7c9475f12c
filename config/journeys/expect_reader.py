"""An `expect` as a step: of a notice, of nothing, of a case, of counts, of events or of the measures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from casecore.vocabulary import CloseReason, EventKind, Level, Notice, Outcome, State, Urgency
from config.journeys.at import At
from config.journeys.document import Table
from config.journeys.keys import (
    ASSIGNMENT_KEYS,
    CASE_KEYS,
    INSTANT_KEYS,
    KPI_KEYS,
    LATER_NOTICES,
    NOTICE_KEYS,
)
from config.journeys.script import (
    Check,
    ExpectCase,
    ExpectCounts,
    ExpectEvents,
    ExpectKpi,
    ExpectNot,
    ExpectNothing,
    ExpectNotice,
    Op,
    Step,
)

# Keys whose values are words of a closed list.
WORDS: dict[str, frozenset[str]] = {
    "notice": frozenset(Notice) | LATER_NOTICES,
    "state": frozenset(State),
    "level": frozenset(Level),
    "urgency": frozenset(Urgency),
    "close_reason": frozenset(CloseReason),
    "outcome": frozenset(Outcome),
}


def expectation(at: At, table: Table, base: dict[str, Any]) -> Step:
    """Which kind of expectation it is shows in its keys."""
    if "to" in table:
        return _of_notices(at, table, base)
    if "events" in table:
        return _events(at, at.table(table["events"], "events"), table, base)
    if "kpi" in table:
        return _kpi(at, at.table(table["kpi"], "kpi"), table, base)
    if "case" in table:
        return _case(at, table, base)
    if {"cases", "drafts"} & table.keys():
        at.only(table, {"cases", "drafts"})
        counts = {key: at.number(table[key], key) if key in table else None for key in ("cases", "drafts")}
        return ExpectCounts(**base, cases=counts["cases"], drafts=counts["drafts"])
    return at.wrong("an expectation has `to`, `case`, `cases`, `drafts`, `events` or `kpi`")


def _of_notices(at: At, table: Table, base: dict[str, Any]) -> Step:
    to = at.text(table["to"], "to")
    if "nothing" in table:
        at.only(table, {"to", "nothing"})
        if table["nothing"] is not True:
            at.wrong("nothing is `true` or not there")
        return ExpectNothing(**base, to=to)
    if "not" in table:
        at.only(table, {"to", "not"})
        return ExpectNot(**base, to=to, kinds=_words(at, "notice", _several(table["not"])))
    rest = Table({key: value for key, value in table.items() if key not in {"to", "first"}})
    rest.lines = table.lines
    first = table.get("first", False)
    if isinstance(first, str):  # `first: emergency_help` is `first: true, notice: emergency_help`
        rest["notice"], rest.lines["notice"] = first, table.lines["first"]
    if not rest and not first:
        at.wrong(f"what does {to} get? `notice`, `nothing`, `not` or another key is missing")
    return ExpectNotice(**base, to=to, first=bool(first), checks=_checks(at, rest, NOTICE_KEYS))


def _case(at: At, table: Table, base: dict[str, Any]) -> Step:
    rest = Table({key: value for key, value in table.items() if key not in {"case", "assignment"}})
    rest.lines = table.lines
    stay = at.table(table["assignment"], "assignment") if "assignment" in table else Table()
    return ExpectCase(
        **base, case=at.number(table["case"], "case"), checks=_checks(at, rest, CASE_KEYS),
        assignment=_checks(at, stay, ASSIGNMENT_KEYS),
    )  # fmt: skip


def _events(at: At, events: Table, table: Table, base: dict[str, Any]) -> Step:
    at.only(table, {"events"})
    at.only(events, {"case", "kinds", "exact", "kinds!~"})

    def kinds(key: str) -> tuple[str, ...]:
        said = _several(events.get(key, []))
        for kind in said:
            if kind not in set(EventKind):
                at.wrong(f"no event {kind!r} (events: {', '.join(EventKind)})")
        return tuple(said)

    return ExpectEvents(
        **base, case=at.number(events.get("case"), "case"), kinds=kinds("kinds"), never=kinds("kinds!~"),
        exact=events.get("exact") is True,
    )  # fmt: skip


def _kpi(at: At, kpi: Table, table: Table, base: dict[str, Any]) -> Step:
    at.only(table, {"kpi"})
    if ("unit" in kpi) == ("person" in kpi):
        at.wrong("kpi is of one `unit` or of one `person`")
    rest = Table({key: value for key, value in kpi.items() if key not in {"unit", "person"}})
    rest.lines = kpi.lines
    return ExpectKpi(
        **base, unit=kpi.get("unit"), person=kpi.get("person"), checks=_checks(at, rest, KPI_KEYS)
    )


def _checks(at: At, table: Table, allowed: Iterable[str]) -> tuple[Check, ...]:
    allowed = frozenset(allowed)
    found: list[Check] = []
    for written, value in table.items():
        op = next(op for op in (Op.LACKS, Op.HAS, Op.IS) if written.endswith(op.value))
        key = written.removesuffix(op.value)
        if key not in allowed:
            at.wrong(f"unknown key {written!r} (known here: {', '.join(sorted(allowed))})")
        found.append(Check(key=key, op=op, wanted=_wanted(at, key, op, _several(value))))
    return tuple(found)


def _wanted(at: At, key: str, op: Op, values: list[Any]) -> tuple[Any, ...]:
    if op is not Op.IS:
        return tuple(at.text(value, key) for value in values)
    if key in INSTANT_KEYS:
        return tuple(None if value is None else at.instant(value, key) for value in values)
    if key in WORDS:
        return _words(at, key, values)
    return tuple(values)


def _words(at: At, key: str, values: list[Any]) -> tuple[Any, ...]:
    for value in values:
        if value is not None and value not in WORDS[key]:
            at.wrong(f"no {key} {value!r} (known: {', '.join(sorted(WORDS[key]))})")
    return tuple(values)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
