"""Updates on their way to webhooks: in order for each bot, tried again until the answer is 2xx."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx

from bots.telegram.emulator.call import Call
from bots.telegram.emulator.calls import CALLS
from bots.telegram.emulator.world import ApiError, Bot, World

log = logging.getLogger(__name__)
HEADER = "X-Telegram-Bot-Api-Secret-Token"
# Telegram gives a webhook about a minute; loopback needs none of it.
_PATIENCE = 10.0


async def push_for_ever(world: World) -> None:
    """Deliver to every bot with a webhook until cancelled."""
    async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
        while not world.closing.is_set():
            world.queued.clear()
            failed = [bot for bot in list(world.bots.values()) if not await _drain(world, bot, client)]
            if failed:
                await asyncio.sleep(world.push_pause)
            else:
                await world.queued.wait()


async def _drain(world: World, bot: Bot, client: httpx.AsyncClient) -> bool:
    """Push what waits; False when the webhook failed and the rest has to wait."""
    while bot.webhook is not None and not bot.held and bot.updates:
        update = bot.updates[0]
        if not await _push(world, bot, update, client):
            return False
        bot.updates.remove(update)
    return True


async def _push(world: World, bot: Bot, update: dict[str, Any], client: httpx.AsyncClient) -> bool:
    hook = bot.webhook
    if hook is None:
        return False
    headers = {HEADER: hook.secret} if hook.secret else {}
    try:
        answer = await client.post(hook.url, json=update, headers=headers)
    except httpx.HTTPError as error:
        hook.last_error = type(error).__name__
        return False
    if not answer.is_success:
        hook.last_error = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        return False
    hook.last_error = ""
    _do_reply(world, bot, answer.content)
    return True


def _do_reply(world: World, bot: Bot, body: bytes) -> None:
    """A webhook may answer with one call of the Bot API; its result is not told to anybody."""
    if not body:
        return
    try:
        asked = json.loads(body)
        method = CALLS[str(asked.pop("method")).lower()]
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()}
        method(Call(world=world, bot=bot, params=fields, files={}))
    except (ValueError, KeyError, AttributeError, ApiError) as error:
        log.warning("reply of the webhook of bot %d not carried out: %s", bot.id, error)
