"""What every channel keeps (bots.channel), over the real client library and a loopback network."""

from __future__ import annotations

import asyncio
import gc
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.channel import (
    CHAT_BLOCKED,
    MaybeSent,
    OutboundFile,
    OutboundMessage,
    Rejected,
    RenderedButton,
    TooLarge,
    TryLater,
    Unreachable,
)
from bots.datum import point_of
from casecore.messages import FileRef, InboundMessage, Press
from casecore.vocabulary import MessageKind, Side
from tests.contracts.far_side import PATIENCE, Ability, Far, Received, Tray, needs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLENTY = 1024 * 1024
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
ODD_TEXT = '楼道灯坏了 🔦\n<b>三楼</b> *_[链接](http://x)_* & "引号" \\ \u202eabc'


async def whole(far: Far, file: FileRef, limit: int = PLENTY) -> bytes:
    return b"".join([chunk async for chunk in far.channel.fetch(file, limit=limit)])


def words(far: Far, text: str = "已收到", **more: object) -> OutboundMessage:
    message = OutboundMessage(address=far.address, key="k1", text=text)
    return replace(message, **more)  # type: ignore[arg-type]


def outbound(kind: MessageKind, content: bytes, name: str, mime: str) -> OutboundFile:
    return OutboundFile(kind=kind, name=name, mime=mime, content=content, digest="d" * 64)


def open_sockets() -> int:
    """How many sockets this process holds (Linux tells; elsewhere the tasks alone are compared)."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return 0
    return sum(os.readlink(one).startswith("socket:") for one in folder.iterdir() if one.is_symlink())


def name_of(message: InboundMessage) -> tuple[str, str, str]:
    return message.channel, message.account, message.external_id


class TestArriving:
    """What a person sends arrives once, whole, and in nobody's dialect."""

    @needs(Ability.WRITE)
    async def test_text_carries_every_field(self, far: Far, tray: Tray) -> None:
        ref = await far.write(ODD_TEXT)
        got = await tray.next()
        assert (got.kind, got.text) == (MessageKind.TEXT, ODD_TEXT)
        assert (got.channel, got.account, got.side) == (
            far.channel.name,
            far.channel.account,
            far.channel.side,
        )
        assert got.address == far.address and got.external_id
        assert got.message_ref == (ref or None)
        assert got.sent_at.utcoffset() == timedelta(0)
        assert got.lang in ("zh-CN", "en")
        assert tray.empty()

    @needs(Ability.WRITE, Ability.NAME)
    async def test_a_messenger_that_knows_the_senders_name_tells_it(self, far: Far, tray: Tray) -> None:
        await far.write("您好")
        got = await tray.next()
        assert got.sender_name and got.sender

    @needs(Ability.WRITE)
    async def test_the_longest_text_arrives_whole(self, far: Far, tray: Tray) -> None:
        text = "长" * 4096
        await far.write(text)
        assert (await tray.next()).text == text

    @needs(Ability.WRITE)
    async def test_messages_arrive_in_the_order_they_were_written(self, far: Far, tray: Tray) -> None:
        for number in range(5):
            await far.write(f"第{number}条")
        assert [one.text for one in await tray.take(5)] == [f"第{number}条" for number in range(5)]

    @needs(Ability.WRITE, Ability.SEE, Ability.ANSWER)
    async def test_an_answer_names_the_message_as_send_named_it(self, far: Far, tray: Tray) -> None:
        asked = await far.channel.send(words(far, "在哪个小区？"))
        await far.write("富春湾小区", reply_to=asked)
        assert (await tray.next()).reply_to == asked

    @needs(Ability.PHOTO, Ability.FETCH)
    async def test_a_photo_brings_its_words_and_its_bytes(self, far: Far, tray: Tray) -> None:
        await far.photo(PICTURE, "路灯坏了")
        got = await tray.next()
        assert (got.kind, got.text, len(got.files)) == (MessageKind.PHOTO, "路灯坏了", 1)
        assert got.files[0].kind is MessageKind.PHOTO
        assert await whole(far, got.files[0]) == PICTURE

    @needs(Ability.ALBUM, Ability.FETCH)
    async def test_the_parts_of_an_album_share_a_group(self, far: Far, tray: Tray) -> None:
        pictures = [PICTURE + bytes([number]) for number in range(3)]
        await far.album(pictures, "三张照片")
        got = await tray.take(3)
        assert len({one.group for one in got}) == 1 and got[0].group
        assert len({one.external_id for one in got}) == 3
        assert [one.text for one in got] == ["三张照片", "", ""]
        assert [await whole(far, one.files[0]) for one in got] == pictures

    @needs(Ability.VOICE)
    async def test_a_voice_note_tells_its_length(self, far: Far, tray: Tray) -> None:
        await far.voice(b"OggS-not-really", 7)
        got = await tray.next()
        assert got.kind is MessageKind.VOICE
        assert (got.files[0].kind, got.files[0].duration) == (MessageKind.VOICE, 7.0)

    @needs(Ability.VIDEO)
    async def test_a_video_arrives_as_video(self, far: Far, tray: Tray) -> None:
        await far.video(b"ftyp-not-really", "看一下")
        got = await tray.next()
        assert (got.kind, got.files[0].kind, got.text) == (MessageKind.VIDEO, MessageKind.VIDEO, "看一下")

    @needs(Ability.VIDEO_NOTE)
    async def test_a_video_note_is_a_video(self, far: Far, tray: Tray) -> None:
        await far.video_note(b"ftyp-round")
        got = await tray.next()
        assert (got.kind, got.files[0].mime) == (MessageKind.VIDEO, "video/mp4")

    @needs(Ability.DOCUMENT)
    async def test_a_document_keeps_its_name_and_type(self, far: Far, tray: Tray) -> None:
        await far.document(b"%PDF-1.7", "投诉信.pdf", "application/pdf")
        got = await tray.next()
        assert got.kind is MessageKind.DOCUMENT
        assert (got.files[0].name, got.files[0].mime) == ("投诉信.pdf", "application/pdf")

    @needs(Ability.LOCATION)
    async def test_a_location_is_a_point(self, far: Far, tray: Tray) -> None:
        await far.location(30.0497, 119.9601)
        got = await tray.next()
        assert got.kind is MessageKind.LOCATION and got.point is not None
        ground = point_of(30.0497, 119.9601, far.channel.capabilities.datum)
        assert (got.point.lat, got.point.lon) == pytest.approx((ground.lat, ground.lon), abs=1e-6)

    @needs(Ability.CONTACT)
    async def test_a_contact_is_told_in_words(self, far: Far, tray: Tray) -> None:
        await far.contact("+8613800000000", "李四")
        got = await tray.next()
        assert got.kind is MessageKind.CONTACT
        assert "+8613800000000" in got.text and "李四" in got.text

    @needs(Ability.START)
    async def test_a_deep_link_brings_its_payload_alone(self, far: Far, tray: Tray) -> None:
        await far.start("grid_330111001")
        got = await tray.next()
        assert (got.kind, got.text) == (MessageKind.START, "grid_330111001")

    @needs(Ability.WRITE)
    async def test_a_command_is_plain_text(self, far: Far, tray: Tray) -> None:
        await far.write("/help 帮助")
        got = await tray.next()
        assert (got.kind, got.text) == (MessageKind.TEXT, "/help 帮助")

    @needs(Ability.PRESS, Ability.SEE)
    async def test_a_press_is_taken_apart_and_names_its_card(self, far: Far, tray: Tray) -> None:
        button = RenderedButton(label="接单", token="accept:case-1:3")
        card = await far.channel.send(words(far, buttons=[[button]]))
        await far.press(card, "accept:case-1:3")
        got = await tray.next()
        assert got.kind is MessageKind.PRESS
        assert got.press == Press(act="accept", subject="case-1", value="3")
        assert (got.reply_to, got.address) == (card, far.address)

    @needs(Ability.PRESS, Ability.SEE)
    async def test_a_value_may_hold_colons_and_a_press_may_be_bare(self, far: Far, tray: Tray) -> None:
        card = await far.channel.send(words(far, buttons=[[RenderedButton(label="是", token="yes")]]))
        await far.press(card, "yes")
        await far.press(card, "place:c:a:b")
        first, second = await tray.take(2)
        assert first.press == Press(act="yes")
        assert second.press == Press(act="place", subject="c", value="a:b")

    @needs(Ability.EDIT)
    async def test_an_edit_carries_the_new_words_and_names_the_old_message(
        self, far: Far, tray: Tray
    ) -> None:
        ref = await far.write("三楼")
        first = await tray.next()
        await far.edit(ref, "五楼")
        got = await tray.next()
        assert (got.kind, got.text, got.reply_to) == (MessageKind.EDIT, "五楼", ref)
        assert first.message_ref == ref and first.external_id != got.external_id

    @needs(Ability.STICKER)
    async def test_a_sticker_is_unsupported_and_named(self, far: Far, tray: Tray) -> None:
        await far.sticker()
        got = await tray.next()
        assert (got.kind, got.raw_type) == (MessageKind.UNSUPPORTED, "sticker")
        assert got.address == far.address

    @needs(Ability.UNKNOWN)
    async def test_an_update_of_unknown_type_can_be_answered(self, far: Far, tray: Tray) -> None:
        await far.unknown()
        await far.write("后面的照常")
        got = await tray.next()
        assert (got.kind, got.address) == (MessageKind.UNSUPPORTED, far.address)
        assert got.raw_type
        assert (await tray.next()).text == "后面的照常"

    @needs(Ability.STORM)
    async def test_duplicates_have_one_name_and_nothing_is_lost_in_disorder(
        self, far: Far, tray: Tray
    ) -> None:
        texts = [f"第{number}条" for number in range(6)]
        await far.storm(texts)
        got = await tray.take(12)
        named: dict[tuple[str, str, str], set[str]] = {}
        for one in got:
            named.setdefault(name_of(one), set()).add(one.text)
        assert len(named) == 6
        assert sorted(text for said in named.values() for text in said) == sorted(texts)

    @needs(Ability.AGAIN)
    async def test_what_the_record_refused_comes_again_under_the_same_name(
        self, far: Far, tray: Tray
    ) -> None:
        tray.refuse(2)
        await far.write("必须收到")
        got = await tray.next()
        assert got.text == "必须收到"
        assert [name_of(one) for one in tray.refused] == [name_of(got)] * 2

    @needs(Ability.BLOCK)
    async def test_a_blocked_chat_is_news_about_the_chat(self, far: Far, tray: Tray) -> None:
        await far.trouble(Ability.BLOCK)
        got = await tray.next()
        assert (got.kind, got.raw_type) == (MessageKind.UNSUPPORTED, CHAT_BLOCKED)


class TestSending:
    """What the channel is given, the person sees: exactly, once."""

    @needs(Ability.SEE)
    async def test_text_and_buttons_are_seen_as_they_were_given(self, far: Far) -> None:
        rows = [
            [
                RenderedButton(label="确认 ✅", token="confirm:d1"),
                RenderedButton(label="改地点", token="place:d1"),
            ],
            [RenderedButton(label="<b>取消</b>", token="cancel:d1")],
        ]
        sent = await far.channel.send(words(far, ODD_TEXT, buttons=rows))
        assert far.received() == [
            Received(
                id=sent,
                text=ODD_TEXT,
                buttons=tuple(tuple((b.label, b.token) for b in row) for row in rows),
            )
        ]

    @needs(Ability.SEE)
    async def test_capabilities_are_true_at_their_limits(self, far: Far) -> None:
        can = far.channel.capabilities
        label = "标" * can.max_button_label
        row = [
            RenderedButton(label=label, token=f"{n}".ljust(can.max_button_token, "x"))
            for n in range(can.max_buttons_in_row)
        ]
        rows = [row] * (can.max_buttons // can.max_buttons_in_row)
        text = "长" * can.max_text
        await far.channel.send(words(far, text, buttons=rows))
        (seen,) = far.received()
        assert seen.text == text
        assert [button for line in seen.buttons for button in line] == [
            (button.label, button.token) for line in rows for button in line
        ]

    @needs(Ability.SEE, Ability.TOO_LONG)
    async def test_beyond_the_limits_is_rejected_not_cut(self, far: Far) -> None:
        can = far.channel.capabilities
        with pytest.raises(Rejected):
            await far.channel.send(words(far, "长" * (can.max_text + 1)))
        button = RenderedButton(label="x", token="t" * (can.max_button_token + 1))
        with pytest.raises(Rejected):
            await far.channel.send(words(far, buttons=[[button]]))
        assert far.received() == []

    @needs(Ability.SEE_FILES)
    @pytest.mark.parametrize(
        ("kind", "name", "mime"),
        [
            (MessageKind.PHOTO, "修好了.jpg", "image/jpeg"),
            (MessageKind.VIDEO, "修好了.mp4", "video/mp4"),
            (MessageKind.VOICE, "回复.ogg", "audio/ogg"),
            (MessageKind.DOCUMENT, 'a"b\r\nX-Evil: 1/..\\c.pdf', "application/pdf"),
        ],
    )
    async def test_each_kind_of_file_is_seen_byte_for_byte(
        self, far: Far, kind: MessageKind, name: str, mime: str
    ) -> None:
        if kind not in far.channel.capabilities.sends_files:
            pytest.fail(f"{far.channel.name} does not send {kind}; take SEE_FILES from its abilities")
        sent = await far.channel.send(words(far, "已修好", files=[outbound(kind, PICTURE, name, mime)]))
        seen = far.received()
        assert [file for one in seen for file in one.files] == [(kind, PICTURE)]
        assert [one.text for one in seen if one.text] == ["已修好"]
        assert sent == seen[-1].id

    @needs(Ability.SEE_FILES)
    async def test_several_photos_then_one_text_with_the_buttons(self, far: Far) -> None:
        pictures = [PICTURE + bytes([n]) for n in range(3)]
        files = [outbound(MessageKind.PHOTO, p, f"{n}.jpg", "image/jpeg") for n, p in enumerate(pictures)]
        button = RenderedButton(label="★★★★★", token="rate:c1:5")
        sent = await far.channel.send(words(far, "办好了", files=files, buttons=[[button]]))
        seen = far.received()
        assert [content for one in seen for _, content in one.files] == pictures
        assert seen[-1] == replace(
            seen[-1], id=sent, text="办好了", buttons=(((button.label, button.token),),)
        )

    @needs(Ability.SEE_EDITS)
    async def test_an_edit_changes_the_card_and_adds_nothing(self, far: Far) -> None:
        card = await far.channel.send(
            words(far, "待接单", buttons=[[RenderedButton(label="接单", token="accept:1")]])
        )
        changed = words(far, "已接单", key="k2", edit_of=card)
        assert await far.channel.send(changed) == card
        assert far.received() == [Received(id=card, text="已接单")]
        assert await far.channel.send(replace(changed, key="k3")) == card, "said already counts as sent"

    @needs(Ability.SEE_ANSWERS, Ability.WRITE)
    async def test_an_answer_hangs_on_the_message_it_answers(self, far: Far, tray: Tray) -> None:
        ref = await far.write("有人吗")
        await far.channel.send(words(far, reply_to=ref))
        assert far.received()[0].reply_to == ref

    @needs(Ability.SEE)
    async def test_an_address_of_no_channel_is_refused(self, far: Far) -> None:
        with pytest.raises((Rejected, Unreachable)):
            await far.channel.send(words(far, address="nobody's address"))
        with pytest.raises((Rejected, Unreachable)):
            await far.channel.send(words(far, address="999999999999"))


class TestTrouble:
    """What the outside does wrong is one of the contract's errors, and the next try works."""

    @needs(Ability.THROTTLE, Ability.SEE)
    async def test_throttling_says_how_long_and_costs_no_attempt(self, far: Far) -> None:
        await far.trouble(Ability.THROTTLE, 17)
        with pytest.raises(TryLater) as caught:
            await far.channel.send(words(far))
        assert (caught.value.throttled, caught.value.after) == (True, 17.0)
        assert not isinstance(caught.value, MaybeSent)
        await self._works_again(far)

    @needs(Ability.PAGE, Ability.SEE)
    async def test_an_error_page_is_not_sent_and_may_be_tried_again(self, far: Far) -> None:
        await far.trouble(Ability.PAGE)
        with pytest.raises(TryLater) as caught:
            await far.channel.send(words(far))
        assert not isinstance(caught.value, MaybeSent) and not caught.value.throttled
        await self._works_again(far)

    @needs(Ability.GARBLED, Ability.SEE)
    async def test_an_unreadable_yes_may_have_been_a_yes(self, far: Far) -> None:
        await far.trouble(Ability.GARBLED)
        with pytest.raises(MaybeSent):
            await far.channel.send(words(far))
        assert len(far.received()) == 1

    @needs(Ability.HANG, Ability.SEE)
    async def test_silence_ends_by_the_channels_own_patience(self, far: Far) -> None:
        await far.trouble(Ability.HANG, 60)
        async with asyncio.timeout(60):
            with pytest.raises(TryLater):
                await far.channel.send(words(far))
        await self._works_again(far)

    @needs(Ability.RESET, Ability.SEE)
    async def test_a_reset_after_the_request_left_may_have_been_sent(self, far: Far) -> None:
        await far.trouble(Ability.RESET)
        with pytest.raises(MaybeSent):
            await far.channel.send(words(far))
        assert [one.text for one in far.received()] == ["已收到"], (
            "it was taken, and only the answer was lost"
        )

    @needs(Ability.REFUSE, Ability.SEE)
    async def test_a_refusal_is_for_good(self, far: Far) -> None:
        await far.trouble(Ability.REFUSE)
        with pytest.raises(Rejected):
            await far.channel.send(words(far))
        await self._works_again(far)

    @needs(Ability.BLOCK, Ability.SEE)
    async def test_a_blocked_bot_cannot_reach_the_person(self, far: Far) -> None:
        await far.trouble(Ability.BLOCK)
        with pytest.raises(Unreachable) as caught:
            await far.channel.send(words(far))
        assert caught.value.moved_to is None

    @needs(Ability.MOVE, Ability.SEE)
    async def test_a_moved_conversation_tells_its_new_address(self, far: Far) -> None:
        message = words(far)
        new = await far.move()
        with pytest.raises(Unreachable) as caught:
            await far.channel.send(message)
        assert caught.value.moved_to == new

    @needs(Ability.THROTTLE, Ability.SEE_FILES)
    async def test_trying_again_does_not_send_the_album_twice(self, far: Far) -> None:
        files = [outbound(MessageKind.PHOTO, PICTURE, f"{n}.jpg", "image/jpeg") for n in range(2)]
        message = words(far, "办好了", files=files)
        await far.trouble(Ability.THROTTLE, 1)
        with pytest.raises(TryLater):
            await far.channel.send(message)
        await far.channel.send(message)
        assert [len(one.files) for one in far.received()] == [1, 1, 0]

    async def _works_again(self, far: Far) -> None:
        assert far.received() == []
        sent = await far.channel.send(words(far))
        assert [one.id for one in far.received()] == [sent]


class TestFetching:
    """Files come whole or not at all, and never more than the limit."""

    @needs(Ability.DOCUMENT, Ability.FETCH)
    async def test_a_file_of_exactly_the_limit_comes(self, far: Far, tray: Tray) -> None:
        await far.document(PICTURE, "a.bin", "application/octet-stream")
        file = (await tray.next()).files[0]
        assert await whole(far, file, len(PICTURE)) == PICTURE

    @needs(Ability.DOCUMENT, Ability.FETCH)
    async def test_one_byte_too_many_is_too_large_even_when_the_size_was_not_told(
        self, far: Far, tray: Tray
    ) -> None:
        await far.document(PICTURE, "a.bin", "application/octet-stream")
        file = (await tray.next()).files[0]
        for asked in (file, replace(file, size=None), replace(file, size=1)):
            with pytest.raises(TooLarge):
                await whole(far, asked, len(PICTURE) - 1)

    @needs(Ability.FETCH)
    async def test_a_file_that_is_not_there_is_rejected(self, far: Far) -> None:
        with pytest.raises(Rejected):
            await whole(far, FileRef(kind=MessageKind.PHOTO, ref="no-such-file"))

    @needs(Ability.DOCUMENT, Ability.FETCH, Ability.FETCH_BREAKS)
    async def test_half_a_file_is_no_file(self, far: Far, tray: Tray) -> None:
        await far.document(PICTURE, "a.bin", "application/octet-stream")
        file = (await tray.next()).files[0]
        await far.trouble(Ability.FETCH_BREAKS)
        with pytest.raises(TryLater):
            await whole(far, file)
        assert await whole(far, file) == PICTURE


class TestLife:
    """Starting and stopping leaves nothing behind; the suite turns a forgotten socket into an error."""

    @needs(Ability.SEE)
    async def test_a_used_and_stopped_channel_leaves_no_task_and_no_socket(
        self, far: Far, tray: Tray
    ) -> None:
        await far.hang_up()
        tasks, sockets = asyncio.all_tasks(), open_sockets()
        await far.channel.start()
        listening = asyncio.create_task(far.channel.listen(tray))
        await far.channel.send(words(far))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await far.channel.stop()
        # The far side lives in this loop too, and takes a moment to notice that we are gone.
        async with asyncio.timeout(PATIENCE):
            while asyncio.all_tasks() - tasks or open_sockets() > sockets:
                await asyncio.sleep(0.005)
        gc.collect()

    @needs(Ability.SEE)
    async def test_a_channel_knows_whom_it_serves(self, far: Far) -> None:
        assert far.channel.side in Side
        assert far.channel.name and far.channel.account
        assert far.channel.capabilities.receives >= {MessageKind.TEXT}
