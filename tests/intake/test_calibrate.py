"""The scale of the probabilities: fitted where it should be, and written into a file that is read back whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from intake.matter.calibrate import DOUBT, loss, write
from intake.matter.model import MODEL, TextModel


def test_the_likeliest_scale_is_neither_the_boldest_nor_the_most_timid() -> None:
    """Nine of ten scores point the right way by the same margin: the best scale says about nine in ten."""
    raw = np.array([[0.3, 0.1]] * 9 + [[0.1, 0.3]])
    group = (raw, np.array([[True, False]] * 10))
    losses = {scale: loss(scale, [group]) for scale in (1.0, 11.0, 60.0)}
    assert min(losses, key=lambda scale: losses[scale]) == 11.0


def test_another_scale_is_read_back_and_nothing_else_changes(tmp_path: Path) -> None:
    copy = tmp_path / "model.npz"
    shutil.copy(MODEL, copy)
    before = TextModel(copy).read("路灯不亮")
    write(copy, 33.0)
    after = TextModel(copy)
    assert (after.fit["scale"], after.fit["doubt"]) == (33.0, DOUBT)
    assert np.array_equal(after.read("路灯不亮").items, before.items)
