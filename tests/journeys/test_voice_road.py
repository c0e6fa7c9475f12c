"""A voice note's road through the composed house: heard beside everyone else's way, shown, filed, never lost."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bots.simulator import Simulator
from casecore.clock import ScriptClock
from casecore.events import events_of
from casecore.ids import new_secret
from casecore.messages import FileRef, InboundMessage, Press
from casecore.store.tables import Attachment, Case, InboxRow, InboxState
from casecore.territory import Territory, read_territory
from casecore.vocabulary import EventKind, MessageKind, Side, State
from config.compose import House, compose
from config.places import territory_folder
from config.settings import Settings
from intake import listen
from intake.understand import Understander
from media import MediaFault
from media.transcribe import NoTranscriber, Transcriber, Transcript, Unheard, Untranscribed

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HEARD = "鹿山街道将价存旁边的路燈坏了"
MENDED = "鹿山街道蒋家村旁边的路灯坏了"
Answer = Transcript | Untranscribed | MediaFault


class Ears:
    """A transcriber that answers what it is told to, once `may_answer` is set."""

    name = "ears"

    def __init__(self, answer: Answer | str = HEARD) -> None:
        self.answer = _transcript(answer) if isinstance(answer, str) else answer
        self.may_answer, self.begun = asyncio.Event(), 0
        self.may_answer.set()
        self.hot_words: Sequence[str] = ()

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        self.begun += 1
        self.hot_words = hot_words
        await self.may_answer.wait()
        if isinstance(self.answer, MediaFault):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        return None


def _transcript(text: str) -> Transcript:
    return Transcript(text=text, language="zh", confidence=0.9, segments=(), model="ears")


@pytest.fixture(scope="module")
def territory() -> Territory:
    return read_territory(territory_folder("fuyang"))


@pytest.fixture(scope="module")
def understander(territory: Territory) -> Understander:
    return Understander(territory)


class Chat:
    """Residents on the simulator, and the house they write to."""

    def __init__(self, house: House, clock: ScriptClock) -> None:
        self.house, self.clock = house, clock
        self.channel = Simulator(account="residents", side=Side.RESIDENT)
        self.channel.files = {"hum": hum()}
        house.add(self.channel)

    async def say(
        self,
        who: str,
        text: str = "",
        *,
        voice: bool = False,
        group: bool = False,
        press: Press | None = None,
    ) -> None:
        files = (FileRef(kind=MessageKind.VOICE, ref="hum"),) if voice else ()
        kind = MessageKind.VOICE if voice else MessageKind.PRESS if press else MessageKind.TEXT
        await self.house.receiver.take(
            InboundMessage(
                channel="simulator", account="residents", external_id=new_secret(8), address=who,
                side=Side.RESIDENT, kind=kind, sent_at=self.clock.now(), text=text, files=files,
                sender="somebody" if group else None, press=press,
            )
        )  # fmt: skip

    async def press(self, who: str, act: str) -> None:
        token = next(
            b.token
            for sent in reversed(self.channel.sent)
            for row in sent.message.buttons
            for b in row
            if sent.message.address == who and b.token.split(":")[0] == act
        )
        act, subject, value = (*token.split(":"), "", "")[:3]
        await self.say(who, press=Press(act=act, subject=subject, value=value))

    def told(self, who: str) -> list[str]:
        return [sent.message.text for sent in self.channel.sent if sent.message.address == who]

    async def cases(self) -> list[Case]:
        async with self.house.record.read() as session:
            return list(await session.scalars(select(Case).order_by(Case.id)))

    async def inbox(self) -> list[InboxRow]:
        async with self.house.record.read() as session:
            return list(await session.scalars(select(InboxRow).order_by(InboxRow.id)))

    async def kept(self) -> list[Attachment]:
        async with self.house.record.read() as session:
            return list(await session.scalars(select(Attachment)))

    async def silence(self) -> None:
        """Whatever falls due within an hour, each at its time."""
        end = self.clock.now() + timedelta(hours=1)
        await self.house.settle()
        while (due := await self.house.intake.next_due()) is not None and due <= end:
            self.clock.set(max(due, self.clock.now()))
            await self.house.settle()


def hum(seconds: float = 1.0) -> bytes:
    """A tone in a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        levels = (int(8_000 * math.sin(n / 16)) for n in range(int(16_000 * seconds)))
        sound.writeframes(b"".join(struct.pack("<h", level) for level in levels))
    return out.getvalue()


Enter = Callable[..., AbstractAsyncContextManager[Chat]]


@pytest.fixture
def enter(tmp_path: Path, territory: Territory, understander: Understander) -> Enter:
    @asynccontextmanager
    async def opened(ears: Transcriber, clock: ScriptClock | None = None) -> AsyncIterator[Chat]:
        clock = clock or ScriptClock(NOW)
        house = await compose(
            Settings(data=tmp_path, demo=False), clock=clock, territory=territory, transcriber=ears,
            understander=understander,
        )  # fmt: skip
        try:
            yield Chat(house, clock)
        finally:
            await house.close()

    return opened


async def test_a_voice_becomes_words_on_a_card_and_then_a_case(enter: Enter) -> None:
    """Listening is said first; the card shows the words with names put right; the case keeps sound and words."""
    ears = Ears()
    async with enter(ears) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        first, card = chat.told("a")
        assert first.startswith("🎧")
        assert MENDED in card
        assert "我听到的是" in card
        await chat.press("a", "confirm")
        await chat.house.settle()
        (case,) = await chat.cases()
        (kept,) = await chat.kept()
        village = chat.house.territory.unit(case.place_unit or "").names["zh-CN"]
        assert (case.text, village, case.item_code) == (MENDED, "蒋家村", "INF-01")
        assert (kept.kind, kept.words) == (MessageKind.VOICE, MENDED)
        assert "鹿山街道" in ears.hot_words
        heard = await chat.house.hearing.heard(kept.digest)
        assert isinstance(heard, Transcript)
        assert heard.text == HEARD, "what was heard stays beside the file, as it was heard"


@pytest.mark.parametrize(
    ("ears", "answer", "listening"),
    [
        (Ears(Untranscribed(reason=Unheard.NO_SPEECH)), "没有听清", True),
        (Ears(Untranscribed(reason=Unheard.TIMEOUT)), "没能听写", True),
        (NoTranscriber(), "语音收到了", False),
    ],
    ids=["silence", "too long", "nobody listens"],
)
async def test_a_voice_that_nobody_heard_is_kept_and_filed_for_a_person(
    enter: Enter, ears: Transcriber, answer: str, listening: bool
) -> None:
    """A kind answer at once; when nothing more is said, triage has the recording."""
    async with enter(ears) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        *before, asked = chat.told("a")
        assert bool(before) is listening
        assert answer in asked
        assert "录音已经保存" in asked
        await chat.silence()
        (case,) = await chat.cases()
        (kept,) = await chat.kept()
        assert (case.text, case.needs_triage, kept.words) == ("", True, None)


async def test_words_typed_after_an_unheard_voice_make_one_case_with_it(enter: Enter) -> None:
    async with enter(Ears(Untranscribed(reason=Unheard.NO_SPEECH))) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        await chat.say("a", "新登镇双塔村村口的路灯坏了")
        await chat.house.settle()
        await chat.press("a", "confirm")
        await chat.house.settle()
        (case,) = await chat.cases()
        assert case.item_code == "INF-01"
        assert len(await chat.kept()) == 1


async def _listening(chat: Chat, ears: Ears) -> asyncio.Task[bool]:
    """A voice of `a` is being listened to, and does not come to an end by itself."""
    ears.may_answer.clear()
    await chat.say("a", voice=True)
    await chat.house.fetch.run_once()
    task = asyncio.create_task(chat.house.listen.run_once())
    while not ears.begun:
        await asyncio.sleep(0)
    return task


async def test_nobody_else_waits_for_a_long_voice(enter: Enter) -> None:
    """Another chat is answered meanwhile; the same chat's next message keeps its place behind the voice."""
    ears = Ears()
    async with enter(ears) as chat:
        task = await _listening(chat, ears)
        await chat.say("a", "在蒋家村")
        await chat.say("b", "新登镇双塔村村口的路灯坏了")
        while await chat.house.intake.run_once() or await chat.house.deliver.run_once():
            pass
        assert len(chat.told("a")) == 1, "listening, and nothing else yet"
        assert "新登镇" in chat.told("b")[0]
        ears.may_answer.set()
        assert await task
        await chat.house.settle()
        assert [row.state for row in await chat.inbox()] == [InboxState.DONE] * 3
        assert MENDED in chat.told("a")[1]


async def test_a_house_that_dies_while_it_listens_loses_nothing_and_doubles_nothing(enter: Enter) -> None:
    ears, clock = Ears(), ScriptClock(NOW)
    async with enter(ears, clock) as chat:
        task = await _listening(chat, ears)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    again = Ears()
    async with enter(again, clock) as chat:
        assert not await chat.house.listen.run_once(), "still under the lease of the dead"
        due = await chat.house.listen.next_due()
        assert due is not None
        clock.set(due)
        await chat.house.settle()
        await chat.press("a", "confirm")
        await chat.house.settle()
        assert len(await chat.cases()) == 1
        assert sum(MENDED in text for text in chat.told("a")) >= 1
        assert again.begun == 1


async def test_a_long_voice_is_not_taken_over_while_it_is_listened_to(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is extended while the work goes on: much later on the clock, the row is still held."""
    monkeypatch.setattr(listen, "EXTENSIONS", 60_000)  # a thousandth of a second apart
    ears, clock = Ears(), ScriptClock(NOW)
    async with enter(ears, clock) as chat:
        task = await _listening(chat, ears)
        for _ in range(3):
            clock.set(clock.now() + timedelta(seconds=50))
            held = clock.now() + timedelta(seconds=40)
            while ((await chat.inbox())[0].lease_until or NOW) < held:
                await asyncio.sleep(0.001)
        assert not await chat.house.listen.run_once()
        ears.may_answer.set()
        assert await task
        assert (await chat.inbox())[0].state is InboxState.READY


async def test_a_transcriber_in_trouble_is_asked_again_and_at_last_the_voice_goes_on(enter: Enter) -> None:
    ears, clock = Ears(MediaFault("no memory")), ScriptClock(NOW)
    async with enter(ears, clock) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        while (due := await chat.house.listen.next_due()) is not None:
            clock.set(due)
            await chat.house.settle()
        assert ears.begun == 5
        assert "没能听写" in chat.told("a")[-1]


async def test_a_voice_that_kills_its_listeners_goes_on_unheard(enter: Enter) -> None:
    """Five dead workers later nobody tries again: the message is no poison for the dialogue."""
    ears, clock = Ears(), ScriptClock(NOW)
    async with enter(ears, clock) as chat:
        for _ in range(5):
            if not ears.begun:
                task = await _listening(chat, ears)
            else:
                clock.set(await chat.house.listen.next_due() or NOW)
                task = asyncio.create_task(chat.house.listen.run_once())
                before = ears.begun
                while ears.begun == before:
                    await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        clock.set(await chat.house.listen.next_due() or NOW)
        await chat.house.settle()
        assert ears.begun == 5
        assert "没能听写" in chat.told("a")[-1]


async def test_the_first_of_each_chat_is_heard_and_the_newest_chat_first(enter: Enter) -> None:
    ears, clock = Ears(), ScriptClock(NOW)
    async with enter(ears, clock) as chat:
        for who in ("old", "a", "a", "b"):
            await chat.say(who, voice=True)
            if who == "old":
                clock.set(clock.now() + timedelta(minutes=2))
        while await chat.house.fetch.run_once():
            pass
        order: list[int] = []
        for _ in range(4):
            await chat.house.listen.run_once()
            order += [r.id for r in await chat.inbox() if r.state is InboxState.READY and r.id not in order]
        assert order == [1, 4, 2, 3], "who waited long, then the newest chat, then the other in its order"


async def test_nobody_listens_in_a_group(enter: Enter) -> None:
    ears = Ears()
    async with enter(ears) as chat:
        await chat.say("g", voice=True, group=True)
        await chat.house.settle()
        assert not ears.begun
        assert len(chat.told("g")) == 1


async def test_danger_said_aloud_is_filed_at_once(enter: Enter) -> None:
    async with enter(Ears("新登镇双塔村有房子着火了快来救火")) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        (case,) = await chat.cases()
        assert case.state is not State.CLOSED
        assert case.urgency == "emergency"
        assert "119" in "".join(chat.told("a"))


async def test_one_press_puts_the_words_right_before_anything_is_filed(enter: Enter) -> None:
    """Misheard: the words count no longer; what is typed takes their place on a new card, and beside the sound."""
    async with enter(Ears("新登镇双塔村有人砍树")) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        assert "砍树" in chat.told("a")[-1]
        await chat.press("a", "misheard")
        await chat.house.settle()
        assert "再说一遍" in chat.told("a")[-1]
        assert await chat.cases() == []
        await chat.say("a", "鹿山街道蒋家村的路灯坏了")
        await chat.house.settle()
        card = chat.told("a")[-1]
        assert "路灯坏了" in card and "砍树" not in card and "双塔村" not in card
        await chat.press("a", "confirm")
        await chat.house.settle()
        (case,), (kept,) = await chat.cases(), await chat.kept()
        assert (case.text, case.item_code) == ("鹿山街道蒋家村的路灯坏了", "INF-01")
        assert kept.words == "鹿山街道蒋家村的路灯坏了"


async def test_what_was_typed_beside_a_misheard_voice_stays(enter: Enter) -> None:
    async with enter(Ears("有人砍树")) as chat:
        await chat.say("a", "新登镇双塔村村口", voice=True)
        await chat.house.settle()
        await chat.press("a", "misheard")
        await chat.say("a", "路灯坏了")
        await chat.house.settle()
        await chat.press("a", "confirm")
        await chat.house.settle()
        (case,) = await chat.cases()
        assert case.text == "新登镇双塔村村口\n路灯坏了"
        assert case.item_code == "INF-01"


async def test_said_again_the_first_voice_is_for_a_person_and_the_second_counts(enter: Enter) -> None:
    ears = Ears("新登镇双塔村有人砍树")
    async with enter(ears) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        await chat.press("a", "misheard")
        ears.answer = _transcript("新登镇双塔村的路灯坏了")
        chat.channel.files["hum"] = hum(2.0)
        await chat.say("a", voice=True)
        await chat.house.settle()
        await chat.press("a", "confirm")
        await chat.house.settle()
        (case,) = await chat.cases()
        assert case.text == "新登镇双塔村的路灯坏了"
        assert [one.words for one in await chat.kept()] == [None, "新登镇双塔村的路灯坏了"]


async def test_who_presses_misheard_and_falls_silent_is_listened_to_by_a_person(enter: Enter) -> None:
    async with enter(Ears("新登镇双塔村的路灯坏了")) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        await chat.press("a", "misheard")
        await chat.silence()
        (case,) = await chat.cases()
        assert case.needs_triage


async def test_a_press_on_an_older_card_shows_the_present_one(enter: Enter) -> None:
    async with enter(Ears()) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        await chat.say("a", "已经三天了")
        await chat.house.settle()
        older = chat.channel.sent[1].message.buttons[0][1].token
        act, subject, value = older.split(":")
        assert act == "misheard"
        await chat.say("a", press=Press(act=act, subject=subject, value=value))
        await chat.house.settle()
        assert "三天" in chat.told("a")[-1]


async def test_a_misheard_emergency_is_filed_at_once_and_put_right_after(enter: Enter) -> None:
    """The words are shown with one press; the right ones reach the case, and a request under way goes on."""
    async with enter(Ears("新登镇双塔村有房子着火了快来救火")) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        (case,) = await chat.cases()
        assert any("着火了" in text and "听错" in text for text in chat.told("a"))
        await chat.say("a", "鹿山街道蒋家村旁边有人乱停车")
        await chat.house.settle()
        await chat.press("a", "misheard")
        await chat.house.settle()
        assert "再说一遍" in chat.told("a")[-1]
        await chat.say("a", "是有人在空地烧秸秆，没有房子着火")
        await chat.house.settle()
        assert [row.id for row in await chat.cases()] == [case.id]
        async with chat.house.record.read() as session:
            told = [
                e.data.get("text") for e in await events_of(session, case.id) if e.kind is EventKind.ADDITION
            ]
        assert told == ["是有人在空地烧秸秆，没有房子着火"]
        assert "乱停车" in chat.told("a")[-1], "the card of the request under way is back"
        await chat.press("a", "confirm")
        await chat.house.settle()
        assert len(await chat.cases()) == 2


async def test_nobody_puts_right_another_s_case(enter: Enter) -> None:
    async with enter(Ears("新登镇双塔村有房子着火了快来救火")) as chat:
        await chat.say("a", voice=True)
        await chat.house.settle()
        (case,) = await chat.cases()
        await chat.say("b", "您好")
        await chat.say("b", press=Press(act="misheard", subject=case.id, value=""))
        await chat.say("b", "胡说的")
        await chat.house.settle()
        async with chat.house.record.read() as session:
            assert EventKind.ADDITION not in {event.kind for event in await events_of(session, case.id)}
