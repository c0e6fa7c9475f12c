"""What binding looks at and what it answers: plain values, no record, no territory, no clock.

Candidate   a case of this person that the words may be about
Line        one line of the conversation so far; Memory is the lines, oldest first
Signals     the message itself
Verdict     Bound to a case · Ask which · New matter · Apart (a greeting, a wish of the whole chat)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casecore.vocabulary import Side
from intake.judgement import Because, Understanding

NEW = "new"
"""The reading that the words are of no case: a new matter, or (a handler's) of a case that cannot be told."""

# A list of cases that the bot has shown gives 第二个 its meaning so long; later nobody has it before their eyes.
LIST_LASTS = timedelta(hours=12)
# A sender's clock counts whole seconds, ours does not: a message this much "before" a line may answer it.
CLOCK_SLACK = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that the sender may speak of: theirs if they are a resident, held by them if they are a handler."""

    id: str
    number: str
    open: bool = True
    done: bool = False
    waiting: bool = False
    """Sent to this handler and not accepted yet: 收到 is about one of these."""
    over: bool = False
    """Closed, and still within the window in which it may be rated anew or reopened (R11.5)."""
    item: str | None = None
    words: str = ""
    """What it was about when it was filed: the resident's words, and the place in their words."""
    item_words: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()
    """Units from its place up to the root; empty while nobody knows the place."""
    opened_at: datetime | None = None
    asked_at: datetime | None = None
    """When its handler asked the resident something that is not answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the conversation. `listed`: the cases that it offered as a list, in the order shown."""

    at: datetime
    incoming: bool
    case_id: str | None = None
    notice: str = ""
    text: str = ""
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The newest lines of the conversation before this message, oldest first."""

    lines: tuple[Line, ...] = ()

    def until(self, instant: datetime) -> Memory:
        """What the sender can have seen: a message that was long under way answers nothing said meanwhile."""
        return Memory(lines=tuple(line for line in self.lines if line.at <= instant + CLOCK_SLACK))

    def listed(self, now: datetime) -> tuple[str, ...]:
        """The list that was shown last, while it may still be before the sender's eyes."""
        for line in reversed(self.lines):
            if line.listed:
                return line.listed if now - line.at <= LIST_LASTS else ()
        return ()


NOTHING_SAID = Memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Cosines (0–1) of a text's meaning with a case as it was filed, with its item, and with what was said since."""

    filed: float = 0.0
    item: float = 0.0
    said: float = 0.0


NOWHERE = Nearness()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The message. `reply_case` is the case of the line it replies to, whoever's that case is."""

    side: Side
    text: str
    understood: Understanding
    sent_at: datetime
    pictures: bool = False
    sound: bool = False
    point: bool = False
    reply_case: str | None = None
    writing: bool = False
    """A request is being written in this conversation that is not filed yet."""
    draft_words: str = ""
    draft_lineage: tuple[str, ...] = ()
    places: tuple[tuple[str, ...], ...] = ()
    """The lineages of the places that the words name, surest first."""
    chances: Mapping[str, float] = field(default_factory=dict)
    """The trained model's chance of each item of the list."""
    meaning: Mapping[str, Nearness] = field(default_factory=dict)
    """For each case (and `NEW`, the request being written) how near its meaning is."""

    @property
    def silent(self) -> bool:
        """A picture, sound or point without a word."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """These words are about this case. `pointing`: they do nothing but point at it ("第二个")."""

    case_id: str
    probability: float = 1.0
    pointing: bool = False
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Not clear: the likeliest cases, likeliest first, at most `BUTTONS_MOST`."""

    case_ids: tuple[str, ...]
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A new matter, or more words for the request that is being written."""

    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """About no case in particular: thanks, a greeting, the list of all cases, a number that is not theirs."""

    because: tuple[Because, ...] = ()


Verdict = Bound | Ask | New | Apart
