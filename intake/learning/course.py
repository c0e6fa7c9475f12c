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
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from casecore import corrections, models
from casecore.store.engine import Record
from casecore.store.tables import Case, Correction
from intake.evaluate import Line
from intake.learning import files
from intake.learning.adapt import Arrays, adapt, load, write
from intake.learning.examples import Gathered, Lesson, gather
from intake.learning.trial import Trial, Verdict, without_places, words_of
from intake.matter.model import MODEL
from intake.matter.train import Text, listed, written
from intake.understand import Understander

# How often harm is answered by leaving out what did it; each try costs as much as the first.
TRIES = 2


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
        trial = Trial(
            old=old, held=self.held, cases=material.cases, names=material.names,
            known=_taught(self.base), sample=self.sample,
        )  # fmt: skip
        found = self._best_of(trial, gathered.lessons, shipped, material, draft)
        report |= {**found.report, "file_sha256": files.sha256_of(draft), "worse": list(found.worse)}
        report |= {"version": material.number, "parent": material.active, "better": found.better}
        state = "activated" if found.better else "kept_old"
        return Outcome(state=state, version=material.number, report=report)

    def _best_of(
        self, trial: Trial, lessons: Sequence[Lesson], shipped: Arrays, material: Material, draft: Path
    ) -> Verdict:
        """Learn; where that does harm, once more without the lessons that did it, so that a few bad ones do not keep
        the good ones from being learned. The first verdict stands when nothing better comes of it."""
        first = self._one(trial, lessons, shipped, material, draft)
        last, aside = first, []
        for _ in range(TRIES):
            blamed = {each.id for each in last.blamed}
            rest = [each for each in lessons if each.id not in blamed]
            if last.better or not blamed or not rest:
                break
            aside += [each for each in lessons if each.id in blamed]
            lessons = rest
            last = self._one(trial, lessons, shipped, material, draft)
        if not last.better:
            return first
        told = [{"case": each.case, "before": each.before, "after": each.code} for each in aside]
        return replace(last, report={**last.report, "learned": len(lessons), "set_aside": told})

    def _one(
        self, trial: Trial, lessons: Sequence[Lesson], shipped: Arrays, material: Material, draft: Path
    ) -> Verdict:
        texts = [words_of(lesson.text, self.base) for lesson in lessons]
        known = [text.text for text in trial.known]
        taught = [without_places(lesson.text, self.base) for lesson in lessons]
        made = adapt(shipped, lessons, taught, known, version=material.number)
        write(made.arrays, draft)
        new = trial.old.taught(model=draft, version=material.number)
        new.warm()  # the file may be written over by the next try
        return trial.judge(new, lessons, texts, made)

    def _old(self, material: Material) -> Understander:
        if material.active == models.SHIPPED:
            return self.base
        file = files.file_of(self.models, material.active)
        return self.base.taught(model=file, version=material.active)

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


def _taught(base: Understander) -> list[Text]:
    """What the shipped model was taught of matters that are on the list today: texts, and the list's own words."""
    items = base.territory.items
    return [text for text in (*written(), *listed(tuple(items.values()))) if text.code in items]


def data_hash(lessons: Sequence[Lesson], shipped: str) -> str:
    """SHA-256 of everything that a model is made from: the lessons that count, and the shipped model."""
    told = sorted((each.text, each.code, each.weight) for each in lessons)
    return hashlib.sha256(json.dumps([shipped, told], ensure_ascii=False).encode()).hexdigest()


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
