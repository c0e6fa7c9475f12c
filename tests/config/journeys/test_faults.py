"""A fault that a worker logs and lives through is no success of a journey."""

from __future__ import annotations

import logging

from config.journeys.faults import noticed

log = logging.getLogger("intake.worker")


def test_errors_are_kept_and_told_once() -> None:
    with noticed() as faults:
        log.warning("not this")
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("message %s failed", 7)
        assert faults.taken() == "intake.worker: message 7 failed: ValueError: broken"
        assert faults.taken() == ""


def test_afterwards_nothing_is_listened_to() -> None:
    with noticed() as faults:
        pass
    log.error("later")
    assert faults.taken() == ""
