"""What people of a journey do: write, send, press. Everything goes in by the door that real channels use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from casecore.messages import FileRef, InboundMessage, Press
from casecore.vocabulary import MessageKind, Notice, Side
from config.journeys.cast import CHANNEL, Cast
from config.journeys.chats import Chats, Got, ShownButton
from config.journeys.keys import LATER_BUTTONS, RESIDENT_MENU, STAFF_MENU
from config.journeys.script import Presses, Says
from config.journeys.transcript import Transcript

# Notices that ask for a word before an act is done; the fact `field` says which.
ASKING = (Notice.PROMPT, Notice.REFUSED)
# What may stand in for a field that the script gives under a neighbouring name.
ALSO: dict[str, tuple[str, ...]] = {
    "note": ("text", "reason"),
    "result": ("note", "text"),
    "reason": ("note", "text"),
    "plan": ("note", "text"),
}
# More questions than any act asks: an act that goes on asking is a defect.
QUESTIONS_MOST = 8


class CannotAct(Exception):
    """The step cannot be done: nobody ever saw such a button, no message to reply to."""


@dataclass(slots=True)
class Acting:
    cast: Cast
    chats: Chats
    transcript: Transcript
    cases: list[str]
    settle: Callable[[], Awaitable[None]]
    step: int = 0
    _count: int = 0
    _last: InboundMessage | None = None
    _albums: int = field(default=0)

    # -- words and files

    async def say(self, step: Says) -> None:
        text = await self.cast.code(step.who) if step.code else step.text
        reply_to = self._latest_about(step) if step.case is not None else None
        if len(step.files) > 1:
            await self._album(step, text, reply_to)
        else:
            kind, text = _kind_of(step, text)
            await self._take(step.who, step.side, kind=kind, text=text, files=self._files(step, step.files),
                             point=step.point, reply_to=reply_to, raw_type=step.unsupported)  # fmt: skip

    async def _album(self, step: Says, text: str, reply_to: str | None) -> None:
        """Each file is a message of its own, as messengers send them; the words stand on the first."""
        self._albums += 1
        for index, file in enumerate(step.files):
            await self._take(
                step.who, step.side, kind=file.kind, text=text if index == 0 else "",
                files=self._files(step, (file,)), reply_to=reply_to, group=f"album-{self._albums}",
            )  # fmt: skip

    def _files(self, step: Says, files: Sequence[Any]) -> tuple[FileRef, ...]:
        channel = self.cast.theatre.channel(step.side)
        refs = []
        for file in files:
            ref = f"{len(channel.files) + 1}/{file.path.name}"
            channel.files[ref] = file.path.read_bytes()
            refs.append(FileRef(kind=file.kind, ref=ref, name=file.path.name, size=len(channel.files[ref])))
        return tuple(refs)

    def _latest_about(self, step: Says) -> str:
        got = self.chats.newest_about(step.who, step.side, self._case(step.case or 0))
        if got is None:
            raise CannotAct(f"{step.who} got no message about case {step.case} to reply to")
        return got.external_id

    def _case(self, number: int) -> str:
        if not 1 <= number <= len(self.cases):
            raise CannotAct(f"there is no case {number}: {len(self.cases)} opened so far")
        return self.cases[number - 1]

    # -- buttons

    async def press(self, step: Presses) -> None:
        press = self._button(step)
        if press is None and await self.cast.theatre.grace():
            await self.settle()
            press = self._button(step)
        if press is None:
            why = "not built yet: " if step.act in LATER_BUTTONS else ""
            raise CannotAct(
                f"{why}no card of {step.card_of or step.who} ever bore {step.act!r}, and no menu does"
            )
        await self._take(step.who, step.side, kind=MessageKind.PRESS, press=press)
        if step.answers:
            await self.settle()
            await self._answer(step)

    def _button(self, step: Presses) -> Press | None:
        whose, side = step.who, step.side
        if step.card_of is not None:
            whose = step.card_of
            side = Side.HANDLER if self.cast.is_staff(whose) else Side.RESIDENT
        case_id = self._case(step.case) if step.case is not None else None
        for got in reversed(list(self.chats.of(whose, side))):
            for button in got.buttons:
                if (
                    button.press.act == step.act
                    and _is_about(got, button, case_id)
                    and _is_choice(button, step.choice)
                ):
                    return button.press
        menu = RESIDENT_MENU if step.side is Side.RESIDENT else STAFF_MENU
        if step.act in menu and step.card_of is None:
            return Press(act=step.act, subject=case_id or "", value=step.choice or "")
        return None

    async def _answer(self, step: Presses) -> None:
        """Give what the button asks, word by word, as far as the script has it."""
        left = dict(step.answers)
        for _ in range(QUESTIONS_MOST):
            asked = self._question(step)
            if asked is None:
                break
            key = next(
                (k for k in (asked.facts["field"], *ALSO.get(asked.facts["field"], ())) if k in left), None
            )
            if key is None:
                break
            asked.read = True
            await self._take(step.who, step.side, kind=MessageKind.TEXT, text=str(left.pop(key)))
            await self.settle()
        if left:
            self.transcript.note(f"nothing asked {step.who} for: {', '.join(left)}")

    def _question(self, step: Presses) -> Got | None:
        unread = [got for got in self.chats.unread(step.who, step.side) if got.step == self.step]
        return next(
            (got for got in reversed(unread) if got.notice in ASKING and got.facts.get("field")), None
        )

    # -- the door

    async def _take(self, who: str, side: Side, **said: Any) -> None:
        self._count += 1
        theatre = self.cast.theatre
        channel = theatre.channel(side)
        message = InboundMessage(
            channel=CHANNEL, account=channel.account, external_id=f"j{self._count}", address=who, side=side,
            sent_at=theatre.clock.now(), sender=who, **said,
        )  # fmt: skip
        self.transcript.said(theatre.clock.now(), message)
        await theatre.house.receiver.take(message)
        self._last = message

    async def again(self) -> None:
        """A channel that is not sure whether it was heard says it again."""
        if self._last is None:
            raise CannotAct("nothing was sent yet that could come twice")
        await self.cast.theatre.house.receiver.take(self._last)


def _kind_of(step: Says, text: str) -> tuple[MessageKind, str]:
    if step.unsupported is not None:
        return MessageKind.UNSUPPORTED, text
    if step.point is not None:
        return MessageKind.LOCATION, text
    if step.files:
        return step.files[0].kind, text
    if text == "/start" or text.startswith("/start "):
        return MessageKind.START, text.removeprefix("/start").strip()
    return MessageKind.TEXT, text


def _is_about(got: Got, button: ShownButton, case_id: str | None) -> bool:
    return case_id is None or case_id in (button.press.subject, button.press.value, got.case_id)


def _is_choice(button: ShownButton, choice: str | None) -> bool:
    return choice is None or choice in button.label or choice in button.press.value
