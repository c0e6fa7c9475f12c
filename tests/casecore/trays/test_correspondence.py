"""The correspondence on each database: pages back and forth, whose file it is, and the seat of who signed in."""

from __future__ import annotations

from typing import Any

from casecore import correspondence
from casecore.correspondence import Said
from casecore.parties import add_person, chat_of, take_seat
from casecore.store.engine import Record
from casecore.store.tables import Direction

DIGEST, OTHER = "a1" * 32, "b2" * 32


async def seat(record: Record, address: str = "p-1") -> str:
    async with record.begin() as uow:
        person = await add_person(uow, name="Ann", lang="en")
        chat = await take_seat(
            uow, channel="web", account="desk", address=address, person_id=person.id, lang="en"
        )
        return chat.id


async def say(record: Record, chat: str, *bodies: dict[str, Any]) -> None:
    async with record.begin() as uow:
        lines = [
            Said(conversation_id=chat, direction=Direction.OUT, external_id=f"k{n}", body=body)
            for n, body in enumerate(bodies)
        ]
        await correspondence.write(uow, *lines)


async def test_the_newest_before_a_line_come_oldest_first(record: Record) -> None:
    chat = await seat(record)
    await say(record, chat, *({"text": str(n)} for n in range(7)))
    async with record.read() as session:
        newest = await correspondence.latest(session, chat, limit=3)
        earlier = await correspondence.latest(session, chat, limit=3, before=newest[0].seq)
        none = await correspondence.latest(session, chat, limit=3, before=1)
    assert [row.body["text"] for row in newest] == ["4", "5", "6"]
    assert [row.body["text"] for row in earlier] == ["1", "2", "3"]
    assert none == []


async def test_a_file_belongs_to_a_conversation_that_sent_it_and_not_to_one_that_wrote_its_name(
    record: Record,
) -> None:
    sent, received, wrote = [await seat(record, f"p-{n}") for n in range(3)]
    await say(record, sent, {"text": "", "files": [{"digest": None, "ref": DIGEST}]})
    await say(record, received, {"text": "", "files": [{"digest": OTHER}, {"digest": DIGEST}]})
    await say(record, wrote, {"text": DIGEST, "files": []}, {"text": "x"})
    async with record.read() as session:
        found = [await correspondence.names_file(session, chat, DIGEST) for chat in (sent, received, wrote)]
        forged = [await correspondence.names_file(session, sent, name) for name in ("%", "", "_" * 64, OTHER)]
    assert found == [True, True, False]
    assert forged == [False] * 4


async def test_taking_ones_seat_again_keeps_the_chat_and_makes_it_the_newest(record: Record) -> None:
    async with record.begin() as uow:
        person = await add_person(uow, name="Ann", lang="en")
        facts = {"channel": "web", "account": "desk", "address": "p-1", "person_id": person.id}
        first = await take_seat(uow, lang="en", **facts)
        first.reachable = False
        again = await take_seat(uow, lang="zh-CN", **facts)
        assert (again.id, again.lang, again.reachable, again.last_in_at) == (first.id, "zh-CN", True, uow.now)
    async with record.read() as session:
        chat = await chat_of(session, person.id)
    assert chat is not None and chat.id == first.id
