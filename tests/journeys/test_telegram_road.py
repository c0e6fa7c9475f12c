"""The whole road over both Telegram libraries: resident on aiogram, handler on python-telegram-bot."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select

from casecore.events import events_of, verify
from casecore.login import person_of
from casecore.parties import make_binding_code
from casecore.store.tables import InboxRow, InboxState
from config.log import keep_log
from tests.journeys.telegram_stage import HANDLERS, RESIDENTS, SECRETS, Chat, Town, town

SWEPT = Path(__file__).parent / "swept.jpg"
Mode = Literal["polling", "webhook"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that anybody logs, down to DEBUG, as `minhu up` would write it."""
    # The database driver logs each statement, a thousand a second; none of them knows a token.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()
    keep_log(logging.StreamHandler(written), level=logging.DEBUG)
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("aiosqlite").setLevel(logging.NOTSET)


async def bound(place: Town, key: str) -> Chat:
    """Somebody of the demo roster whose Telegram chat was bound by a deep link with their one-time code."""
    async with place.house.record.begin() as uow:
        person = await person_of(uow.session, place.usernames[key])
        assert person is not None
        code = await make_binding_code(uow, person)
    chat = await place.chat(HANDLERS, "Ann")
    await chat.act("start", payload=f"bind_{code}")
    await chat.heard("Bound")
    return chat


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_case_from_first_word_to_five_stars(mode: Mode, tmp_path: Path, log: io.StringIO) -> None:
    """Card, buttons, proof photo and rating pass both libraries; one case, and no secret in any log line."""
    async with town(tmp_path, mode) as place:
        ann = await bound(place, "demo_grid")
        tom = await place.chat(RESIDENTS, "Tom")
        await tom.write("The street lamp at the Old Mill is out, it is a dark road")
        await tom.heard("Street lamp out", button="confirm")
        await tom.press("confirm")
        await ann.heard("Street lamp out", button="accept")
        await ann.press("accept")
        await tom.heard("Demo grid worker of Mill Lane 1")
        await ann.photo(SWEPT.read_bytes())
        await place.until_state("accepted")
        await ann.heard(button="done")
        await ann.write("The lamp is fixed")
        await tom.heard("The lamp is fixed", button="rate_5")
        assert any("photo" in message for message in await tom.history()), (
            "the proof was not shown to the resident"
        )
        await tom.press("rate_5")
        case = await place.until_state("closed")
        assert case.rating == 5
        assert len(await place.cases()) == 1
        async with place.house.record.read() as session:
            verify(case, await events_of(session, case.id))
            states = set(await session.scalars(select(InboxRow.state)))
        assert states == {InboxState.DONE}
    written = log.getvalue()
    assert written, "nothing was logged: the check below would prove nothing"
    assert not [secret for secret in SECRETS if secret in written]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_trouble_on_the_line_neither_loses_nor_doubles(
    mode: Mode, tmp_path: Path, log: io.StringIO
) -> None:
    """429, an error page and updates that come twice and in disorder: one case, each notice arrives."""
    async with town(tmp_path, mode) as place:
        ann = await bound(place, "demo_grid")
        tom = await place.chat(RESIDENTS, "Tom")
        for chat in (tom, ann):
            await place.fault(chat, "throttle", method="sendMessage", value=1)
            await place.fault(chat, "html", method="sendMessage")
        held = f"/_emulator/bots/{tom.bot}"
        (await place.control.post(f"{held}/hold")).raise_for_status()
        await tom.write("The street lamp at the Old Mill is out, it is a dark road")
        (await place.control.post(f"{held}/release", json={"twice": True, "seed": 3})).raise_for_status()
        await tom.press("confirm")
        await ann.heard("Street lamp out", button="accept")
        await place.until_state("dispatched")
        assert len(await place.cases()) == 1
        cards = [message for message in await ann.history() if "Street lamp out" in message.get("text", "")]
        assert len(cards) == 1
    assert not [secret for secret in SECRETS if secret in log.getvalue()]


async def test_a_chat_that_is_not_bound_speaks_for_nobody(tmp_path: Path) -> None:
    """A stranger on the handlers' bot, a wrong code and a code used twice get an answer and no authority."""
    async with town(tmp_path, "polling") as place:
        stranger = await place.chat(HANDLERS, "Mallory")
        await stranger.write("tasks")
        await stranger.heard("code")
        await stranger.write("ABCDEFGH")
        await stranger.heard("used or too old")
        async with place.house.record.read() as session:
            rows = (await session.scalars(select(InboxRow.state))).all()
        assert len(rows) == 2
