"""Make `model.npz` from the texts written for it: `python -m intake.matter.train TERRITORY_FOLDER CALIBRATION.jsonl`.

`python -m intake.matter.calibrate` comes after it. Runs offline, never in the house. Kernel ridge regression in closed
form: one matrix inversion gives the weights and the exact leave-one-out score of every text, so nothing is random and
no text is judged by a model that saw it.
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
from intake.matter.fitting import calibrate, probability, ridge, softmax_regression
from intake.matter.lexicon import Lexicon
from intake.matter.model import FORMAT, MODEL, VECTORS, digest, mean_vector
from intake.wording import fold, plain

TEXTS = Path(__file__).with_name("texts")

MEANING = 0.7  # share of the word vectors' kernel beside the n-grams'; flat between 0.5 and 1
WORD_OF_LIST = 0.5  # weight of a keyword of the list as a training text: it is no sentence
REQUEST_FOR_INTENT = 0.1  # there are seven times as many requests as other intents; this evens them out
MOST_GRAMS = 100_000  # of about 200,000; the file stays under 6 MB
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
    unseen: float
    sparse: list[tuple[Any, Any]]
    dense: Any


def written() -> list[Text]:
    """Every text of `texts/*.csv`. A column `weight` is for bare words, which say less than a sentence."""
    found: list[Text] = []
    for path in sorted(TEXTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                text = plain(fold(row["text"]))
                if "code" in row:
                    found.append(Text(text=text, code=row["code"], weight=float(row.get("weight") or 1)))
                else:
                    found.append(Text(text=text, intent=row["intent"]))
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
        weights = (
            np.array([1 + math.log(c) for c in counts.values()]) * idf[rows] if len(rows) else np.zeros(0)
        )
        sparse.append((rows, weights / (np.linalg.norm(weights) or 1.0)))
    index = {w: i for i, w in enumerate(vectors["words"])}
    dense = np.zeros((len(texts), vectors["vectors"].shape[1]), np.float32)
    for number, text in enumerate(texts):
        rows_ = [index[w] for w in words_of(text.text) if w in index]
        vector = mean_vector(vectors["vectors"], vectors["rarity"], rows_)
        if vector is not None:
            dense[number] = vector
    unseen = math.log(1 + len(texts)) + 1
    return Space(vocabulary=vocabulary, idf=idf, unseen=unseen, sparse=sparse, dense=dense)


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


def primal(one: Space, numbers: Sequence[int], alpha: Any) -> tuple[Any, Any]:
    """Weights per gram and per dimension of meaning from dual coefficients."""
    by_gram = np.zeros((len(one.vocabulary), alpha.shape[1]), np.float32)
    for number, row_alpha in zip(numbers, alpha, strict=True):
        rows, weights = one.sparse[number]
        by_gram[rows] += weights[:, None].astype(np.float32) * row_alpha[None, :].astype(np.float32)
    return by_gram, (MEANING * one.dense[list(numbers)].T @ alpha).astype(np.float32)


def main(folder: Path, held: Path) -> None:
    items = tuple(read_territory(folder).items.values())
    codes = [i.code for i in items]
    vectors = read_vectors()
    texts = written() + listed(items)
    whole = space(texts, vectors)
    similar = kernel(whole)
    matter = fit_matter(texts, codes, whole, similar)
    lexicon = Lexicon({i.code: i for i in items})
    fit = fit_blend(matter, texts, codes, whole, lexicon, held, vectors)
    wish = fit_intent(texts, whole, similar, matter, fit)
    _write(whole, str(vectors["digest"]), codes, matter, wish, fit)


@dataclass(slots=True, kw_only=True)
class Head:
    """One fitted head: which texts taught it, their targets, leave-one-out scores, and the weights."""

    numbers: list[int]
    targets: Any
    alone: Any
    by_gram: Any
    meaning: Any
    stack: Any = None


def read_vectors() -> dict[str, Any]:
    packed = np.load(VECTORS, allow_pickle=False)
    return {**packed, "words": packed["words"].tobytes().decode().split("\n")}


def fit_matter(texts: Sequence[Text], codes: Sequence[str], whole: Space, similar: Any) -> Head:
    numbers = [n for n, t in enumerate(texts) if t.code]
    targets = np.array([[float(texts[n].code == c) for c in codes] for n in numbers])
    weights = np.array([texts[n].weight for n in numbers])
    alpha, alone = ridge(similar[np.ix_(numbers, numbers)], weights, targets)
    by_gram, meaning = primal(whole, numbers, alpha)
    return Head(numbers=numbers, targets=targets, alone=alone, by_gram=by_gram, meaning=meaning)


def fit_blend(
    matter: Head,
    texts: Sequence[Text],
    codes: list[str],
    whole: Space,
    lexicon: Lexicon,
    held: Path,
    vectors: dict[str, Any],
) -> dict[str, float]:
    """The scales of the model's and the lexicon's scores, from ordinary messages and, with less weight, hard ones."""
    hard = [p for p, n in enumerate(matter.numbers) if texts[n].weight == 1.0]
    words = _lexicon_scores(lexicon, [texts[matter.numbers[p]].text for p in hard], codes)
    scores, right, ordinary = _held(held, whole, vectors, matter, codes)
    scale, share, loss = calibrate(
        [
            (scores, _lexicon_scores(lexicon, ordinary, codes), right, 1.0),
            (matter.alone[hard], words, matter.targets[hard] > 0, HARD_SHARE),
        ]
    )
    blend = scale * matter.alone[hard] + share * words
    hit = np.mean(blend.argmax(axis=1) == matter.targets[hard].argmax(axis=1))
    _say(f"items, leave-one-out on the written texts: {hit:.3f}; scale {scale} words {share} loss {loss:.3f}")
    return {"scale": scale, "words": share, "unseen": whole.unseen}


def fit_intent(
    texts: Sequence[Text], whole: Space, similar: Any, matter: Head, fit: dict[str, float]
) -> Head:
    """The intent's weights, and the stack that adds the signs and the message's substance to them."""
    numbers = [n for n, t in enumerate(texts) if t.weight == 1.0]
    targets = np.array([[float(texts[n].intent == i) for i in INTENTS] for n in numbers])
    heavy = np.array([REQUEST_FOR_INTENT if texts[n].code else 1.0 for n in numbers])
    alpha, alone = ridge(similar[np.ix_(numbers, numbers)], heavy, targets)
    by_gram, meaning = primal(whole, numbers, alpha)
    named = _named(numbers, whole, matter, fit["scale"])
    sights = np.array(
        [observe(texts[n].text, alone[p], matter=named[p], placed=False) for p, n in enumerate(numbers)]
    )
    stack = softmax_regression(sights, targets.argmax(axis=1), heavy, len(INTENTS))
    right = (sights @ stack).argmax(axis=1) == targets.argmax(axis=1)
    _say(
        f"intents, leave-one-out: requests {right[heavy < 1].mean():.3f}, others {right[heavy == 1].mean():.3f}"
    )
    return Head(numbers=numbers, targets=targets, alone=alone, by_gram=by_gram, meaning=meaning, stack=stack)


def _named(numbers: Sequence[int], whole: Space, matter: Head, scale: float) -> list[float]:
    """How surely each text names an item, read by a model that did not see it."""
    place = {n: p for p, n in enumerate(matter.numbers)}
    found: list[float] = []
    for number in numbers:
        if number in place:
            raw = matter.alone[place[number]]
        else:  # a text of another intent taught the items nothing
            rows, values = whole.sparse[number]
            raw = values @ matter.by_gram[rows] + whole.dense[number] @ matter.meaning
        found.append(float(probability(scale * raw[None, :]).max()))
    return found


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _lexicon_scores(lexicon: Lexicon, texts: Sequence[str], codes: Sequence[str]) -> Any:
    table = np.zeros((len(texts), len(codes)))
    for number, text in enumerate(texts):
        for code, score in lexicon.scores(text)[0].items():
            table[number, codes.index(code)] = score
    return table


def _held(
    path: Path, whole: Space, vectors: dict[str, Any], matter: Head, codes: list[str]
) -> tuple[Any, Any, list[str]]:
    """Scores and acceptable items of the calibration half (every second line) of a labelled file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [r for n, r in enumerate(rows) if n % 2 == 0 and r["intent"] == "new_request" and r["codes"]]
    texts = [plain(fold(r["text"])) for r in rows]
    index = {w: i for i, w in enumerate(vectors["words"])}
    scores = np.zeros((len(rows), len(codes)))
    for number, text in enumerate(texts):
        counts = Counter(grams(text))
        ids = np.array([whole.vocabulary[g] for g in counts if g in whole.vocabulary], np.int64)
        if len(ids):
            known = (
                np.array([1 + math.log(c) for g, c in counts.items() if g in whole.vocabulary])
                * whole.idf[ids]
            )
            strange = [
                (1 + math.log(c)) * whole.unseen for g, c in counts.items() if g not in whole.vocabulary
            ]
            scores[number] = (known / math.hypot(np.linalg.norm(known), *strange)) @ matter.by_gram[ids]
        met = [index[w] for w in words_of(text) if w in index]
        vector = mean_vector(vectors["vectors"], vectors["rarity"], met)
        if vector is not None:
            scores[number] += vector @ matter.meaning
    right = np.array([[c in r["codes"] for c in codes] for r in rows])
    return scores, right, texts


def _write(
    whole: Space, vectors_digest: str, codes: list[str], matter: Head, wish: Head, fit: dict[str, float]
) -> None:
    by_gram = np.hstack([matter.by_gram, wish.by_gram])
    names = np.array(list(whole.vocabulary))
    strength = np.linalg.norm(by_gram, axis=1) * whole.idf
    kept = np.sort(np.argsort(-strength, kind="stable")[:MOST_GRAMS])
    scales = np.maximum(np.abs(by_gram[kept]).max(axis=1) / 127, 1e-12)
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "version": np.array("1"),
        "vectors_digest": np.array(vectors_digest),
        "codes": _pack(codes),
        "intents": _pack(list(INTENTS)),
        "fit_names": _pack(list(fit)),
        "fit": np.array(list(fit.values())),
        "stack": wish.stack.astype(np.float32),
        "grams": _pack(names[kept].tolist()),
        "idf": whole.idf[kept].astype(np.float32),
        "weights": np.round(by_gram[kept] / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "meaning": np.hstack([matter.meaning, wish.meaning]),
    }
    arrays["digest"] = np.array(digest(arrays))
    np.savez_compressed(MODEL, **arrays)


def _pack(strings: Sequence[str]) -> Any:
    return np.frombuffer("\n".join(strings).encode("utf-8"), np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
