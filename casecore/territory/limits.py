"""The district's choice of limits: service_levels.yaml read into ServiceLevels, each number in its range."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from casecore.territory.document import Document
from casecore.territory.model import ServiceLevels

FILE = "service_levels.yaml"
YEAR_HOURS = 8760  # nothing in the rules waits longer than a year
DAY_MINUTES = 1440
_HOUR_OF_DAY = (0, 24)
_PERCENT = (0, 100)
_TIMES = (0, 20)  # "at most N a case": more than twenty is no limit

RANGES: dict[str, tuple[int, int]] = {
    "claim_day_starts": _HOUR_OF_DAY,
    "claim_day_ends": _HOUR_OF_DAY,
    "claim_night_until": _HOUR_OF_DAY,
    "draft_reminder_hour": (0, 23),
    "files_a_day": (1, 1000),
    "files_mb_a_day": (20, 10_000),  # less would not hold the largest file that is taken
    "same_photo_days": (1, 3650),
    "quiet_starts": _HOUR_OF_DAY,
    "quiet_ends": _HOUR_OF_DAY,
    "response_day_starts": _HOUR_OF_DAY,
    "response_day_ends": _HOUR_OF_DAY,
    "response_night_until_minutes": (0, DAY_MINUTES),
    "place_questions": _TIMES,
    "upheld_returns_max": _TIMES,
    "contact_tries": _TIMES,
    "promise_days": (1, 365),
    "suspend_days_s2": (1, 365),
    "suspend_days_s4": (1, 365),
    "suspend_review_days": (1, 365),
    "extension_urgent_percent": _PERCENT,
    "reopenings_max": _TIMES,
    "learn_weight_resident": _PERCENT,
    "learn_weight_handler": _PERCENT,
    "learn_weight_desk": _PERCENT,
    "learn_shadow_changed": _PERCENT,
    "merge_metres": (0, 5000),  # farther apart is another place, whatever the matter
    "hard_residents": (2, 1000),
    "hard_cases": (2, 1000),
}
_RISING = (
    ("claim_day_starts", "claim_day_ends"),
    ("response_day_starts", "response_day_ends"),
    ("response_minutes_emergency", "response_minutes_urgent"),
    ("response_minutes_urgent", "response_minutes_normal"),
)


def read_levels(document: Document) -> ServiceLevels:
    """The limits; a key that is left out keeps the value of the rules (R0–R11)."""
    kinds = {field.name: str(field.type) for field in fields(ServiceLevels)}
    chosen: dict[str, Any] = {}
    for name, value in document.data.items():
        if name not in kinds:
            document.note((name,), "unknown_key", value=value)
        elif kinds[name] == "int":
            if _in_range(document, name, value):
                chosen[name] = value
        elif _list_in_range(document, name, value):
            chosen[name] = tuple(value)
    levels = ServiceLevels(**chosen)
    _check_rising(document, levels)
    return levels


def _range(name: str) -> tuple[int, int]:
    if name in RANGES:
        return RANGES[name]
    return (1, 7 * DAY_MINUTES) if "minutes" in name else (1, YEAR_HOURS)


def _in_range(document: Document, name: str, value: object) -> bool:
    low, high = _range(name)
    if isinstance(value, bool) or not isinstance(value, int):
        document.note((name,), "not_whole", value=value)
        return False
    if not low <= value <= high:
        document.note((name,), "out_of_range", value=value, low=low, high=high)
        return False
    return True


def _list_in_range(document: Document, name: str, value: object) -> bool:
    if not isinstance(value, list):
        document.note((name,), "not_a_list", value=value)
        return False
    wrong = [entry for entry in value if not _in_range(document, name, entry)]
    if wrong:
        return False
    if sorted(set(value)) != value:
        document.note((name,), "not_ascending", value=value)
        return False
    return True


def _check_rising(document: Document, levels: ServiceLevels) -> None:
    for low, high in _RISING:
        if getattr(levels, low) > getattr(levels, high):
            name = high if high in document.data else low
            detail = f"{low} must not be above {high}"
            document.note((name,), "bad_order", value=document.data.get(name, ""), detail=detail)
