"""The launcher: makes the environment once, alone, and starts again from nothing after an interruption."""

from __future__ import annotations

import ast
import fcntl
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from casecore.words import Words
from config.launch import DEVELOPMENT, RUNTIME, Environment, SetupFailed, main

ROOT = Path(__file__).resolve().parents[2]


def without_ensurepip(name: str, package: str | None = None, found: Any = importlib.util.find_spec) -> Any:
    """What Debian's Python answers while python3-venv is not installed."""
    return None if name == "ensurepip" else found(name, package)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A checkout whose lock asks for nothing, so that pip needs no index (nor slow ensurepip)."""
    monkeypatch.setattr(importlib.util, "find_spec", without_ensurepip)
    (tmp_path / RUNTIME).write_text("# nothing\n")
    (tmp_path / DEVELOPMENT).write_text("# nothing either\n")
    return Environment(root=tmp_path, words=Words.load(ROOT / "config" / "locales"))


def test_a_second_run_calls_no_pip(home: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    home.prepare([RUNTIME])
    assert "准备" in capsys.readouterr().err
    (home.folder / "minhu-install.log").unlink()
    home.prepare([RUNTIME])
    assert capsys.readouterr().err == ""
    assert not (home.folder / "minhu-install.log").exists()


def test_the_environment_sees_the_checkout_from_every_folder(home: Environment) -> None:
    (home.root / "config.py").write_text("WHERE = __file__")
    home.prepare([RUNTIME])
    asked = [home.python, "-P", "-c", "import config; print(config.WHERE)"]
    seen = subprocess.run(asked, cwd="/", capture_output=True, text=True, check=True).stdout
    assert seen.strip() == str(home.root / "config.py")


def test_a_changed_lock_is_installed_again(home: Environment) -> None:
    home.prepare([RUNTIME])
    (home.root / RUNTIME).write_text("# nothing, said differently\n")
    assert not home.stamped(RUNTIME)
    home.prepare([RUNTIME])
    assert home.stamped(RUNTIME)


def test_the_development_lock_is_left_out_until_it_is_needed(home: Environment) -> None:
    home.prepare([RUNTIME])
    assert not home.stamped(DEVELOPMENT)


def test_what_an_interruption_left_is_thrown_away(home: Environment) -> None:
    home.prepare([RUNTIME])
    home.stamp(RUNTIME).unlink()
    home.unfinished.touch()
    half = home.packages / "half_written.py"
    half.write_text("syntax error(")
    home.prepare([RUNTIME])
    assert not half.exists()
    assert not home.unfinished.exists()


def test_a_failed_install_leaves_no_stamp_and_names_the_remedy(home: Environment) -> None:
    digest = "0" * 64
    (home.root / RUNTIME).write_text(f"minhu-no-such-thing==1 --hash=sha256:{digest}\n")
    with pytest.raises(SetupFailed) as failed, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        home.prepare([RUNTIME])
    assert failed.value.remedy == "index"
    assert not home.stamped(RUNTIME)
    assert home.unfinished.exists()


def test_a_package_whose_bytes_were_changed_is_refused(home: Environment) -> None:
    """The lock's digest is of other bytes than the ones that the package source gives."""
    wheel = home.root / "minhu_sample-1-py3-none-any.whl"
    wheel.write_bytes(b"not what was locked")
    (home.root / RUNTIME).write_text(f"minhu-sample==1 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SetupFailed) as failed, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(home.root))
        home.prepare([RUNTIME])
    assert failed.value.remedy == "hashes"


class Listener(io.StringIO):
    """A stderr that knows when a sentence was said."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
        self.heard = threading.Event()

    def write(self, text: str) -> int:
        if text == self.sentence:
            self.heard.set()
        return super().write(text)


def test_two_at_once_the_second_waits_and_does_nothing(
    home: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.prepare([RUNTIME])
    seal = home.stamp(RUNTIME).read_text()
    home.stamp(RUNTIME).unlink()
    (home.folder / "minhu-install.log").unlink()
    stderr = Listener(home.words.say("en", "cli.setup.waiting"))
    monkeypatch.setattr(sys, "stderr", stderr)
    held = os.open(home.root / RUNTIME, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    second = threading.Thread(target=home.prepare, args=([RUNTIME],))
    second.start()
    assert stderr.heard.wait(timeout=60)
    home.stamp(RUNTIME).write_text(seal)  # the first has finished
    os.close(held)
    second.join()
    assert not (home.folder / "minhu-install.log").exists()


def test_debian_without_ensurepip_is_told_the_one_command(
    home: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    with pytest.raises(SetupFailed) as failed:
        home.prepare([RUNTIME])
    told = home.words.say("en", f"cli.setup.remedy.{failed.value.remedy}", **failed.value.facts)
    assert f"sudo apt install -y python3.{sys.version_info.minor}-venv" in told


def test_debian_without_ensurepip_uses_the_pip_it_has(home: Environment) -> None:
    home.prepare([RUNTIME])
    assert home.stamped(RUNTIME)
    assert not (home.packages / "pip").exists()


def test_with_ensurepip_the_environment_has_its_own_pip(
    home: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    home.prepare([RUNTIME])
    assert home.stamped(RUNTIME)
    assert (home.packages / "pip").is_dir()


def test_help_needs_no_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == said
    for command in ("up", "stop", "doctor", "test", "lint"):
        assert f"\n  {command} " in said


def test_the_launcher_imports_the_standard_library_only() -> None:
    """-S and -I hide every installed package, as on a machine where nothing is installed yet."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import config.launch; config.launch.main([])"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_old_python_can_read_the_script_that_tells_it_so() -> None:
    ast.parse((ROOT / "minhu").read_text(encoding="utf-8"), feature_version=(3, 4))
    assert os.access(ROOT / "minhu", os.X_OK)


def test_an_old_python_is_told_what_to_do() -> None:
    """The script is run with a version of 3.9 and no newer Python on the PATH."""
    script = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0);"
        f"runpy.run_path({str(ROOT / 'minhu')!r}, run_name='__main__')"
    )
    empty = {**os.environ, "PATH": str(ROOT / "docs")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=empty
    )
    assert done.returncode == 2
    assert "apt install -y python3" in done.stderr
    assert "3.9" in done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_ci_script_is_bash() -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
