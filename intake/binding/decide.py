"""Whose words are these? Evidence for each of the person's cases is added up in log-odds; in doubt the bot asks.

a number that is theirs, a reply to a line about a case ──► that case
thanks, a greeting, the list of all                     ──► apart
otherwise   shared words, meaning, item, place, who asked, what was spoken of last, what the words want
            against "something new" (residents) or "cannot tell" (handlers)
            ──► the best one if it is sure enough, else the question
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from casecore.vocabulary import Side
from intake.binding.features import ANOTHER, Evidence, evidence
from intake.binding.likeness import likeness
from intake.binding.naming import Naming, naming, points_only
from intake.binding.signals import NEW, Apart, Ask, Bound, Candidate, Memory, New, Signals, Verdict
from intake.binding.weights import WEIGHTS
from intake.judgement import Because, PlaceGuess

# Telegram and the web chat show four cases and "something new" without scrolling on a small phone.
BUTTONS_MOST = 4
# The chance of being right from which nobody is asked: the bar is 99 of 100 over all, and most are far surer.
SURE = 0.75
# A note by a handler is read by a resident, perhaps the wrong one.
SURE_OF_HANDLER = 0.85
# Cases less likely than this are not worth a button while likelier ones are there.
FAINT = 0.02
# So sure of what it is about that another matter than the open ones is meant.
SURE_MATTER = 0.8
# "高桥社区那边呢" only points at a place; "…路灯不亮" says what is the matter there.
LETTERS_OF_A_MATTER = 4
# Evidence kept for the file and for whoever asks why: more than a person reads.
BECAUSE_MOST = 6

_ALL = re.compile(
    r"(?:我(?:的|有|报的?|交的?)?(?:哪些|几件|所有|全部)(?:.{0,4}(?:办件|事|件|单|报修|诉求))?|(?:几件|所有|全部).{0,3}(?:办件|事|件|单)"
    r"|我的(?:办件|诉求|工单|记录)|\bmy (?:cases|reports|requests)\b|\ball (?:of )?my (?:cases|reports)\b)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^(?:好的?|嗯+|哦+|行|收到|知道了|明白|非常|十分|太|多|真的?|麻烦|[\s,，。!！~])*(?:谢谢?|感谢|多谢|辛苦|麻烦(?:了|你们)|再见|拜拜|晚安|你好|您好|在吗|早上好|晚上好"
    r"|hello|hi|hey|thanks?|thank you|thx|bye|good (?:morning|evening|night))"
    r"(?:你们?|您|大家|师傅|了|啦|啊|哈|very much|so much|a lot|[\s,，。.!！~])*$",
    re.IGNORECASE,
)


def bind(signals: Signals, candidates: Sequence[Candidate], memory: Memory, now: datetime) -> Verdict:
    """Which of `candidates` the message is about. Never answers with a case that is not among them."""
    seen = memory.until(signals.sent_at)
    named = naming(signals.text, candidates, seen, now)
    verdict = settled(signals, candidates, seen, named)
    if verdict is not None:
        return verdict
    found, shown = evidence(signals, candidates, seen, named)
    return _verdict(signals, found, shown)


def settled(
    signals: Signals, candidates: Sequence[Candidate], memory: Memory, named: Naming
) -> Verdict | None:
    """What needs no weighing."""
    return (
        _clear(signals, candidates, named)
        or _apart(signals, named, candidates, memory)
        or _another(signals, named, candidates)
    )


def _another(signals: Signals, named: Naming, candidates: Sequence[Candidate]) -> New | None:
    """A whole request: it says what and where, and no case is of that, or it says itself that it is one more."""
    understood = signals.understood
    best = understood.matters[0] if understood.matters else None
    if signals.side is Side.HANDLER or understood.intent != "new_request" or named.named or best is None:
        return None
    where = next((said for said in map(_said_of, understood.places) if said), "")
    told = len(re.findall(r"\w", signals.text.replace(where, "")))
    if not where or told < LETTERS_OF_A_MATTER or best.probability < SURE_MATTER:
        return None
    other = all(candidate.item != best.code for candidate in candidates)
    more = ANOTHER.search(signals.text)
    past = not any(c.item == best.code and (c.open or c.done or c.over) for c in candidates)
    if not (other or more or past):
        return None
    because = (
        Because(kind="item", text=best.code, weight=best.probability),
        Because(kind="place_name", text=where, weight=1.0),
    )
    return New(because=because)


def _said_of(place: PlaceGuess) -> str:
    """The words that name a place, or that point at home or at the last one: "the same place as before"."""
    if place.text and place.unit_id:
        return place.text
    return next((b.text for b in place.because if b.kind in ("home_said", "last_place_said")), "")


def _clear(signals: Signals, candidates: Sequence[Candidate], named: Naming) -> Verdict | None:
    """What needs no weighing: a number that is theirs, a reply to a line about a case of theirs, no case at all."""
    sure = [name for name in named.named if name.sure]
    if len({name.case_id for name in sure}) == 1:
        because = (Because(kind="number", text=sure[0].text, weight=sure[0].weight),)
        return Bound(case_id=sure[0].case_id, because=because, pointing=points_only(signals.text))
    if named.foreign:
        return Apart(because=(Because(kind="number", text=named.foreign, weight=0.0),))
    if any(candidate.id == signals.reply_case for candidate in candidates):
        assert signals.reply_case is not None
        return Bound(case_id=signals.reply_case, because=(Because(kind="reply", text="", weight=9.0),))
    if not candidates:
        return New() if signals.side is Side.RESIDENT else Ask(case_ids=())
    return None


def _apart(signals: Signals, named: Naming, candidates: Sequence[Candidate], memory: Memory) -> Apart | None:
    if named.named or signals.silent:
        return None
    said = signals.text.strip()
    if _ALL.search(said) and not any(len(words) > 1 for words in _shared_words(said, candidates)):
        return Apart(because=(Because(kind="phrase", text=said[:20], weight=1.0),))
    if signals.side is Side.HANDLER or signals.pictures:
        return None
    if _THANKS.match(said) or not re.search(r"\w", said):
        return Apart(because=(Because(kind="phrase", text=said[:20], weight=1.0),))
    return None


def _shared_words(text: str, candidates: Sequence[Candidate]) -> list[tuple[str, ...]]:
    return [alike.shown for alike in likeness(text, candidates, Memory()).values()]


# -- the verdict


def chances_of(found: Mapping[str, Evidence], weights: Mapping[str, float] = WEIGHTS) -> dict[str, float]:
    """How likely each reading is: the softmax of its evidence's sum."""
    scores = {name: sum(weights[kind] * value for kind, value in e.items()) for name, e in found.items()}
    top = max(scores.values())
    powers = {name: math.exp(score - top) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


def _verdict(
    signals: Signals, found: Mapping[str, Evidence], shown: Mapping[str, Mapping[str, str]]
) -> Verdict:
    chances = chances_of(found)
    ranked = sorted(chances, key=lambda name: (-chances[name], name))
    best = ranked[0]
    sure = SURE_OF_HANDLER if signals.side is Side.HANDLER else SURE
    because = _because(found[best], shown[best])
    if chances[best] >= sure:
        if best != NEW:
            return Bound(
                case_id=best, probability=round(chances[best], 4), because=because,
                pointing=points_only(signals.text),
            )  # fmt: skip
        if signals.side is Side.RESIDENT:
            return New(because=because)
    cases = [name for name in ranked if name != NEW]
    likely = [name for name in cases if chances[name] >= FAINT] or cases
    return Ask(case_ids=tuple(likely[:BUTTONS_MOST]), because=because)


def _because(e: Evidence, shown: Mapping[str, str]) -> tuple[Because, ...]:
    worth = {kind: WEIGHTS[kind] * value for kind, value in e.items()}
    ranked = sorted((kind for kind in worth if worth[kind]), key=lambda kind: (-abs(worth[kind]), kind))
    return tuple(
        Because(kind=kind, text=shown.get(kind, ""), weight=round(worth[kind], 2)) for kind in ranked
    )[:BECAUSE_MOST]
