"""Which corrections are learned from, and with what weight; every other one is reported with the reason.

A correction counts when its case came to a good end under the corrected matter (the outcome confirms it), nobody
contradicts it, and one person has not taught the same thing too often. So a button pressed by mistake, a prank or a
feud leaves no trace in the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casecore.store.tables import Case, Correction
from casecore.territory.model import ServiceLevels, Territory
from casecore.vocabulary import CloseReason, CorrectionKind, Level, Role, State

Why = Literal[
    "awaits_outcome", "undone", "contradictory", "too_many", "item_unknown", "place_only", "unit_only", "no_words",
    "no_weight",
]  # fmt: skip
Guess = Callable[[str], Mapping[str, float]]
"""The probability of each matter for a text, by the model in force."""

ALIKE = 90.0
"""Two texts as similar as this (0–100, rapidfuzz ratio) say the same: then two labels contradict each other."""
CLEAR = 0.6
"""Share that one matter of the rightful unit must have among all of that unit's for a return to name the matter."""
GOOD_ENDS = frozenset({CloseReason.RESOLVED, CloseReason.EXPLAINED})
DESKS = frozenset({Role.DISTRICT_CMD, Role.DISTRICT_DESK, Role.TOWN_CMD, Role.TOWN_DESK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A text with its right matter. `weight` is 1.0 for what a desk said."""

    id: str
    text: str
    code: str
    before: str | None
    weight: float
    kind: CorrectionKind
    by_role: str
    at: datetime
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A correction that is not learned from."""

    id: str
    case: str
    kind: CorrectionKind
    by_role: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    lessons: tuple[Lesson, ...]
    left_out: tuple[LeftOut, ...]

    def reasons(self) -> dict[str, int]:
        return dict(sorted(Counter(each.why for each in self.left_out).items()))


def gather(
    rows: Sequence[tuple[Correction, Case]], territory: Territory, trained: Iterable[str], guess: Guess
) -> Gathered:
    """Sort corrections (oldest first) into lessons and what is left out. `trained` are the matters the model knows."""
    known = frozenset(trained)
    newest = {case.id: correction.id for correction, case in rows if correction.item_after is not None}
    lessons: list[tuple[Lesson, str | None]] = []
    left: list[LeftOut] = []
    for correction, case in rows:
        code, why = _label(correction, case, territory, guess)
        why = why or _doubt(correction, case, code, known, newest, territory)
        if why is not None or code is None:
            left.append(_out(correction, case, why or "no_words"))
            continue
        weight = weight_of(correction.by_role, territory.levels)
        lesson = Lesson(
            id=correction.id, text=correction.text, code=code, before=correction.item_before, weight=weight,
            kind=correction.kind, by_role=correction.by_role, at=correction.at, case=case.number,
        )  # fmt: skip
        lessons.append((lesson, correction.by_person))
    kept, many = _within_measure(lessons, territory.levels.learn_person_most)
    agreed, against = _agreeing(kept)
    return Gathered(lessons=tuple(agreed), left_out=(*left, *many, *against))


def weight_of(role: str, levels: ServiceLevels) -> float:
    """How much a correction weighs by who made it, 0–1."""
    if role == Role.RESIDENT:
        return levels.learn_weight_resident / 100
    desk = role in set(DESKS)
    return (levels.learn_weight_desk if desk else levels.learn_weight_handler) / 100


def _label(
    correction: Correction, case: Case, territory: Territory, guess: Guess
) -> tuple[str | None, Why | None]:
    """The matter that the correction says, said outright or by the rightful unit."""
    if correction.kind is CorrectionKind.CARD_PLACE:
        return None, "place_only"
    if correction.item_after is not None:
        return correction.item_after, None
    if correction.kind is not CorrectionKind.RETURN:
        return None, "place_only"
    return _of_unit(correction, case, territory, guess)


def _of_unit(
    correction: Correction, case: Case, territory: Territory, guess: Guess
) -> tuple[str | None, Why | None]:
    """A return names the unit: the matter it leads that the words fit best, when one of them clearly does."""
    unit = territory.units.get(correction.unit_after or "")
    if unit is None or unit.level is not Level.DEPARTMENT:
        return None, "place_only"
    led = [code for code, item in territory.items.items() if item.lead_department == unit.id]
    if correction.item_before in led:
        return None, "place_only"
    if case.item_code in led:
        return case.item_code, None
    chances = guess(correction.text)
    total = sum(chances.get(code, 0.0) for code in led)
    best = max(led, key=lambda code: chances.get(code, 0.0), default=None)
    if best is None or total <= 0 or chances.get(best, 0.0) / total < CLEAR:
        return None, "unit_only"
    return best, None


def _doubt(
    correction: Correction,
    case: Case,
    code: str | None,
    known: frozenset[str],
    newest: Mapping[str, str],
    territory: Territory,
) -> Why | None:
    if not _letters(correction.text):
        return "no_words"
    if code not in territory.items or code not in known:
        return "item_unknown"
    if weight_of(correction.by_role, territory.levels) <= 0:
        return "no_weight"
    if correction.item_after is not None and (case.item_code != code or newest[case.id] != correction.id):
        return "undone"
    return None if _ended_well(correction, case, code) else "awaits_outcome"


def _letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _ended_well(correction: Correction, case: Case, code: str | None) -> bool:
    """Settled under the corrected matter, or, after a return, by the unit that was named."""
    settled = case.state is State.DONE or (case.state is State.CLOSED and case.close_reason in GOOD_ENDS)
    return settled and (case.item_code == code or case.unit_id == correction.unit_after)


def _within_measure(
    lessons: Sequence[tuple[Lesson, str | None]], most: int
) -> tuple[list[Lesson], list[LeftOut]]:
    """At most so many of one person for one matter, the newest."""
    counted: Counter[tuple[str, str]] = Counter()
    kept: list[Lesson] = []
    many: list[LeftOut] = []
    for lesson, person in reversed(lessons):
        key = (person or lesson.by_role, lesson.code)
        counted[key] += 1
        if counted[key] > most:
            many.append(_refused(lesson, "too_many"))
        else:
            kept.append(lesson)
    return kept[::-1], many[::-1]


def _agreeing(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[LeftOut]]:
    """Texts that say the same and are labelled differently cancel each other, and are shown to people."""
    if len(lessons) < 2:
        return list(lessons), []
    from rapidfuzz import fuzz, process

    from intake.wording import fold, plain

    texts = [plain(fold(lesson.text)) for lesson in lessons]
    alike = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=ALIKE)
    against = {
        i
        for i, row in enumerate(alike)
        for j in row.nonzero()[0].tolist()
        if lessons[i].code != lessons[j].code
    }
    return (
        [lesson for i, lesson in enumerate(lessons) if i not in against],
        [_refused(lesson, "contradictory") for i, lesson in enumerate(lessons) if i in against],
    )


def _out(correction: Correction, case: Case, why: Why) -> LeftOut:
    return LeftOut(
        id=correction.id, case=case.number, kind=correction.kind, by_role=correction.by_role, why=why
    )


def _refused(lesson: Lesson, why: Why) -> LeftOut:
    return LeftOut(id=lesson.id, case=lesson.case, kind=lesson.kind, by_role=lesson.by_role, why=why)
