"""In a group the bot hears only who speaks to it, and hears them as in a private chat."""

from __future__ import annotations

from typing import Any

import pytest_asyncio

from bots.telegram.emulator.hand import entities
from bots.telegram.emulator.world import World
from casecore.vocabulary import MessageKind
from tests.bots.telegram.bench import GROUP, PERSON, TOKEN, Door, message, webhook_door

ME = {"id": 700001, "is_bot": True, "first_name": "minhu"}


def said(number: int, text: str, **more: Any) -> dict[str, Any]:
    return message(number, chat=GROUP, text=text, entities=entities(text), **more)


@pytest_asyncio.fixture(loop_scope="module")
async def hears(bot_name: str, world: World, base: str) -> Any:
    """Post group messages; the texts that the bot heard."""
    world.bot(TOKEN, "minhu_bot")

    async def post(*updates: dict[str, Any]) -> list[tuple[MessageKind, str]]:
        async with webhook_door(bot_name, api_base=base) as opened:
            for update in updates:
                assert (await opened.post(update)).status_code == 200
            return [(one.kind, one.text) for one in opened.kept.messages]

    return post


async def test_talk_among_people_is_not_heard(hears: Any) -> None:
    other = {"offset": 0, "length": 3, "type": "code"}
    assert (
        await hears(
            said(1, "路灯坏了"),
            said(2, "@someone_else 看看"),
            said(3, "/help@other_bot"),
            said(4, "/help"),
            message(5, chat=GROUP, text="@minhu_bot", entities=[other]),
            message(6, chat=GROUP, photo=[{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]),
            message(7, chat={"id": -9, "type": "channel", "title": "c"}, text="@minhu_bot"),
        )
        == []
    )


async def test_a_mention_is_heard_without_the_name(hears: Any) -> None:
    assert await hears(
        said(1, "@minhu_bot 路灯坏了"),
        said(2, "🔦🔦 路灯坏了 @Minhu_Bot，快来"),
        said(3, "/help@minhu_bot"),
        said(4, "/start@minhu_bot grid_7"),
    ) == [
        (MessageKind.TEXT, "路灯坏了"),
        (MessageKind.TEXT, "🔦🔦 路灯坏了，快来"),
        (MessageKind.TEXT, "/help"),
        (MessageKind.START, "grid_7"),
    ]


async def test_an_answer_to_the_bot_is_heard_and_one_to_somebody_else_is_not(hears: Any) -> None:
    ours = {"message_id": 3, "from": ME, "chat": GROUP, "date": 1, "text": "在哪里？"}
    theirs = {**ours, "from": PERSON}
    assert await hears(said(1, "三楼", reply_to_message=ours), said(2, "四楼", reply_to_message=theirs)) == [
        (MessageKind.TEXT, "三楼")
    ]


async def test_a_mention_by_link_and_in_a_caption_counts(hears: Any) -> None:
    link = {"type": "text_mention", "offset": 0, "length": 2, "user": ME}
    picture = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    caption = "@minhu_bot 看"
    assert await hears(
        message(1, chat=GROUP, text="民呼 路灯坏了", entities=[link]),
        message(2, chat=GROUP, photo=picture, caption=caption, caption_entities=entities(caption)),
    ) == [(MessageKind.TEXT, "民呼 路灯坏了"), (MessageKind.PHOTO, "看")]


async def test_another_bot_is_never_answered(hears: Any) -> None:
    robot = {"id": 9, "is_bot": True, "first_name": "robot"}
    assert (
        await hears(
            {**said(1, "@minhu_bot hi"), "message": {**said(1, "@minhu_bot hi")["message"], "from": robot}}
        )
        == []
    )


async def test_service_messages_say_nothing(hears: Any) -> None:
    assert (
        await hears(
            message(1, chat=GROUP, new_chat_members=[ME]),
            message(2, chat=GROUP, left_chat_member=PERSON),
            message(3, pinned_message={"message_id": 1, "chat": GROUP, "date": 1, "text": "x"}),
            message(4, chat=GROUP, migrate_from_chat_id=-7),
        )
        == []
    )


async def test_a_moved_group_tells_its_new_address(door: Door) -> None:
    old = {"id": -7, "type": "group", "title": "g"}
    # Even while the bot's own name cannot be asked for, a private message is heard.
    assert (await door.post(message(1, text="私聊"))).status_code == 200
    assert [one.text for one in door.kept.messages] == ["私聊"]
    assert (await door.post(message(2, chat=old, text="群聊"))).status_code == 503


async def test_group_news_and_sender(bot_name: str, world: World, base: str) -> None:
    world.bot(TOKEN, "minhu_bot")
    async with webhook_door(bot_name, api_base=base) as opened:
        old = {"id": -7, "type": "group", "title": "g"}
        await opened.post(message(1, chat=old, migrate_to_chat_id=-1007))
        await opened.post(said(2, "@minhu_bot 在吗"))
        moved, heard = opened.kept.messages
    assert (moved.raw_type, moved.address, moved.text) == ("chat.moved", "-7", "-1007")
    assert (heard.address, heard.sender) == ("-100200", "42"), "in a group the sender is not the chat"
