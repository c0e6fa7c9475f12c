"""A virus scanner asked about documents: clamd's INSTREAM, over a socket of this machine or of its network.

    zINSTREAM\\0  (4 bytes length, bytes)*  0000   ──►   stream: OK\\0  |  stream: NAME FOUND\\0  |  … ERROR\\0

Source: clamd(8), "INSTREAM". What the scanner cannot say is not taken for "clean".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Protocol

from media.errors import MediaFault

_CHUNK = 64 * 1024
_ANSWER = 4096
"""Bytes of an answer that are read: a name, not more."""


class ScannerAway(MediaFault):
    """The scanner did not answer, or not in words that we know: the file waits."""


class Scanner(Protocol):
    async def scan(self, content: AsyncIterable[bytes]) -> str | None:
        """What was found in it, by name, or None when nothing was. Raises ScannerAway."""
        ...

    async def ping(self) -> bool:
        """Does it answer?"""
        ...


class Clamd:
    """`address` is `host:port` or `unix:/path`; `seconds` bound one file."""

    def __init__(self, address: str, *, seconds: float = 60.0) -> None:
        self._address = address
        self._seconds = seconds

    async def scan(self, content: AsyncIterable[bytes]) -> str | None:
        told = await self._asked(b"zINSTREAM\0", content)
        verdict = told.removeprefix("stream: ")
        if verdict == "OK":
            return None
        if verdict.endswith(" FOUND"):
            return verdict.removesuffix(" FOUND")
        raise ScannerAway(f"the scanner says: {told[:80]!r}")

    async def ping(self) -> bool:
        try:
            return await self._asked(b"zPING\0", None) == "PONG"
        except ScannerAway:
            return False

    async def _asked(self, command: bytes, content: AsyncIterable[bytes] | None) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._talk(command, content)
        except (OSError, TimeoutError) as error:
            raise ScannerAway(f"the scanner does not answer: {type(error).__name__}") from error

    async def _talk(self, command: bytes, content: AsyncIterable[bytes] | None) -> str:
        reader, writer = await self._connected()
        try:
            writer.write(command)
            if content is not None:
                await _stream(writer, content)
            await writer.drain()
            answer = await reader.read(_ANSWER)
            return answer.rstrip(b"\0\n").decode("utf-8", "replace")
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("unix:"):
            return await asyncio.open_unix_connection(self._address.removeprefix("unix:"))
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))


def well_formed(address: str) -> bool:
    """Is it an address that `Clamd` understands?"""
    host, _, port = address.rpartition(":")
    if address.startswith("unix:/"):
        return True
    return bool(host) and port.isdigit() and 0 < int(port) < 65536


async def _stream(writer: asyncio.StreamWriter, content: AsyncIterable[bytes]) -> None:
    async for chunk in content:
        for at in range(0, len(chunk), _CHUNK):
            piece = chunk[at : at + _CHUNK]
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
    writer.write(bytes(4))
