"""Who stands before a web chat: what the residents' door and the desk's have in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.vocabulary import Side

CHANNEL = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody whose chat is known. `key` is what their page must show with every unsafe request."""

    address: str
    key: str
    name: str = ""

    @property
    def mark(self) -> str:
        """A short public name of the chat: it begins each external id, so two chats' ids never collide."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]


class Door(Protocol):
    """One of the two chats: where it is, whom it serves, and how it knows them."""

    @property
    def account(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def prefix(self) -> str: ...

    async def visitor(self, request: Request) -> Visitor | None:
        """Who asks, or None when they have to open the page (and perhaps log in) first."""
        ...

    async def page(self, request: Request) -> Response:
        """What stands at the door's own address."""
        ...

    async def admits(self, request: Request) -> bool:
        """Whether a connection that stays open may still be served."""
        ...

    async def leave(self, request: Request) -> Response:
        """This device forgets the chat."""
        ...

    def own_routes(self) -> list[Route]:
        """Routes beside the chat's."""
        ...


def external_prefix(address: str) -> str:
    """What the external ids of this chat's messages begin with."""
    return f"{Visitor(address=address, key='').mark}:"
