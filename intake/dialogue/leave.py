"""A handler asks the level above for leave, or answers such a request: what presses and answers mean (R2.4, R6, R7)."""

from __future__ import annotations

import re

from casecore.messages import Button, Press
from casecore.vocabulary import SuspensionReason
from intake.dialogue.effects import ActOn, Effect, Rows

# A request's buttons are yes and no like any other decision's; their value tells them apart (`a.<end of its id>`).
APPROVAL = "a."
_NUMBER = re.compile(r"(?<!\d)(\d{1,3})(?!\d)")
_DAYS = re.compile(r"天|日|days?\b", re.IGNORECASE)
_HALF_DAY = re.compile(r"半天|half a day", re.IGNORECASE)
_WORDS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
_HAN = re.compile(r"([一两二三四五六七])\s?个?(天|日|小时|钟头)")
_CAUSES: tuple[tuple[SuspensionReason, re.Pattern[str]], ...] = (
    (SuspensionReason.S1, re.compile(r"^\s*(?:s?1|①)\s*$|居民|联系不上|答复|resident|answer", re.IGNORECASE)),
    (
        SuspensionReason.S2,
        re.compile(r"^\s*(?:s?2|②)\s*$|法定|法律|诉讼|仲裁|程序|legal|procedure", re.IGNORECASE),
    ),
    (SuspensionReason.S3, re.compile(r"^\s*(?:s?3|③)\s*$|天气|台风|暴雨|下雪|weather|storm", re.IGNORECASE)),
    (
        SuspensionReason.S4,
        re.compile(r"^\s*(?:s?4|④)\s*$|配件|缺货|材料|预算|季节|parts?\b|season|budget", re.IGNORECASE),
    ),
)
# With a date the level above sees until when; the others have the longest time of their reason.
_DATED = frozenset({SuspensionReason.S2, SuspensionReason.S4})


def leave(press: Press) -> list[Effect] | None:
    """The answer to a request; None when the button is about something else."""
    if press.act in {"approve", "refuse"} and press.value.startswith(APPROVAL):
        which = press.value.removeprefix(APPROVAL)
        return [ActOn(act=f"approval_{press.act}", case_id=press.subject, args={"approval": which})]
    return None


def hours_of(said: str) -> int | None:
    """`24`, `两天`, `half a day` in hours; None when no length is named."""
    if _HALF_DAY.search(said):
        return 12
    han = _HAN.search(said)
    if han:
        return _WORDS[han[1]] * (24 if han[2] in "天日" else 1)
    number = _NUMBER.search(said)
    if number is None or int(number[1]) == 0:
        return None
    return int(number[1]) * (24 if _DAYS.search(said) else 1)


def cause_of(said: str) -> str | None:
    """Which of the four reasons of R7 the words or the button name."""
    return next((cause.value for cause, pattern in _CAUSES if pattern.search(said)), None)


def more_needs(cause: str) -> tuple[str, ...]:
    """What is asked once the reason is known."""
    return ("reason", "date") if SuspensionReason(cause) in _DATED else ("reason",)


def causes(case_id: str) -> Rows:
    return tuple(
        (Button(act="suspend", subject=case_id, value=cause.value, label=f"button.suspend_{cause.value}"),)
        for cause in SuspensionReason
    )
