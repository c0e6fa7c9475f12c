"""How likely two requests are one matter: a small logistic model over named numbers, its weights in a plain file.

`weights.json` is made by `python -m intake.duplicates.train` and says from how many pairs, with the threshold above
which the bot offers "me too" and the number of each feature's pull, so that anybody can read why.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from intake.duplicates.features import NAMES

WEIGHTS = Path(__file__).with_name("weights.json")
FORMAT = 1


class WeightsBroken(Exception):
    """The file is missing, damaged or made for other features. The message names the file and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """`threshold` is the operating point: at or above it two requests count as one matter."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def score(self, found: Mapping[str, float]) -> float:
        """Probability, 0 to 1."""
        total = self.bias + sum(self.weights[name] * value for name, value in found.items())
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, total))))

    def pulls(self, found: Mapping[str, float]) -> list[tuple[str, float]]:
        """What moved the score, the strongest first; a share below a twentieth of a unit says nothing."""
        each = [(name, self.weights[name] * value) for name, value in found.items()]
        return sorted(((n, p) for n, p in each if abs(p) >= 0.05), key=lambda pull: -abs(pull[1]))


def load(path: Path = WEIGHTS) -> Scorer:
    """The trained scorer. Raises WeightsBroken."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        weights = {str(name): float(value) for name, value in data["weights"].items()}
        made = Scorer(weights=weights, bias=float(data["bias"]), threshold=float(data["threshold"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise WeightsBroken(
            f"{path.name}: cannot be read ({fault!r}); put back the version that was installed"
        ) from fault
    if int(data.get("format", -1)) != FORMAT or tuple(weights) != NAMES:
        raise WeightsBroken(f"{path.name}: made for other features; put back the version that was installed")
    return made
