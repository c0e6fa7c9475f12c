"""A new model from the shipped one and lessons: the smallest change of its weights that the lessons ask for.

    score_new(text) = score_shipped(text) + Σ α_i · similarity(text, text_i)

over the lessons and, for each, the shipped training texts nearest to it. The lessons want what is missing to their
label; the neighbours want no change, so that a lesson about one matter does not unlearn the next. α is the solution
of one small ridge system, in closed form, with the exact leave-one-out score of every lesson: nothing is random, and
the time depends on the lessons and not on what the shipped model was trained from. It always starts from the shipped
model with all lessons that count today: a correction that is taken back leaves no trace.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intake.learning.examples import Lesson
from intake.matter.features import grams, words_of
from intake.matter.fitting import ridge
from intake.matter.model import VECTORS, ModelBroken, digest, mean_vector

NEIGHBOURS = 30
"""Shipped texts held fast for each lesson; beyond them the similarity is that of any two requests."""
POINTS_MOST = 3000
"""Lessons and neighbours together: the system is solved in under ten seconds of one core."""
HOLD = 1.0
"""Weight with which a neighbour wants to stay: as much as a desk's lesson wants to move."""
CHUNK = 512
"""Lessons compared with all shipped texts at a time, to bound memory."""

Arrays = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """The new model's arrays; what it would say of each lesson, and of each neighbour, had it not been told that one.

    `alone` and `around` are scores, a row a text and a column a matter; `held` are the neighbours' numbers among the
    shipped texts.
    """

    arrays: Arrays
    alone: Any
    held: tuple[int, ...]
    around: Any


@dataclass(slots=True)
class Space:
    """Texts as vectors in the model's own space; `rows` of a gram that it did not know are new ones at its end."""

    rows: dict[str, int]
    idf: list[float]
    known: int
    usual: float


def load(path: Path) -> Arrays:
    """The arrays of a model file, its digest verified. Raises ModelBroken."""
    import zipfile

    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        broken = str(arrays["digest"]) != digest(arrays)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as fault:
        raise ModelBroken(f"{path}: cannot be read ({fault})") from fault
    if broken:
        raise ModelBroken(f"{path}: damaged (digest differs)")
    return arrays


def write(arrays: Arrays, path: Path) -> str:
    """Write a model file without pickle; its SHA-256."""
    np.savez_compressed(path, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def adapt(
    shipped: Arrays, lessons: Sequence[Lesson], texts: Sequence[str], taught: Sequence[str], *, version: int
) -> Adapted:
    """The shipped model changed by lessons. `texts` are the lessons' words as the sorter sees them, `taught` the
    shipped training texts in the same form."""
    codes = _strings(shipped["codes"])
    space = _space(shipped)
    meanings = load(VECTORS)
    taught_points = _Points.of(taught, space, meanings, grow=False)
    lesson_points = _Points.of(texts, space, meanings, grow=True)
    held = _neighbours(lesson_points, taught_points, most=max(0, POINTS_MOST - len(texts)))
    points = lesson_points.with_some(taught_points, held)
    scores = points.scores(shipped, space)[:, : len(codes)]
    wanted = np.zeros((len(points.sparse), len(codes)))
    for number, lesson in enumerate(lessons):
        wanted[number] = -scores[number]
        wanted[number, codes.index(lesson.code)] += 1.0
    weights = np.array([lesson.weight for lesson in lessons] + [HOLD] * len(held))
    alpha, change = ridge(points.similarity(), weights, wanted)
    return Adapted(
        arrays=_changed(shipped, space, points, alpha, version=version),
        alone=scores[: len(lessons)] + change[: len(lessons)],
        held=tuple(held),
        around=scores[len(lessons) :] + change[len(lessons) :],
    )


@dataclass(slots=True)
class _Points:
    """Texts as sparse unit vectors of grams (rows, weights) and dense unit vectors of meaning."""

    sparse: list[tuple[Any, Any]]
    dense: Any

    @classmethod
    def of(cls, texts: Sequence[str], space: Space, meanings: Mapping[str, Any], *, grow: bool) -> _Points:
        index = {word: row for row, word in enumerate(_strings(meanings["words"]))}
        dense = np.zeros((len(texts), meanings["vectors"].shape[1]), np.float32)
        sparse = []
        for number, text in enumerate(texts):
            sparse.append(_sparse(text, space, grow=grow))
            words = [index[word] for word in words_of(text) if word in index]
            vector = mean_vector(meanings["vectors"], meanings["rarity"], words)
            if vector is not None:
                dense[number] = vector
        return cls(sparse, dense)

    def with_some(self, others: _Points, numbers: Sequence[int]) -> _Points:
        dense = np.vstack([self.dense, others.dense[list(numbers)]]) if numbers else self.dense
        return _Points([*self.sparse, *(others.sparse[n] for n in numbers)], dense)

    def similarity(self) -> Any:
        """Of each with each: the meaning's share as in training, and the grams'."""
        size = len(self.sparse)
        total = _meaning_share() * (self.dense @ self.dense.T).astype(np.float64)
        postings: dict[int, list[tuple[int, float]]] = {}
        for number, (rows, weights) in enumerate(self.sparse):
            for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
                postings.setdefault(row, []).append((number, weight))
        for hits in postings.values():
            numbers = np.array([n for n, _ in hits])
            weights = np.array([w for _, w in hits])
            total[np.ix_(numbers, numbers)] += np.outer(weights, weights)
        assert total.shape == (size, size)
        return total

    def scores(self, model: Arrays, space: Space) -> Any:
        """What the shipped model says of each point; grams that it does not know say nothing."""
        width = model["weights"].shape[1]
        found = self.dense @ model["meaning"]
        for number, (rows, weights) in enumerate(self.sparse):
            old = rows < space.known
            if old.any():
                scaled = weights[old] * model["scales"][rows[old]]
                found[number] += scaled @ model["weights"][rows[old]].astype(np.float64)
        return np.asarray(found[:, :width], np.float64)


def _meaning_share() -> float:
    from intake.matter.train import MEANING

    return float(MEANING)


def _space(model: Arrays) -> Space:
    names = _strings(model["grams"])
    rows = {name: row for row, name in enumerate(names)}
    return Space(rows, model["idf"].tolist(), len(names), float(np.median(model["idf"])))


def _sparse(text: str, space: Space, *, grow: bool) -> tuple[Any, Any]:
    """The text's grams as a unit vector. With `grow`, a gram that the model never met becomes a new one, as rare as
    the middle one of those it knows: residents bring words that nobody wrote for training, and most are not the
    word that matters."""
    counts = Counter(grams(text))
    rows: list[int] = []
    weights: list[float] = []
    for gram, count in counts.items():
        row = space.rows.get(gram)
        if row is None:
            if not grow:
                continue
            row = space.rows[gram] = len(space.idf)
            space.idf.append(space.usual)
        rows.append(row)
        weights.append((1 + math.log(count)) * space.idf[row])
    values = np.array(weights, np.float64)
    return np.array(rows, np.int64), values / (np.linalg.norm(values) or 1.0)


def _neighbours(lessons: _Points, taught: _Points, *, most: int) -> list[int]:
    """The shipped texts nearest to any lesson, each once, nearest first until there are `most`."""
    if not lessons.sparse or not taught.sparse:
        return []
    best: dict[int, float] = {}
    for start in range(0, len(lessons.sparse), CHUNK):
        some = slice(start, start + CHUNK)
        near = _across(_Points(lessons.sparse[some], lessons.dense[some]), taught)
        for row in near:
            for number in np.argsort(-row, kind="stable")[:NEIGHBOURS].tolist():
                best[number] = max(best.get(number, 0.0), float(row[number]))
    ranked = sorted(best, key=lambda number: (-best[number], number))
    return ranked[:most]


def _across(some: _Points, others: _Points) -> Any:
    """Similarity of each of `some` with each of `others`."""
    total = _meaning_share() * (some.dense @ others.dense.T).astype(np.float64)
    wanted = {row for rows, _ in some.sparse for row in rows.tolist()}
    postings: dict[int, list[tuple[int, float]]] = {}
    for number, (rows, weights) in enumerate(others.sparse):
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            if row in wanted:
                postings.setdefault(row, []).append((number, weight))
    for number, (rows, weights) in enumerate(some.sparse):
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            for other, value in postings.get(row, ()):
                total[number, other] += weight * value
    return total


def _changed(model: Arrays, space: Space, points: _Points, alpha: Any, *, version: int) -> Arrays:
    """The model's arrays with the change added; rows that no lesson or neighbour touches stay as they are."""
    items = alpha.shape[1]
    width = model["weights"].shape[1]
    by_gram: dict[int, Any] = {}
    for (rows, weights), row_alpha in zip(points.sparse, alpha, strict=True):
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            by_gram[row] = by_gram.get(row, 0.0) + weight * row_alpha
    grown = len(space.idf) - space.known
    table = np.vstack([model["weights"], np.zeros((grown, width), np.int8)])
    scales = np.concatenate([model["scales"], np.full(grown, 1e-12, np.float32)])
    for row, change in sorted(by_gram.items()):
        full = table[row].astype(np.float64) * float(scales[row])
        full[:items] += change
        scales[row] = max(float(np.abs(full).max()) / 127, 1e-12)
        table[row] = np.round(full / float(scales[row])).astype(np.int8)
    meaning = np.array(model["meaning"], np.float32)
    meaning[:, :items] += (_meaning_share() * points.dense.T @ alpha).astype(np.float32)
    names = sorted(space.rows, key=space.rows.__getitem__)
    arrays = {
        **model,
        "version": np.array(str(version)),
        "grams": np.frombuffer("\n".join(names).encode("utf-8"), np.uint8),
        "idf": np.array(space.idf, np.float32),
        "weights": table,
        "scales": scales.astype(np.float32),
        "meaning": meaning,
    }
    arrays["digest"] = np.array(digest(arrays))
    return arrays


def _strings(packed: Any) -> list[str]:
    text: str = packed.tobytes().decode("utf-8")
    return text.split("\n") if text else []
