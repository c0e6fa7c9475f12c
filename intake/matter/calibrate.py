"""How sure the model's scores are: `python -m intake.matter.calibrate TERRITORY_FOLDER LABELLED.jsonl...`.

Run after `train`, at the same desk. It reads labelled messages as the house would (names of places blanked, whereabouts
weighed), finds the scale at which the right items are likeliest, and writes it into the model file. Every second line
of each file fits; the others are left to measure. Files of another hand than the training texts matter most: on
sentences of the same hand a model is better than it will be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from casecore.territory.reader import read_territory
from intake.judgement import NO_CONTEXT
from intake.matter.model import MODEL, digest
from intake.reading import matter_words
from intake.understand import Understander
from intake.wording import fold

DOUBT = 0.02
"""Share of every answer that is spread over all items: in about two of a hundred messages no word is what it seems."""
SCALES = np.arange(15.0, 70.1, 1.0)


def scores(understander: Understander, path: Path) -> tuple[Any, Any]:
    """The model's raw scores of every second labelled new request, and the mask of acceptable items."""
    sorter = understander.matters
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [r for n, r in enumerate(rows) if n % 2 == 0 and r["intent"] == "new_request" and r["codes"]]
    raw = []
    for row in rows:
        folded = fold(row["text"])
        places = understander.places.find(row["text"], folded, NO_CONTEXT)
        raw.append(sorter.sort(matter_words(folded, places)).reading.items)
    right = [[code in row["codes"] for code in sorter.model.codes] for row in rows]
    return np.array(raw, np.float64), np.array(right)


def loss(scale: float, groups: Sequence[tuple[Any, Any]]) -> float:
    """Mean negative log-likelihood of the right items; each file counts alike."""
    total = 0.0
    for raw, right in groups:
        logits = scale * raw
        power = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance = (power * right).sum(axis=1) / power.sum(axis=1)
        total -= float(np.log((1 - DOUBT) * chance + DOUBT * right.mean(axis=1)).mean())
    return total / len(groups)


def write(model: Path, scale: float) -> None:
    """The model file again with another scale, and the digest that goes with it."""
    with np.load(model, allow_pickle=False) as file:
        arrays: dict[str, Any] = {name: file[name] for name in file.files}
    names = arrays["fit_names"].tobytes().decode("utf-8").split("\n")
    fit = {**dict(zip(names, arrays["fit"].tolist(), strict=True)), "scale": scale, "doubt": DOUBT}
    arrays["fit_names"] = np.frombuffer("\n".join(fit).encode("utf-8"), np.uint8)
    arrays["fit"] = np.array(list(fit.values()))
    arrays["digest"] = np.array(digest(arrays))
    np.savez_compressed(model, **arrays)


def main(folder: Path, files: Sequence[Path]) -> None:
    understander = Understander(read_territory(folder))
    groups = [scores(understander, file) for file in files]
    best = min((float(s) for s in SCALES), key=lambda scale: loss(scale, groups))
    write(MODEL, best)
    sys.stdout.write(f"scale {best}, doubt {DOUBT}, loss {loss(best, groups):.3f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(file) for file in sys.argv[2:]])
