"""From a journey's file to a Journey: every key known, every value of its kind, each mistake with its line and step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from casecore.vocabulary import Role, Side
from config.journeys.at import At
from config.journeys.document import Table, load
from config.journeys.expect_reader import expectation
from config.journeys.keys import ANSWER_KEYS, FAULTS, LEARNS
from config.journeys.script import (
    Duplicate,
    Fault,
    Journey,
    Learns,
    Member,
    Neighbour,
    Presses,
    Restart,
    Roster,
    Step,
    Until,
    Waits,
)
from config.journeys.sent_reader import message

TOP = frozenset({"title", "territory", "start", "people", "residents", "steps"})
ZoneOf = Callable[[str], ZoneInfo]


def read_journey(file: Path, zone_of: ZoneOf) -> Journey:
    """The journey of a file. `zone_of` gives a territory's time zone. Raises JourneyInvalid."""
    top = load(file)
    at = At(file=file, line=1, zone=ZoneInfo("UTC"))
    at.only(top, TOP)
    for key in ("title", "start", "steps"):
        if key not in top:
            at.wrong(f"{key!r} is missing")
    territory = str(top.get("territory") or "fuyang")
    try:
        at = At(file=file, line=1, zone=zone_of(territory))
    except (OSError, KeyError, ValueError) as error:
        at.wrong(f"no territory {territory!r}: {error}", line=top.lines.get("territory"))
    start_at = At(file=file, line=top.lines["start"], zone=at.zone)
    if not isinstance(top["steps"], list) or not top["steps"]:
        at.wrong("steps is a list of at least one step", line=top.lines["steps"])
    people = _people(at, top["people"]) if top.get("people") is not None else None
    return Journey(
        file=file, title=at.text(top["title"], "title"), territory=territory,
        start=start_at.instant(top["start"], "start"),
        people=None if people is None else {key: member for key, member in people.items() if member},
        residents=_residents(at, top.get("residents") or Table()), steps=_steps(at, top["steps"], people),
    )  # fmt: skip


def _people(at: At, value: Any) -> dict[str, Member | None]:
    table = at.table(value, "people")
    return {key: _member(at, key, table[key], table.lines[key]) for key in table}


def _member(at: At, key: str, value: Any, line: int) -> Member | None:
    here = At(file=at.file, line=line, zone=at.zone, step=at.step)
    if value is None:
        return None
    table = here.table(value, key)
    here.only(table, {"role", "unit", "kind", "name", "lang", "bound"})
    if "role" not in table or "unit" not in table:
        here.wrong(f"{key} needs a role and a unit")
    said = table["role"] if isinstance(table["role"], list) else [table["role"]]
    for role in said:
        if role not in set(Role):
            here.wrong(f"no role {role!r} (roles: {', '.join(Role)})")
    return Member(
        roles=tuple(Role(role) for role in said), unit=here.text(table["unit"], "unit"),
        name=here.text(table.get("name", key), "name"), kind=table.get("kind"), lang=table.get("lang"),
        bound=table.get("bound") is not False,
    )  # fmt: skip


def _residents(at: At, value: Any) -> dict[str, Neighbour]:
    table = at.table(value, "residents")
    found: dict[str, Neighbour] = {}
    for key in table:
        here = At(file=at.file, line=table.lines[key], zone=at.zone)
        each = here.table(table[key], key)
        here.only(each, {"home", "groups", "name", "lang"})
        groups = each.get("groups") or []
        if not isinstance(groups, list):
            here.wrong("groups is a list such as [KG-01]")
        found[key] = Neighbour(
            home=each.get("home"), groups=tuple(str(group) for group in groups), name=each.get("name") or "",
            lang=each.get("lang"),
        )  # fmt: skip
    return found


def _steps(at: At, steps: list[Any], people: dict[str, Member | None] | None) -> tuple[Step, ...]:
    """A list of expectations under one `expect` becomes one step each, of the same number."""
    found: list[Step] = []
    staff = set(people or ())
    for number, value in enumerate(steps, start=1):
        here = At(file=at.file, line=getattr(value, "line", at.line), zone=at.zone, step=number)
        table = here.table(value, "a step")
        if isinstance(table.get("people"), Table):
            staff |= set(table["people"])
        found += _step(here, table, staff)
    return tuple(found)


def _step(at: At, table: Table, staff: set[str]) -> list[Step]:
    kinds = [key for key in table if key in STEPS]
    if len(kinds) != 1:
        at.wrong(
            f"a step has exactly one of {', '.join(STEPS)}; this one has {', '.join(table) or 'nothing'}"
        )
    return STEPS[kinds[0]](at, table, staff)


def _base(at: At, table: Table) -> dict[str, Any]:
    source = yaml.safe_dump(
        _plain(table), allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000
    )
    assert at.step is not None
    return {"number": at.step, "line": at.line, "source": source.strip()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _acted(at: At, table: Table, staff: set[str]) -> list[Step]:
    side = Side.RESIDENT if "resident" in table else Side.HANDLER
    who = at.text(table[side.value], side.value)
    if side is Side.RESIDENT and who in staff:
        at.wrong(f"{who!r} is in people: `handler: {who}` is meant")
    base = _base(at, table) | {"who": who, "side": side}
    if "presses" in table:
        return [_presses(at, table, base)]
    if "silent" in table:
        at.only(table, {side.value, "silent"})
        how_long = None if table["silent"] is True else at.duration(table["silent"], "silent")
        del base["side"]
        return [Waits(**base, how_long=how_long)]
    return [message(at, table, base)]


def _presses(at: At, table: Table, base: dict[str, Any]) -> Presses:
    at.only(table, {base["side"].value, "presses", "case", "card_of", "choice", "with"})
    answers = at.table(table.get("with") or Table(), "with")
    for key in answers:
        if key not in ANSWER_KEYS:
            at.wrong(f"`with` has no {key!r} (known: {', '.join(sorted(ANSWER_KEYS))})")
    return Presses(
        **base, act=at.text(table["presses"], "presses"), case=_case(at, table), card_of=table.get("card_of"),
        choice=at.text(table["choice"], "choice") if "choice" in table else None, answers=dict(answers),
    )  # fmt: skip


def _case(at: At, table: Table) -> int | None:
    return at.number(table["case"], "case") if table.get("case") is not None else None


def _waits(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"wait"})
    return [Waits(**_base(at, table), how_long=at.duration(table["wait"], "wait"))]


def _until(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"until"})
    return [Until(**_base(at, table), at=at.instant(table["until"], "until"))]


def _fault(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"fault"})
    fault = at.table(table["fault"], "fault")
    at.only(fault, {"channel", "send", "times"})
    if fault.get("channel", "simulator") != "simulator":
        at.wrong("the channel of a journey is the simulator")
    if fault.get("send") not in FAULTS:
        at.wrong(f"send is one of {', '.join(FAULTS)}, not {fault.get('send')!r}")
    return [Fault(**_base(at, table), how=fault["send"], times=at.number(fault.get("times", 1), "times"))]


def _restart(at: At, table: Table, _staff: set[str]) -> list[Step]:
    return _mark(at, table, "restart", Restart)


def _duplicate(at: At, table: Table, _staff: set[str]) -> list[Step]:
    return _mark(at, table, "duplicate", Duplicate)


def _mark(at: At, table: Table, key: str, kind: type[Step]) -> list[Step]:
    at.only(table, {key})
    if table[key] is not True:
        at.wrong(f"{key} is `true` or not there")
    return [kind(**_base(at, table))]


def _learns(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"learn"})
    said = table["learn"]
    if isinstance(said, Table):
        at.only(said, {"rollback"})
        return [Learns(**_base(at, table), back=at.number(said.get("rollback"), "rollback"))]
    if said not in LEARNS:
        at.wrong(f"learn is one of {', '.join(LEARNS)} (what it comes to), or `rollback: N`")
    return [Learns(**_base(at, table), state=said)]


def _roster(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"people"})
    return [Roster(**_base(at, table), people=_people(at, table["people"]))]


def _expect(at: At, table: Table, _staff: set[str]) -> list[Step]:
    at.only(table, {"expect"})
    value = table["expect"]
    several = value if isinstance(value, list) else [value]
    return [expectation(at, at.table(each, "expect"), _base(at, Table(expect=each))) for each in several]


STEPS: dict[str, Callable[[At, Table, set[str]], list[Step]]] = {
    "resident": _acted,
    "handler": _acted,
    "wait": _waits,
    "until": _until,
    "expect": _expect,
    "people": _roster,
    "fault": _fault,
    "restart": _restart,
    "learn": _learns,
    "duplicate": _duplicate,
}
