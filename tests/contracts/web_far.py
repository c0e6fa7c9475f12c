"""The far side of both web chats: a person's browser without a window, over HTTP to a real uvicorn.

What the channel sends is written into the conversation as `bots.deliver` writes it, and read by the page.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bots.channel import Channel, OutboundMessage
from bots.web.channel import WebChannel
from casecore.messages import InboundMessage
from casecore.parties import conversation_for
from tests.bots.web.house import Client, WebHouse, fresh_id, open_house
from tests.contracts.far_side import Ability, Factory, Far, Received, Stage, Tray


class Delivered:
    """The adapter with what `bots.deliver` does around its `send`; everything else is the adapter's own."""

    def __init__(self, inner: WebChannel, house: WebHouse, look: Callable[[], Any]) -> None:
        self._inner = inner
        self._house = house
        self._look = look

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send(self, message: OutboundMessage) -> str:
        sent = await self._inner.send(message)
        buttons = [[{"label": b.label, "token": b.token} for b in row] for row in message.buttons]
        chat = await self._house.conversation(self._inner.account)
        await self._house.say(message.text, chat, key=sent, buttons=buttons)
        await self._look()
        return sent


class WebFar:
    def __init__(
        self, house: WebHouse, inner: WebChannel, client: Client, address: str, listening: asyncio.Task[None]
    ) -> None:
        self.client = client
        self.address = address
        self._inner = inner
        self._listening = listening
        self.channel: Channel = Delivered(inner, house, self.look)
        self._seen: list[Received] = []

    async def hang_up(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._inner.stop()

    async def look(self) -> None:
        lines = [line for line in await self.client.lines() if not line["mine"]]
        self._seen = [
            Received(
                id=line["ref"],
                text=line["text"],
                buttons=tuple(tuple((b["label"], b["token"]) for b in row) for row in line["buttons"]),
            )
            for line in lines
        ]

    def received(self) -> list[Received]:
        return self._seen

    async def _post(self, **said: Any) -> str:
        said = {"client_id": fresh_id()} | said
        return await self._until_taken(lambda: self.client.post(said))

    async def _file(self, content: bytes, name: str, mime: str, **fields: str) -> str:
        fields = {"client_id": fresh_id()} | fields
        return await self._until_taken(lambda: self.client.send_file(content, name, mime, **fields))

    async def _until_taken(self, post: Callable[[], Any]) -> str:
        """As the page's outbox does it: the same name again until the answer is yes."""
        for _ in range(5):
            answer: httpx.Response = await post()
            if answer.status_code == 200:
                return ""
            assert answer.status_code == 503, answer.text
        raise AssertionError("never taken")

    async def write(self, text: str, reply_to: str | None = None) -> str:
        client_id = fresh_id()
        await self._post(client_id=client_id, text=text, reply_to=reply_to)
        return f"{self.client.mark}:{client_id}"

    async def photo(self, content: bytes, caption: str = "") -> str:
        return await self._file(content, "photo.jpg", "image/jpeg", kind="photo", text=caption)

    async def album(self, contents: Sequence[bytes], caption: str = "") -> list[str]:
        group = fresh_id()
        return [
            await self._file(one, "p.jpg", "image/jpeg", kind="photo", group=group, text="" if n else caption)
            for n, one in enumerate(contents)
        ]

    async def voice(self, content: bytes, seconds: int) -> str:
        return await self._file(content, "voice.webm", "audio/webm", kind="voice", seconds=str(seconds))

    async def video(self, content: bytes, caption: str = "") -> str:
        return await self._file(content, "film.mp4", "video/mp4", kind="video", text=caption)

    async def document(self, content: bytes, name: str, mime: str) -> str:
        return await self._file(content, name, mime, kind="document")

    async def location(self, lat: float, lon: float) -> str:
        return await self._post(point={"lat": lat, "lon": lon})

    async def start(self, payload: str) -> str:
        return await self._post(start=payload)

    async def press(self, message_id: str, token: str) -> None:
        await self._post(press=token, reply_to=message_id)

    async def storm(self, texts: Sequence[str]) -> None:
        said = [{"client_id": fresh_id(), "text": text} for text in texts] * 2
        random.Random(7).shuffle(said)
        await asyncio.gather(*(self.client.post(one) for one in said))

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a browser cannot play {name}: take it from the web chat's abilities")


@asynccontextmanager
async def open_far(account: str, stage: Stage, tray: Tray) -> AsyncIterator[Far]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder), sink=tray) as house:
            inner = house.desk if account == "desk" else house.residents
            client = house.client(inner.prefix, lang="zh-CN")
            await client.open()
            if account == "desk":
                await house.employ()
                await client.sign_in()
            await client.post({"client_id": "the-first-word", "text": "有人吗"})
            first: InboundMessage = await tray.next()
            async with house.record.begin() as uow:
                await conversation_for(uow, first)
            listening = asyncio.create_task(inner.listen(tray))
            far = WebFar(house, inner, client, first.address, listening)
            try:
                yield far
            finally:
                await far.hang_up()


CAN = frozenset({
    Ability.WRITE, Ability.ANSWER, Ability.PHOTO, Ability.ALBUM, Ability.VOICE, Ability.VIDEO, Ability.DOCUMENT,
    Ability.LOCATION, Ability.PRESS, Ability.START, Ability.STORM, Ability.AGAIN, Ability.SEE, Ability.TOO_LONG,
    Ability.FETCH,
})  # fmt: skip


def _factory(account: str, can: frozenset[Ability]) -> Factory:
    def open_it(stage: Stage, tray: Tray) -> AbstractAsyncContextManager[Far]:
        return partial(open_far, account)(stage, tray)

    return Factory(open=open_it, can=can)


# Nobody asks a resident who they are; the desk knows by the log-in.
FACTORIES: dict[str, Factory] = {
    "web-residents": _factory("residents", CAN),
    "web-desk": _factory("desk", CAN | {Ability.NAME}),
}
