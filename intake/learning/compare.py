"""Is the new model better? Both judge the same messages; a measure that is worse beyond noise keeps the old one.

    held out     labelled messages that nobody taught: every measure of the bar (`intake.evaluate`)
    taught       the shipped training texts: what was known must still be known, matter by matter
    around       the taught texts nearest to the lessons, by a model that was not told to keep them: what the lessons
                 do to messages like those, which is how a poisoned batch shows itself
    list         the list's own words in everyday wrappings, of the matters that the lessons take messages from: a
                 message that says what the list says must go where the list says
    lessons      the corrections: answered as corrected? (and by a model that did not see them)
    shadow       the newest messages of residents, judged by both; settled cases say who was right

Noise is judged by a paired bootstrap over messages with a fixed seed. Emergencies have no noise: not one may be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from casecore.territory.model import Territory
from casecore.vocabulary import Urgency
from intake.evaluate import (
    Judged,
    calibration_error,
    coverage,
    measures,
    place_found,
    right_category,
    right_item,
)

ROUNDS = 400
"""Resamples of the bootstrap: the 2.5 % quantile then rests on ten of them."""
SEED = 19
"""Of the resampling: the same data give the same verdict on every machine."""
SURE = 0.975
"""A difference is beyond noise when this share of the resamples agrees on its sign."""
FORGOTTEN = 0.15
"""Share of one matter's taught texts that a new model may lose at most, when it is more than two texts."""
FORGOTTEN_LEAST = 2
WRAPPINGS = Path(__file__).with_name("wrappings.txt")
CONFUSIONS = 12
"""Rows of the table of confusions that a person reads."""

Flag = Callable[[Judged], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one model says of a text: its best matter and how probable that is."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A message judged by both. `settled` is the matter its case ended under, if it ended well."""

    case: str
    text: str
    old: Answer
    new: Answer
    settled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A shipped training text judged by both."""

    code: str
    old: str
    new: str


# -- measures of the bar on labelled messages

FLAGS: dict[str, Flag] = {
    "intent_accuracy": lambda j: j.got.intent == j.line.intent,
    "item_top1": lambda j: right_item(j, 1) if _request(j) and j.line.codes else None,
    "item_top3": lambda j: right_item(j, 3) if _request(j) and j.line.codes else None,
    "category_accuracy": lambda j: right_category(j) if _request(j) and j.line.codes else None,
    "urgency_accuracy": lambda j: j.got.urgency == j.line.urgency if _request(j) else None,
    "emergency_quiet": lambda j: (
        j.got.urgency is not Urgency.EMERGENCY if j.line.urgency != Urgency.EMERGENCY else None
    ),
    "place_found": lambda j: place_found(j) if j.line.place_text else None,
}


def _request(one: Judged) -> bool:
    return one.line.intent == "new_request"


def worse_on_held(old: Sequence[Judged], new: Sequence[Judged]) -> list[str]:
    """Names of the measures that the new one fails beyond noise on the same labelled messages."""
    found = [
        name for name, flag in FLAGS.items() if worse_beyond_noise(_paired(old, flag), _paired(new, flag))
    ]
    lost = [
        o.line.id
        for o, n in zip(old, new, strict=True)
        if o.line.urgency == Urgency.EMERGENCY
        and o.got.urgency is Urgency.EMERGENCY
        and n.got.urgency is not Urgency.EMERGENCY
    ]
    if lost:
        found.append("emergency_recall")
    sure_old, sure_new = _pairs(old), _pairs(new)
    if _curve_worse(sure_old, sure_new, lambda pairs: -(calibration_error(pairs) or 0.0)):
        found.append("ece")
    if _curve_worse(sure_old, sure_new, lambda pairs: coverage(pairs) or 0.0):
        found.append("coverage_at_97_precision")
    return found


def _paired(judged: Sequence[Judged], flag: Flag) -> list[float]:
    return [float(held) for one in judged if (held := flag(one)) is not None]


def _pairs(judged: Sequence[Judged]) -> list[tuple[float, bool]]:
    return [
        (one.got.matters[0].probability if one.got.matters else 0.0, right_item(one, 1))
        for one in judged
        if _request(one) and one.line.codes
    ]


def worse_beyond_noise(old: Sequence[float], new: Sequence[float]) -> bool:
    """Is the mean of `new` surely below that of `old`, the two being of the same messages?"""
    change = np.asarray(new, float) - np.asarray(old, float)
    if not len(change) or change.sum() >= 0:
        return False
    drawn = np.random.default_rng(SEED).integers(0, len(change), (ROUNDS, len(change)))
    return float((change[drawn].mean(axis=1) < 0).mean()) >= SURE


def _curve_worse(
    old: Sequence[tuple[float, bool]],
    new: Sequence[tuple[float, bool]],
    measure: Callable[[list[tuple[float, bool]]], float],
) -> bool:
    """`worse_beyond_noise` for a measure of the whole set (higher is better)."""
    if not old or measure(list(new)) >= measure(list(old)):
        return False
    below = 0
    for drawn in np.random.default_rng(SEED).integers(0, len(old), (ROUNDS, len(old))).tolist():
        below += measure([new[i] for i in drawn]) < measure([old[i] for i in drawn])
    return below / ROUNDS >= SURE


# -- what was known, what is asked today


def forgotten(taught: Sequence[Taught], territory: Territory, name: str = "taught") -> list[str]:
    """What the new one unlearned: of all matters together, of one matter, of any emergency's."""
    found: list[str] = []
    before = [float(t.old == t.code) for t in taught]
    if worse_beyond_noise(before, [float(t.new == t.code) for t in taught]):
        found.append(name)
    size = Counter(t.code for t in taught)
    lost = Counter(t.code for t in taught if t.old == t.code and t.new != t.code)
    won = Counter(t.code for t in taught if t.old != t.code and t.new == t.code)
    for code, count in sorted(lost.items()):
        net = count - won[code]
        beyond = net > FORGOTTEN_LEAST and net > FORGOTTEN * size[code]
        if beyond or (_emergency(territory, code) and net > 0):
            found.append(f"{name}.{code}")
    return found


def _emergency(territory: Territory, code: str | None) -> bool:
    item = territory.items.get(code or "")
    return item is not None and item.urgency is Urgency.EMERGENCY


def list_words(territory: Territory, codes: Sequence[str]) -> list[tuple[str, str]]:
    """(text, code): every keyword of these matters in every wrapping of its script."""
    wrappings = WRAPPINGS.read_text(encoding="utf-8").split("\n")
    found: list[tuple[str, str]] = []
    for code in sorted(set(codes) & territory.items.keys()):
        words = {word for words in territory.items[code].keywords.values() for word in words}
        for word in sorted(words):
            fitting = [
                w for w in wrappings if (w and w.replace("{}", "").isascii() == word.isascii()) or w == "{}"
            ]
            found += [(wrapping.replace("{}", word), code) for wrapping in fitting]
    return found


def shadow_worse(shadow: Sequence[Shadow], territory: Territory, changed_most: float) -> list[str]:
    """Settled cases judged worse, or more answers changed at once than a district allows (share, 0–1)."""
    found: list[str] = []
    settled = [s for s in shadow if s.settled is not None]
    if worse_beyond_noise(
        [float(s.old.code == s.settled) for s in settled], [float(s.new.code == s.settled) for s in settled]
    ):
        found.append("settled")
    if any(s.old.code == s.settled != s.new.code and _emergency(territory, s.settled) for s in settled):
        found.append("emergency_recall")
    # The cases of the lessons themselves are meant to change; of a handful of messages nobody speaks of shares.
    others = [s for s in shadow if s.settled is None or s.new.code != s.settled]
    changed = sum(s.old.code != s.new.code for s in others)
    if changed > FORGOTTEN_LEAST and changed > changed_most * max(len(shadow), 1):
        found.append("shadow_changed")
    return found


def accuracy(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Share of (right, given) pairs that agree; None without any."""
    return round(sum(right == given for right, given in pairs) / len(pairs), 4) if pairs else None


def bar(judged: list[Judged]) -> dict[str, float | int | None]:
    """The measures of the bar without the milliseconds, which depend on the machine's mood and not on the model."""
    return {name: value for name, value in measures(judged).items() if name != "ms_median"}


def confusion(pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Categories taken for one another, the commonest first: (right, given) codes in, rows out."""
    counted = Counter(
        (right.split("-")[0], given.split("-")[0])
        for right, given in pairs
        if right.split("-")[0] != given.split("-")[0]
    )
    rows = sorted(counted.items(), key=lambda row: (-row[1], row[0]))[:CONFUSIONS]
    return [{"right": right, "given": given, "count": count} for (right, given), count in rows]
