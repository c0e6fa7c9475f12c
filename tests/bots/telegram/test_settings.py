"""Settings that cannot work are refused without repeating a secret; nothing heavy is imported early."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bots.registry import MODULES, create
from bots.telegram.settings import BotSettings
from tests.bots.telegram.bench import KEY, SECRET, TOKEN

ROOT = Path(__file__).resolve().parents[3]
GOOD: dict[str, Any] = {"token": TOKEN, "account": "main"}
HOOK: dict[str, Any] = {"mode": "webhook", "webhook_key": KEY, "webhook_secret": SECRET}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"token": "secret-but-no-token"}, "token"),
        ({"token": f"{TOKEN}/../x"}, "token"),
        ({"account": "Main Bot"}, "account"),
        ({"api_base": "file:///etc"}, "api_base"),
        ({**HOOK, "webhook_key": ""}, "webhook_key"),
        ({**HOOK, "webhook_secret": "with space and secret"}, "webhook_secret"),
        ({**HOOK, "webhook_secret": "s" * 257}, "webhook_secret"),
        ({**HOOK, "public_url": "minhu.example"}, "public_url"),
    ],
)
def test_what_cannot_work_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught:
        BotSettings(**GOOD | wrong)
    secrets = [value for key, value in wrong.items() if key in ("token", "webhook_key", "webhook_secret")]
    assert not any(secret and secret in str(caught.value) for secret in secrets)


def test_the_repr_keeps_secrets() -> None:
    shown = repr(BotSettings(**GOOD | HOOK))
    assert all(secret not in shown for secret in (TOKEN, KEY, SECRET))


def test_an_unknown_channel_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=", ".join(sorted(MODULES))):
        create("pigeon")


def test_polling_has_no_routes() -> None:
    assert create("telegram-residents", **GOOD).routes(None) is None  # type: ignore[arg-type]


def test_telegram_libraries_are_imported_only_with_their_adapter() -> None:
    """In a fresh interpreter the registry costs nothing, and each adapter brings its own library alone."""
    script = """
import sys
import bots.registry, bots.telegram, bots.telegram.bot, bots.telegram.emulator.app
assert not {"aiogram", "telegram"} & set(sys.modules), "too early"
bots.registry.create("telegram-handlers", token="1:a", account="a")
assert "telegram" in sys.modules and "aiogram" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
