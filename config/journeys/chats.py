"""What everybody got: each delivered notice with its meaning from the record and its words as they were sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bots.simulator import Sent
from casecore.messages import Press
from casecore.store.tables import Conversation, Delivery, OutboxRow
from casecore.vocabulary import Notice, Side
from config.journeys.theatre import Theatre


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownButton:
    label: str
    press: Press


@dataclass(slots=True, kw_only=True)
class Got:
    """One notice in one chat. `read` once an expectation has consumed it; `step` is when it came."""

    who: str
    side: Side
    notice: Notice
    case_id: str | None
    facts: Mapping[str, Any]
    text: str
    buttons: Sequence[ShownButton]
    files: int
    lang: str
    at: datetime
    external_id: str
    step: int
    read: bool = False


@dataclass(slots=True)
class Chats:
    """Everything delivered so far, in order. `look` takes in what is new."""

    theatre: Theatre
    got: list[Got] = field(default_factory=list)
    _seen: int = 0

    async def look(self, step: int) -> list[Got]:
        """What came since the last look."""
        async with self.theatre.house.record.read() as session:
            rows = await session.execute(
                select(Delivery, OutboxRow, Conversation)
                .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
                .join(Conversation, Conversation.id == Delivery.conversation_id)
                .where(Delivery.ok, Delivery.id > self._seen)
                .order_by(Delivery.id)
            )
            new = [self._got(delivery, row, chat, step) for delivery, row, chat in rows]
            self._seen = max([self._seen, *(delivery_id for delivery_id, _ in new)])
        self.got += [got for _, got in new]
        return [got for _, got in new]

    def _got(self, delivery: Delivery, row: OutboxRow, chat: Conversation, step: int) -> tuple[int, Got]:
        sent = self._sent(chat.side, delivery.external_id or "")
        message = sent.message
        buttons = [
            ShownButton(label=button.label, press=press_of(button.token))
            for line in message.buttons
            for button in line
        ]
        return delivery.id, Got(
            who=chat.address, side=chat.side, notice=row.notice, case_id=row.case_id, facts=row.facts,
            text=message.text, buttons=buttons, files=len(message.files), lang=message.lang, at=delivery.at,
            external_id=sent.external_id, step=step,
        )  # fmt: skip

    def _sent(self, side: Side, external_id: str) -> Sent:
        channel = self.theatre.channel(side)
        return next(sent for sent in channel.sent if sent.external_id == external_id)

    def of(self, who: str, side: Side) -> Iterator[Got]:
        return (got for got in self.got if got.who == who and got.side is side)

    def unread(self, who: str, side: Side) -> list[Got]:
        return [got for got in self.of(who, side) if not got.read]

    def newest_about(self, who: str, side: Side, case_id: str) -> Got | None:
        return next((got for got in reversed(list(self.of(who, side))) if got.case_id == case_id), None)


def press_of(token: str) -> Press:
    """`<act>[:<subject>[:<value>]]`, as a channel hands it back."""
    act, _, rest = token.partition(":")
    subject, _, value = rest.partition(":")
    return Press(act=act, subject=subject, value=value)
