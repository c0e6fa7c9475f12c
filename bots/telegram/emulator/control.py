"""The emulator by hand: /_emulator/…, everything that World and Hand can do, as JSON.

    POST /_emulator/bots                      {token, username}            → {id}
    POST /_emulator/persons                   {first_name, last_name, username, language_code} → {id}
    POST /_emulator/bots/ID/groups            {title}                      → {id}
    POST /_emulator/bots/ID/acts              {person, act, chat?, …}      → what the act made
    GET  /_emulator/bots/ID/chats/CHAT        the history, both sides
    GET  /_emulator/bots/ID/files/FILE        the bytes of a file
    POST /_emulator/bots/ID/faults            {kind, method?, times?, value?, text?}
    DELETE /_emulator/bots/ID/faults
    POST /_emulator/bots/ID/hold              updates wait
    POST /_emulator/bots/ID/release           {twice?, seed?}

An act is a method of Hand: write, start, photo, album, voice, audio, video, video_note, document,
location, venue, contact, sticker, edit, move_live, press, block, unblock, migrate, unknown, raw.
Contents of files are base64.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

from bots.telegram.emulator.hand import Hand
from bots.telegram.emulator.world import ApiError, Bot, Chat, World

ACTS = frozenset(
    {
        *("write", "start", "photo", "album", "voice", "audio", "video", "video_note", "document"),
        *("location", "venue", "contact", "sticker", "edit", "move_live", "press"),
        *("block", "unblock", "migrate", "unknown", "raw"),
    }
)


def control_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/_emulator")

    @router.post("/bots")
    async def make_bot(asked: dict[str, str]) -> dict[str, Any]:
        try:
            return world.bot(asked.get("token", ""), asked.get("username")).user()
        except ApiError as error:
            raise HTTPException(400, error.description) from None

    @router.post("/persons")
    async def make_person(asked: dict[str, str]) -> dict[str, Any]:
        try:
            return world.person(**asked).user()
        except TypeError as error:
            raise HTTPException(422, str(error)) from None

    @router.post("/bots/{number}/groups")
    async def make_group(number: int, asked: dict[str, str]) -> dict[str, Any]:
        return world.group(_bot(world, number), asked.get("title", "")).shape

    @router.post("/bots/{number}/acts")
    async def act(number: int, asked: dict[str, Any]) -> Any:
        return _act(world, _bot(world, number), asked)

    @router.get("/bots/{number}/chats/{chat}")
    async def history(number: int, chat: int) -> list[dict[str, Any]]:
        return _chat(_bot(world, number), chat).messages

    @router.get("/bots/{number}/files/{file}")
    async def content(number: int, file: str) -> Response:
        found = _bot(world, number).files.get(file)
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type="application/octet-stream")

    @router.post("/bots/{number}/faults")
    async def put_fault(number: int, asked: dict[str, Any]) -> dict[str, bool]:
        try:
            _bot(world, number).faults.put(asked.pop("kind", ""), **asked)
        except (ValueError, TypeError) as error:
            raise HTTPException(422, str(error)) from None
        return {"ok": True}

    @router.delete("/bots/{number}/faults")
    async def clear_faults(number: int) -> dict[str, bool]:
        _bot(world, number).faults.clear()
        return {"ok": True}

    @router.post("/bots/{number}/hold")
    async def hold(number: int) -> dict[str, bool]:
        _bot(world, number).held = True
        return {"ok": True}

    @router.post("/bots/{number}/release")
    async def release(number: int, asked: dict[str, Any] | None = None) -> dict[str, bool]:
        how = asked or {}
        _bot(world, number).release(twice=bool(how.get("twice")), seed=how.get("seed"))
        world.wake()
        return {"ok": True}

    return router


def _act(world: World, bot: Bot, asked: dict[str, Any]) -> Any:
    """Call the method of Hand that `asked` names with the rest of `asked`."""
    name = asked.pop("act", "")
    person = world.persons.get(asked.pop("person", 0))
    group = _chat(bot, asked.pop("chat")) if "chat" in asked else None
    if name not in ACTS or person is None:
        raise HTTPException(422, f"no act {name!r}, or no such person")
    hand = Hand(world=world, bot=bot, person=person, group=group)
    try:
        made = getattr(hand, name)(**_decoded(asked))
    except (TypeError, LookupError, binascii.Error) as error:
        raise HTTPException(422, str(error)) from None
    return made.shape if isinstance(made, Chat) else made


def _decoded(asked: dict[str, Any]) -> dict[str, Any]:
    """Base64 to bytes where Hand wants bytes."""
    ready = dict(asked)
    if "content" in ready:
        ready["content"] = base64.b64decode(ready["content"], validate=True)
    if "contents" in ready:
        ready["contents"] = [base64.b64decode(one, validate=True) for one in ready["contents"]]
    return ready


def _bot(world: World, number: int) -> Bot:
    found = next((bot for bot in world.bots.values() if bot.id == number), None)
    if found is None:
        raise HTTPException(404, "no such bot: POST its token to /_emulator/bots first")
    return found


def _chat(bot: Bot, number: int) -> Chat:
    if number not in bot.chats:
        raise HTTPException(404, "no such chat")
    return bot.chats[number]
