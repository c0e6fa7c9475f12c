"""The model file: safe, checked, and in step with the texts it was made from."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from casecore.territory.reader import read_territory
from casecore.vocabulary import Urgency
from intake.intent import INTENTS
from intake.matter.model import MODEL, ModelBroken, TextModel
from intake.matter.train import TEXTS

ROOT = Path(__file__).resolve().parents[2]
HELD = Path(__file__).with_name("heldout.jsonl")
PUBLIC = ROOT.parent / "shared" / "domain" / "eval_public.jsonl"


def written() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted(TEXTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def test_every_written_text_has_a_label_of_the_list() -> None:
    items = read_territory(ROOT / "config" / "territory" / "fuyang").items
    for row in written():
        assert row["text"].strip()
        if "code" in row:
            assert row["code"] in items, row
            assert row["urgency"] in ("", *Urgency), row
        else:
            assert row["intent"] in INTENTS, row


def test_no_training_text_is_a_held_out_message() -> None:
    """What is measured must not have been taught; the bar leaves room for stock phrases."""
    held = [json.loads(line)["text"] for line in HELD.read_text(encoding="utf-8").splitlines()]
    taught = [row["text"] for row in written() if len(row["text"]) >= 8]
    assert [t for t in taught if any(fuzz.ratio(t, h) > 80 for h in held)] == []


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public evaluation is not beside this checkout")
def test_no_training_text_comes_from_the_public_evaluation() -> None:
    public = [json.loads(line)["text"] for line in PUBLIC.read_text(encoding="utf-8").splitlines()]
    taught = [row["text"] for row in written() if len(row["text"]) >= 8]
    assert [t for t in taught if any(fuzz.ratio(t, p) > 80 for p in public)] == []


def test_a_damaged_or_missing_model_refuses_with_its_name(tmp_path: Path) -> None:
    broken = tmp_path / "model.npz"
    broken.write_bytes(MODEL.read_bytes()[:5000])
    for path in (broken, tmp_path / "none.npz"):
        with pytest.raises(ModelBroken, match=path.name):
            TextModel(path)


def test_a_changed_weight_is_noticed(tmp_path: Path) -> None:
    import numpy as np

    with np.load(MODEL, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["idf"] = arrays["idf"] * 2
    np.savez(tmp_path / "model.npz", **arrays)
    with pytest.raises(ModelBroken, match="damaged"):
        TextModel(tmp_path / "model.npz")


def test_evidence_names_the_words_that_moved_the_model() -> None:
    model = TextModel()
    reading = model.read("屋檐下有个马蜂窝")
    assert "马蜂" in "".join(gram for gram, _ in model.shares(reading, "RUR-06")[:3])
