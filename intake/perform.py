"""Carrying out what the dialogue decided: every effect of one message in the one transaction that marks it done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casecore import cases, corrections, correspondence, drafts, outbox, parties
from casecore.acts import (
    extension,
    giveback,
    handle,
    hard,
    merge,
    move,
    promise,
    propose,
    rate,
    resident,
    rulings,
    suspension,
)
from casecore.acts.submit import Registration, submit
from casecore.authority import Actor
from casecore.errors import Fault
from casecore.messages import Owed
from casecore.offers import rating_buttons
from casecore.outbox import owe
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case, Conversation, Person
from casecore.telling import cause_of, to_person, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import CorrectionKind, Notice, SuspensionReason
from intake.dialogue.draft import Draft, Part, draft_to_json
from intake.dialogue.effects import ActOn, Bind, Drop, Duty, Effect, File, Keep, Say, Show, Speak
from intake.duplicates.find import Finder, Wanted
from intake.show import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where effects are carried out: whose conversation it is, who acts, and what caused it all."""

    conversation_id: str
    cause: str
    actor: Actor
    inbox_id: int | None = None
    drafted_since: datetime | None = None
    waiting: tuple[str, ...] = ()
    """Lines of the conversation that wait for their case, and belong to no other."""


async def perform(
    uow: UnitOfWork,
    territory: Territory,
    stage: Stage,
    effects: Sequence[Effect],
    finder: Finder | None = None,
) -> None:
    """All of them, in order. A Refusal leaves the transaction to be rolled back by its owner."""
    touched: list[str] = []
    for index, effect in enumerate(effects):
        cause = f"{stage.cause}.{index}"
        match effect:
            case Say():
                say = _of_case(effect, touched[0]) if effect.of_filed and touched else effect
                await owe(uow, _said(stage, cause, say))
            case Keep():
                await _keep(uow, stage, effect.draft)
            case Drop():
                await drafts.drop(uow, stage.conversation_id)
            case File():
                filed = await _file(uow, territory, stage, effect, finder)
                await _link(uow, stage, filed[:1], lines=effect.lines, since=stage.drafted_since)
                touched += filed
            case ActOn():
                touched.append(await act_on(uow, territory, stage, cause, effect))
                await _link(uow, stage, touched[-1:], lines=effect.lines, since=None)
            case Show():
                await show(uow, territory, stage.conversation_id, stage.actor, cause, effect)
            case Speak():
                await _speak(uow, stage, effect.lang)
            case Duty():
                await _duty(uow, stage, cause, on=effect.on)
            case Bind():
                await _bind(uow, stage, cause, effect.code)


def _of_case(say: Say, case_id: str) -> Say:
    """The notice and its buttons, about a case that had no id when they were decided."""
    rows = tuple(tuple(replace(b, subject=b.subject or case_id) for b in row) for row in say.buttons)
    return replace(say, case_id=case_id, buttons=rows)


def _said(stage: Stage, cause: str, say: Say) -> Owed:
    return Owed(
        notice=say.notice, cause=cause, conversation_id=stage.conversation_id, case_id=say.case_id,
        facts=say.facts, buttons=say.buttons, files=say.files,
    )  # fmt: skip


async def _keep(uow: UnitOfWork, stage: Stage, draft: Draft) -> None:
    await drafts.keep(
        uow, stage.conversation_id, draft.id, draft_to_json(draft), created_at=draft.created_at,
        due_at=draft.wakes_at,
    )  # fmt: skip


async def _file(
    uow: UnitOfWork, territory: Territory, stage: Stage, effect: File, finder: Finder | None
) -> list[str]:
    """R1.1, R1.3: a case for each part, the later ones linked to the first."""
    conversation = await uow.session.get_one(Conversation, stage.conversation_id)
    filed: list[str] = []
    for part in effect.parts:
        case = await submit(
            uow, territory, _registration(conversation, effect, part, filed[0] if filed else None)
        )
        for corrected in _corrected(effect, part, first=not filed):
            await corrections.note(uow, territory, case, stage.actor, corrected)
        filed.append(case.id)
        joined = effect.joins is not None and await merge.join(
            uow, territory, case, effect.joins, stage.actor
        )
        if not joined and finder is not None:
            await _propose(uow, finder, case, effect)
    return filed


def _corrected(effect: File, part: Part, *, first: bool) -> list[corrections.Corrected]:
    """What the resident put right on the card before it was filed."""
    found: list[corrections.Corrected] = []
    if part.chosen and part.item is not None:
        guesses = part.because.get("guesses") or [[None, 0.0]]
        found.append(
            corrections.Corrected(
                kind=CorrectionKind.CARD_ITEM, item_before=guesses[0][0], item_after=part.item
            )
        )
    was, unit = effect.place_was, effect.spot.unit if effect.spot else None
    if first and was is not None and unit is not None and unit != was["unit"]:
        found.append(
            corrections.Corrected(
                kind=CorrectionKind.CARD_PLACE, unit_before=was["unit"], unit_after=unit,
                place_words=was["words"],
            )
        )  # fmt: skip
    return found


async def _propose(uow: UnitOfWork, finder: Finder, case: Case, effect: File) -> None:
    """R8.1: what it may be the same as, for the person who confirms merges; what the resident said of it beside."""
    if case.sensitive:
        return
    wanted = Wanted(
        text=case.text, by=case.requester_id, item=case.item_code, unit=case.place_unit, place=case.place_text,
        point=effect.spot.point if effect.spot else None,
        photos=tuple(file.digest for file in effect.files if file.digest),
    )  # fmt: skip
    found = [each.alike for each in await finder.find(uow.session, wanted, uow.now)]
    said = [
        replace(each, facts={**each.facts, "resident_said": "another"})
        if each.case_id in effect.not_alike
        else each
        for each in found
        if each.case_id != case.id
    ]
    await propose.propose(uow, case, said)


def _registration(conversation: Conversation, effect: File, part: Part, linked: str | None) -> Registration:
    assert conversation.person_id is not None
    spot = effect.spot
    because: dict[str, Any] = {
        **part.because,
        "place": [dict(b) for b in spot.because] if spot else [],
        "choices": list(part.choices),
    }
    return Registration(
        conversation_id=conversation.id, requester_id=conversation.person_id, text=part.text,
        lang=conversation.lang or "zh-CN", item_code=part.item, item_probability=part.probability,
        urgency=part.urgency, place_unit=spot.unit if spot else None, place_text=spot.text if spot else "",
        place_probability=spot.probability if spot else None, point=spot.point if spot else None,
        because=because, files=effect.files, needs_triage=part.item is None, linked_id=linked, how=effect.how,
    )  # fmt: skip


async def act_on(uow: UnitOfWork, territory: Territory, stage: Stage, cause: str, effect: ActOn) -> str:
    """One act on one case. Returns the case's id."""
    case = await cases.load(uow.session, effect.case_id)
    a, by = dict(effect.args), stage.actor
    files = tuple(a.get("files", ()))
    match effect.act:
        case "addition":
            await resident.add(uow, territory, case, by, text=a["text"], files=files, place=a.get("place"))
        case "urge":
            await resident.urge(uow, territory, case, by)
        case "withdraw":
            await resident.withdraw(uow, territory, case, by)
        case "rate":
            await rate.rate(
                uow, territory, case, by, stars=a["stars"], words=a.get("words", ""), solved=a.get("solved")
            )
        case "reopen":
            await rate.reopen(uow, territory, case, by, why=a.get("words", ""))
        case "reopen_offer" | "ask_rating":
            await _offer(uow, territory, case, cause, effect.act, str(a.get("words", "")))
        case "accept":
            await handle.accept(uow, territory, case, by)
        case "progress":
            await handle.progress(uow, territory, case, by, text=a["note"], files=files)
        case "ask":
            await handle.ask(uow, territory, case, by, text=a["note"])
        case "done":
            await handle.finish(uow, territory, case, by, text=a.get("result", ""), files=files)
        case _:
            await _move(uow, territory, case, by, effect.act, a)
    return case.id


async def _move(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, act: str, a: Mapping[str, Any]
) -> None:
    match act:
        case "return":
            await giveback.ask_return(uow, territory, case, by, right_unit=a["unit"], reason=a["reason"])
        case "approve":
            await giveback.uphold_return(uow, territory, case, by)
        case "refuse":
            await giveback.refuse_return(uow, territory, case, by)
        case "escalate":
            await move.escalate(uow, territory, case, by, tried=a["tried"], reason=a["reason"])
        case "send_down":
            await move.send_down(uow, territory, case, by, to=a["unit"], reason=a["reason"])
        case "transfer":
            await move.transfer(uow, territory, case, by, to=a["unit"], reason=a["reason"])
        case "reclassify":
            await move.reclassify(uow, territory, case, by, item_code=a["item"])
            assert by.person_id is not None
            noted = to_person(case, by.person_id, Notice.NOTED, cause=cause_of(case), act="reclassify")
            await owe(uow, noted)
        case "merge_approve" | "merge_refuse":
            same = act == "merge_approve"
            await propose.decide(uow, territory, case, by, proposal=a["proposal"], same=same)
        case "split":
            await merge.split(uow, territory, case, by)
        case "open_hard":
            await hard.open_hard(uow, territory, case, by)
        case "plan":
            steps = [hard.Step(text=a["plan"], due_at=a["until"])]
            await hard.plan(uow, territory, case, by, text=a["plan"], steps=steps)
        case "milestone":
            await hard.milestone(uow, territory, case, by, n=a["n"])
        case "contact" | "extend" | "suspend" | "resume" | "promise" | "approval_approve" | "approval_refuse":
            await _leave(uow, territory, case, by, act, a)
        case "designate":
            await move.designate(uow, territory, case, by, to=a["unit"], reason=a["reason"])
        case _:
            raise Fault(f"no act {act!r}")


async def _leave(
    uow: UnitOfWork, territory: Territory, case: Case, by: Actor, act: str, a: Mapping[str, Any]
) -> None:
    """Asking the level above for time, and its answer (R2.4, R6, R7)."""
    match act:
        case "contact":
            await handle.contact(uow, territory, case, by, text=a["note"])
        case "extend":
            await extension.ask(uow, territory, case, by, hours=int(a["hours"] or 0), reason=a["reason"])
        case "suspend":
            cause, until = SuspensionReason(a.get("cause") or SuspensionReason.S1), a.get("until")
            await suspension.ask(
                uow, territory, case, by, cause=cause, reason=a.get("reason", ""), until=until
            )
        case "resume":
            await suspension.resume(uow, territory, case, by)
        case "promise":
            await promise.ask(
                uow, territory, case, by, so_far=a["so_far"], why=a["why"], plan=a["plan"],
                until=a.get("until") or uow.now,
            )  # fmt: skip
        case _:
            yes = act == "approval_approve"
            await rulings.decide(uow, territory, case, by, which=a["approval"], yes=yes)


async def _offer(
    uow: UnitOfWork, territory: Territory, case: Case, cause: str, which: str, words: str
) -> None:
    """Words about finished work without a figure: the stars, or the offer to reopen (R11.3)."""
    if which == "ask_rating":
        await owe(uow, to_resident(case, Notice.RATING_REQUEST, cause=cause, buttons=rating_buttons(case)))
    else:
        await rate.offer_reopening(uow, territory, case, cause=cause, words=words)


async def _speak(uow: UnitOfWork, stage: Stage, lang: str) -> None:
    conversation = await uow.session.get_one(Conversation, stage.conversation_id)
    conversation.lang = lang
    if conversation.person_id is not None:
        person = await uow.session.get_one(Person, conversation.person_id)
        person.lang = lang


async def _duty(uow: UnitOfWork, stage: Stage, cause: str, *, on: bool) -> None:
    assert stage.actor.person_id is not None
    await parties.set_duty(uow, stage.actor.person_id, on)
    await owe(
        uow,
        Owed(notice=Notice.DUTY, cause=cause, conversation_id=stage.conversation_id, facts={"on": on}),
    )


async def _bind(uow: UnitOfWork, stage: Stage, cause: str, code: str) -> None:
    person = await parties.bind(uow, stage.conversation_id, code)
    await outbox.revive(uow, person.id)
    await owe(
        uow,
        Owed(
            notice=Notice.BOUND, cause=cause, conversation_id=stage.conversation_id,
            facts={"person": person.name},
        ),
    )  # fmt: skip


async def _link(
    uow: UnitOfWork, stage: Stage, case_ids: Sequence[str], *, lines: Sequence[str], since: datetime | None
) -> None:
    """What was said in this conversation on the way to the case belongs to its file, and nothing else does."""
    for case_id in case_ids:
        await correspondence.link(
            uow, stage.conversation_id, case_id, since=since, inbox_id=stage.inbox_id, lines=lines,
            but=stage.waiting,
        )  # fmt: skip
