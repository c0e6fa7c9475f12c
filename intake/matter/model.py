"""The trained text model: linear heads over n-grams and word vectors, read from one safe file and run in numpy.

    score(head) = Σ tfidf(gram) · W_head[gram]  +  meaning(text) · V_head

The file holds arrays only (no pickle). `train.py` makes it and says from what.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intake.matter.features import grams, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

MODEL = Path(__file__).with_name("model.npz")
VECTORS = Path(__file__).with_name("vectors.npz")
"""Meanings of words. A file of its own: training makes a new model every time, the meanings stay."""
FORMAT = 1
SMOOTH = 1e-4
"""The constant with which `distil` turned a word's share of running text into its rarity."""
LEAST_SHARE = 1e-8


class ModelBroken(Exception):
    """The model file is missing, damaged or of another format. The message names the file and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the model says of one text: a raw score for each label of each head, and each gram's share."""

    items: Scores
    intents: Scores
    gram_rows: tuple[tuple[str, int, float], ...]


class TextModel:
    """One loaded model. Immutable."""

    def __init__(self, path: Path = MODEL, vectors: Path = VECTORS) -> None:
        arrays = _load(path)
        meanings = _load(vectors)
        if str(arrays["vectors_digest"]) != str(meanings["digest"]):
            raise ModelBroken(
                f"{path.name} was trained with other vectors than {vectors.name}; put both back together"
            )
        self.codes = tuple(_strings(arrays["codes"]))
        self.intents = tuple(_strings(arrays["intents"]))
        self.version = str(arrays["version"])
        self.fit: dict[str, float] = dict(
            zip(_strings(arrays["fit_names"]), map(float, arrays["fit"]), strict=True)
        )
        self._unseen = self.fit.get("unseen", 0.0)
        self.stack: Scores = arrays["stack"]
        self._rows = {gram: row for row, gram in enumerate(_strings(arrays["grams"]))}
        self._idf: list[float] = arrays["idf"].tolist()  # plain floats: one look-up at a time
        self._weights: NDArray[np.int8] = arrays["weights"]
        self._scales: Scores = arrays["scales"]
        self._words = {word: row for row, word in enumerate(_strings(meanings["words"]))}
        self._vectors: NDArray[np.int8] = meanings["vectors"]
        self._rarity: Scores = meanings["rarity"]
        self._meaning: Scores = arrays["meaning"]

    def read(self, text: str) -> Reading:
        """Scores of a plain text; all zero when nothing in it was ever seen."""
        import numpy as np

        rows, weights, names = self._known_grams(text)
        width = len(self.codes) + len(self.intents)
        scores = np.zeros(width, np.float32)
        if rows:
            scales = self._scales[rows] * np.asarray(weights, np.float32)
            scores += scales.astype(np.float32) @ self._weights[rows].astype(np.float32)
        vector = self._vector(text)
        if vector is not None:
            scores += vector @ self._meaning
        cut = len(self.codes)
        return Reading(
            items=scores[:cut],
            intents=scores[cut:],
            gram_rows=tuple(zip(names, rows, weights, strict=True)),
        )

    def shares(self, reading: Reading, code: str) -> list[tuple[str, float]]:
        """How much each gram of the text spoke for `code`, the most first; sounds and word parts left out."""
        column = self.codes.index(code)
        found = [
            (name.removeprefix("w:"), float(self._weights[row, column]) * float(self._scales[row]) * weight)
            for name, row, weight in reading.gram_rows
            if (len(name) > 1 and name[1] != ":") or name.startswith("w:")
        ]
        return sorted(found, key=lambda f: -f[1])

    def word_shares(self) -> dict[str, float]:
        """How often each known word is said, as a share of running words; see `distil` for where it comes from."""
        return {
            word: max(SMOOTH * (math.sqrt(len(word)) / max(float(self._rarity[row]), 1e-9) - 1), LEAST_SHARE)
            for word, row in self._words.items()
            if not word.isascii()
        }

    def _known_grams(self, text: str) -> tuple[list[int], list[float], list[str]]:
        counts = Counter(g for g in grams(text))
        total = 0.0
        rows: list[int] = []
        weights: list[float] = []
        names: list[str] = []
        for gram, count in counts.items():
            row = self._rows.get(gram)
            if row is None:
                # Not known, and part of the text all the same: a text of strange words is judged more by meaning,
                # and less surely.
                total += ((1 + math.log(count)) * self._unseen) ** 2
                continue
            weight = (1 + math.log(count)) * self._idf[row]
            total += weight * weight
            rows.append(row)
            weights.append(weight)
            names.append(gram)
        norm = math.sqrt(total) or 1.0
        return rows, [w / norm for w in weights], names

    def vector(self, text: str) -> Scores | None:
        """The direction of what a plain text means (length 1), or None when no word of it is known."""
        return self._vector(text)

    def _vector(self, text: str) -> Scores | None:
        rows = [row for word in words_of(text) if (row := self._words.get(word)) is not None]
        return mean_vector(self._vectors, self._rarity, rows)


def mean_vector(vectors: Any, rarity: Any, rows: list[int]) -> Scores | None:
    """The direction of the rarity-weighted mean of word vectors (length 1), or None without words."""
    import numpy as np

    if not rows:
        return None
    total = rarity[rows].astype(np.float32) @ vectors[rows].astype(np.float32)
    norm = float(np.linalg.norm(total))
    return np.asarray(total / norm, np.float32) if norm > 0 else None


def _load(path: Path) -> dict[str, Any]:
    import zipfile

    import numpy as np

    try:
        # Opened here, because numpy leaves the file open when it is no archive.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, KeyError) as fault:
        raise ModelBroken(
            f"{path.name}: cannot be read ({fault}); put back the version that was installed"
        ) from fault
    if int(arrays.get("format", -1)) != FORMAT:
        raise ModelBroken(f"{path.name}: format {arrays.get('format')}, this program reads {FORMAT}")
    if str(arrays["digest"]) != digest(arrays):
        raise ModelBroken(f"{path.name}: damaged (digest differs); put back the version that was installed")
    return arrays


def digest(arrays: dict[str, Any]) -> str:
    """SHA-256 over every array but the digest itself, in name order."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        if name != "digest":
            total.update(name.encode())
            total.update(arrays[name].tobytes())
    return total.hexdigest()


def _strings(packed: Any) -> list[str]:
    """Strings are stored as UTF-8 bytes with line ends between them: an array of objects would need pickle."""
    text: str = packed.tobytes().decode("utf-8")
    return text.split("\n") if text else []
