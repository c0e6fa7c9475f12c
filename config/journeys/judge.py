"""Does an expectation hold now? None when it does, else what was expected and what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from casecore.reading.kpi import Kpi, Rate, Stay, Window, of_person, of_unit
from casecore.reading.stays import read_stays
from casecore.store.tables import Assignment, Case, CaseEvent, Conversation, DraftRow
from casecore.vocabulary import Notice, Outcome, Side
from config.journeys import holding
from config.journeys.cast import Cast, unit_of
from config.journeys.chats import Chats, Got
from config.journeys.holding import Fits, holds
from config.journeys.keys import INSTANT_KEYS, LATER_NOTICES
from config.journeys.script import (
    Check,
    ExpectCase,
    ExpectCounts,
    ExpectEvents,
    ExpectKpi,
    ExpectNot,
    ExpectNothing,
    ExpectNotice,
    Step,
)

RATES = ("completion", "timeliness", "satisfaction")
SHOWN_OF_TEXT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """An expectation that does not hold."""

    expected: str
    seen: str


@dataclass(slots=True)
class Judge:
    """Reads the record and the chats; changes nothing but which notices were read."""

    cast: Cast
    chats: Chats
    cases: list[str]
    """Ids of the cases opened in this journey, in order; the player keeps it true."""
    acted: int = 0
    """Number of the last step that was no expectation."""

    async def judge(self, step: Step) -> Unmet | None:
        match step:
            case ExpectNotice():
                return self._notice(step)
            case ExpectNothing():
                return self._nothing(step)
            case ExpectNot():
                return self._not(step)
            case ExpectCase():
                return await self._case(step)
            case ExpectCounts():
                return await self._counts(step)
            case ExpectEvents():
                return await self._events(step)
            case ExpectKpi():
                return await self._kpi(step)
        raise TypeError(f"{type(step).__name__} expects nothing")

    def side_of(self, name: str) -> Side:
        return Side.HANDLER if self.cast.is_staff(name) or self._wrote_to_desk(name) else Side.RESIDENT

    def _wrote_to_desk(self, name: str) -> bool:
        return any(True for _ in self.chats.of(name, Side.HANDLER))

    # -- notices

    def _notice(self, step: ExpectNotice) -> Unmet | None:
        later = [w for c in step.checks if c.key == "notice" for w in c.wanted if w in LATER_NOTICES]
        if later and all(c.wanted == tuple(later) for c in step.checks if c.key == "notice"):
            return Unmet(expected=_told(step.checks), seen=f"not built yet: the notice {', '.join(later)}")
        unread = self.chats.unread(step.to, self.side_of(step.to))
        for got in unread[:1] if step.first else unread:
            if all(
                holds(check, self._seen_of(got, check.key), self._fits(check.key)) for check in step.checks
            ):
                got.read = True
                return None
        expected = f"{step.to} gets{' first' if step.first else ''} {_told(step.checks)}"
        return Unmet(expected=expected, seen=_unread(unread, self._number))

    def _seen_of(self, got: Got, key: str) -> Any:
        match key:
            case "notice":
                return got.notice.value
            case "case":
                return self._number(got.case_id)
            case "at":
                return got.at
            case "buttons":
                return [button.press.act for button in got.buttons]
            case "text":
                return got.text
            case "lang":
                return got.lang
            case _:
                said = got.facts.get(key)
                return datetime.fromisoformat(said) if said else None

    def _nothing(self, step: ExpectNothing) -> Unmet | None:
        came = [got for got in self.chats.unread(step.to, self.side_of(step.to)) if got.step >= self.acted]
        if not came:
            return None
        return Unmet(expected=f"{step.to} gets nothing", seen=_unread(came, self._number))

    def _not(self, step: ExpectNot) -> Unmet | None:
        unread = self.chats.unread(step.to, self.side_of(step.to))
        came = [got for got in unread if got.notice.value in step.kinds]
        if not came:
            return None
        return Unmet(
            expected=f"{step.to} has no unread {', '.join(step.kinds)}", seen=_unread(came, self._number)
        )

    def _number(self, case_id: str | None) -> int | None:
        return self.cases.index(case_id) + 1 if case_id in self.cases else None

    # -- cases

    async def _case(self, step: ExpectCase) -> Unmet | None:
        expected = f"case {step.case}: {_told(step.checks)}"
        if not 1 <= step.case <= len(self.cases):
            return Unmet(expected=expected, seen=f"{len(self.cases)} cases opened so far")
        async with self.cast.theatre.house.record.read() as session:
            case = await session.get_one(Case, self.cases[step.case - 1])
            stays = (
                await session.scalars(
                    select(Assignment).where(Assignment.case_id == case.id).order_by(Assignment.arrived_at)
                )
            ).all()
            links = set(await session.scalars(select(Case.id).where(Case.linked_id == case.id)))
        links |= {case.linked_id} if case.linked_id else set()
        seen = self._seen_of_case(case, stays, links)
        if not all(holds(check, seen[check.key], self._fits(check.key)) for check in step.checks):
            return Unmet(
                expected=expected, seen=_shown({check.key: seen[check.key] for check in step.checks})
            )
        if step.assignment and not any(self._stay_fits(stay, step.assignment) for stay in stays):
            shown = "; ".join(_shown(self._seen_of_stay(stay)) for stay in stays)
            return Unmet(expected=f"case {step.case} has an assignment {_told(step.assignment)}", seen=shown)
        return None

    def _seen_of_case(self, case: Case, stays: Any, links: set[str]) -> dict[str, Any]:
        return {
            "state": case.state.value,
            "level": case.level.value if case.level else None,
            "item": case.item_code,
            "items": case.item_code,
            "unit": case.unit_id,
            "due": case.due_at,
            "urgency": case.urgency.value,
            "person": self.cast.name_of(case.person_id),
            "response_due": case.response_due,
            "round": case.round,
            "close_reason": case.close_reason.value if case.close_reason else None,
            "linked": [self._number(link) for link in sorted(links)],
            "master": self._number(case.master_id),
            "source": case.source,
            "rating": case.rating,
            "late": any(self._is_late(stay) for stay in stays),
        }

    def _is_late(self, stay: Assignment) -> bool:
        """Past its due time: finished after it, moved up for it, or open beyond it."""
        if stay.outcome is Outcome.ESCALATED_OVERDUE:
            return True
        ended = stay.done_at or (
            self.cast.theatre.clock.now() if stay.outcome is Outcome.OPEN else stay.due_at
        )
        return ended > stay.due_at

    def _stay_fits(self, stay: Assignment, checks: tuple[Check, ...]) -> bool:
        seen = self._seen_of_stay(stay)
        return all(holds(check, seen[check.key], self._fits(check.key)) for check in checks)

    def _seen_of_stay(self, stay: Assignment) -> dict[str, Any]:
        return {
            "level": stay.level.value,
            "unit": stay.unit_id,
            "person": self.cast.name_of(stay.person_id),
            "accepted_at": stay.accepted_at,
            "outcome": stay.outcome.value,
        }

    def _fits(self, key: str) -> Fits:
        if key in INSTANT_KEYS:
            return holding.same_minute
        if key == "unit":
            territory = self.cast.theatre.territory
            return holding.in_unit(territory, lambda path: unit_of(territory, path))
        if key == "lang":
            return holding.same_language
        return holding.same_text if key == "text" else holding.same

    # -- counts, events, measures

    async def _counts(self, step: ExpectCounts) -> Unmet | None:
        async with self.cast.theatre.house.record.read() as session:
            drafts = (
                await session.scalars(
                    select(DraftRow.body)
                    .join(Conversation, Conversation.id == DraftRow.conversation_id)
                    .where(Conversation.side == Side.RESIDENT)
                )
            ).all()
        live = sum(1 for body in drafts if body["parts"] or body["files"])
        seen = {"cases": len(self.cases), "drafts": live}
        wanted = {"cases": step.cases, "drafts": step.drafts}
        if all(value is None or value == seen[key] for key, value in wanted.items()):
            return None
        return Unmet(expected=_shown({k: v for k, v in wanted.items() if v is not None}), seen=_shown(seen))

    async def _events(self, step: ExpectEvents) -> Unmet | None:
        """The kinds happened in this order; others (a reminder, an alert) may stand between, unless `exact`."""
        if not 1 <= step.case <= len(self.cases):
            return Unmet(
                expected=f"events of case {step.case}", seen=f"{len(self.cases)} cases opened so far"
            )
        async with self.cast.theatre.house.record.read() as session:
            kinds = [
                kind.value
                for kind in await session.scalars(
                    select(CaseEvent.kind)
                    .where(CaseEvent.case_id == self.cases[step.case - 1])
                    .order_by(CaseEvent.n)
                )
            ]
        rest = iter(kinds)
        ordered = kinds == list(step.kinds) if step.exact else all(kind in rest for kind in step.kinds)
        if ordered and not set(step.never) & set(kinds):
            return None
        never = f", never {', '.join(step.never)}" if step.never else ""
        return Unmet(
            expected=f"events of case {step.case}: {', '.join(step.kinds)}{never}", seen=", ".join(kinds)
        )

    async def _kpi(self, step: ExpectKpi) -> Unmet | None:
        house = self.cast.theatre.house
        window = month_of(house.clock.now(), house.territory.zone)
        async with house.record.read() as session:
            stays = await read_stays(session, window)
        found = await self._measured(step, stays, window)
        for kpi in found:
            seen = _measures(kpi)
            if all(holds(check, seen[check.key], holding.same_share) for check in step.checks):
                return None
        whose = step.unit or step.person
        return Unmet(expected=f"kpi of {whose}: {_told(step.checks)}", seen=_shown(_measures(found[0])))

    async def _measured(self, step: ExpectKpi, stays: list[Stay], window: Window) -> list[Kpi]:
        """A person's; or a unit's own first, then those of units inside it that have any work."""
        if step.person is not None:
            person = await self.cast.person_of(step.person)
            return [of_person(stays, person or "", window)]
        territory = self.cast.theatre.territory
        unit = unit_of(territory, step.unit or "")
        inside = {stay.unit for stay in stays if stay.unit != unit and territory.inside(stay.unit, unit)}
        return [of_unit(stays, each, window) for each in (unit, *sorted(inside))]


def month_of(now: datetime, zone: Any) -> Window:
    """The local calendar month that `now` lies in."""
    start = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(start.year * 12 + start.month, 12)
    return Window(start=start, end=start.replace(year=year, month=month + 1), now=now)


def _measures(kpi: Kpi) -> dict[str, Any]:
    rates: dict[str, Rate] = {f"{name}_rate": getattr(kpi, name) for name in RATES} | {
        "return_rate": kpi.returns
    }
    return {"volume": kpi.volume, "demands": kpi.demands} | {name: rate.share for name, rate in rates.items()}


def _told(checks: tuple[Check, ...]) -> str:
    return ", ".join(str(check) for check in checks) or "anything"


def _shown(seen: dict[str, Any]) -> str:
    return ", ".join(f"{key}: {_value(value)}" for key, value in seen.items())


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%dT%H:%M:%S%z}"
    return "null" if value is None else str(value)


def _unread(unread: list[Got], number: Any) -> str:
    if not unread:
        return "nothing unread"
    lines = []
    for got in unread:
        about = f" (case {number(got.case_id)})" if number(got.case_id) else ""
        buttons = ", ".join(button.press.act for button in got.buttons)
        lines.append(
            f"{got.notice.value}{about} at {_value(got.at)}: {got.text[:SHOWN_OF_TEXT]!r}"
            + (f" [{buttons}]" if buttons else "")
        )
    return "unread:\n" + "\n".join(lines)


__all__ = ["Judge", "Notice", "Unmet", "month_of"]
