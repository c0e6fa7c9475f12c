"""Keeps bot tokens and webhook keys out of the log, whichever library writes the line.

httpx logs every URL at INFO, and a Bot API URL contains the token; python-telegram-bot logs its base
URL and whole messages at DEBUG. So those loggers are raised to WARNING, and a filter cuts whatever
still looks like a token: the front door adds the same filter to its handlers.
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any

HIDDEN = "<hidden>"
# <number>:<at least 20 of the token alphabet>, real ones have 35. The %3A is the colon of a quoted URL.
_TOKEN = re.compile(r"\d{5,20}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_WEBHOOK = re.compile(r"(/hooks/[^/\s]+/[^/\s]+/)[A-Za-z0-9_%-]+")
_NOISY = ("httpx", "httpcore", "telegram", "aiogram", "aiohttp")
# A filter on a logger sees only what is logged on that very logger, hence the leaves beside the stems.
_GUARDED = (
    *_NOISY,
    "aiohttp.client",
    "aiohttp.internal",
    "httpcore.connection",
    "httpcore.http11",
    "telegram.Bot",
    "telegram.BaseRequest",
    "telegram.request.BaseRequest",
    "uvicorn.access",
    "uvicorn.error",
)


def hide(text: str) -> str:
    """`text` without anything that looks like a bot token or the key of a webhook path."""
    return _WEBHOOK.sub(rf"\1{HIDDEN}", _TOKEN.sub(HIDDEN, text))


class Redaction(logging.Filter):
    """Passes every record, with message, arguments and traceback redacted."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Arguments stay arguments where they can: uvicorn's access log formats them by itself.
        if isinstance(record.args, dict):
            record.args = {key: _clean(value) for key, value in record.args.items()}
        elif record.args:
            record.args = tuple(_clean(value) for value in record.args)
        said = _said(record)
        # A secret may only be known by the words around it, so the line is looked at as it will be read.
        if (told := hide(said)) != said or record.args is None:
            record.msg, record.args = told, ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = hide("".join(traceback.format_exception(record.exc_info[1])).rstrip())
            record.exc_info = None
        return True


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # logging would complain about such a call by printing it, secrets and all.
        said, record.args = f"{record.msg} {record.args}", None
        return said


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return value if hide(text) == text else hide(text)


def quieten() -> None:
    """Raise the client libraries' loggers to WARNING and guard them; safe to call again."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    for name in _GUARDED:
        logger = logging.getLogger(name)
        if not any(isinstance(known, Redaction) for known in logger.filters):
            logger.addFilter(Redaction())
