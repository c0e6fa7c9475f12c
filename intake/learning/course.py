"""One run of learning, from the corrections of the record to a verdict: gather, adapt, compare, take over if better.

corrections ─► lessons ─► a new model beside the shipped one ─► compare ─┬─ better ─► kept, in force
                  └─ left out, with reasons                              └─ not ────► the report says why
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from casecore import corrections, models
from casecore.redaction import redacted
from casecore.store.engine import Record
from casecore.store.tables import Case, Correction
from casecore.vocabulary import CloseReason, State
from intake.evaluate import Judged, Line, judge_lines
from intake.learning import compare, files
from intake.learning.adapt import Adapted, adapt, load, write
from intake.learning.compare import Answer, Comparison, Shadow, Taught
from intake.learning.examples import GOOD_ENDS, Gathered, Lesson, gather
from intake.matter.lexicon import Lexicon
from intake.matter.model import MODEL
from intake.matter.train import written
from intake.reading import matter_words
from intake.understand import Understander
from intake.wording import fold

# Changed answers that a person reads in a report; all of them are counted.
CHANGES_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to. `state`: nothing (no lessons), same (learned already), kept_old, or activated."""

    state: str
    version: int | None
    report: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a run reads of the record, in one view of it."""

    rows: Sequence[tuple[Correction, Case]]
    cases: Sequence[Case]
    names: Sequence[str]
    active: int
    learned: str
    number: int


@dataclass(slots=True)
class Course:
    """A run over one record and its models. `base` is the shipped understanding, `held` labelled messages."""

    record: Record
    base: Understander
    models: Path
    held: Sequence[Line]
    sample: int = 1
    """Every so many-th shipped text is tried for what was unlearned: 1 but where seconds count (tests)."""

    async def run(self, *, dry: bool = False) -> Outcome:
        """Learn, compare and decide. With `dry` nothing is written, neither file nor record."""
        material = await self._read()
        with tempfile.TemporaryDirectory(prefix="minhu-learn-") as folder:
            draft = Path(folder) / files.NAME
            # Minutes of arithmetic on an old machine: the caller's loop goes on beside it.
            outcome = await asyncio.to_thread(self._learn, material, draft)
            if dry or outcome.version is None:
                return outcome
            return await self._keep(material, outcome, draft)

    async def _read(self) -> Material:
        levels = self.base.territory.levels
        async with self.record.read() as session:
            start = self.record.clock.now() - timedelta(days=levels.learn_days)
            rows = await corrections.since(session, start)
            cases = await corrections.recent_cases(session, levels.learn_shadow)
            row = await models.active(session)
            return Material(
                rows=rows, cases=cases, names=await corrections.names_of(session, cases),
                active=row.number if row else models.SHIPPED, learned=row.data_hash if row else "",
                number=await models.next_number(session),
            )  # fmt: skip

    def _learn(self, material: Material, draft: Path) -> Outcome:
        old = self._old(material)
        gathered = gather(
            material.rows, self.base.territory, self.base.matters.model.codes,
            lambda text: old.matters.sort(words_of(text, old)).chances,
        )  # fmt: skip
        report = _said(gathered)
        if not gathered.lessons:
            return Outcome(state="nothing", version=None, report=report)
        shipped = load(MODEL)
        report["data_hash"] = data_hash(gathered.lessons, str(shipped["digest"]))
        if report["data_hash"] == material.learned:
            return Outcome(state="same", version=None, report=report)
        taught = [text for text in written() if text.code]
        texts = [words_of(lesson.text, self.base) for lesson in gathered.lessons]
        made = adapt(
            shipped, gathered.lessons, texts, [text.text for text in taught], version=material.number
        )
        report["file_sha256"] = write(made.arrays, draft)
        new = old.taught(model=draft, version=material.number)
        found = self._compare(old, new, gathered.lessons, texts, made, material, report)
        report |= {"version": material.number, "parent": material.active, "better": found.better}
        report |= {"worse": list(found.worse), "gained": found.gained}
        state = "activated" if found.better else "kept_old"
        return Outcome(state=state, version=material.number, report=report)

    def _old(self, material: Material) -> Understander:
        if material.active == models.SHIPPED:
            return self.base
        file = files.file_of(self.models, material.active)
        return self.base.taught(model=file, version=material.active)

    def _compare(
        self,
        old: Understander,
        new: Understander,
        lessons: Sequence[Lesson],
        texts: Sequence[str],
        made: Adapted,
        material: Material,
        report: dict[str, Any],
    ) -> Comparison:
        territory = self.base.territory
        held_old, held_new = judge_lines(self.held, old), judge_lines(self.held, new)
        taught = [
            Taught(code=t.code, old=_best(old, t.text).code, new=_best(new, t.text).code)
            for t in written()[:: self.sample]
            if t.code in territory.items
        ]
        right = [(lesson.code, _best(old, text).code, _best(new, text).code)
                 for lesson, text in zip(lessons, texts, strict=True)]  # fmt: skip
        shadow = _shadow(material, old, new)
        gained = sum(code == n for code, _, n in right) - sum(code == o for code, o, _ in right)
        worse = (
            *compare.worse_on_held(held_old, held_new),
            *compare.forgotten(taught, territory),
            *compare.shadow_worse(shadow, territory.levels.learn_shadow_changed / 100),
        )
        found = Comparison(old=compare.bar(held_old), new=compare.bar(held_new), worse=worse, gained=gained)
        report |= {
            "held": {"n": len(self.held), "old": dict(found.old), "new": dict(found.new)},
            "taught": _rates([(t.code, t.old, t.new) for t in taught]),
            "corrected": _rates(right) | {"alone": _alone(lessons, texts, made, new)},
            "settled": _rates([(s.settled, s.old.code, s.new.code) for s in shadow if s.settled]),
            "confusion": _confusion(held_old, held_new, right),
            "shadow": {"n": len(shadow), "changed": sum(s.old.code != s.new.code for s in shadow)},
            "changes": _changes(shadow, held_old, held_new, material.names),
        }
        return found

    async def _keep(self, material: Material, outcome: Outcome, draft: Path) -> Outcome:
        """Write the run down; the file first, so that the record never names one that is not there."""
        assert outcome.version is not None
        report, better = outcome.report, outcome.state == "activated"
        now = self.record.clock.now()
        if better:
            manifest = {
                key: report[key] for key in ("version", "parent", "data_hash", "file_sha256", "lessons")
            } | {"created_at": now.isoformat(), "model": str(MODEL.name), "metrics": report["held"]["new"]}
            await asyncio.to_thread(files.keep, self.models, outcome.version, draft, manifest, report)
        async with self.record.begin() as uow:
            await models.add(
                uow, number=outcome.version, parent=material.active, data_hash=report["data_hash"],
                file_sha256=report["file_sha256"] if better else "", better=better, report=report,
            )  # fmt: skip
            if better:
                await models.activate(uow, outcome.version)
        return outcome


def words_of(text: str, understander: Understander) -> str:
    """A text as the sorter of matters sees it: folded, without the names of places."""
    from intake.judgement import NO_CONTEXT

    folded = fold(text)
    return matter_words(folded, understander.places.find(text, folded, NO_CONTEXT))


def data_hash(lessons: Sequence[Lesson], shipped: str) -> str:
    """SHA-256 of everything that a model is made from: the lessons that count, and the shipped model."""
    told = sorted((each.text, each.code, each.weight) for each in lessons)
    return hashlib.sha256(json.dumps([shipped, told], ensure_ascii=False).encode()).hexdigest()


def _best(understander: Understander, text: str) -> Answer:
    guess = understander.matters.sort(text).guesses[0]
    return Answer(code=guess.code, probability=guess.probability)


def _shadow(material: Material, old: Understander, new: Understander) -> list[Shadow]:
    found = []
    for case in material.cases:
        text = words_of(case.text, old)
        if text.strip():
            found.append(
                Shadow(
                    case=case.number, text=case.text, old=_best(old, text), new=_best(new, text),
                    settled=case.item_code if _settled(case) else None,
                )
            )  # fmt: skip
    return found


def _settled(case: Case) -> bool:
    ended: CloseReason | None = case.close_reason
    return case.state is State.DONE or (case.state is State.CLOSED and ended in GOOD_ENDS)


def _said(gathered: Gathered) -> dict[str, Any]:
    """What was learned from and what was not, by kind and role; cases by number, nobody by name."""
    against = sorted({each.case for each in gathered.left_out if each.why == "contradictory"})
    return {
        "lessons": len(gathered.lessons),
        "by_kind": dict(sorted(Counter(each.kind.value for each in gathered.lessons).items())),
        "by_role": dict(sorted(Counter(each.by_role for each in gathered.lessons).items())),
        "left_out": gathered.reasons(),
        "contradictory": against,
    }


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
    sorter, codes = new.matters, list(new.matters.model.codes)
    lexicon, fit = Lexicon(new.territory.items), sorter.model.fit
    pairs = []
    for lesson, text, scores in zip(lessons, texts, made.alone, strict=True):
        blend = {code: fit["scale"] * float(scores[column]) for column, code in enumerate(codes)}
        for code, weight in lexicon.scores(text, examples=False)[0].items():
            if code in blend:
                blend[code] += fit["words"] * weight
        pairs.append((lesson.code, max(blend, key=lambda code: (blend[code], code))))
    return compare.accuracy(pairs)


def _confusion(
    old: Sequence[Judged], new: Sequence[Judged], right: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    return {
        "old": compare.confusion([*_items(old), *((code, o) for code, o, _ in right)]),
        "new": compare.confusion([*_items(new), *((code, n) for code, _, n in right)]),
    }


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
