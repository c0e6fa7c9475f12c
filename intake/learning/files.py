"""Model files in the data folder: one folder a version, arrays without pickle and a manifest with their SHA-256.

    models/3/model.npz       what the reader reads
    models/3/manifest.json   version, parent, data hash, SHA-256, when, from how many lessons
    models/3/report.json     how it measured

The record says which version is in force and what its file's SHA-256 is; a file that is not that is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intake.matter.model import MODEL, VECTORS, ModelBroken

NAME = "model.npz"
BACK = 0  # the shipped version: what one can always go back to


class VersionBroken(ModelBroken):
    """The version in force cannot be used. `version` is it, `back` the version to roll back to."""

    def __init__(self, *, version: int, back: int, why: str) -> None:
        super().__init__(f"model version {version}: {why}; go back with: minhu learn rollback {back}")
        self.version = version
        self.back = back
        self.why = why


def folder_of(models: Path, version: int) -> Path:
    return models / str(version)


def file_of(models: Path, version: int) -> Path:
    return folder_of(models, version) / NAME


def sha256_of(file: Path) -> str:
    """Raises OSError."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def keep(
    models: Path, version: int, file: Path, manifest: Mapping[str, Any], report: Mapping[str, Any]
) -> None:
    """Put a written model where it will be found; the folder appears whole or not at all."""
    final = folder_of(models, version)
    draft = models / f".{version}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shutil.move(file, draft / NAME)
    for name, data in (("manifest", manifest), ("report", report)):
        (draft / f"{name}.json").write_text(
            json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
    if final.exists():
        shutil.rmtree(final)  # left by a run that died before it was written down
    draft.rename(final)


def verify(models: Path, version: int, sha256: str, *, back: int = BACK) -> Path:
    """The file of a version, unchanged since it was made. Raises VersionBroken. Reads it once, opens nothing."""
    file = file_of(models, version)
    try:
        found = sha256_of(file)
    except OSError as fault:
        raise VersionBroken(version=version, back=back, why=f"{file}: {fault.strerror}") from fault
    if found != sha256:
        raise VersionBroken(
            version=version, back=back, why=f"{file} was changed or damaged (SHA-256 differs)"
        )
    if _label(file, "vectors_digest") != _label(VECTORS, "digest"):
        why = f"{file} was learned with other word vectors than this program's; go back and learn again"
        raise VersionBroken(version=version, back=back, why=why)
    return file


def _label(file: Path, name: str) -> str:
    """A text of an archive of arrays, read without numpy: the web process need not load it to start.

    The array is one string in four-byte letters behind the header of the `.npy` format (version 1: 10 bytes and as
    many as they say).
    """
    try:
        with zipfile.ZipFile(file) as archive:
            raw = archive.read(f"{name}.npy")
    except (OSError, KeyError, zipfile.BadZipFile) as fault:
        raise ModelBroken(f"{file}: cannot be read ({fault}); install Minhu again") from fault
    return raw[10 + int.from_bytes(raw[8:10], "little") :].decode("utf-32-le", "replace").rstrip("\0")


def verify_shipped(file: Path = MODEL) -> None:
    """The shipped file can be opened and each part has its checksum. Raises ModelBroken; its arrays are verified
    when they are read."""
    try:
        with zipfile.ZipFile(file) as archive:
            bad = archive.testzip()
    except (OSError, zipfile.BadZipFile) as fault:
        raise ModelBroken(f"{file}: cannot be read ({fault}); install Minhu again") from fault
    if bad is not None:
        raise ModelBroken(f"{file}: {bad} is damaged; install Minhu again")
