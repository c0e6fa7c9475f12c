"""The scene of a decision, read from the record: whose conversation, which draft, which cases, what was replied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from casecore import cases, correspondence, drafts, events
from casecore.acts.below import late_stay
from casecore.authority import Actor, may
from casecore.children import standing
from casecore.errors import Refusal
from casecore.ids import new_id
from casecore.inbox import Claimed
from casecore.parties import posts_of
from casecore.store.engine import Reading, UnitOfWork
from casecore.store.tables import Case, Conversation, Person
from casecore.telling import files_of
from casecore.territory.model import Territory
from casecore.vocabulary import Act, MessageKind, Side
from intake.binding.decide import bind
from intake.binding.gather import signals_of
from intake.binding.recall import candidates, recall
from intake.binding.signals import Verdict
from intake.dialogue.draft import Draft, draft_from_json
from intake.dialogue.scene import OpenCase, Scene
from intake.dialogue.staff import StaffScene, Task
from intake.dialogue.units import UnitFinder
from intake.understand import Understander


async def actor_of(session: Reading, conversation: Conversation) -> Actor:
    """Who speaks in a conversation, with the posts they hold now: authority comes from here, never from a button."""
    if conversation.person_id is None:
        return Actor(person_id=None, side=conversation.side)
    person = await session.get_one(Person, conversation.person_id)
    return Actor(
        person_id=person.id, name=person.name, side=conversation.side, lang=conversation.lang or person.lang,
        posts=await posts_of(session, person.id),
    )  # fmt: skip


async def _draft_of(session: Reading, conversation_id: str) -> Draft | None:
    body = await drafts.body_of(session, conversation_id)
    return draft_from_json(body) if body is not None else None


async def _replied_case(session: Reading, claimed: Claimed) -> str | None:
    if claimed.message.reply_to is None:
        return None
    return await correspondence.case_of_message(session, claimed.conversation_id, claimed.message.reply_to)


async def resident_scene(
    uow: UnitOfWork,
    understander: Understander,
    units: UnitFinder,
    claimed: Claimed,
    conversation: Conversation,
    text: str,
) -> Scene:
    session = uow.session
    person = await session.get_one(Person, conversation.person_id)
    found = await cases.latest_of_resident(session, person.id)
    bound = await _replied_case(session, claimed)
    found = [*found, *await _further_back(session, bound, person.id, found)]
    asked = await events.waiting_for_answer(session, [case.id for case in found])
    memory = await recall(session, conversation.id, but=claimed.inbox_id)
    if conversation.lang is None:
        said = "" if claimed.message.kind is MessageKind.START else text  # a link's payload is in no language
        conversation.lang = claimed.message.lang or _language_of(said)
    return Scene(
        now=uow.now, message=claimed.message, text=text, territory=understander.territory,
        understander=understander, units=units, draft=await _draft_of(session, conversation.id), new_draft_id=new_id(),
        cases=[
            OpenCase(
                id=case.id, number=case.number, state=(await standing(session, case)).state, item=case.item_code,
                place=case.place_unit, asked=case.id in asked,
            )
            for case in found
        ],
        bound_case=bound, lang=conversation.lang, home=person.home_unit,
        last_place=next((case.place_unit for case in found if case.place_unit), None),
        candidates=candidates(understander.territory, found, memory, uow.now, asked=asked), memory=memory,
    )  # fmt: skip


async def _further_back(
    session: Reading, bound: str | None, person_id: str, found: Sequence[Case]
) -> list[Case]:
    """The case of a reply, if it is this person's and older than the newest few. Anybody else's binds nothing."""
    if bound is None or bound in {case.id for case in found}:
        return []
    case = await session.get(Case, bound)
    return [case] if case is not None and case.requester_id == person_id else []


def _language_of(text: str) -> str:
    from intake.wording import fold, language

    return "en" if text and language(fold(text)) == "en" else "zh-CN"


async def staff_scene(
    uow: UnitOfWork,
    understander: Understander,
    units: UnitFinder,
    claimed: Claimed,
    conversation: Conversation,
    text: str,
) -> StaffScene:
    session = uow.session
    if conversation.lang is None:
        conversation.lang = claimed.message.lang
    person_id = conversation.person_id
    held = await cases.tasks_of(session, person_id) if person_id else []
    tasks = [await _task(session, case) for case in held]
    bound = await _replied_case(session, claimed)
    press = claimed.message.press
    pressed: Task | None = None
    if press is not None and press.subject:
        try:
            case = await cases.load(session, press.subject, for_update=False)
            actor = await actor_of(session, conversation)
            pressed = await _pressed_task(session, units.territory, actor, case, press.act)
        except Refusal:
            pressed = None
    return StaffScene(
        now=uow.now, message=claimed.message, text=text, units=units,
        draft=await _draft_of(session, conversation.id), new_draft_id=new_id(), person_id=person_id, tasks=tasks,
        bound_case=bound, verdict=await _verdict(uow, understander, claimed, held, text, bound), pressed_task=pressed,
        lang=conversation.lang or "zh-CN",
    )  # fmt: skip


async def _verdict(
    uow: UnitOfWork, understander: Understander, claimed: Claimed, held: Sequence[Case], text: str,
    bound: str | None,
) -> Verdict | None:  # fmt: skip
    """Which of several tasks a handler's words are about."""
    message = claimed.message
    if len(held) < 2 or message.press is not None or not (text or message.files):
        return None
    memory = await recall(uow.session, claimed.conversation_id, but=claimed.inbox_id)
    found = candidates(understander.territory, held, memory, uow.now)
    signals = signals_of(
        understander, side=Side.HANDLER, text=text, understood=understander.understand(text),
        sent_at=min(message.sent_at, uow.now), candidates=found, memory=memory, pictures=bool(message.files),
        reply_case=bound,
    )  # fmt: skip
    return bind(signals, found, memory, uow.now)


async def _pressed_task(session: Reading, territory: Territory, actor: Actor, case: Case, act: str) -> Task:
    task = await _task(session, case)
    if act not in set(Act):
        return task
    return replace(
        task,
        allowed=may(territory, actor, Act(act), case)
        or (act == "done" and await late_stay(session, territory, case, actor) is not None),
        came_from=await cases.came_from(session, territory, case),
    )


def _likely(case: Case) -> tuple[str, ...]:
    """What else the words may be about, as it was understood when the case was filed."""
    guesses = case.because.get("guesses")
    codes = [str(code) for code, _ in guesses] if isinstance(guesses, list) else []
    return tuple(code for code in codes if code != case.item_code)


async def _task(session: Reading, case: Case) -> Task:
    return Task(
        id=case.id, number=case.number, state=case.state, item=case.item_code, unit=case.unit_id,
        place=case.place_unit,
        has_note=await events.noted_this_round(session, case),
        has_proof=bool(await files_of(session, case, "proof", round_=case.round)), likely=_likely(case),
    )  # fmt: skip
