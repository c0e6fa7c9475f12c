"""From a bare checkout to a running command: makes `.venv` from the lock files once, then becomes it.

    ./minhu up …     requirements.lock                        → python -m config.cli up …
    ./minhu test …   requirements.lock + requirements-dev.lock → python -m pytest -n auto …

Only the standard library is imported here: this runs before anything is installed. A stamp beside each
lock's packages says that they are all there, so that a second start does not call pip.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from casecore.words import Words
from config.places import HERE, LOCALES

RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("-m", "ruff", "check", "--output-format", "concise", "."),
    "ruff format --check": ("-m", "ruff", "format", "--check", "--output-format", "concise", "."),
    "mypy": ("-m", "mypy"),
    # its script carries the path of the checkout it was installed in, and would not survive a move
    "lint-imports": ("-c", "from importlinter.cli import lint_imports_command as check; check()"),
}
# pip's words in its log → our remedy (`cli.setup.remedy.<name>`); the first that is found wins.
SYMPTOMS: tuple[tuple[str, str], ...] = (
    ("THESE PACKAGES DO NOT MATCH THE HASHES", "hashes"),
    ("No space left on device", "space"),
    ("Permission denied", "permission"),
    ("NewConnectionError", "network"),
    ("Temporary failure in name resolution", "network"),
    ("Read timed out", "network"),
    # also pip's last words after a network failure, therefore last
    ("No matching distribution found", "index"),
    ("Could not find a version", "index"),
)


class SetupFailed(Exception):
    """The environment could not be made; `remedy` is the key of the sentence that says what to do."""

    def __init__(self, remedy: str, detail: str = "", **facts: str) -> None:
        super().__init__(remedy)
        self.remedy = remedy
        self.detail = detail
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The virtual environment of one checkout. Paths only; nothing is touched before `prepare`."""

    root: Path
    words: Words

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        return self.folder / "lib" / f"python{_python_version()}" / "site-packages"

    @property
    def unfinished(self) -> Path:
        """Stands there while pip works: what pip was interrupted in is thrown away, not trusted."""
        return self.folder / "minhu-unfinished"

    def stamp(self, lock: str) -> Path:
        return self.folder / f"minhu-{lock}.stamp"

    def stamped(self, lock: str) -> bool:
        """Were all packages of this lock, as it is now, installed here for this Python?"""
        try:
            return self.stamp(lock).read_text() == self._seal(lock) and self.python.exists()
        except OSError:
            return False

    def prepare(self, locks: Sequence[str]) -> None:
        """Install what is missing; returns at once when nothing is. Raises SetupFailed."""
        if all(self.stamped(lock) for lock in locks):
            return
        with self._alone() as held:
            missing = [lock for lock in locks if not self.stamped(lock)]
            if not missing:
                return
            self.tell("cli.setup.preparing")
            started = time.monotonic()
            self._make()
            self.unfinished.touch()
            for lock in missing:
                self._install(lock, held)
            self._point_at_checkout()
            self.unfinished.unlink()
            for lock in missing:
                self._stamp(lock)
            self.tell("cli.setup.ready", seconds=f"{time.monotonic() - started:.0f}")

    def tell(self, key: str, **facts: str) -> None:
        """One sentence in each language on stderr: nobody was asked yet which one they read."""
        for lang in self.words.languages:
            print(self.words.say(lang, key, **facts), file=sys.stderr, flush=True)

    def _seal(self, lock: str) -> str:
        digest = hashlib.sha256((self.root / lock).read_bytes()).hexdigest()
        return f"{digest} python{_python_version()} {self.root}\n"

    def _stamp(self, lock: str) -> None:
        draft = self.folder / f"minhu-{lock}.draft"
        draft.write_text(self._seal(lock))
        draft.replace(self.stamp(lock))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[int]:
        """One set-up at a time. The lock lies on a file that exists anyway, and dies with its holders."""
        held = os.open(self.root / RUNTIME, os.O_RDONLY)
        try:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.tell("cli.setup.waiting")
                fcntl.flock(held, fcntl.LOCK_EX)
            yield held
        finally:
            os.close(held)

    def _make(self) -> None:
        """A virtual environment that is whole and of this Python: the present one, or else a new one."""
        if self.packages.is_dir() and self.python.exists() and not self.unfinished.exists():
            return
        if importlib.util.find_spec("ensurepip") is None and importlib.util.find_spec("pip") is None:
            raise SetupFailed("no_venv", python=_python_version())
        without = ["--without-pip"] if importlib.util.find_spec("ensurepip") is None else []
        done = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", *without, str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SetupFailed("venv_failed", done.stdout + done.stderr, folder=str(self.folder))

    def _pip(self) -> list[str]:
        """The environment's own pip, or this Python's pip aimed at it (Debian without python3-venv)."""
        if (self.packages / "pip").is_dir():
            return [str(self.python), "-m", "pip"]
        return [sys.executable, "-m", "pip", "--python", str(self.python)]

    def _install(self, lock: str, held: int) -> None:
        """pip decides where packages come from (PIP_*, pip.conf); the hashes decide what they are."""
        log = self.folder / "minhu-install.log"
        command = [*self._pip(), "install", "--require-hashes", "--no-input", "--progress-bar", "off"]
        command += ["--disable-pip-version-check", "-r", str(self.root / lock)]
        with log.open("wb") as out:
            # pip inherits the lock: should we be killed, no second set-up begins under its hands.
            done = subprocess.run(command, stdout=out, stderr=out, pass_fds=[held], check=False)
        if done.returncode != 0:
            said = log.read_text(encoding="utf-8", errors="replace")
            raise SetupFailed(_remedy(said), "\n".join(said.splitlines()[-12:]), log=str(log))

    def _point_at_checkout(self) -> None:
        """Lets `import config` work from every folder without changing PYTHONPATH."""
        (self.packages / "minhu-checkout.pth").write_text(f"{self.root}\n")


def main(arguments: Sequence[str]) -> int:
    """Run one command line; most end by becoming the command. The number is the exit status."""
    home = Environment(root=HERE.parent, words=Words.load(LOCALES))
    try:
        return _run(home, list(arguments))
    except SetupFailed as failure:
        if failure.detail:
            print(failure.detail, file=sys.stderr)
        home.tell(f"cli.setup.remedy.{failure.remedy}", **failure.facts)
        return 1
    except KeyboardInterrupt:
        home.tell("cli.setup.interrupted")
        return 130


def _run(home: Environment, arguments: list[str]) -> int:
    from config.cli.commands import print_help

    first = arguments[0] if arguments else "--help"
    if first in {"--help", "-h", "help"}:
        print_help(home.words)
        return 0
    if first not in {"test", "lint", "bench"}:
        home.prepare([RUNTIME])
        return _become(home, "config.cli", *arguments)
    home.prepare([RUNTIME, DEVELOPMENT])
    os.chdir(home.root)
    if first == "lint":
        return lint(home)
    module = ("pytest", "-n", "auto") if first == "test" else ("bench",)
    return _become(home, *module, *arguments[1:])


def _become(home: Environment, *module: str) -> NoReturn:
    """-P: a folder of the caller's that is called like one of our rooms must not be imported instead."""
    sys.stdout.flush()
    os.execv(home.python, [str(home.python), "-P", "-m", *module])


def lint(home: Environment) -> int:
    """Every check, also after one has failed: a person mends them all in one go."""
    failed = 0
    for name, arguments in CHECKS.items():
        print(f"── {name}", flush=True)
        done = subprocess.run([str(home.python), "-P", *arguments], cwd=home.root, check=False)
        failed += done.returncode != 0
    return 1 if failed else 0


def _remedy(said: str) -> str:
    return next((remedy for symptom, remedy in SYMPTOMS if symptom in said), "pip_failed")


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
