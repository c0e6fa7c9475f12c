"""A handler's message, decided: words, pictures and buttons become acts on the case they are about.

not bound yet        a one-time code binds the chat
a button             an act, or the first of the questions that the act needs answered
an answer            the next question, or the act
收到 / got it        accept
修好了 + proof       done
words or pictures    a progress note on the case in hand; which one is asked when it is not clear
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casecore.lifecycle import WAITING, offers
from casecore.messages import Button, FileRef, InboundMessage
from casecore.vocabulary import Act, MessageKind, Notice, State
from intake.binding.decide import BUTTONS_MOST
from intake.binding.signals import Ask, Bound, Verdict
from intake.dialogue.dates import end_of_day
from intake.dialogue.draft import Asked, Draft, Pending
from intake.dialogue.effects import ActOn, Bind, Drop, Duty, Effect, Keep, Rows, Say, Show, Speak
from intake.dialogue.items import find_items
from intake.dialogue.leave import cause_of, causes, hours_of, leave, more_needs
from intake.dialogue.merging import merging
from intake.dialogue.unheard import told
from intake.dialogue.units import UnitFinder

# What an act asks before it can be done, in this order (journeys.md: `with`).
NEEDS: dict[str, tuple[str, ...]] = {
    "progress": ("note",),
    "ask": ("note",),
    "escalate": ("tried", "reason"),
    "return": ("unit", "reason"),
    "transfer": ("unit", "reason"),
    "send_down": ("unit", "reason"),
    "designate": ("unit", "reason"),
    "reclassify": ("item",),
    "contact": ("note",),
    "extend": ("hours", "reason"),
    "suspend": ("cause",),
    "promise": ("so_far", "why", "plan", "date"),
}
# A question that is not answered by then is forgotten: the next words are about something else.
PATIENCE = timedelta(minutes=30)
PLAIN_ACTS = frozenset({"accept", "approve", "refuse", "resume"})
CODE = re.compile(r"^\s*(?:bind_)?([A-HJ-NP-Z2-9]{8})\s*$", re.IGNORECASE)
ACCEPT_WORDS = re.compile(
    r"^(?:好的?[,，]?\s*)?(?:收到|接单|接了|已接|我接|马上(?:去|到|来)|got it|on it|accept(?:ed)?|will do)"
    r"[\s。.!！,，了]*$",
    re.IGNORECASE,
)
FINISHED_WORDS = re.compile(
    r"\s*(?:已经?)?(?:都)?(?:修好|办好|弄好|处理好|解决|搞定|完成|办结|done|fixed|finished)了?[\s。.!！]*",
    re.IGNORECASE,
)
DONE_WORDS = re.compile(
    r"(?:修|办|弄|搞|处理|解决|清理|打扫|扫|疏通|换|整改|安装|移|完成)[^,，。]{0,6}(?:好|完|掉|净|毕|定|妥)了?|已?(?:完成|解决|办结)了?|搞定"
    r"|\b(?:done|fixed|finished|completed|resolved|repaired|cleaned)\b",
    re.IGNORECASE,
)
NOT_DONE = re.compile(r"没|未|还要|明天|等|不能|无法|\bnot\b|\btomorrow\b|\bwill\b", re.IGNORECASE)
WHY_WORDS = re.compile(
    r"^/?(?:why(?: me)?|为(?:什么|啥)(?:要)?(?:派|转|交|分)?给我(?:们)?|为(?:什么|啥)是我)[\s?？]*$",
    re.IGNORECASE,
)
# Matters to press at a time, as on a resident's card.
ITEMS_MOST = 4
CANCEL_WORDS = re.compile(r"^\s*(?:取消|算了|不用了|cancel|never ?mind)\s*[。.!！]*$", re.IGNORECASE)
MENU_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("tasks", re.compile(r"^/?(?:tasks?|我的任务|任务|待办|my tasks)$", re.IGNORECASE)),
    ("overdue", re.compile(r"^/?(?:overdue|逾期|超期)$", re.IGNORECASE)),
    ("duty_on", re.compile(r"^/?(?:on|上班|上岗|值班|on duty)$", re.IGNORECASE)),
    ("duty_off", re.compile(r"^/?(?:off|下班|下岗|离岗|off duty)$", re.IGNORECASE)),
    ("help", re.compile(r"^/?(?:help|帮助|start|[?？])$", re.IGNORECASE)),
    ("language:en", re.compile(r"^/?(?:english|en)$", re.IGNORECASE)),
    ("language:zh-CN", re.compile(r"^/?(?:中文|chinese|zh)$", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A case as its handler's dialogue sees it."""

    id: str
    number: str
    state: State
    item: str | None
    unit: str | None
    place: str | None = None
    """The village it is in, for its name on a button."""
    has_note: bool = False
    has_proof: bool = False
    allowed: bool = True
    """May this person do what they pressed? Who may not is refused before anything is asked of them."""
    likely: tuple[str, ...] = ()
    """Matters that the words may be about besides the present one, the likeliest first."""
    came_from: str | None = None
    """The unit below that had escalated it here: sent down, it goes back there (R4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffScene:
    """Everything a decision may look at. `tasks` are the held cases; `bound_case` is what the message replies to."""

    now: datetime
    message: InboundMessage
    text: str
    units: UnitFinder
    draft: Draft | None
    new_draft_id: str
    person_id: str | None
    tasks: Sequence[Task] = ()
    bound_case: str | None = None
    verdict: Verdict | None = None
    """Which of the tasks the words are about; None when there is nothing to weigh."""
    pressed_task: Task | None = None
    lang: str = "zh-CN"


def decide(scene: StaffScene) -> list[Effect]:
    """The effects of one message; never empty."""
    return told(scene.message, scene.text, _decide(scene))


def _decide(scene: StaffScene) -> list[Effect]:
    if scene.person_id is None:
        return _unbound(scene)
    if scene.message.press is not None:
        return _pressed(scene)
    if scene.message.kind is MessageKind.UNSUPPORTED:
        return [
            Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "kind", "kind": scene.message.raw_type or ""})
        ]
    if scene.message.kind is MessageKind.START:
        return [Say(notice=Notice.HELP, facts={"which": "staff"}, buttons=menu())]
    if not scene.text and not scene.message.files:
        return [Say(notice=Notice.NOT_UNDERSTOOD, facts={"why": "empty_staff"})]
    if scene.draft is not None and scene.draft.pending is not None:
        return _answer(scene, scene.draft, scene.draft.pending)
    return _words(scene)


def menu() -> Rows:
    return (
        (Button(act="tasks", label="button.tasks"), Button(act="overdue", label="button.overdue")),
        (Button(act="duty_on", label="button.duty_on"), Button(act="duty_off", label="button.duty_off")),
    )


def _unbound(scene: StaffScene) -> list[Effect]:
    """R: an account speaks for nobody until its one-time code is given; nothing else is answered."""
    said = scene.message.text if scene.message.kind is MessageKind.START else scene.text
    code = CODE.match(said)
    if code:
        return [Bind(code=code.group(1))]
    return [Say(notice=Notice.HELP, facts={"which": "unbound"})]


def _pressed(scene: StaffScene) -> list[Effect]:
    press = scene.message.press
    assert press is not None
    menu_effect = _menu_act(press.act, press.value)
    if menu_effect is not None:
        return menu_effect
    if press.act == "open":
        return [Show(what="case_file", case_id=press.subject)]
    if press.act == "why":
        return [Show(what="why", case_id=press.subject)]
    if press.act == "set_item":
        return [ActOn(act="reclassify", case_id=press.subject, args={"item": press.value}), Drop()]
    if press.act == "note_on":
        return _note_on(scene, press.subject)
    if press.act == "plan":
        return _prompt(scene, Pending(act="plan", case_id=press.subject, need=("plan", "date")))
    about_leave = leave(press)
    if about_leave is not None:
        return about_leave
    about_merging = merging(press)
    if about_merging is not None:
        return about_merging
    return _start_act(scene, press.act, press.subject)


def _menu_act(act: str, value: str) -> list[Effect] | None:
    match act:
        case "tasks" | "overdue":
            return [Show(what=act)]
        case "duty_on" | "duty_off":
            return [Duty(on=act == "duty_on")]
        case "help":
            return [Say(notice=Notice.HELP, facts={"which": "staff"}, buttons=menu())]
        case "language" if value in {"zh-CN", "en"}:
            return [Speak(lang=value), Say(notice=Notice.LANGUAGE, facts={})]
        case _:
            return None


def _start_act(scene: StaffScene, act: str, case_id: str) -> list[Effect]:
    if act in PLAIN_ACTS:
        return [ActOn(act=act, case_id=case_id)]
    task = scene.pressed_task
    if act == "done":
        said = task is not None and (task.has_note or task.has_proof)
        if task is None or said or not task.allowed or not offers(task.state, Act.DONE):
            return [ActOn(act="done", case_id=case_id)]
        return _prompt(
            scene, Pending(act="done", case_id=case_id, need=("result",)), refused="result_missing"
        )
    if act not in NEEDS:
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    if task is None or not task.allowed or not offers(task.state, Act(act)):
        return [
            ActOn(act=act, case_id=case_id, args=dict.fromkeys(NEEDS[act], ""))
        ]  # refused with the present state
    if act == "send_down" and task.came_from is not None:
        back = Pending(act=act, case_id=case_id, need=("reason",), have={"unit": task.came_from})
        return _prompt(scene, back)
    buttons = _item_buttons(case_id, task.likely) if act == "reclassify" else ()
    press = scene.message.press
    if act == "suspend":
        cause = cause_of(press.value) if press is not None else None
        if cause is not None:
            chosen = Pending(act=act, case_id=case_id, need=more_needs(cause), have={"cause": cause})
            return _prompt(scene, chosen)
        buttons = causes(case_id)
    return _prompt(scene, Pending(act=act, case_id=case_id, need=NEEDS[act]), buttons=buttons)


def _prompt(
    scene: StaffScene, pending: Pending, *, why: str = "", refused: str = "", buttons: Rows = ()
) -> list[Effect]:
    """Ask for the first thing needed. `refused`: the act failed for want of it (R11.1), and goes on once it is said."""
    draft = replace(
        scene.draft or Draft(id=scene.new_draft_id, created_at=scene.now), asked=Asked.STAFF, pending=pending,
        due_at=scene.now + PATIENCE,
    )  # fmt: skip
    facts = {"act": pending.act, "field": pending.need[0], "why": why, "reason": refused}
    notice = Notice.REFUSED if refused else Notice.PROMPT
    return [Keep(draft=draft), Say(notice=notice, facts=facts, case_id=pending.case_id, buttons=buttons)]


def _item_buttons(case_id: str, codes: Sequence[str]) -> Rows:
    return tuple(
        (Button(act="set_item", subject=case_id, value=code, label="item", facts={"item": code}),)
        for code in codes[:ITEMS_MOST]
    )


def _answer(scene: StaffScene, draft: Draft, pending: Pending) -> list[Effect]:
    if CANCEL_WORDS.match(scene.text):
        return [Drop(), Say(notice=Notice.NOTED, facts={"act": "cancel"}, case_id=pending.case_id)]
    field = pending.need[0]
    if field == "case":
        return [*_say_which(scene)]
    value: str | None = scene.text.strip()
    if field == "unit":
        value = scene.units.find(scene.text, near=_unit_of(scene, pending.case_id))
        if value is None:
            return _prompt(scene, pending, why="unit_unknown")
    if field == "item":
        found = find_items(scene.units.territory, scene.text)
        if len(found) != 1:
            why = "item_several" if found else "item_unknown"
            return _prompt(scene, pending, why=why, buttons=_item_buttons(pending.case_id, found))
        value = found[0]
    if field == "hours":
        hours = hours_of(scene.text)
        if hours is None:
            return _prompt(scene, pending, why="hours_unknown")
        value = str(hours)
    if field == "cause":
        cause = cause_of(scene.text)
        if cause is None:
            return _prompt(scene, pending, why="cause_unknown", buttons=causes(pending.case_id))
        return _prompt(scene, replace(pending, need=more_needs(cause), have={"cause": cause}))
    if field == "date":
        until = end_of_day(scene.text, scene.now, scene.units.territory.zone)
        if until is None:
            return _prompt(scene, pending, why="date_unknown")
        return [
            ActOn(act=pending.act, case_id=pending.case_id, args={**pending.have, "until": until}),
            Drop(),
        ]
    if not value and field not in {"note", "result"}:
        return _prompt(scene, pending, why="empty")
    have = {**pending.have, field: value or ""}
    if len(pending.need) > 1:
        return _prompt(scene, replace(pending, need=pending.need[1:], have=have))
    args = {**have, "files": scene.message.files} if field in {"note", "result"} else dict(have)
    return [ActOn(act=pending.act, case_id=pending.case_id, args=args), Drop()]


def _unit_of(scene: StaffScene, case_id: str) -> str | None:
    return next((task.unit for task in scene.tasks if task.id == case_id), None)


def _words(scene: StaffScene) -> list[Effect]:
    if WHY_WORDS.match(scene.text.strip()) and (asked := _in_hand(scene)) is not None:
        return [Show(what="why", case_id=asked.id)]
    for act, pattern in MENU_WORDS:
        if pattern.match(scene.text.strip()):
            name, _, value = act.partition(":")
            return _menu_act(name, value) or []
    if _elsewhere(scene):
        # Refused with the state of that case, in words: nothing is written on another one instead.
        return [_progress_on(scene.bound_case or "", scene.text, scene.message.files)]
    task = _in_hand(scene)
    if task is None:
        return _which(scene) if scene.tasks else [Show(what="tasks")]
    return _on_task(scene, task, scene.text, scene.message.files)


def _in_hand(scene: StaffScene) -> Task | None:
    """The case these words are about, if it is sure: what a handler writes is read by a resident."""
    if len(scene.tasks) == 1 and not _elsewhere(scene):
        return scene.tasks[0]
    verdict = scene.verdict
    if not isinstance(verdict, Bound):
        return None
    return next((task for task in scene.tasks if task.id == verdict.case_id), None)


def _elsewhere(scene: StaffScene) -> bool:
    """A reply to a line about a case that is not (any more) held: the words are of that case, and of no other."""
    return scene.bound_case is not None and scene.bound_case not in {task.id for task in scene.tasks}


def _on_task(scene: StaffScene, task: Task, text: str, files: tuple[FileRef, ...]) -> list[Effect]:
    if ACCEPT_WORDS.match(text.strip()) and not files:
        return [ActOn(act="accept", case_id=task.id)]
    first: list[Effect] = []
    if task.state in WAITING:
        first.append(ActOn(act="accept", case_id=task.id))  # who starts working has taken it
    proven = task.has_proof or any(file.digest for file in files)
    if DONE_WORDS.search(text) and not NOT_DONE.search(text) and proven:
        # A picture with the words "done" finishes; the same picture with other words is a note.
        if files and scene.message.kind is not MessageKind.TEXT and not _says_finished(text):
            return [*first, _progress(task, text, files)]
        return [*first, ActOn(act="done", case_id=task.id, args={"result": text, "files": files})]
    return [*first, _progress(task, text, files)]


def _says_finished(text: str) -> bool:
    """Short words that say nothing but "finished": `修好了`, `done`; a sentence about what was done is a note first."""
    return FINISHED_WORDS.fullmatch(text) is not None


def _progress(task: Task, text: str, files: tuple[FileRef, ...]) -> ActOn:
    return _progress_on(task.id, text, files)


def _progress_on(case_id: str, text: str, files: tuple[FileRef, ...]) -> ActOn:
    return ActOn(act="progress", case_id=case_id, args={"note": text, "files": files})


def _which(scene: StaffScene) -> list[Effect]:
    """Several cases and no hint: ask with buttons; the words wait, together with what waited before."""
    draft = scene.draft or Draft(id=scene.new_draft_id, created_at=scene.now)
    before = draft.pending.have if draft.pending is not None and draft.pending.need == ("case",) else {}
    text = "\n".join(words for words in (before.get("text", ""), scene.text) if words)
    likely = scene.verdict.case_ids if isinstance(scene.verdict, Ask) else ()
    ids = (likely or tuple(task.id for task in scene.tasks))[:BUTTONS_MOST]
    shown = tuple(_choice(task, scene.tasks) for task in scene.tasks if task.id in ids)
    pending = Pending(act="note", case_id="", need=("case",), have={"text": text})
    draft = replace(
        draft, asked=Asked.STAFF, files=(*draft.files, *scene.message.files), pending=pending, choices=shown,
        due_at=scene.now + PATIENCE / 2, reminded=False,
    )  # fmt: skip
    return [Keep(draft=draft), which_task(draft)]


def _choice(task: Task, among: Sequence[Task]) -> dict[str, str | None]:
    """What names the task on its button; the place too when the matter alone would not tell it from another."""
    alike = sum(other.item == task.item for other in among) > 1
    return {"id": task.id, "case": task.number, "item": task.item, "place": task.place if alike else None}


def which_task(draft: Draft, *, again: bool = False) -> Say:
    """The question, with a button a task; and the whole list, if it is none of these."""
    rows: Rows = tuple(
        (Button(act="note_on", subject=str(choice["id"]), label="case", facts=dict(choice)),)
        for choice in draft.choices
    )
    field = "which_task_again" if again else "which_task"
    tasks = Button(act="tasks", label="button.tasks")
    return Say(notice=Notice.QUESTION, facts={"field": field}, buttons=(*rows, (tasks,)))


def _say_which(scene: StaffScene) -> list[Effect]:
    """Words instead of a button: they point at the task, or are about something themselves and the rest waits on."""
    verdict = scene.verdict
    if isinstance(verdict, Bound) and verdict.pointing:
        return _note_on(scene, verdict.case_id)
    said = _words(scene)
    return (
        said
        if any(isinstance(effect, Keep) for effect in said)
        else [e for e in said if not isinstance(e, Drop)]
    )


def _note_on(scene: StaffScene, case_id: str) -> list[Effect]:
    draft = scene.draft
    task = next((task for task in scene.tasks if task.id == case_id), None)
    if draft is None or draft.pending is None or draft.pending.act != "note" or task is None:
        return [Say(notice=Notice.OUTDATED, facts={"what": "button"})]
    return [*_on_task(scene, task, draft.pending.have["text"], draft.files), Drop()]
