"""The HTTP route by which Telegram hands over updates: refused, broken, or durable and then 200.

wrong or missing key or secret   403, empty      too long       413, empty
no JSON object                   400, empty      not durable    503, and Telegram sends it again
anything else                    200
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bots.channel import Sink
from bots.telegram.inbound import update_id
from bots.telegram.secrecy import hide
from bots.telegram.settings import BotSettings

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
# The longest message is 4,096 characters with at most 100 entities, twice with the message it
# answers: tens of kilobytes. A megabyte leaves room for what the Bot API may add.
MAX_BODY = 1024 * 1024


class Taker(Protocol):
    @property
    def name(self) -> str: ...

    async def take(self, raw: Mapping[str, Any], sink: Sink) -> str | None: ...


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def webhook_path(channel: str, settings: BotSettings) -> str:
    return f"/hooks/{channel}/{settings.account}/{{key}}"


def webhook_router(bot: Taker, settings: BotSettings, sink: Sink) -> APIRouter:
    """The route of one bot, to be mounted at the root of the front door."""
    router = APIRouter()

    async def receive(request: Request) -> Response:
        try:
            _admit(request, settings)
            raw = _decode(await _body(request))
        except _Refused as refused:
            log.warning("%s/%s: webhook refused with %d", bot.name, settings.account, refused.status)
            return Response(status_code=refused.status)
        except ClientDisconnect:
            return Response(status_code=400)
        return await _hand_over(bot, raw, sink)

    router.add_route(webhook_path(bot.name, settings), receive, methods=["POST"], include_in_schema=False)
    return router


def _admit(request: Request, settings: BotSettings) -> None:
    """Both secrets, in constant time, before a byte of the body is read; no answer says which failed."""
    key = hmac.compare_digest(request.path_params["key"].encode(), settings.webhook_key.encode())
    header = request.headers.get(SECRET_HEADER, "")
    secret = hmac.compare_digest(header.encode(), settings.webhook_secret.encode())
    if not (key and secret):
        raise _Refused(403)


async def _body(request: Request) -> bytes:
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > MAX_BODY:
            raise _Refused(413)
    return bytes(taken)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refused(400) from error
    if not isinstance(raw, dict):
        raise _Refused(400)
    return raw


async def _hand_over(bot: Taker, raw: dict[str, Any], sink: Sink) -> Response:
    try:
        press = await bot.take(raw, sink)
    except Exception as error:  # noqa: BLE001 - the route's one: without a durable row Telegram must send it again
        log.error("%s: update %s not taken: %s", bot.name, update_id(raw), hide(repr(error)))
        return Response(status_code=503, headers={"Retry-After": "1"})
    if press is None:
        return Response(status_code=200)
    # The Bot API takes one call as the answer to a webhook: the spinner stops without a request of ours.
    return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": press})
