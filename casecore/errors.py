"""The room's error tree: refusals are expected and carry a reason for the person; faults are ours."""

from __future__ import annotations


class CasecoreError(Exception):
    """Root of everything that casecore raises on purpose."""


class Refusal(CasecoreError):
    """An act that the rules forbid. `reason` is a key of the locales (`refusal.<reason>`), `rule` the rule's number.

    `on_file` is the id of the case whose file shall say that it was tried.
    """

    def __init__(self, reason: str, *, rule: str = "", on_file: str | None = None, **facts: str) -> None:
        super().__init__(f"{reason} {rule} {facts or ''}".strip())
        self.reason = reason
        self.rule = rule
        self.on_file = on_file
        self.facts = facts


class Outdated(Refusal):
    """The act is not in the state table for the case's present state: the button is old."""

    def __init__(self, *, state: str, act: str) -> None:
        super().__init__("outdated", rule="R0", state=state, act=act)


class NotAllowed(Refusal):
    """The person bound to this account may not do this act on this case."""


class Fault(CasecoreError):
    """Something that should not happen; the message says what was seen."""


class LeaseLost(Fault):
    """Another worker took this row over; whatever was computed must not be written."""


class VersionConflict(Fault):
    """The case changed between reading and writing; the act is tried again on the new state."""


class ChainBroken(Fault):
    """The event chain of a case does not verify: a row was changed, removed or put in."""
