"""The far side of the simulator: whoever drives it calls the sink, as journeys, drills and load do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bots.channel import TryLater, Unreachable
from bots.datum import Datum
from bots.registry import create
from bots.simulator import Simulator
from casecore.messages import FileRef, InboundMessage, Press
from casecore.vocabulary import MessageKind
from tests.contracts.far_side import Ability, Factory, Far, Received, Stage, Tray

WRITTEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class SimulatorFar:
    def __init__(self, channel: Simulator, tray: Tray, listening: asyncio.Task[None]) -> None:
        self.channel = channel
        self.address = "wang"
        self._tray = tray
        self._listening = listening
        self._numbers = 0

    async def hang_up(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self.channel.stop()

    def _message(self, kind: MessageKind, **content: Any) -> InboundMessage:
        self._numbers += 1
        name = f"m{self._numbers}"
        return InboundMessage(
            channel=self.channel.name, account=self.channel.account, external_id=name, address=self.address,
            side=self.channel.side, kind=kind, sent_at=WRITTEN, message_ref=name, sender=self.address,
            sender_name="王", lang="zh-CN", **content,
        )  # fmt: skip

    async def _say(self, kind: MessageKind, **content: Any) -> str:
        message = self._message(kind, **content)
        for _ in range(5):  # what was not acknowledged is said again, under the same name
            try:
                await self._tray(message)
            except RuntimeError:
                continue
            return message.external_id
        raise AssertionError("never taken")

    def _file(self, kind: MessageKind, content: bytes, **facts: Any) -> tuple[FileRef, ...]:
        ref = f"f{len(self.channel.files) + 1}"
        self.channel.files[ref] = content
        return (FileRef(kind=kind, ref=ref, size=len(content), **facts),)

    async def write(self, text: str, reply_to: str | None = None) -> str:
        return await self._say(MessageKind.TEXT, text=text, reply_to=reply_to)

    async def photo(self, content: bytes, caption: str = "") -> str:
        return await self._say(MessageKind.PHOTO, text=caption, files=self._file(MessageKind.PHOTO, content))

    async def album(self, contents: Sequence[bytes], caption: str = "") -> list[str]:
        return [
            await self._say(
                MessageKind.PHOTO, text="" if number else caption, group="g1",
                files=self._file(MessageKind.PHOTO, content),
            )
            for number, content in enumerate(contents)
        ]  # fmt: skip

    async def voice(self, content: bytes, seconds: int) -> str:
        files = self._file(MessageKind.VOICE, content, duration=float(seconds))
        return await self._say(MessageKind.VOICE, files=files)

    async def video(self, content: bytes, caption: str = "") -> str:
        return await self._say(MessageKind.VIDEO, text=caption, files=self._file(MessageKind.VIDEO, content))

    async def document(self, content: bytes, name: str, mime: str) -> str:
        files = self._file(MessageKind.DOCUMENT, content, name=name, mime=mime)
        return await self._say(MessageKind.DOCUMENT, files=files)

    async def location(self, lat: float, lon: float) -> str:
        return await self._say(MessageKind.LOCATION, point=self.channel.point(lat, lon))

    async def start(self, payload: str) -> str:
        return await self._say(MessageKind.START, text=payload)

    async def press(self, message_id: str, token: str) -> None:
        act, subject, value = (*token.split(":", 2), "", "")[:3]
        press = Press(act=act, subject=subject, value=value)
        await self._say(MessageKind.PRESS, press=press, reply_to=message_id)

    async def storm(self, texts: Sequence[str]) -> None:
        said = [self._message(MessageKind.TEXT, text=text) for text in texts] * 2
        random.Random(7).shuffle(said)
        for message in said:
            await self._tray(message)

    def received(self) -> list[Received]:
        return [
            Received(
                id=sent.external_id, text=sent.message.text,
                buttons=tuple(tuple((b.label, b.token) for b in row) for row in sent.message.buttons),
                files=tuple((file.kind, file.content) for file in sent.message.files),
                reply_to=sent.message.reply_to,
            )
            for sent in self.channel.sent
        ]  # fmt: skip

    async def trouble(self, ability: Ability, value: float = 0) -> None:
        if ability is Ability.THROTTLE:
            self.channel.failures.append(lambda: TryLater("throttled", after=value, throttled=True))
        else:
            raise AssertionError(f"the simulator's far side cannot play {ability}")

    async def move(self) -> str:
        self.channel.failures.append(lambda: Unreachable("moved", moved_to="elsewhere"))
        return "elsewhere"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the simulator's far side cannot play {name}: take it from its abilities")


@asynccontextmanager
async def open_far(datum: Datum, stage: Stage, tray: Tray) -> AsyncIterator[Far]:
    channel = create(
        "simulator", account="residents", side="resident", addresses=frozenset({"wang", "elsewhere"}),
        datum=datum.value,
    )  # fmt: skip
    assert isinstance(channel, Simulator)
    await channel.start()
    far = SimulatorFar(channel, tray, asyncio.create_task(channel.listen(tray)))
    try:
        yield far
    finally:
        await far.hang_up()


def _opener(datum: Datum) -> Callable[[Stage, Tray], AbstractAsyncContextManager[Far]]:
    return lambda stage, tray: open_far(datum, stage, tray)


# The second one is like a messenger whose maps are Chinese: its locations are GCJ-02.
FACTORIES: dict[str, Factory] = {
    name: Factory(
        open=_opener(datum),
        can=frozenset({
            Ability.WRITE, Ability.NAME, Ability.ANSWER, Ability.PHOTO, Ability.ALBUM, Ability.VOICE, Ability.VIDEO,
            Ability.DOCUMENT, Ability.LOCATION, Ability.PRESS, Ability.START, Ability.STORM, Ability.AGAIN,
            Ability.SEE, Ability.SEE_ANSWERS, Ability.TOO_LONG, Ability.THROTTLE, Ability.MOVE, Ability.FETCH,
        }),
    )
    for name, datum in (("simulator", Datum.WGS84), ("simulator-gcj02", Datum.GCJ02))
}  # fmt: skip
