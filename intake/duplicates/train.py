"""Make `weights.json` from the labelled pairs of the half `train`: `python -m intake.duplicates.train TERRITORY PAIRS`.

Runs offline, never in the house. Logistic regression by Newton's method in closed steps: nothing is random. The
threshold is chosen on scores that leave out the pair's own scene, so that no text is judged by a model that saw it.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from casecore.territory.reader import read_territory
from intake.duplicates.compare import Comparer
from intake.duplicates.evaluate import TRAIN, Pair, read_pairs
from intake.duplicates.features import NAMES
from intake.duplicates.score import FORMAT, WEIGHTS, Scorer
from intake.understand import Understander

RIDGE = 0.5  # of weights on features of about 0 to 1; flat between 0.3 and 1 in the left-out scores
MARGIN = 0.05  # the highest wrong score moved by as much whenever thirty scenes were added
STEPS = 50  # Newton's method on twenty weights settles in about eight
# What may only speak for, or only against: with few pairs a sign the wrong way round is chance, and shows in no test.
AGAINST = frozenset(
    {"other_thing", "unnamed", "far", "contradicted", "other_name", "private", "days", "other_photo"}
)
FOR = frozenset(NAMES) - AGAINST - {"same_resident"}


def main(folder: Path, file: Path) -> None:
    neutral = Scorer(weights=dict.fromkeys(NAMES, 0.0), bias=0.0, threshold=1.0)
    comparer = Comparer(Understander(read_territory(folder)), neutral)
    pairs = [pair for pair in read_pairs(file, comparer) if pair.half == TRAIN]
    x = np.array([[comparer.features(p.one, p.other)[name] for name in NAMES] for p in pairs])
    y = np.array([float(p.same) for p in pairs])
    blind = np.array([[comparer.blind(p.one, p.other)[name] for name in NAMES] for p in pairs])
    scores = _left_out(x, blind, y, [p.scene for p in pairs])
    threshold = _threshold(scores, y)
    weights, bias = fit(np.vstack([x, blind]), np.concatenate([y, y]))
    data = {
        "format": FORMAT,
        "pairs": len(pairs),
        "scenes": len({p.scene for p in pairs}),
        "left_out": _told(scores, y, threshold),
        "threshold": threshold,
        "bias": round(bias, 4),
        "weights": {name: round(float(w), 4) for name, w in zip(NAMES, weights, strict=True)},
    }
    WEIGHTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(data, indent=1) + "\n")


def fit(x: Any, y: Any) -> tuple[Any, float]:
    """Weights and bias. A weight whose sign contradicts its meaning is held at nought."""
    held: set[int] = set()
    while True:
        free = [i for i in range(x.shape[1]) if i not in held]
        weights, bias = np.zeros(x.shape[1]), 0.0
        weights[free], bias = _newton(x[:, free], y)
        wrong = {
            i
            for i in free
            if (NAMES[i] in AGAINST and weights[i] > 0) or (NAMES[i] in FOR and weights[i] < 0)
        }
        if not wrong:
            return weights, bias
        held |= wrong


def _newton(x: Any, y: Any) -> tuple[Any, float]:
    design = np.column_stack([x, np.ones(len(x))])
    penalty = np.full(design.shape[1], RIDGE)
    penalty[-1] = 0.0
    at = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-design @ at))
        slope = design.T @ (chance - y) + penalty * at
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty + 1e-9)
        at = at - np.linalg.solve(curve, slope)
    return at[:-1], float(at[-1])


def _left_out(x: Any, blind: Any, y: Any, scenes: Sequence[str]) -> Any:
    """Scores of every pair by a model that did not see its scene; `blind` are the same pairs with no thing known."""
    scores = np.zeros(len(y))
    for scene in sorted(set(scenes)):
        mine = np.array([each == scene for each in scenes])
        rest = np.vstack([x[~mine], blind[~mine]])
        weights, bias = fit(rest, np.concatenate([y[~mine], y[~mine]]))
        scores[mine] = 1 / (1 + np.exp(-(x[mine] @ weights + bias)))
    return scores


def _threshold(scores: Any, y: Any) -> float:
    """A margin above the highest left-out score of a pair that is not one matter.

    The words of things were written by people who knew these texts: on scenes that nobody had seen precision came
    out four to ten points lower than left out, so left out there may be no mistake at all.
    """
    return math.ceil((float(scores[y == 0].max()) + MARGIN) * 1000) / 1000


def _told(scores: Any, y: Any, threshold: float) -> dict[str, float]:
    chosen = scores >= threshold
    return {
        "precision": round(float(y[chosen].mean()), 4) if chosen.any() else 0.0,
        "recall": round(float(y[chosen].sum() / y.sum()), 4),
    }


def scenes_of(pairs: Sequence[Pair]) -> dict[str, set[str]]:
    """Half → its scenes: no scene may be in both."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        found.setdefault(pair.half, set()).add(pair.scene)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
