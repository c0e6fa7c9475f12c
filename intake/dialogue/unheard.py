"""What could not be heard or kept is said with the answer: the file's sender is told why, once, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from casecore.messages import FileRef, InboundMessage
from casecore.vocabulary import MessageKind, Notice
from intake.dialogue.effects import Effect, Say

# Notices that have a line for it; beside any other answer it is a notice of its own.
WITH_A_LINE = frozenset({Notice.QUESTION, Notice.SUMMARY_CARD})


def told(message: InboundMessage, text: str, effects: list[Effect]) -> list[Effect]:
    """The effects, and the reasons why files of this message were not heard or kept (keys `media.<reason>`)."""
    reasons = list(dict.fromkeys(reason for file in message.files if (reason := _reason(file, text))))
    if not reasons:
        return effects
    at = next((i for i, e in enumerate(effects) if isinstance(e, Say) and e.notice in WITH_A_LINE), None)
    if at is None:
        return [Say(notice=Notice.MEDIA_FAILED, facts={"failures": reasons}), *effects]
    return [*effects[:at], _with_reasons(effects[at], message.files, reasons), *effects[at + 1 :]]


def _reason(file: FileRef, text: str) -> str | None:
    """A film without speech is a picture that moves: with words beside it nothing is missing."""
    silent_film = file.kind is MessageKind.VIDEO and bool(text)
    return file.failure or ("held" if file.held else None) or (None if silent_film else file.unheard)


def _with_reasons(effect: Effect, files: Sequence[FileRef], reasons: Sequence[str]) -> Effect:
    assert isinstance(effect, Say)
    facts = dict(effect.facts)
    shown = facts.get("failures") or ()  # the card names what was not kept in a line of its own
    facts["unheard"] = [reason for reason in reasons if reason not in shown]
    if facts.get("field") == "what" and any(file.unheard for file in files):
        facts["field"] = "unheard"
    return replace(effect, facts=facts)


__all__ = ["told"]
