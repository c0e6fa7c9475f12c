"""The lock files: complete, hashed, of one mind with each other, and of no machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def entries(lock: Path) -> list[str]:
    """Each requirement of a lock with its continuation lines, comments left out."""
    lines = (
        line for line in lock.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    return [entry for entry in "\n".join(lines).replace("\\\n", " ").splitlines() if entry.strip()]


def pins(lock: Path) -> set[tuple[str, str]]:
    """(name, version) of a lock; a name may have one version for each Python."""
    found = (re.match(r"([\w.-]+)==(\S+)", entry) for entry in entries(lock))
    return {(canonicalize_name(m[1]), m[2]) for m in found if m}


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT], ids=lambda lock: lock.name)
def test_every_requirement_is_one_version_with_its_hashes(lock: Path) -> None:
    assert entries(lock)
    for entry in entries(lock):
        assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT], ids=lambda lock: lock.name)
def test_a_lock_names_no_index_and_no_path(lock: Path) -> None:
    assert not re.search(
        r"https?://|file:|--index|--find-links|(?<!\w)/(?!/)\w", lock.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (RUNTIME, PROJECT["project"]["dependencies"]),
        (DEVELOPMENT, PROJECT["dependency-groups"]["dev"]),
    ],
    ids=["runtime", "development"],
)
def test_every_dependency_of_the_project_is_locked_within_its_range(lock: Path, wanted: list[str]) -> None:
    locked = pins(lock)
    for line in wanted:
        requirement = Requirement(line)
        versions = [version for name, version in locked if name == canonicalize_name(requirement.name)]
        assert versions, f"{line} is not in {lock.name}: lock again (see CONTRIBUTING.md)"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), line


def test_the_development_lock_changes_no_version_of_the_runtime_lock() -> None:
    """Both are installed into one environment: what a test sees is what a user runs."""
    runtime = pins(RUNTIME)
    names = {name for name, _ in runtime}
    assert {pin for pin in pins(DEVELOPMENT) if pin[0] in names} <= runtime
