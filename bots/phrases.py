"""Which sentences make up each notice: a line is a function from the facts to a key of the locales, or to nothing.

The table is complete: a notice without a line does not exist, and a test renders every one in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casecore.vocabulary import Notice

Facts = Mapping[str, Any]
Line = Callable[[Facts], str | None]


def always(key: str) -> Line:
    return lambda facts: key


def given(fact: str, key: str) -> Line:
    """The sentence, when the fact is there and not empty."""
    return lambda facts: key if facts.get(fact) else None


def variant(fact: str, stem: str, *, otherwise: str = "") -> Line:
    """`stem.<value of the fact>`; without the fact the sentence `otherwise`, or none."""
    return lambda facts: f"{stem}.{facts[fact]}" if facts.get(fact) else otherwise or None


def _when(test: Callable[[Facts], bool], key: str) -> Line:
    return lambda facts: key if test(facts) else None


def _still_open(facts: Facts) -> bool:
    return facts.get("which") == "one" and facts.get("state_id") not in {"done", "closed"}


def _accepted(facts: Facts) -> str:
    """A person took it, or the response limit passed in silence (R1.5): then nobody has said that they are coming."""
    whose = "person" if facts.get("person") else "unit"
    return f"notice.accepted.deemed_{whose}" if facts.get("deemed") else f"notice.accepted.{whose}"


TASK: tuple[Line, ...] = (
    always("notice.task_card.what"),
    given("place", "notice.task_card.where"),
    _when(lambda f: not f.get("place"), "notice.task_card.no_place"),
    given("text", "notice.task_card.words"),
    given("due", "notice.task_card.due"),
)

PHRASES: dict[Notice, tuple[Line, ...]] = {
    Notice.WELCOME: (
        always("notice.welcome"),
        given("place", "notice.welcome_place"),
        given("unknown_link", "notice.unknown_link"),
    ),
    Notice.HELP: (variant("which", "notice.help", otherwise="notice.help.resident"),),
    Notice.SUMMARY_CARD: (
        always("notice.summary_card.head"),
        given("unheard", "notice.unheard"),
        given("heard", "notice.summary_card.heard"),
        given("parts", "notice.summary_card.parts"),
        _when(lambda f: bool(f.get("place")), "notice.summary_card.place"),
        variant("place_from", "notice.summary_card.place_from"),
        _when(lambda f: not f.get("place"), "notice.summary_card.no_place"),
        given("files", "notice.summary_card.files"),
        given("failures", "notice.summary_card.failures"),
        given("alike", "notice.summary_card.alike"),
        _when(lambda f: bool(f.get("until")), "notice.summary_card.silence"),
    ),
    Notice.LISTENING: (always("notice.listening"),),
    Notice.QUESTION: (given("unheard", "notice.unheard"), variant("field", "notice.question")),
    Notice.SUBMITTED: (
        always("notice.submitted.head"),
        always("notice.submitted.what"),
        given("place", "notice.submitted.where"),
        _when(lambda f: f.get("urgency_id") == "emergency", "notice.submitted.emergency"),
        _when(lambda f: f.get("urgency_id") != "emergency" and bool(f.get("due")), "notice.submitted.due"),
    ),
    Notice.EMERGENCY_HELP: (always("notice.emergency_help"),),
    Notice.OUT_OF_AREA: (
        _when(lambda f: bool(f.get("outside")), "notice.out_of_area.named"),
        given("hotline", "notice.out_of_area.hotline"),
        _when(lambda f: not f.get("outside"), "notice.out_of_area.point"),
    ),
    Notice.ACCEPTED: (
        _accepted,
        given("due", "notice.accepted.due"),
    ),
    Notice.PROGRESS: (
        always("notice.progress.head"),
        given("note", "notice.progress.note"),
    ),
    Notice.MOVED: (variant("how", "notice.moved"), given("due", "notice.moved_due")),
    Notice.ASKED: (always("notice.asked"),),
    Notice.STATUS: (
        variant("which", "notice.status"),
        _when(lambda f: f.get("which") == "one" and bool(f.get("place")), "notice.status_place"),
        _when(lambda f: f.get("which") == "one", "notice.status_state"),
        _when(lambda f: _still_open(f) and bool(f.get("person")), "notice.status_person"),
        _when(lambda f: _still_open(f) and bool(f.get("due")), "notice.status_due"),
        _when(lambda f: f.get("which") == "one" and bool(f.get("result")), "notice.status_result"),
    ),
    Notice.ADDED: (always("notice.added"),),
    Notice.URGED: (always("notice.urged"),),
    Notice.DONE: (
        always("notice.done.head"),
        given("result", "notice.done.result"),
        given("pair", "notice.done.pair"),
        always("notice.done.rate"),
    ),
    Notice.RATING_REQUEST: (always("notice.rating_request"),),
    Notice.RATED: (always("notice.rated"),),
    Notice.REOPEN_OFFER: (always("notice.reopen_offer"),),
    Notice.REOPENED: (_when(lambda f: f.get("why") is None, "notice.reopened.resident"),
                      _when(lambda f: f.get("why") is not None, "notice.reopened.staff")),
    Notice.MERGED: (
        always("notice.merged.head"),
        always("notice.merged.own"),
        given("due", "notice.merged.due"),
    ),
    Notice.PLANNED: (
        always("notice.planned.head"),
        given("person", "notice.planned.leader"),
        given("due", "notice.planned.due"),
    ),
    Notice.CONTACTED: (always("notice.contacted"),),
    Notice.EXTENDED: (always("notice.extended"), given("reason", "notice.because")),
    Notice.SUSPENDED: (variant("suspension_id", "notice.suspended"), given("reason", "notice.because")),
    Notice.RESUMED: (always("notice.resumed"),),
    Notice.PROMISED: (
        always("notice.promised.head"),
        given("so_far", "notice.promised.so_far"),
        given("reason", "notice.promised.reason"),
        given("plan", "notice.promised.plan"),
        given("due", "notice.promised.due"),
    ),
    Notice.CLOSED: (variant("reason", "notice.closed"), given("note", "notice.closed_note")),
    Notice.CANCELLED: (variant("why", "notice.cancelled", otherwise="notice.cancelled.resident"),),
    Notice.THANKS: (always("notice.thanks"),),
    Notice.LANGUAGE: (always("notice.language"),),
    Notice.NOT_UNDERSTOOD: (variant("why", "notice.not_understood"),),
    Notice.MEDIA_FAILED: (always("notice.media_failed"),),
    Notice.ALERT: (always("notice.alert"), *TASK),
    Notice.TASK_CARD: (
        variant("how", "notice.task_card.how", otherwise="notice.task_card.how.dispatched"),
        *TASK,
        _when(lambda f: f.get("urgency_id") != "normal", "notice.task_card.urgency"),
        given("response_due", "notice.task_card.respond"),
    ),
    Notice.TASK_LIST: (
        _when(lambda f: bool(f.get("cases")), "notice.task_list.head"),
        given("cases", "notice.task_list.cases"),
        _when(lambda f: not f.get("cases"), "notice.task_list.none"),
    ),
    Notice.TASK_MOVED: (variant("how", "notice.task_moved"),),
    Notice.APPROVAL_CARD: (variant("what", "notice.approval_card"), given("until", "notice.approval_until")),
    Notice.URGE: (always("notice.urge"), *TASK),
    Notice.ADDITION: (always("notice.addition.head"), given("addition", "notice.addition.words")),
    Notice.WITHDRAWN: (always("notice.withdrawn"),),
    Notice.SUPERVISION_ORDER: (always("notice.supervision_order"), *TASK),
    Notice.RULED: (
        variant("ruling", "notice.ruling"),
        _when(lambda f: not f.get("ruling") and bool(f.get("upheld")), "notice.ruled.upheld"),
        _when(lambda f: not f.get("ruling") and not f.get("upheld"), "notice.ruled.refused"),
    ),
    Notice.EXPLANATION: (
        _when(lambda f: not f.get("brief"), "why.head"),
        _when(lambda f: bool(f.get("brief")), "why.brief_head"),
        given("reasons", "why.lines"),
    ),
    Notice.CASE_FILE: (
        always("notice.case_file.head"),
        *TASK,
        given("lines", "notice.case_file.lines"),
    ),
    Notice.DUTY: (
        _when(lambda f: bool(f.get("on")), "notice.duty.on"),
        _when(lambda f: not f.get("on"), "notice.duty.off"),
    ),
    Notice.BOUND: (always("notice.bound"),),
    Notice.FOLLOW_UP: (variant("which", "notice.follow_up"), *TASK),
    Notice.JOINED: (
        always("notice.joined.head"),
        given("addition", "notice.joined.words"),
    ),
    Notice.HARD_MATTER: (variant("which", "notice.hard_matter"),),
    Notice.PROMPT: (variant("why", "notice.prompt_again"), variant("field", "notice.prompt")),
    Notice.NOTED: (variant("act", "notice.noted"),),
    Notice.REMINDER: (variant("which", "notice.reminder"), *TASK),
    Notice.REFUSED: (variant("reason", "refusal"),),
    Notice.OUTDATED: (variant("what", "notice.outdated"),),
}  # fmt: skip
