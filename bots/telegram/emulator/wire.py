"""Cutting a connection the hard way: a response that is a TCP reset."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_KEY = "minhu.cut"


def cuttable(scope: Scope, send: Send) -> None:
    """Prepare a connection to be cut. To be called before any middleware, while `send` is uvicorn's own."""
    if scope["type"] == "http":
        scope[_KEY] = _cutter(send)


class Reset(Response):
    """Instead of an answer, the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY]()
        # The server must have noticed before we return, or it would write an error page into nothing.
        while (await receive())["type"] != "http.disconnect":
            pass


def _cutter(send: Send) -> Callable[[], None]:
    """ASGI has no word for it: the transport comes from uvicorn's request cycle, whose method `send` is."""

    def cut() -> None:
        transport: Any = getattr(send, "__self__").transport  # noqa: B009 - a bound method, to mypy a callable
        plug: Any = transport.get_extra_info("socket")
        # Zero linger makes closing a reset instead of a polite end.
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    return cut
