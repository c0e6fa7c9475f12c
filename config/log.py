"""What a running Minhu writes to its log: one place, one form, and no token or key in any line."""

from __future__ import annotations

import logging

from bots.telegram.secrecy import Redaction

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def keep_log(handler: logging.Handler | None = None, *, level: int = logging.WARNING) -> None:
    """Send every logger's lines to `handler` (standard error when None), redacted. Called once, by a command."""
    handler = handler or logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORM))
    # On the handler: a filter on a logger does not see what its children log.
    handler.addFilter(Redaction())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
