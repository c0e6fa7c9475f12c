"""What `minhu up` logs holds no token and no key, whoever writes the line and however deep the error."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bots.telegram.secrecy import HIDDEN
from config.log import keep_log

TOKEN = "123456789:AAEcanary-canary-canary-canary-cana"
KEY = "canary-key-of-the-webhook"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    keep_log(logging.StreamHandler(out), level=logging.DEBUG)
    yield out
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    "name", ["", "httpx", "aiogram.dispatcher", "telegram.ext.Updater", "uvicorn.error", "asyncio"]
)
def test_no_logger_tells_a_token(name: str, written: io.StringIO) -> None:
    """In the message, in its arguments, in a URL, quoted in a URL, and in the key of a webhook's path."""
    log = logging.getLogger(name)
    log.error("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    log.error(f"token {TOKEN}")
    log.error("%(url)s", {"url": f"https://x/bot{TOKEN.replace(':', '%3A')}/getMe"})
    log.error("POST /hooks/telegram-residents/residents/%s 200", KEY)
    said = written.getvalue()
    assert said.count(HIDDEN) == 4
    assert "canary" not in said


def test_no_traceback_tells_a_token(written: io.StringIO) -> None:
    """The error's own words and those of the error behind it."""
    try:
        try:
            raise ValueError(f"bad URL .../bot{TOKEN}/getMe")
        except ValueError as error:
            raise RuntimeError(f"gave up on {TOKEN}") from error
    except RuntimeError:
        logging.getLogger("bots").exception("failed")
    said = written.getvalue()
    assert "RuntimeError" in said
    assert "ValueError" in said
    assert "canary" not in said


def test_a_crooked_logging_call_tells_nothing(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call whose arguments do not fit its words is printed by logging itself, past every filter."""
    logging.getLogger("bots").error("%d of %d", TOKEN)
    assert HIDDEN in written.getvalue()
    assert "canary" not in written.getvalue() + capsys.readouterr().err
