"""Messages and people for the trays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from casecore.clock import ScriptClock
from casecore.messages import FileRef, InboundMessage
from casecore.vocabulary import MessageKind, Side

Say = Callable[..., InboundMessage]


@pytest.fixture
def say(clock: ScriptClock) -> Say:
    """A message of a resident: `say("1", text="…", address="wang")`."""

    def message(
        external_id: str, *, text: str = "路灯坏了", address: str = "wang", **more: Any
    ) -> InboundMessage:
        values: dict[str, Any] = {
            "channel": "web", "account": "residents", "external_id": external_id, "address": address,
            "side": Side.RESIDENT, "kind": MessageKind.TEXT, "sent_at": clock.now(), "text": text,
        }  # fmt: skip
        return InboundMessage(**{**values, **more})

    return message


@pytest.fixture
def photo() -> Callable[..., FileRef]:
    def file(**more: Any) -> FileRef:
        return FileRef(**{"kind": MessageKind.PHOTO, "ref": "f1", **more})

    return file


@pytest.fixture
def deliver(record: Any, say: Say) -> Callable[..., Awaitable[Any]]:
    """Receive a message in a transaction of its own."""
    from casecore import inbox

    async def receive(*args: Any, **more: Any) -> inbox.Received:
        async with record.begin() as uow:
            return await inbox.receive(uow, say(*args, **more))

    return receive
