"""Make `model.npz` from the texts written for it: `python -m intake.matter.train TERRITORY_FOLDER CALIBRATION.jsonl`.

Runs offline, never in the house. Kernel ridge regression in closed form: one matrix inversion gives the weights and
the exact leave-one-out score of every text, so nothing is random and no text is judged by a model that saw it.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from casecore.territory.model import Item
from casecore.territory.reader import read_territory
from intake.intent import INTENTS, observe
from intake.matter.features import grams, words_of
from intake.matter.lexicon import Lexicon
from intake.matter.model import FORMAT, MODEL, digest, mean_vector
from intake.wording import fold, plain

TEXTS = Path(__file__).with_name("texts")
VECTORS = Path(__file__).with_name("vectors.npz")

RIDGE = 0.3  # best of 0.1, 0.3, 1.0 by leave-one-out accuracy
MEANING = 0.7  # share of the word vectors' kernel beside the n-grams'; flat between 0.5 and 1
WORD_OF_LIST = 0.5  # weight of a keyword of the list as a training text: it is no sentence
REQUEST_FOR_INTENT = 0.1  # there are seven times as many requests as other intents; this evens them out
MOST_GRAMS = 40_000  # of about 90,000; the rest change no answer on the development set
HARD_SHARE = 0.25  # weight of the (deliberately hard) training texts when probabilities are calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A training text; `code` or `intent` is its label."""

    text: str
    code: str = ""
    intent: str = "new_request"
    weight: float = 1.0


@dataclass(slots=True)
class Space:
    """The texts as vectors: dense unit vectors of words, sparse tf-idf of grams as (rows, weights)."""

    vocabulary: dict[str, int]
    idf: Any
    sparse: list[tuple[Any, Any]]
    dense: Any


def written() -> list[Text]:
    """Every text of `texts/*.csv`."""
    found: list[Text] = []
    for path in sorted(TEXTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                label = {"code": row["code"]} if "code" in row else {"intent": row["intent"]}
                found.append(Text(text=plain(fold(row["text"])), **label))
    return found


def listed(items: Sequence[Item]) -> list[Text]:
    """The list's own words and examples as short texts."""
    found: list[Text] = []
    for item in items:
        words = [w for ws in item.keywords.values() for w in ws]
        found += [Text(text=plain(fold(w)), code=item.code, weight=WORD_OF_LIST) for w in words]
        found += [Text(text=plain(fold(e)), code=item.code) for e in item.examples]
    return found


def space(texts: Sequence[Text], vectors: dict[str, Any]) -> Space:
    counted = [Counter(grams(t.text)) for t in texts]
    frequency = Counter(g for c in counted for g in c)
    vocabulary = {g: i for i, g in enumerate(sorted(frequency))}
    idf = np.zeros(len(vocabulary))
    for gram, row in vocabulary.items():
        idf[row] = math.log((1 + len(texts)) / (1 + frequency[gram])) + 1
    sparse = []
    for counts in counted:
        rows = np.array([vocabulary[g] for g in counts], np.int64)
        weights = np.array([1 + math.log(c) for c in counts.values()]) * idf[rows] if len(rows) else np.zeros(0)
        sparse.append((rows, weights / (np.linalg.norm(weights) or 1.0)))
    index = {w: i for i, w in enumerate(vectors["words"])}
    dense = np.zeros((len(texts), vectors["vectors"].shape[1]), np.float32)
    for number, text in enumerate(texts):
        rows_ = [index[w] for w in words_of(text.text) if w in index]
        vector = mean_vector(vectors["vectors"], vectors["rarity"], rows_)
        if vector is not None:
            dense[number] = vector
    return Space(vocabulary=vocabulary, idf=idf, sparse=sparse, dense=dense)


def kernel(one: Space) -> Any:
    """Similarity of every text with every other."""
    size = len(one.sparse)
    total = MEANING * (one.dense @ one.dense.T).astype(np.float64)
    postings: dict[int, list[tuple[int, float]]] = {}
    for number, (rows, weights) in enumerate(one.sparse):
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            postings.setdefault(row, []).append((number, weight))
    for hits in postings.values():
        if len(hits) < 2:
            ((number, weight),) = hits
            total[number, number] += weight * weight
            continue
        numbers = np.array([n for n, _ in hits])
        weights = np.array([w for _, w in hits])
        total[np.ix_(numbers, numbers)] += np.outer(weights, weights)
    assert total.shape == (size, size)
    return total


def ridge(similar: Any, weights: Any, targets: Any) -> tuple[Any, Any]:
    """Dual coefficients, and the leave-one-out prediction of every text."""
    inverse = np.linalg.inv(similar + np.diag(RIDGE / weights))
    alpha = inverse @ targets
    return alpha, targets - alpha / np.diag(inverse)[:, None]


def primal(one: Space, numbers: Sequence[int], alpha: Any) -> tuple[Any, Any]:
    """Weights per gram and per dimension of meaning from dual coefficients."""
    by_gram = np.zeros((len(one.vocabulary), alpha.shape[1]), np.float32)
    for number, row_alpha in zip(numbers, alpha, strict=True):
        rows, weights = one.sparse[number]
        by_gram[rows] += weights[:, None].astype(np.float32) * row_alpha[None, :].astype(np.float32)
    return by_gram, (MEANING * one.dense[list(numbers)].T @ alpha).astype(np.float32)


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


def main(folder: Path, held: Path) -> None:
    items = tuple(read_territory(folder).items.values())
    codes = [i.code for i in items]
    packed = np.load(VECTORS, allow_pickle=False)
    vectors = {
        "words": packed["words"].tobytes().decode().split("\n"),
        "vectors": packed["vectors"],
        "rarity": packed["rarity"],
    }
    texts = written() + listed(items)
    whole = space(texts, vectors)
    similar = kernel(whole)

    of_matter = [n for n, t in enumerate(texts) if t.code]
    targets = np.zeros((len(of_matter), len(codes)))
    for place, number in enumerate(of_matter):
        targets[place, codes.index(texts[number].code)] = 1
    weights = np.array([texts[n].weight for n in of_matter])
    alpha, alone = ridge(similar[np.ix_(of_matter, of_matter)], weights, targets)
    matter_grams, matter_meaning = primal(whole, of_matter, alpha)

    of_intent = [n for n, t in enumerate(texts) if t.weight == 1.0]
    wishes = np.zeros((len(of_intent), len(INTENTS)))
    for place, number in enumerate(of_intent):
        wishes[place, INTENTS.index(texts[number].intent)] = 1  # type: ignore[arg-type]
    heavy = np.array([REQUEST_FOR_INTENT if texts[n].code else 1.0 for n in of_intent])
    beta, wish_alone = ridge(similar[np.ix_(of_intent, of_intent)], heavy, wishes)
    intent_grams, intent_meaning = primal(whole, of_intent, beta)

    hard = [p for p, n in enumerate(of_matter) if texts[n].weight == 1.0]
    lexicon = Lexicon({i.code: i for i in items})
    hard_lexicon = _lexicon_scores(lexicon, [texts[of_matter[p]].text for p in hard], codes)
    scores, right, ordinary = _held(held, whole, vectors, matter_grams, matter_meaning, codes)
    scale, words, loss = calibrate(
        [
            (scores, _lexicon_scores(lexicon, ordinary, codes), right, 1.0),
            (alone[hard], hard_lexicon, targets[hard] > 0, HARD_SHARE),
        ]
    )
    blend = scale * alone[hard] + words * hard_lexicon
    hit = blend.argmax(axis=1) == targets[hard].argmax(axis=1)
    surest = _probability(blend).max(axis=1)
    named = dict(zip((of_matter[p] for p in hard), surest, strict=True))
    for number in of_intent:
        if not texts[number].code:  # no text of another intent taught the items: reading it with the weights is fair
            rows, values = whole.sparse[number]
            raw = scale * (values @ matter_grams[rows] + whole.dense[number] @ matter_meaning)
            named[number] = _probability(raw[None, :]).max()
    sights = np.array(
        [observe(texts[n].text, wish_alone[p], matter=float(named[n]), placed=False) for p, n in enumerate(of_intent)]
    )
    stack = softmax_regression(sights, wishes.argmax(axis=1), heavy, len(INTENTS))
    guessed = (sights @ stack).argmax(axis=1)
    other = heavy == 1.0

    _write(whole, vectors, codes, np.hstack([matter_grams, intent_grams]), np.hstack([matter_meaning, intent_meaning]), stack,
           {"scale": scale, "words": words})
    print(f"texts {len(texts)}; hard texts, leave-one-out: item top-1 {hit.mean():.3f}; scale {scale} words {words} loss {loss:.3f}")  # noqa: T201
    for p, n in enumerate(of_intent):
        if other[p] and guessed[p] != wishes[p].argmax() and "-v" in sys.argv:
            print(texts[n].intent, "->", INTENTS[guessed[p]], texts[n].text)  # noqa: T201
    print(f"intent, leave-one-out: other intents {np.mean(guessed[other] == wishes[other].argmax(axis=1)):.3f}, "  # noqa: T201
          f"requests {np.mean(guessed[~other] == wishes[~other].argmax(axis=1)):.3f}")


def _probability(logits: Any) -> Any:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def _lexicon_scores(lexicon: Lexicon, texts: Sequence[str], codes: Sequence[str]) -> Any:
    table = np.zeros((len(texts), len(codes)))
    for number, text in enumerate(texts):
        for code, score in lexicon.scores(text)[0].items():
            table[number, codes.index(code)] = score
    return table


def _held(path: Path, whole: Space, vectors: dict[str, Any], by_gram: Any, meaning: Any, codes: list[str]) -> tuple[Any, Any, list[str]]:
    """Scores and acceptable items of the calibration half (every second line) of a labelled file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [r for n, r in enumerate(rows) if n % 2 == 0 and r["intent"] == "new_request" and r["codes"]]
    texts = [plain(fold(r["text"])) for r in rows]
    index = {w: i for i, w in enumerate(vectors["words"])}
    scores = np.zeros((len(rows), len(codes)))
    right = np.zeros((len(rows), len(codes)), bool)
    for number, text in enumerate(texts):
        counts = Counter(g for g in grams(text) if g in whole.vocabulary)
        ids = np.array([whole.vocabulary[g] for g in counts], np.int64)
        if len(ids):
            weights = np.array([1 + math.log(c) for c in counts.values()]) * whole.idf[ids]
            scores[number] = (weights / np.linalg.norm(weights)) @ by_gram[ids]
        vector = mean_vector(vectors["vectors"], vectors["rarity"], [index[w] for w in words_of(text) if w in index])
        if vector is not None:
            scores[number] += vector @ meaning
        for code in rows[number]["codes"]:
            right[number, codes.index(code)] = True
    return scores, right, texts


def _write(whole: Space, vectors: dict[str, Any], codes: list[str], by_gram: Any, meaning: Any, stack: Any, fit: dict[str, float]) -> None:
    names = np.array(list(whole.vocabulary))
    strength = np.linalg.norm(by_gram, axis=1) * whole.idf
    kept = np.sort(np.argsort(-strength, kind="stable")[:MOST_GRAMS])
    scales = np.abs(by_gram[kept]).max(axis=1) / 127
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "version": np.array("1"),
        "codes": _pack(codes),
        "intents": _pack(list(INTENTS)),
        "fit_names": _pack(list(fit)),
        "fit": np.array(list(fit.values())),
        "stack": stack.astype(np.float32),
        "grams": _pack(names[kept].tolist()),
        "idf": whole.idf[kept].astype(np.float32),
        "weights": np.round(by_gram[kept] / np.maximum(scales, 1e-12)[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "words": _pack(vectors["words"]),
        "vectors": vectors["vectors"],
        "rarity": vectors["rarity"],
        "meaning": meaning,
    }
    arrays["digest"] = np.array(digest(arrays))
    np.savez_compressed(MODEL, **arrays)


def _pack(strings: Sequence[str]) -> Any:
    return np.frombuffer("\n".join(strings).encode("utf-8"), np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
