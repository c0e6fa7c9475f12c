"""The evidence for each reading of a message, as numbers by name: one set a case, and one for "none of them".

Each number stands for one kind of evidence (its name is a key of the locales, `because.<name>`, where people see
it); `weights.WEIGHTS` says what it is worth. Words that only a few kinds of message have are patterns here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from casecore.vocabulary import Side
from intake.binding.likeness import Likeness, likeness, terms
from intake.binding.naming import Naming
from intake.binding.signals import NEW, NOWHERE, Candidate, Line, Memory, Signals

Evidence = dict[str, float]

RECEIPT = re.compile(
    r"^(?:好的?[,，]?\s*)?(?:收到|接单|接了|已接|我接|马上(?:去|到|来)|got it|on it|accept(?:ed)?|will do)"
    r"[\s。.!！,，了]*$",
    re.IGNORECASE,
)
# "one more lamp": of the same kind, and yet another matter.
ANOTHER = re.compile(
    r"另外(?!的)|还有一(?:盏|个|处|件|条|根|辆|家|棵|块)|再(?:反映|报|说)一(?:个|件)|新的?(?:问题|事情)|别的(?:问题|事)|顺便(?:再)?(?:反映|报)"
    r"|\banother\b|\bone more\b|\ba new (?:problem|issue|one)\b|\balso want to report\b",
    re.IGNORECASE,
)
# Words that go on about something known already.
_GOES_ON = re.compile(
    r"又(?!有一)|还是|还在|还没|仍然|依然|补充|更(?:大|多|严重|厉害|浓|臭|吵)|越来越|怎么样了|到哪了|呢[?？。]*$|上次|催|没来|来了没|那个|那件|这个"
    r"|好了|停了|退了|走了|来了|还不|"
    r"\bstill\b|\bagain\b|\bany news\b|\bworse\b|\bwhat about\b|\band the\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"又|再次|上次|again", re.IGNORECASE)
_ANSWER = re.compile(
    r"^(?:是的?|对的?|不是|没有|有的?|在|要|可以|不行|好的?)[\s,，。!！]*$|^\D{0,6}\d+\D{0,4}$|[号幢栋楼室点岁年]$|^\d",
)

# Notices that only answer what the sender did: they bring up nothing by themselves.
ECHOES = frozenset(
    {"added", "thanks", "urged", "status", "rated", "noted", "prompt", "case_file", "cancelled"}
)
# What a handler presses or opens shows in these: the case in hand.
IN_HAND = frozenset({"noted", "prompt", "case_file"})

TALK_LASTS = timedelta(minutes=12)
TOLD_LASTS = timedelta(minutes=45)
TOLD_LASTS_HANDLER = timedelta(minutes=25)
ALBUM_LASTS = timedelta(minutes=3)
WORDS_MOST, LETTERS_MOST = 3.0, 1.5
"""More words in common make it no surer: a quoted message shares them all."""
NO_CHANCE = 1e-3
"""The model's chance of an item that it thinks nothing of: below it one number is as good as another."""


def evidence(
    signals: Signals, candidates: Sequence[Candidate], memory: Memory, named: Naming
) -> tuple[dict[str, Evidence], dict[str, dict[str, str]]]:
    """For each case's id and `NEW` the numbers, and for some of them the words that they come from."""
    alike = likeness(_without_places(signals), candidates, memory)
    found: dict[str, Evidence] = {}
    shown: dict[str, dict[str, str]] = {}
    for candidate in candidates:
        found[candidate.id] = _of_case(signals, candidate, candidates, alike[candidate.id])
        shown[candidate.id] = {"words": " ".join(alike[candidate.id].shown), "item": candidate.item or ""}
    found[NEW] = _of_none(signals, candidates)
    shown[NEW] = {"intent": signals.understood.intent}
    for name in named.named:
        found[name.case_id]["named"] = name.weight
        shown[name.case_id]["named"] = name.text
    _asked(found, signals, candidates, memory)
    _spoken_of(found, signals, candidates, memory)
    return found, shown


def _without_places(signals: Signals) -> str:
    """A named place is weighed as a place; its letters are no words in common besides."""
    text = signals.text
    for guess in signals.understood.places:
        if guess.text and guess.unit_id:
            text = text.replace(guess.text, " ")
    return text


def _of_case(
    signals: Signals, candidate: Candidate, candidates: Sequence[Candidate], alike: Likeness
) -> Evidence:
    e: Evidence = {"words": min(alike.words, WORDS_MOST), "letters": min(alike.letters, LETTERS_MOST)}
    if signals.text and candidate.item is not None:
        chance = max(signals.chances.get(candidate.item, 0.0), NO_CHANCE)
        e["item"] = math.log(chance / NO_CHANCE) / math.log(1 / NO_CHANCE)
        category = candidate.item.partition("-")[0]
        e["category"] = sum(p for code, p in signals.chances.items() if code.partition("-")[0] == category)
    near = signals.meaning.get(candidate.id, NOWHERE)
    e |= {"meaning": near.filed, "meaning_item": near.item, "meaning_said": near.said}
    e |= _place(signals, candidate, candidates)
    e |= _taken(signals, candidate) if signals.side is Side.HANDLER else _state(signals, candidate)
    return e


def _place(signals: Signals, candidate: Candidate, candidates: Sequence[Candidate]) -> Evidence:
    if not signals.places or not candidate.lineage:
        return {}
    if not _there(signals, candidate):
        return {"place_elsewhere": 1.0}
    spots = [guess.text for guess in signals.understood.places if guess.text and guess.unit_id]
    if not any(spot in candidate.words for spot in spots):
        return {"place_other_spot": 1.0}
    alone = len(candidates) > 1 and not all(_there(signals, other) for other in candidates)
    return {"place_alone": 1.0} if alone else {"place_shared": 1.0}


def _there(signals: Signals, candidate: Candidate) -> bool:
    return any(nested(place, candidate.lineage) for place in signals.places)


def nested(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Is one place the other, or inside it? Lineages begin with the unit itself."""
    return bool(a and b) and (a[0] in b or b[0] in a)


def _taken(signals: Signals, candidate: Candidate) -> Evidence:
    """收到 is said to a task that waits; work is reported on one that was taken."""
    if RECEIPT.match(signals.text.strip()):
        return {"receipt_waiting": 1.0} if candidate.waiting else {"receipt_taken": 1.0}
    return {"waiting": 1.0} if candidate.waiting else {}


def _state(signals: Signals, candidate: Candidate) -> Evidence:
    """What the words want fits some states only: stars a finished case, withdrawal an open one."""
    understood = signals.understood
    rated = understood.intent == "rating" and not signals.silent
    e: Evidence = {}
    if rated and understood.rating is not None:
        e["stars_done" if candidate.done else "stars_over" if candidate.over else "stars_open"] = 1.0
    elif rated:
        e["verdict_finished" if candidate.done or candidate.over else "verdict_open"] = 1.0
    elif understood.intent in ("cancel", "status"):
        e["wants_open" if candidate.open else "wants_finished"] = 1.0
    elif candidate.done:
        e["done"] = 1.0
    if not (candidate.open or candidate.done or candidate.over):
        e["past"] = 1.0
    if candidate.over:
        e["over_again" if rated or _AGAIN.search(signals.text) else "over"] = 1.0
    return e


def _of_none(signals: Signals, candidates: Sequence[Candidate]) -> Evidence:
    """For residents: a new matter. For handlers: nothing tells which, and a guess may reach the wrong resident."""
    if signals.side is Side.HANDLER:
        return {"handler_base": 1.0} if len(candidates) > 1 else {"handler_alone": 1.0}
    understood = signals.understood
    e: Evidence = {"base": 1.0}
    if signals.writing:
        wants_other = understood.intent in ("status", "rating", "cancel")
        shared = set(terms(signals.draft_words)) & set(terms(signals.text))
        e |= {
            "draft": 0.0 if wants_other else 1.0, "draft_words": min(3.0, float(len(shared))),
            "meaning": signals.meaning.get(NEW, NOWHERE).filed, "draft_silent": float(signals.silent),
        }  # fmt: skip
    if signals.silent:
        return e | {"silent": 1.0}
    known = {candidate.item for candidate in candidates}
    best = understood.matters[0] if understood.matters else None
    if best is not None and understood.intent in ("new_request", "addition"):
        e["known_item" if best.code in known else "other_item"] = best.probability
        e |= _names_place(signals, candidates)
    if understood.intent == "new_request":
        e["request"] = understood.intent_probability
        e["length"] = min(len(signals.text), 30) / 30
    else:
        e["no_request"] = 1.0
    another = ANOTHER.search(signals.text)
    e["another"] = float(bool(another))
    e["goes_on"] = float(bool(not another and _GOES_ON.search(signals.text)))
    return e


def _names_place(signals: Signals, candidates: Sequence[Candidate]) -> Evidence:
    """A place named anew: who goes on about a matter seldom says where it is, least of all the whole address."""
    if not signals.places:
        return {}
    near = any(_there(signals, candidate) for candidate in candidates if candidate.lineage)
    return {"names_place_near": 1.0} if near else {"names_place": 1.0}


def _asked(
    found: dict[str, Evidence], signals: Signals, candidates: Sequence[Candidate], memory: Memory
) -> None:
    """A handler's open question may be what the words answer; of several the newest most likely."""
    asked = [c for c in candidates if c.asked_at is not None and c.asked_at <= signals.sent_at]
    newest = max((c.asked_at for c in asked if c.asked_at), default=None)
    answers = signals.understood.intent in ("addition", "other", "rating", "greeting")
    for candidate in asked:
        e = found[candidate.id]
        e["asked_silent" if signals.silent else "asked"] = 1.0
        e["asked_last"] = float(candidate.asked_at == newest and len(asked) > 1)
        e["asked_answer"] = float(not signals.silent and (answers or bool(_ANSWER.search(signals.text))))


def _spoken_of(
    found: dict[str, Evidence], signals: Signals, candidates: Sequence[Candidate], memory: Memory
) -> None:
    """What was spoken of last: by the sender, who tends to go on, and by the bot, who is answered.

    Words that point nowhere by themselves ("三点左右可以吗") lean on it all the more.
    """
    theirs = {candidate.id for candidate in candidates}
    handler = signals.side is Side.HANDLER
    faint = _faintness(found, theirs)
    said = _last(memory, theirs, lambda line: line.incoming or (handler and line.notice in IN_HAND))
    told = _last(memory, theirs, lambda line: not line.incoming and line.notice not in ECHOES)
    if said is not None and said.case_id:
        e = found[said.case_id]
        side = "_handler" if handler else ""
        e[f"recent{side}"] = _faded(signals, said, TALK_LASTS)
        e["recent_faint"] = e[f"recent{side}"] * faint
        if signals.silent:
            e["recent_album"] = _faded(signals, said, ALBUM_LASTS)
    if told is not None and told.case_id:
        e = found[told.case_id]
        lasts = TOLD_LASTS_HANDLER if handler else TOLD_LASTS
        after = said is None or told.at >= said.at
        kind = ("told" if after else "told_before") + ("_handler" if handler else "")
        e[kind] = _faded(signals, told, lasts)
        e["told_faint"] = e[kind] * faint * after


def _faintness(found: Mapping[str, Evidence], theirs: set[str]) -> float:
    """1 when the words themselves point at no case more than at another, 0 when they clearly point at one."""
    points = sorted(
        (found[name].get("words", 0.0) + found[name].get("letters", 0.0)) / 2 + found[name].get("item", 0.0)
        + found[name].get("meaning", 0.0) + 1.5 * found[name].get("meaning_item", 0.0)
        + (1.0 if "place_alone" in found[name] or "named" in found[name] else 0.0)
        for name in theirs
    )  # fmt: skip
    ahead = points[-1] - points[-2] if len(points) > 1 else 1.0
    return max(0.0, 1.0 - ahead)


def _last(memory: Memory, theirs: set[str], fits: Callable[[Line], bool]) -> Line | None:
    return next((line for line in reversed(memory.lines) if line.case_id in theirs and fits(line)), None)


def _faded(signals: Signals, line: Line, lasts: timedelta) -> float:
    return math.exp(-max(0.0, (signals.sent_at - line.at) / lasts))
