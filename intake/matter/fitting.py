"""The arithmetic of training: ridge regression with exact leave-one-out scores, a small softmax, calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

RIDGE = 0.3  # best of 0.1, 0.3, 1.0 by leave-one-out accuracy


def ridge(similar: Any, weights: Any, targets: Any) -> tuple[Any, Any]:
    """Dual coefficients, and the leave-one-out prediction of every text."""
    inverse = np.linalg.inv(similar + np.diag(RIDGE / weights))
    alpha = inverse @ targets
    return alpha, targets - alpha / np.diag(inverse)[:, None]


def softmax_regression(seen: Any, labels: Any, weights: Any, classes: int, *, steps: int = 4000) -> Any:
    """Multinomial logistic regression with a light ridge by plain gradient descent with momentum."""
    size = np.abs(seen).max(axis=0) + 1e-9
    inputs = seen / size
    theta = np.zeros((inputs.shape[1], classes))
    speed = np.zeros_like(theta)
    wanted = np.eye(classes)[labels]
    share = (weights / weights.sum())[:, None]
    for _ in range(steps):
        logits = inputs @ theta
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        slope = inputs.T @ ((chance - wanted) * share) + 1e-4 * theta
        speed = 0.95 * speed - 0.5 * slope
        theta += speed
    return theta / size[:, None]


def calibrate(groups: Sequence[tuple[Any, Any, Any, float]]) -> tuple[float, float, float]:
    """(model scale, lexicon scale, loss) that make the probabilities of the right item likeliest.

    Each group: model scores, lexicon scores, mask of acceptable items, total weight.
    """
    best = (0.0, 0.0, math.inf)
    for scale in np.arange(6.0, 60.1, 1.0):
        for words in np.arange(0.0, 1.01, 0.1):
            loss = 0.0
            for scores, lexicon, right, weight in groups:
                logits = scale * scores + words * lexicon
                logits -= logits.max(axis=1, keepdims=True)
                power = np.exp(logits)
                chance = (power * right).sum(axis=1) / power.sum(axis=1)
                loss -= weight * float(np.log(chance + 1e-9).mean())
            if loss < best[2]:
                best = (float(scale), float(words), loss)
    return best


def probability(logits: Any) -> Any:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)
