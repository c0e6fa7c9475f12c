"""The emulator over HTTP: /bot<token>/<method>, /file/bot<token>/<path>, and the faults between."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from bots.telegram.emulator.call import Call, Upload
from bots.telegram.emulator.calls import CALLS
from bots.telegram.emulator.control import control_router
from bots.telegram.emulator.faults import DOWNLOAD, Fault
from bots.telegram.emulator.push import push_for_ever
from bots.telegram.emulator.wire import Reset, cuttable
from bots.telegram.emulator.world import ApiError, Bot, Stored, World

_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Emulator(FastAPI):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cuttable(scope, send)
        await super().__call__(scope, receive, send)


def create_app(world: World | None = None) -> Emulator:
    """The application around `world`, which is app.state.world."""
    world = world or World()
    app = Emulator(title="Minhu's Bot API emulator", lifespan=_lifespan)
    app.state.world = world
    app.include_router(control_router(world))

    async def method(request: Request) -> Response:
        return await _method(world, request)

    async def download(request: Request) -> Response:
        return await _download(world, request)

    app.add_route("/bot{token}/{method}", method, methods=["GET", "POST"])
    app.add_route("/file/bot{token}/{path:path}", download, methods=["GET"])
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        pusher = tasks.create_task(push_for_ever(app.state.world))
        yield
        app.state.world.close()
        pusher.cancel()


async def _method(world: World, request: Request) -> Response:
    name = request.path_params["method"].lower()
    try:
        bot = world.bot(request.path_params["token"])
        call = await _read(world, bot, request)
        fault = bot.faults.take(name)
        return await _faulty(world, request, fault, lambda: _answer(call, name, request))
    except ApiError as error:
        return _refusal(error)


async def _answer(call: Call, name: str, request: Request) -> Response:
    if name == "getupdates":
        return _result(await _get_updates(call, request))
    if name not in CALLS:
        raise ApiError(404, "Not Found")
    return _result(CALLS[name](call))


async def _faulty(
    world: World, request: Request, fault: Fault | None, act: Callable[[], Awaitable[Response]]
) -> Response:
    match fault.kind if fault else None:
        case "throttle":
            wait = int(fault.value) if fault else 0
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        case "error":
            raise ApiError(int(fault.value) if fault else 400, fault.text if fault else "")
        case "raw":
            return Response(fault.text if fault else "", int(fault.value) if fault else 200)
        case "html":
            return HTMLResponse(_HTML, status_code=int(fault.value) if fault and fault.value else 502)
        case "hang":
            await _until(_gone(request), world.closing.wait(), seconds=fault.value if fault else 0)
            return HTMLResponse(_HTML, status_code=504)
        case "reset_before":
            return Reset()
        case "reset_after":
            await act()
            return Reset()
        case "garbled":
            done = await act()
            return Response(bytes(done.body)[: len(done.body) // 2], media_type="application/json")
    return await act()


async def _read(world: World, bot: Bot, request: Request) -> Call:
    """Parameters from the query, a form or JSON, as the Bot API takes them; files from the form."""
    params = dict(request.query_params)
    files: dict[str, Upload] = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        body = json.loads(await request.body() or b"{}")
        params |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
    else:
        async with request.form() as form:
            for key, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[key] = await _upload(value)
                else:
                    params[key] = value
    return Call(world=world, bot=bot, params=params, files=files)


async def _upload(part: UploadFile) -> Upload:
    mime = part.content_type or "application/octet-stream"
    return Upload(name=part.filename or "file", mime=mime, content=await part.read())


async def _get_updates(call: Call, request: Request) -> list[dict[str, Any]]:
    bot = call.bot
    if bot.webhook is not None:
        busy = "Conflict: can't use getUpdates method while webhook is active"
        raise ApiError(409, f"{busy}; use deleteWebhook to delete the webhook first")
    bot.allowed = call.structure("allowed_updates", bot.allowed)
    offset, limit = call.number("offset", 0), call.number("limit", 100)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + call.number("timeout", 0)
    bot.polls += 1
    mine = bot.polls
    bot.ring()
    while not (found := bot.pending(offset, limit)) and (left := deadline - loop.time()) > 0:
        await _until(bot.changed.wait(), _gone(request), seconds=left)
        if bot.polls != mine:
            other = "Conflict: terminated by other getUpdates request"
            raise ApiError(409, f"{other}; make sure that only one bot instance is running")
        if call.world.closing.is_set() or await request.is_disconnected():
            return []
    return found


async def _until(*things: Awaitable[Any], seconds: float) -> None:
    """Wait for the first of `things`, at most so long."""
    waiting = [asyncio.ensure_future(thing) for thing in things]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _download(world: World, request: Request) -> Response:
    try:
        bot = world.bot(request.path_params["token"])
        path = request.path_params["path"]
        found = next((one for one in bot.files.values() if one.path == path), None)
        if found is None:
            raise ApiError(404, "Not Found")
        fault = bot.faults.take(DOWNLOAD)
        if fault is not None and fault.kind in ("redirect", "short", "drip"):
            return _odd(found, fault)

        async def give() -> Response:
            return Response(found.content, media_type="application/octet-stream")

        return await _faulty(world, request, fault, give)
    except ApiError as error:
        return _refusal(error)


def _odd(found: Stored, fault: Fault) -> Response:
    """A download that misbehaves in a way of its own."""
    if fault.kind == "redirect":
        return RedirectResponse(fault.text)

    async def drip() -> AsyncIterator[bytes]:
        for byte in found.content:
            await asyncio.sleep(fault.value)
            yield bytes([byte])

    if fault.kind == "drip":
        return StreamingResponse(drip())
    told = {"content-length": str(len(found.content))}
    return _Broken(found.content[: len(found.content) // 2], headers=told)


class _Broken(Reset):
    """Half the body that was promised, then the connection is reset."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
        # Let the loop write what was handed over, so that the other side sees a beginning.
        await asyncio.sleep(0.01)
        await super().__call__(scope, receive, send)


def _result(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _refusal(error: ApiError) -> Response:
    told: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        told["parameters"] = error.parameters
    return JSONResponse(told, status_code=error.code)
