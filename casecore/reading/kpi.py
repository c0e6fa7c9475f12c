"""One volume and four rates (R15, R18.5, R18.6), counted from assignments: pure figures, for a unit or for a person.

volume         V   round-1 stays that arrived in the window
completion     C   done by the snapshot ÷ D
timeliness     T   of D, finished by their due time ÷ D
satisfaction   S   last ratings of 4 and 5 ÷ last ratings, given in the window
returns        R   returns asked for and refused ÷ V (lower is better)

D   round-1 stays due in the window, when the due time has come or the work is finished
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from casecore.vocabulary import Outcome

# R15 "common exclusions": such a stay never was this unit's work.
EXCLUDED = frozenset({Outcome.MERGED_CHILD, Outcome.INVALID, Outcome.RETURNED_UPHELD})
# R15, C: handed on in time; another unit finishes. A transfer or a sending down is as much in order.
HANDED_ON = frozenset({Outcome.ESCALATED_OK, Outcome.TRANSFERRED, Outcome.SENT_DOWN})
# R11.2: from four stars on a resident counts as satisfied.
SATISFIED_FROM = 4
# R15: with fewer items in a denominator people see the figure and are not ranked.
RANKED_FROM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`[start, end)`; the snapshot is the end, or now when that is earlier."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def snapshot(self) -> datetime:
        return min(self.end, self.now)

    def holds(self, instant: datetime | None) -> bool:
        return instant is not None and self.start <= instant < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The last valid rating of one resident for the work of a stay."""

    stars: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One assignment as the measures see it. `due_at` is after extension, freeze and promise.

    `holders` are (since when, who), oldest first; `refused_return_by` is who asked for a return that was refused.
    At stage U `feedback_at` is valid feedback (R2.4), owed by `stage_due`. `tracking` is the grid's watch over a
    provider's job (R10.5). `demands` counts the residents whose requests were merged into it.
    """

    unit: str
    round: int
    arrived_at: datetime
    due_at: datetime | None
    outcome: Outcome
    done_at: datetime | None = None
    ended_at: datetime | None = None
    holders: Sequence[tuple[datetime, str]] = ()
    refused_return_by: str | None = None
    verdicts: Sequence[Verdict] = ()
    demands: int = 1
    suspended: bool = False
    tracking: bool = False
    feedback_at: datetime | None = None
    stage_due: datetime | None = None

    def holder_at(self, instant: datetime) -> str | None:
        """Who held it then: the last who had taken it by that time."""
        return next((who for since, who in reversed(self.holders) if since <= instant), None)

    @property
    def first_holder(self) -> str | None:
        return self.holders[0][1] if self.holders else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`hits` of `of`."""

    hits: int
    of: int

    @property
    def share(self) -> Decimal | None:
        """Four decimals, half up (R0: a percentage with two); None without anything to count."""
        return _rounded(Decimal(self.hits) / self.of, "0.0001") if self.of else None

    @property
    def ranked(self) -> bool:
        return self.of >= RANKED_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The measures of one unit or one person in one window."""

    volume: int
    demands: int
    completion: Rate
    timeliness: Rate
    satisfaction: Rate
    returns: Rate
    mean_stars: Decimal | None


def of_unit(stays: Iterable[Stay], unit: str, window: Window) -> Kpi:
    """A unit's measures: everything is counted where the assignment was."""
    own = [stay for stay in stays if stay.unit == unit]
    return _count(own, window, lambda stay, _instant: True, lambda stay: stay.refused_return_by is not None)


def of_person(stays: Iterable[Stay], person: str, window: Window) -> Kpi:
    """A person's measures: each figure belongs to the holder at its moment (R15, attribution)."""
    return _count(
        list(stays), window, lambda stay, instant: _held_by(stay, instant, person),
        lambda stay: stay.refused_return_by == person,
    )  # fmt: skip


def _held_by(stay: Stay, instant: datetime, person: str) -> bool:
    holder = stay.first_holder if instant <= stay.arrived_at else stay.holder_at(instant)
    return holder == person


Mine = Callable[[Stay, datetime], bool]


def _count(stays: Sequence[Stay], window: Window, mine: Mine, asked: Callable[[Stay], bool]) -> Kpi:
    arrived = [stay for stay in stays if _is_volume(stay, window) and mine(stay, stay.arrived_at)]
    due = [stay for stay in stays if _is_due(stay, window) and mine(stay, _settled_at(stay))]
    stars = [v.stars for stay in stays for v in _valid(stay, window) if mine(stay, stay.done_at or v.at)]
    refused = [stay for stay in stays if _is_volume(stay, window) and asked(stay)]
    return Kpi(
        volume=len(arrived),
        demands=sum(stay.demands for stay in arrived),
        completion=Rate(hits=sum(_is_done(stay, window) for stay in due), of=len(due)),
        timeliness=Rate(hits=sum(_is_timely(stay, window) for stay in due), of=len(due)),
        satisfaction=Rate(hits=sum(star >= SATISFIED_FROM for star in stars), of=len(stars)),
        returns=Rate(hits=len(refused), of=len(arrived)),
        mean_stars=_rounded(Decimal(sum(stars)) / len(stars), "0.01") if stars else None,
    )


def _is_volume(stay: Stay, window: Window) -> bool:
    counted = stay.round == 1 and not stay.tracking and stay.outcome not in EXCLUDED
    return counted and window.holds(stay.arrived_at)


def _is_due(stay: Stay, window: Window) -> bool:
    """D of R15, with R18.6: open work that is due later is not counted yet."""
    if stay.round != 1 or stay.due_at is None or not window.holds(stay.due_at) or stay.suspended:
        return False
    if stay.outcome in EXCLUDED or stay.outcome in HANDED_ON:
        return False
    if stay.outcome is Outcome.WITHDRAWN and stay.ended_at is not None and stay.ended_at <= stay.due_at:
        return False
    return stay.due_at <= window.snapshot or _is_done(stay, window)


def _is_done(stay: Stay, window: Window) -> bool:
    return stay.done_at is not None and stay.done_at <= window.snapshot


def _is_timely(stay: Stay, window: Window) -> bool:
    """R18.2: at `due` is in time. At U feedback moves the due time, and must itself have been in time."""
    if not _is_done(stay, window):
        return False
    assert stay.done_at is not None and stay.due_at is not None
    answered = stay.feedback_at is None or stay.stage_due is None or stay.feedback_at <= stay.stage_due
    return answered and stay.done_at <= stay.due_at


def _settled_at(stay: Stay) -> datetime:
    """R15: completion and timeliness belong to the holder at `min(done_at, due_at)`."""
    assert stay.due_at is not None
    return min(stay.done_at, stay.due_at) if stay.done_at is not None else stay.due_at


def _valid(stay: Stay, window: Window) -> list[Verdict]:
    if stay.tracking:
        return []
    return [
        verdict for verdict in stay.verdicts if window.holds(verdict.at) and verdict.at <= window.snapshot
    ]


def _rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)
