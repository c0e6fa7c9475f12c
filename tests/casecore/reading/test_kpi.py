"""One volume and four rates: R15's worked example to the last figure, and the tests beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from casecore.reading.kpi import Kpi, Rate, Stay, Verdict, Window, of_person, of_unit
from casecore.vocabulary import Outcome

ZONE = ZoneInfo("Asia/Shanghai")
GRID, OTHER = "G", "V"


def at(text: str) -> datetime:
    """`03-02 09:00` of 2024."""
    return datetime.strptime(f"2024-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


MARCH = Window(start=at("03-01 00:00"), end=at("04-01 00:00"), now=at("04-01 00:00"))
APRIL = Window(start=at("04-01 00:00"), end=at("05-01 00:00"), now=at("05-01 00:00"))


def stay(
    person: str, arrived: str, due: str | None, outcome: Outcome, done: str | None = None, *,
    stars: int | None = None, rated: str = "", ended: str | None = None, refused: bool = False, round_: int = 1,
) -> Stay:  # fmt: skip
    return Stay(
        unit=GRID, round=round_, arrived_at=at(arrived), due_at=at(due) if due else None, outcome=outcome,
        done_at=at(done) if done else None, ended_at=at(ended) if ended else None,
        holders=((at(arrived), person),), refused_return_by=person if refused else None,
        verdicts=(Verdict(stars=stars, at=at(rated)),) if stars else (),
    )  # fmt: skip


EXAMPLE = [
    stay("P1", "03-02 09:00", "03-03 09:00", Outcome.DONE, "03-02 15:00", stars=5, rated="03-02 16:00"),
    stay("P1", "03-05 10:00", "03-06 10:00", Outcome.DONE, "03-06 12:00", stars=4, rated="03-06 13:00"),
    stay("P1", "03-08 08:00", "03-09 08:00", Outcome.DONE, "03-08 17:00"),
    stay("P2", "03-10 09:00", "03-11 09:00", Outcome.ESCALATED_OK, ended="03-10 18:00"),
    stay("P2", "03-12 09:00", "03-13 09:00", Outcome.ESCALATED_OVERDUE, ended="03-13 09:00"),
    stay("P2", "03-15 09:00", "03-16 09:00", Outcome.DONE, "03-15 12:00"),
    stay("P2", "03-16 10:00", "03-16 22:00", Outcome.DONE, "03-17 09:00", stars=4, rated="03-17 12:00", round_=2),
    stay("P1", "03-18 09:00", "03-19 09:00", Outcome.WITHDRAWN, ended="03-18 11:00"),
    stay("P1", "03-20 09:00", "03-21 09:00", Outcome.MERGED_CHILD),
    stay("P1", "03-22 09:00", "03-23 09:00", Outcome.DONE, "03-22 20:00", stars=5, rated="03-22 21:00", refused=True),
    stay("P2", "03-25 09:00", None, Outcome.RETURNED_UPHELD),
    stay("P2", "03-31 20:00", "04-01 20:00", Outcome.DONE, "03-31 22:00", stars=5, rated="03-31 23:00"),
    stay("P1", "02-29 15:00", "03-01 15:00", Outcome.DONE, "03-01 10:00", stars=3, rated="03-02 10:00"),
]  # fmt: skip


def figures(kpi: Kpi) -> tuple[int, tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    def pair(rate: Rate) -> tuple[int, int]:
        return rate.hits, rate.of

    return (
        kpi.volume, pair(kpi.completion), pair(kpi.timeliness), pair(kpi.satisfaction), pair(kpi.returns)
    )  # fmt: skip


def test_the_worked_example_of_the_unit() -> None:
    kpi = of_unit(EXAMPLE, GRID, MARCH)
    assert figures(kpi) == (9, (6, 7), (5, 7), (5, 6), (1, 9))
    assert kpi.completion.share == Decimal("0.8571")
    assert kpi.timeliness.share == Decimal("0.7143")
    assert kpi.satisfaction.share == Decimal("0.8333")
    assert kpi.returns.share == Decimal("0.1111")
    assert kpi.mean_stars == Decimal("4.33")


def test_the_worked_example_of_each_person() -> None:
    first, second = of_person(EXAMPLE, "P1", MARCH), of_person(EXAMPLE, "P2", MARCH)
    assert figures(first) == (5, (5, 5), (4, 5), (3, 4), (1, 5))
    assert first.mean_stars == Decimal("4.25")
    assert figures(second) == (4, (1, 2), (1, 2), (2, 2), (0, 4))
    assert second.mean_stars == Decimal("4.50")
    assert not second.satisfaction.ranked  # fewer than five
    assert first.completion.ranked


def test_nothing_due_gives_null_and_not_zero() -> None:
    """T15-1."""
    kpi = of_unit([stay("P1", "03-31 20:00", "04-01 20:00", Outcome.OPEN)], GRID, MARCH)
    assert kpi.volume == 1
    assert kpi.completion.share is None
    assert kpi.timeliness.share is None
    assert kpi.satisfaction.share is None
    assert kpi.mean_stars is None


def test_merged_residents_are_demands_of_one_case() -> None:
    """T15-2: V +1, demands +5, up to five ratings."""
    master = stay("P1", "03-02 09:00", "03-03 09:00", Outcome.DONE, "03-02 15:00")
    votes = tuple(Verdict(stars=stars, at=at("03-02 16:00")) for stars in (5, 5, 4, 2, 1))
    children = [stay("P1", "03-02 10:00", "03-03 10:00", Outcome.MERGED_CHILD) for _ in range(4)]
    kpi = of_unit([replace(master, demands=5, verdicts=votes), *children], GRID, MARCH)
    assert (kpi.volume, kpi.demands) == (1, 5)
    assert (kpi.satisfaction.hits, kpi.satisfaction.of) == (3, 5)


def test_a_change_of_hands_before_due() -> None:
    """T15-4: the late finish is Wang's, who held it at due; the volume is Li's, who got it first."""
    late = replace(
        stay("Li", "03-05 10:00", "03-06 10:00", Outcome.DONE, "03-06 12:00"),
        holders=((at("03-05 10:00"), "Li"), (at("03-06 08:00"), "Wang")),
    )
    li, wang = of_person([late], "Li", MARCH), of_person([late], "Wang", MARCH)
    assert (li.volume, li.timeliness.of) == (1, 0)
    assert (wang.volume, wang.timeliness.hits, wang.timeliness.of) == (0, 0, 1)


def test_feedback_moves_the_due_time_and_must_be_in_time_itself() -> None:
    """T15-5: not in March's D; in April completed, and late by the promised date."""
    promised = replace(
        stay("P1", "03-04 10:00", "04-08 23:59", Outcome.DONE, "04-09 10:00"),
        feedback_at=at("03-10 09:00"), stage_due=at("03-11 10:00"),
    )  # fmt: skip
    assert of_unit([promised], GRID, MARCH).completion.of == 0
    april = of_unit([promised], GRID, APRIL)
    assert (april.completion.hits, april.timeliness.hits, april.completion.of) == (1, 0, 1)
    in_time = replace(promised, done_at=at("04-08 10:00"))
    assert of_unit([in_time], GRID, APRIL).timeliness.hits == 1
    answered_late = replace(in_time, feedback_at=at("03-11 10:01"))
    assert of_unit([answered_late], GRID, APRIL).timeliness.hits == 0


def test_finishing_at_due_is_timely_and_a_minute_later_is_not() -> None:
    """R0, R18.2."""
    due = stay("P1", "03-02 09:00", "03-03 09:00", Outcome.DONE, "03-03 09:00")
    assert of_unit([due], GRID, MARCH).timeliness.hits == 1
    assert of_unit([replace(due, done_at=at("03-03 09:01"))], GRID, MARCH).timeliness.hits == 0


def test_open_work_counts_from_its_due_time_on() -> None:
    """R18.6: open and not yet due is not counted; finished early is."""
    noon = Window(start=MARCH.start, end=MARCH.end, now=at("03-02 12:00"))
    work = stay("P1", "03-02 09:00", "03-03 09:00", Outcome.OPEN)
    assert of_unit([work], GRID, noon).completion.of == 0
    done = replace(work, outcome=Outcome.DONE, done_at=at("03-02 11:00"))
    assert of_unit([done], GRID, noon).completion == Rate(hits=1, of=1)
    later = Window(start=MARCH.start, end=MARCH.end, now=at("03-03 09:00"))
    assert of_unit([work], GRID, later).completion == Rate(hits=0, of=1)


def test_what_is_left_out_of_completion() -> None:
    """Suspended at the snapshot, withdrawn before due, handed on in time, second rounds; a late withdrawal is in."""
    work = stay("P1", "03-02 09:00", "03-03 09:00", Outcome.OPEN)
    out = [
        replace(work, suspended=True),
        replace(work, round=2),
        replace(work, outcome=Outcome.TRANSFERRED),
        replace(work, outcome=Outcome.SENT_DOWN),
        replace(work, outcome=Outcome.INVALID),
        replace(work, outcome=Outcome.WITHDRAWN, ended_at=at("03-03 09:00")),
        replace(work, unit=OTHER),
    ]
    assert of_unit(out, GRID, MARCH).completion.of == 0
    late = replace(work, outcome=Outcome.WITHDRAWN, ended_at=at("03-03 09:01"))
    assert of_unit([late], GRID, MARCH).completion == Rate(hits=0, of=1)


def test_the_watch_over_a_provider_counts_for_completion_only() -> None:
    """R15, attribution: the grid's tracking assignment is no volume and its rating is the provider's."""
    watch = replace(EXAMPLE[0], tracking=True)
    kpi = of_unit([watch], GRID, MARCH)
    assert (kpi.volume, kpi.completion.of, kpi.satisfaction.of, kpi.returns.of) == (0, 1, 0, 0)


def test_a_co_handler_who_finishes_after_the_move_is_done_and_late() -> None:
    """R18.2: the lower unit's own assignment gets its `done_at`."""
    moved = stay("P1", "03-02 09:00", "03-03 09:00", Outcome.ESCALATED_OVERDUE, "03-03 12:00")
    kpi = of_unit([moved], GRID, MARCH)
    assert (kpi.completion.hits, kpi.timeliness.hits, kpi.completion.of) == (1, 0, 1)


def test_rates_are_rounded_half_up() -> None:
    assert Rate(hits=1, of=3).share == Decimal("0.3333")
    assert Rate(hits=2, of=3).share == Decimal("0.6667")
    assert Rate(hits=1, of=32).share == Decimal("0.0313")  # 0.03125
