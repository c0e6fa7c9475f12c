"""Fit the weights of the evidence on labelled conversations: `python -m intake.binding.fit CONVERSATIONS.jsonl`.

Reads the part `tune` only, and prints `FITTED` for weights.py. Each message is one choice among its cases and "none
of these"; the weights make the labelled one likely, with a pull towards the hand-made guesses (a few hundred messages
cannot teach sixty numbers alone). A message that nobody could place is to leave every case of it equally likely.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from casecore.territory import read_territory
from intake.binding.decide import settled
from intake.binding.evaluate import Posed, pose, read_conversations
from intake.binding.features import Evidence, evidence
from intake.binding.naming import naming
from intake.binding.weights import GUESSED
from intake.understand import Understander

PULL = 0.001
"""Strength of the pull towards the guesses; of 0.0001 to 0.3 the best likelihood in five-fold cross-validation."""
STEPS = 800
RATE = 0.1

Choice = tuple[dict[str, Evidence], dict[str, float]]


def choices_of(posed: Sequence[Posed]) -> list[Choice]:
    """Messages that need weighing, as evidence for each reading and the share that each ought to have."""
    found: list[Choice] = []
    for one in posed:
        seen = one.memory.until(one.signals.sent_at)
        named = naming(one.signals.text, one.candidates, seen, one.now)
        if one.want == "none" or settled(one.signals, one.candidates, seen, named) is not None:
            continue
        readings, _ = evidence(one.signals, one.candidates, seen, named)
        found.append((readings, _wanted(one.want, readings)))
    return found


def _wanted(want: str, readings: Mapping[str, Evidence]) -> dict[str, float]:
    if want == "ask":
        return {name: 1 / len(readings) for name in readings}
    return {name: float(name == want) for name in readings}


def fit(choices: Sequence[Choice], *, pull: float = PULL) -> dict[str, float]:
    """The weights, by gradient descent (Adam) from the guesses. Deterministic."""
    kinds = sorted(set(GUESSED) - {"named"})
    start = np.array([GUESSED[kind] for kind in kinds])
    weights, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    arrays = [_arrays(readings, wanted, kinds) for readings, wanted in choices]
    for step in range(1, STEPS + 1):
        slope = 2 * pull * (weights - start)
        for matrix, fixed, target in arrays:
            scores = matrix @ weights + fixed
            share = np.exp(scores - scores.max())
            slope += matrix.T @ (share / share.sum() - target) / len(arrays)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        # Evidence may turn out to be worth nothing, but never the contrary of what it says.
        weights = np.where(start > 0, np.maximum(weights, 0.0), np.minimum(weights, 0.0))
    return {"named": GUESSED["named"]} | {
        kind: round(float(weight), 2) for kind, weight in zip(kinds, weights, strict=True)
    }


def _arrays(
    readings: Mapping[str, Evidence], wanted: Mapping[str, float], kinds: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = list(readings)
    matrix = np.array([[readings[name].get(kind, 0.0) for kind in kinds] for name in names])
    fixed = np.array([readings[name].get("named", 0.0) * GUESSED["named"] for name in names])
    return matrix, fixed, np.array([wanted.get(name, 0.0) for name in names])


def main(path: Path, territory: Path) -> None:
    understander = Understander(read_territory(territory))
    tune = [talk for talk in read_conversations(path) if talk["part"] == "tune"]
    weights = fit(choices_of(list(pose(tune, understander))))
    sys.stdout.write(json.dumps({kind: weights[kind] for kind in GUESSED}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
