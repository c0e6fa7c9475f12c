"""Every word that a journey may use, and which of them belong to rules that are not built yet."""

from __future__ import annotations

from casecore.vocabulary import (
    CloseReason,
    EventKind,
    Level,
    Notice,
    Outcome,
    Role,
    State,
    Urgency,
)

# The buttons that notices offer today, by side; the word is the act that the button carries.
RESIDENT_BUTTONS = (
    "confirm", "me_too", "misheard", "change_place", "change_matter", "add_more", "cancel", "item", "place",
    "add_to", "new_request",
    "urge", "withdraw", "reopen", "rate_1", "rate_2", "rate_3", "rate_4", "rate_5",
)  # fmt: skip
STAFF_BUTTONS = (
    "accept", "progress", "done", "ask", "contact", "return", "approve", "refuse", "escalate", "send_down",
    "transfer", "designate", "reclassify", "set_item", "why", "note_on",
    "split", "open_hard", "plan", "milestone", "extend", "suspend", "resume", "promise",
)  # fmt: skip
# What a person's menu offers without any card.
RESIDENT_MENU = ("my_cases", "status", "help", "language")
STAFF_MENU = ("open", "tasks", "overdue", "duty_on", "duty_off", "help", "language")

# Words of rules that later issues build: they are read, and fail where they are played.
LATER_BUTTONS = frozenset(
    {
        "decline", "quick_exit", "summon", "quote", "emergency_on",
        "emergency_off", "roll_call", "answer", "record_visit",
    }
)  # fmt: skip
LATER_NOTICES = frozenset(
    {
        "quote", "summons", "offer", "tracking_card", "roll_call",
    }
)  # fmt: skip

NOTICE_KEYS = frozenset({"notice", "case", "text", "at", "due", "onsite_due", "lang", "buttons"})
CASE_KEYS = frozenset(
    {
        "state", "level", "item", "items", "unit", "due", "urgency", "person", "response_due", "round",
        "close_reason", "linked", "master", "source", "late", "rating",
    }
)  # fmt: skip
ASSIGNMENT_KEYS = frozenset({"level", "unit", "person", "accepted_at", "outcome"})
KPI_KEYS = frozenset(
    {"volume", "completion_rate", "timeliness_rate", "satisfaction_rate", "return_rate", "demands"}
)
ANSWER_KEYS = frozenset(
    {
        "unit", "item", "reason", "tried", "hours", "note", "result", "price", "person", "date", "text", "area",
        "ended", "cause", "so_far", "why", "plan",
    }
)  # fmt: skip
INSTANT_KEYS = frozenset({"at", "due", "onsite_due", "response_due", "accepted_at"})
LEARNS = ("activated", "kept_old", "same", "nothing")
FAULTS = ("fail", "throttled", "maybe_sent", "unreachable", "rejected")
SENT_KINDS = ("photo", "video", "voice", "document", "location", "text", "unsupported")


def listed() -> dict[str, list[str]]:
    """Every list of words, for `minhu journey --keys`."""
    return {
        "steps": [
            "resident", "handler", "says", "sends", "presses", "with", "case", "card_of", "choice", "silent",
            "binds", "wait", "until", "expect", "people", "fault", "restart", "duplicate",
            "learn",
        ],
        "sends": list(SENT_KINDS),
        "with": sorted(ANSWER_KEYS),
        "presses (resident)": [*RESIDENT_BUTTONS, *RESIDENT_MENU],
        "presses (handler)": [*STAFF_BUTTONS, *STAFF_MENU],
        "presses (not built yet)": sorted(LATER_BUTTONS),
        "expect notice": ["to", "first", "nothing", "not", *sorted(NOTICE_KEYS)],
        "expect case": ["case", "assignment", *sorted(CASE_KEYS)],
        "expect assignment": sorted(ASSIGNMENT_KEYS),
        "expect counts": ["cases", "drafts"],
        "expect events": ["case", "kinds", "exact"],
        "expect kpi": ["unit", "person", *sorted(KPI_KEYS)],
        "fault": list(FAULTS),
        "learn": [*LEARNS, "rollback"],
        "notices": [notice.value for notice in Notice],
        "notices (not built yet)": sorted(LATER_NOTICES),
        "events": [kind.value for kind in EventKind],
        "states": [state.value for state in State],
        "levels": [level.value for level in Level],
        "urgencies": [urgency.value for urgency in Urgency],
        "outcomes": [outcome.value for outcome in Outcome],
        "close reasons": [reason.value for reason in CloseReason],
        "roles": [role.value for role in Role],
    }  # fmt: skip
