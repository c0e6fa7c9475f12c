"""Work out tests/casecore/deadlines_oracle.csv without the code that it judges.

    python tests/casecore/deadlines_by_counting.py > tests/casecore/deadlines_oracle.csv

Instants are minutes counted from the first of January 2023, local time (there is no summer time in Shanghai); the
calendar is counted day by day. Rows marked `hand` are copied from the rules' own tables and are not computed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAY = 24 * 60
Row = tuple[str, str, str, str, str, str, str]

# by, what, first, second, third, fourth, due
HAND: tuple[Row, ...] = (
    ("hand", "stage", "G", "2024-03-04 09:20", "", "", "2024-03-05 09:20"),  # T2-1
    ("hand", "stage", "G", "2024-03-01 16:00", "", "", "2024-03-02 16:00"),  # T2-2
    ("hand", "stage", "V", "2024-03-04 10:00", "", "", "2024-03-07 10:00"),  # T2-3
    ("hand", "stage", "U", "2024-03-04 10:00", "", "", "2024-03-11 10:00"),  # T2-4
    ("hand", "stage", "V", "2024-03-04 20:00", "", "", "2024-03-07 20:00"),  # T2-5
    ("hand", "stage", "U", "2024-03-06 08:00", "", "", "2024-03-13 08:00"),  # T2-5
    ("hand", "unit", "2024-03-13 08:00", "2024-03-11 15:00", "", "", "2024-03-13 15:00"),  # T2-6
    ("hand", "unit", "2024-03-13 08:00", "2024-03-12 20:00", "", "", "2024-03-14 20:00"),  # T2-7
    ("hand", "unit", "2024-03-13 08:00", "2024-03-14 10:00", "", "", "2024-03-15 08:00"),  # T2-7
    ("hand", "claim", "2024-03-04 09:20", "", "", "", "2024-03-04 11:20"),  # T2-9
    ("hand", "response", "normal", "2024-03-04 14:00", "", "", "2024-03-04 14:30"),  # T3-1
    ("hand", "response", "normal", "2024-03-04 23:10", "", "", "2024-03-05 08:30"),  # T3-2
    ("hand", "response", "normal", "2024-03-04 14:00", "halved", "", "2024-03-04 14:15"),  # T3-3
    ("hand", "stage", "V", "2024-03-05 09:20", "", "", "2024-03-08 09:20"),  # T4-1
    ("hand", "reminder", "2024-03-04 09:20", "2024-03-05 09:20", "half", "", "2024-03-04 21:20"),  # T4-4
    ("hand", "reminder", "2024-03-04 09:20", "2024-03-05 09:20", "three_quarters", "", "2024-03-05 03:20"),
    ("hand", "reminder", "2024-03-04 09:20", "2024-03-05 09:20", "last", "", "2024-03-05 07:20"),
    ("hand", "return", "U", "normal", "2024-03-04 10:00", "", "2024-03-05 10:00"),  # T5-2
    ("hand", "extension", "G", "normal", "2024-03-05 09:20", "24", "2024-03-06 09:20"),  # T6-1
    ("hand", "extension", "G", "urgent", "2024-03-05 09:20", "24", "2024-03-05 21:20"),  # T6-3
    ("hand", "freeze", "2024-03-05 09:00", "2024-03-04 15:00", "2024-03-05 08:00", "", "2024-03-06 02:00"),  # T7-1
    ("hand", "suspension", "s1", "2024-03-04 15:00", "", "", "2024-03-07 15:00"),  # T7-2
    ("hand", "reopened", "G", "2024-03-05 09:05", "", "", "2024-03-05 21:05"),  # T11-1
    ("hand", "mode", "2024-06-19 18:00", "2024-06-20 18:00", "2024-06-20 08:00", "2024-06-21 20:00",
     "2024-06-22 06:00"),  # T13-1
    ("hand", "mode", "2024-06-20 12:00", "2024-06-21 12:00", "2024-06-20 08:00", "2024-06-21 20:00",
     "2024-06-22 20:00"),  # T13-2
    ("hand", "promise", "2024-03-13 08:00", "", "", "", "2024-04-12 00:00"),  # T2-8: the last day
)  # fmt: skip

# An ordinary Monday, a Friday, a Sunday, both sides of a leap day and of a month, year ends, holidays, make-up days.
STARTS = (
    "2024-03-04 09:20", "2024-03-01 16:00", "2024-03-03 23:59", "2024-02-28 10:00", "2024-02-29 00:00",
    "2023-02-28 10:00", "2024-12-31 23:30", "2025-01-01 00:00", "2024-02-10 08:00", "2024-02-18 12:00",
    "2024-09-29 07:59", "2024-10-01 22:00", "2024-04-30 21:59", "2025-02-28 20:00", "2023-12-31 05:01",
)  # fmt: skip


def days_of(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return MONTHS[month - 1] + leap


def counted(said: str) -> int:
    """Minutes from 2023-01-01 00:00."""
    year, month, day = int(said[:4]), int(said[5:7]), int(said[8:10])
    days = day - 1
    for y in range(2023, year):
        days += sum(days_of(y, m) for m in range(1, 13))
    days += sum(days_of(year, m) for m in range(1, month))
    return days * DAY + int(said[11:13]) * 60 + int(said[14:16])


def said(minutes: int) -> str:
    days, rest = divmod(minutes, DAY)
    year, month = 2023, 1
    while days >= days_of(year, month):
        days -= days_of(year, month)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return f"{year}-{month:02}-{days + 1:02} {rest // 60:02}:{rest % 60:02}"


def rows() -> Iterator[Row]:
    yield from HAND
    for start in STARTS:
        at = counted(start)
        for row in (*clocks(start, at), *answers(start, at), *moved(start, at)):
            yield ("counted", *row)


def clocks(start: str, at: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    for stage, days in (("G", 1), ("V", 3), ("U", 7)):
        yield "stage", stage, start, "", "", said(at + days * DAY)
        yield "reopened", stage, start, "", "", said(at + days * DAY // 2)
    ends = at + 7 * DAY
    for hours in (0, 120, 121, 150, 168, 200):
        arrived = at + hours * 60
        late = arrived + 2 * DAY - ends
        yield "unit", said(ends), said(arrived), "", "", said(ends + min(max(late, 0), 2 * DAY))


def answers(start: str, at: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    midnight, minute = at - at % DAY, at % DAY
    for urgency, limit in (("normal", 30), ("urgent", 15), ("emergency", 5)):
        for halved in ("", "halved"):
            due = at + (max(limit // 2, 5) if halved and limit != 15 else limit)
            if halved and limit == 15:
                continue  # seven and a half minutes: tested apart
            if urgency == "normal" and minute < 8 * 60:
                due = midnight + 8 * 60 + 30
            if urgency == "normal" and minute >= 22 * 60:
                due = midnight + DAY + 8 * 60 + 30
            yield "response", urgency, start, halved, "", said(due)
    claim = at + 120
    if minute < 8 * 60:
        claim = midnight + 10 * 60
    if minute >= 20 * 60:
        claim = midnight + DAY + 10 * 60
    yield "claim", start, "", "", "", said(claim)
    for stage, hours in (("G", 2), ("V", 8), ("U", 24)):
        yield "return", stage, "normal", start, "", said(at + hours * 60)


def moved(start: str, at: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    for stage, most in (("G", 24), ("V", 72), ("U", 168)):
        for hours in (5, most + 1):
            yield "extension", stage, "normal", start, str(hours), said(at + min(hours, most) * 60)
            yield "extension", stage, "urgent", start, str(hours), said(at + min(hours, most // 2) * 60)
    for reason, days in (("s1", 3), ("s2", 60), ("s3", 3), ("s4", 30)):
        yield "suspension", reason, start, "", "", said(at + days * DAY)
    due = at + DAY
    for after, lasts in ((0, 1), (61, 17 * 60), (23 * 60, 60 * DAY)):
        since, until = at + after, at + after + lasts
        yield "freeze", said(due), said(since), said(until), "", said(due + lasts)
    for before, length in ((300, 200), (300, 400), (-60, 36 * 60)):
        since, until = at - before, at - before + length
        frozen = max(0, until - max(since, at))
        yield "mode", start, said(due), said(since), said(until), said(due + frozen)
    last = at - at % DAY + 30 * DAY
    yield "promise", start, "", "", "", said(last)


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("by", "what", "first", "second", "third", "fourth", "due"))
    writer.writerows(rows())
