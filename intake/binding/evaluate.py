"""How well messages find their case, measured on written conversations (JSON lines; tests/intake/binding.jsonl).

A line is a conversation: `side`, `part` (tune or held), `kind` (hard: people change the subject without a word, or
ordinary), `cases` (n, item, place, state, age_h, done_h, text), `steps`.
A step is what the bot said (`bot`, `case`, `text`, `choices`), a draft under way (`draft`), or a message (`says`,
`want`, and perhaps photo, voice, point, edit, reply_to, sent_before_min). `want` is the number of a case, "new",
"none" (about no case), or "ask": nobody could tell. Each message is judged with what was said before it, the earlier
ones bound as their labels say: one mistake is counted once.

    right         of all messages: landed where the label says, or asked where only asking is right
    asked         of all messages
    needless      of all messages: asked although the label names the case
    wrong         of all messages: landed elsewhere
    right_decided of the messages that were not asked about
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from casecore.lifecycle import OPEN_STATES, WAITING
from casecore.territory.model import Territory
from casecore.vocabulary import Side, State
from intake.binding.decide import bind
from intake.binding.gather import candidate_of, signals_of
from intake.binding.signals import Apart, Ask, Bound, Candidate, Line, Memory, Signals, Verdict
from intake.judgement import Because, Context
from intake.understand import Understander

# A Friday morning; the written conversations tell the time by minutes since they began.
BEGINS = datetime(2024, 3, 1, 10, tzinfo=UTC)
WINDOW_HOURS = 168


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One message, what was wanted and what came out."""

    conversation: str
    part: str
    kind: str
    side: str
    says: str
    want: str
    got: str
    because: tuple[Because, ...]

    @property
    def right(self) -> bool:
        return self.got == self.want

    @property
    def asked(self) -> bool:
        return self.got == "ask"


@dataclass(slots=True)
class _Talk:
    """A written conversation while it is read from above to below."""

    side: Side
    candidates: list[Candidate]
    now: datetime = BEGINS
    lines: list[Line] = field(default_factory=list)
    draft: Mapping[str, Any] | None = None


def read_conversations(path: Path) -> list[dict[str, Any]]:
    """The conversations of a file. Raises ValueError with the row's number for a bad one."""
    found: list[dict[str, Any]] = []
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not row.strip():
            continue
        try:
            conversation = json.loads(row)
            Side(conversation["side"])
            if not isinstance(conversation["steps"], list) or not isinstance(conversation["cases"], list):
                raise TypeError("cases and steps are lists")
        except (ValueError, KeyError, TypeError) as fault:
            raise ValueError(f"{path.name}, row {number}: {fault!r}") from fault
        found.append(conversation)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """One labelled message as binding meets it."""

    conversation: str
    part: str
    kind: str
    step: Mapping[str, Any]
    want: str
    signals: Signals
    candidates: tuple[Candidate, ...]
    memory: Memory
    now: datetime


def judge(conversations: Iterable[Mapping[str, Any]], understander: Understander) -> list[Judged]:
    """Every labelled message of every conversation. Raises ValueError for a place or a state that is not known."""
    judged: list[Judged] = []
    for posed in pose(conversations, understander):
        verdict = bind(posed.signals, posed.candidates, posed.memory, posed.now)
        judged.append(
            Judged(
                conversation=posed.conversation, part=posed.part, kind=posed.kind, side=posed.signals.side.value,
                says=_shown(posed.step), want=posed.want, got=_got(verdict), because=verdict.because,
            )
        )  # fmt: skip
    return judged


def pose(conversations: Iterable[Mapping[str, Any]], understander: Understander) -> Iterator[Posed]:
    """The labelled messages with what was said before each."""
    for conversation in conversations:
        try:
            yield from _posed(conversation, understander)
        except KeyError as missing:
            raise ValueError(f"{conversation.get('id')}: {missing}") from missing


def _posed(conversation: Mapping[str, Any], understander: Understander) -> Iterator[Posed]:
    talk = _Talk(
        side=Side(conversation["side"]),
        candidates=[_candidate(case, understander.territory) for case in conversation["cases"]],
    )
    for step in conversation["steps"]:
        talk.now += timedelta(minutes=step.get("after_min", 0))
        if "draft" in step:
            talk.draft = step["draft"]
        elif "bot" in step:
            _bot_said(talk, step)
        else:
            want = str(step["want"])
            yield Posed(
                conversation=str(conversation["id"]), part=str(conversation.get("part", "")),
                kind=str(conversation.get("kind", "")), step=step, want=want,
                signals=_signals(talk, step, understander), candidates=tuple(talk.candidates),
                memory=Memory(lines=tuple(talk.lines)), now=talk.now,
            )  # fmt: skip
            _was_said(talk, step, want)


def _candidate(case: Mapping[str, Any], territory: Territory) -> Candidate:
    state = State(case["state"])
    done_h = case.get("done_h")
    recent = done_h is not None and done_h <= WINDOW_HOURS
    return candidate_of(
        territory, id=str(case["n"]), number=f"MH-20240301-{case['n']:06d}", item=case["item"],
        place=territory.find_path(case["place"]).id, words=case["text"], open_=state in OPEN_STATES,
        done=state is State.DONE, over=state is State.CLOSED and recent, waiting=state in WAITING,
        opened_at=BEGINS - timedelta(hours=case["age_h"]), asked_at=None,
    )  # fmt: skip


def _bot_said(talk: _Talk, step: Mapping[str, Any]) -> None:
    case = str(step["case"]) if "case" in step else None
    notice = step["bot"]
    if notice == "asked":
        talk.candidates = [replace(c, asked_at=talk.now) if c.id == case else c for c in talk.candidates]
    if notice == "done":
        talk.candidates = [
            replace(c, open=False, done=True, over=False) if c.id == case else c for c in talk.candidates
        ]
    listed: tuple[str, ...] = tuple(str(n) for n in step.get("choices", ()))
    if notice == "list":  # my cases: the newest first
        newest_first = sorted(talk.candidates, key=lambda c: c.opened_at or BEGINS, reverse=True)
        listed = tuple(c.id for c in newest_first)
    elif notice == "tasks":
        listed = tuple(c.id for c in talk.candidates)
    talk.lines.append(
        Line(
            at=talk.now, incoming=False, case_id=case, notice=notice, text=step.get("text", ""), listed=listed
        )
    )


def _signals(talk: _Talk, step: Mapping[str, Any], understander: Understander) -> Signals:
    rated = any(c.done for c in talk.candidates)
    context = Context(
        asked="confirm" if talk.draft else "rating" if rated else None,
        open_cases=sum(c.open for c in talk.candidates),
    )
    return signals_of(
        understander, side=talk.side, text=step["says"], understood=understander.understand(step["says"], context),
        sent_at=talk.now - timedelta(minutes=step.get("sent_before_min", 0)), candidates=talk.candidates,
        memory=Memory(lines=tuple(talk.lines)), pictures=bool(step.get("photo")), sound=bool(step.get("voice")),
        point=bool(step.get("point")), reply_case=_replied(talk, step),
        draft_words=talk.draft["text"] if talk.draft else None,
    )  # fmt: skip


def _replied(talk: _Talk, step: Mapping[str, Any]) -> str | None:
    """An edit names the message it changes, which is bound already; a reply names a line about a case."""
    if step.get("edit"):
        return next((line.case_id for line in reversed(talk.lines) if line.incoming and line.case_id), None)
    return str(step["reply_to"]) if "reply_to" in step else None


def _was_said(talk: _Talk, step: Mapping[str, Any], want: str) -> None:
    """What the record would hold afterwards: the line, of its case, and the bot's word on it."""
    sent = talk.now - timedelta(minutes=step.get("sent_before_min", 0))
    case = want if want.isdigit() else None
    talk.lines.append(Line(at=sent, incoming=True, case_id=case, text=step["says"]))
    if case is not None:
        notice = "added" if talk.side is Side.RESIDENT else "noted"
        talk.lines.append(Line(at=talk.now, incoming=False, case_id=case, notice=notice))
        talk.candidates = [replace(c, asked_at=None) if c.id == case else c for c in talk.candidates]


def _got(verdict: Verdict) -> str:
    match verdict:
        case Bound(case_id=case_id):
            return case_id
        case Ask():
            return "ask"
        case Apart():
            return "none"
        case _:
            return "new"


def _shown(step: Mapping[str, Any]) -> str:
    kinds = [kind for kind in ("photo", "voice", "point", "edit", "reply_to") if step.get(kind)]
    return " ".join([*(f"[{kind}]" for kind in kinds), step["says"]]).strip()


def measures(judged: list[Judged]) -> dict[str, float | int | None]:
    """The rates named above, over all messages given."""
    total = len(judged)
    decided = [one for one in judged if not one.asked]
    return {
        "n": total,
        "right": _rate(sum(one.right for one in judged), total),
        "asked": _rate(sum(one.asked for one in judged), total),
        "needless": _rate(sum(one.asked and not one.right for one in judged), total),
        "wrong": _rate(sum(not one.right for one in decided), total),
        "right_decided": _rate(sum(one.right for one in decided), len(decided)),
        "right_after_asking": _rate(total - sum(not one.right for one in decided), total),
    }


def tables(judged: list[Judged]) -> dict[str, dict[str, float | int | None]]:
    """The rates over everything, and by part, side and kind of conversation."""
    groups: dict[str, list[Judged]] = {"all": judged}
    for one in judged:
        for name in (one.part, one.side, f"{one.part} {one.kind}"):
            if name.strip():
                groups.setdefault(name.strip(), []).append(one)
    return {name: measures(groups[name]) for name in ("all", *sorted(set(groups) - {"all"}))}


def _rate(count: int, total: int) -> float | None:
    return round(count / total, 4) if total else None
