"""Trying a new model beside the old one: both judge the same messages; the verdict says what is better and worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from casecore.redaction import redacted
from casecore.store.tables import Case
from casecore.vocabulary import CloseReason, State
from intake.evaluate import Judged, Line, judge_lines, right_item
from intake.judgement import NO_CONTEXT
from intake.learning import compare
from intake.learning.adapt import Adapted
from intake.learning.compare import Answer, Shadow, Taught
from intake.learning.examples import GOOD_ENDS, Lesson
from intake.matter.lexicon import Lexicon
from intake.matter.train import Text
from intake.reading import matter_words
from intake.understand import Understander
from intake.wording import fold, plain

# Changed answers that a person reads in a report; all of them are counted.
CHANGES_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`worse` says why the new one must not take over; `blamed` are the lessons that seem to be the cause."""

    better: bool
    worse: tuple[str, ...]
    blamed: tuple[Lesson, ...]
    report: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Trial:
    """What a new model is held against. The old one's answers are asked for once, however often there is a new one."""

    old: Understander
    held: Sequence[Line]
    cases: Sequence[Case]
    names: Sequence[str]
    known: Sequence[Text]
    sample: int = 1
    _held_old: list[Judged] | None = None
    _answers: dict[str, Answer] = field(default_factory=dict)

    def judge(
        self, new: Understander, lessons: Sequence[Lesson], texts: Sequence[str], made: Adapted
    ) -> Verdict:
        territory = self.old.territory
        held_old, held_new = self._held(), judge_lines(self.held, new)
        taught = [self._taught(t.text, t.code, new) for t in self.known[:: self.sample]]
        around = self._around(made, new)
        right = [(x.code, self._was(t).code, _best(new, t).code) for x, t in zip(lessons, texts, strict=True)]
        # What a lesson takes from a matter it may take from that matter's plainest messages too.
        losers = [old for code, old, _ in right if old != code]
        plainly = [
            self._taught(plain(fold(text)), code, new) for text, code in compare.list_words(territory, losers)
        ]
        shadow = self._shadow(new)
        most = territory.levels.learn_shadow_changed / 100
        worse = (
            *compare.worse_on_held(held_old, held_new),
            *compare.forgotten(taught, territory),
            *compare.forgotten(around, territory, "around"),
            *compare.forgotten(plainly, territory, "list"),
            *compare.shadow_worse(shadow, territory, most),
        )
        gained = sum(code == n for code, _, n in right) - sum(code == o for code, o, _ in right)
        report = {
            "held": {"n": len(self.held), "old": compare.bar(held_old), "new": compare.bar(held_new)},
            "taught": _rates([(t.code, t.old, t.new) for t in taught]),
            "list": _rates([(t.code, t.old, t.new) for t in plainly]),
            "around": _rates([(t.code, t.old, t.new) for t in around]),
            "corrected": _rates(right) | {"alone": _alone(lessons, texts, made, new)},
            "settled": _rates([(s.settled, s.old.code, s.new.code) for s in shadow if s.settled]),
            "confusion": {
                "old": compare.confusion([*_items(held_old), *((code, o) for code, o, _ in right)]),
                "new": compare.confusion([*_items(held_new), *((code, n) for code, _, n in right)]),
            },
            "shadow": {"n": len(shadow), "changed": sum(s.old.code != s.new.code for s in shadow)},
            "changes": _changes(shadow, held_old, held_new, self.names),
            "gained": gained,
        }
        lost = [*_lost(shadow), *_lost_held(held_old, held_new)]
        return Verdict(
            better=not worse and gained > 0, worse=worse, report=report,
            blamed=_blamed(lessons, right, worse, lost) if worse else (),
        )  # fmt: skip

    def _held(self) -> list[Judged]:
        if self._held_old is None:
            self._held_old = judge_lines(self.held, self.old)
        return self._held_old

    def _was(self, text: str) -> Answer:
        if text not in self._answers:
            self._answers[text] = _best(self.old, text)
        return self._answers[text]

    def _taught(self, text: str, code: str, new: Understander) -> Taught:
        return Taught(code=code, old=self._was(text).code, new=_best(new, text).code)

    def _around(self, made: Adapted, new: Understander) -> list[Taught]:
        """The shipped texts beside the lessons, by a model that was not told to keep each."""
        near = [self.known[number] for number in made.held]
        found = _blended([text.text for text in near], made.around, new)
        return [
            Taught(code=text.code, old=self._was(text.text).code, new=given)
            for text, given in zip(near, found, strict=True)
        ]

    def _shadow(self, new: Understander) -> list[Shadow]:
        found = []
        for case in self.cases:
            text = words_of(case.text, self.old)
            if text.strip():
                found.append(
                    Shadow(
                        case=case.number, text=case.text, old=self._was(text), new=_best(new, text),
                        settled=case.item_code if _settled(case) else None,
                    )
                )  # fmt: skip
        return found


def words_of(text: str, understander: Understander) -> str:
    """A text as the sorter of matters sees it: folded, without the names of places."""
    folded = fold(text)
    return matter_words(folded, understander.places.find(text, folded, NO_CONTEXT))


def without_places(text: str, understander: Understander) -> str:
    """A lesson's words: without any name of a place, landmarks too. Where it was teaches nothing of what it was."""
    folded = fold(text)
    places = understander.places.find(text, folded, NO_CONTEXT)
    words = matter_words(folded, places)
    for said in sorted({plain(fold(place.text)) for place in places if place.text}, key=len, reverse=True):
        words = words.replace(said, " ")
    return words if words.strip() else matter_words(folded, places)


def _best(understander: Understander, text: str) -> Answer:
    guess = understander.matters.sort(text).guesses[0]
    return Answer(code=guess.code, probability=guess.probability)


def _settled(case: Case) -> bool:
    ended: CloseReason | None = case.close_reason
    return case.state is State.DONE or (case.state is State.CLOSED and ended in GOOD_ENDS)


def _rates(triples: Sequence[tuple[str | None, str, str]]) -> dict[str, Any]:
    """(right, old, new) → how many, and the share each got right."""
    named = [(right, old, new) for right, old, new in triples if right is not None]
    return {
        "n": len(named),
        "old": compare.accuracy([(right, old) for right, old, _ in named]),
        "new": compare.accuracy([(right, new) for right, _, new in named]),
    }


def _alone(lessons: Sequence[Lesson], texts: Sequence[str], made: Adapted, new: Understander) -> float | None:
    """Share of lessons that a model taught by all the others answers as corrected: does it carry over?"""
    found = _blended(texts, made.alone, new)
    return compare.accuracy([(each.code, given) for each, given in zip(lessons, found, strict=True)])


def _blended(texts: Sequence[str], scores: Any, model: Understander) -> list[str]:
    """The best matter of each text from raw scores and the list's words, weighed as the sorter weighs them."""
    codes, fit = list(model.matters.model.codes), model.matters.model.fit
    lexicon = Lexicon(model.territory.items)
    found = []
    for text, row in zip(texts, scores, strict=True):
        blend = {code: fit["scale"] * float(row[column]) for column, code in enumerate(codes)}
        for code, weight in lexicon.scores(text, examples=False)[0].items():
            if code in blend:
                blend[code] += fit["words"] * weight
        found.append(max(blend, key=lambda code: (blend[code], code)))
    return found


def _items(judged: Sequence[Judged]) -> list[tuple[str, str]]:
    """(right, given) of held-out requests; a given one that is among the acceptable ones is right."""
    pairs = []
    for one in judged:
        if one.line.intent == "new_request" and one.line.codes and one.got.matters:
            given = one.got.matters[0].code
            pairs.append((given if given in one.line.codes else one.line.codes[0], given))
    return pairs


def _changes(
    shadow: Sequence[Shadow], old: Sequence[Judged], new: Sequence[Judged], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Messages whose answer changes, residents' first, without names and numbers."""
    found = [
        {
            "where": "shadow", "case": each.case, "text": redacted(each.text, names=names)[:120],
            "old": each.old.code, "old_share": each.old.probability, "new": each.new.code,
            "new_share": each.new.probability, "right": each.settled,
        }
        for each in shadow
        if each.old.code != each.new.code
    ]  # fmt: skip
    for before, after in zip(old, new, strict=True):
        if before.got.matters and before.got.matters[0].code != after.got.matters[0].code:
            was, now = before.got.matters[0], after.got.matters[0]
            found.append(
                {
                    "where": "held", "case": before.line.id, "text": before.line.text[:120], "old": was.code,
                    "old_share": was.probability, "new": now.code, "new_share": now.probability,
                    "right": ", ".join(before.line.codes) or None,
                }
            )  # fmt: skip
    return found[:CHANGES_MOST]


def _lost(shadow: Sequence[Shadow]) -> list[str]:
    """What settled messages were wrongly taken for that the old one had right."""
    return [s.new.code for s in shadow if s.settled == s.old.code and s.new.code != s.settled]


def _lost_held(old: Sequence[Judged], new: Sequence[Judged]) -> list[str]:
    return [
        after.got.matters[0].code
        for before, after in zip(old, new, strict=True)
        if before.line.codes and after.got.matters and right_item(before, 1) and not right_item(after, 1)
    ]


def _blamed(
    lessons: Sequence[Lesson],
    right: Sequence[tuple[str, str, str]],
    worse: Sequence[str],
    lost: Sequence[str],
) -> tuple[Lesson, ...]:
    """The lessons that take from a matter that was unlearned, or to one that others were wrongly taken for."""
    robbed = {reason.partition(".")[2] for reason in worse} - {""}
    takers = set(lost)
    return tuple(
        lesson
        for lesson, (code, was, _) in zip(lessons, right, strict=True)
        if was in robbed or code in takers
    )
