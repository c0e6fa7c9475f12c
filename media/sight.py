"""What is seen in a picture: its words for understanding, and a form of it in which nobody is recognised.

    SCREEN ─► lettering (child) ─► lines, kept by digest
                       └─► discretion (child) ─► PUBLIC: for lists, exports and whoever is not handling the case

Both work on what was encoded anew here, in a workshop of their own: their libraries are large, and a crowd of
photos must not wait for them. Either is an extra; without it `read` says None and there is no PUBLIC.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from media import discretion, lettering, serving
from media.archive import Archive
from media.errors import MediaFault, MediaRefused, NotHeld
from media.facts import Facts
from media.lettering import Line
from media.limits import MIB
from media.serving import Served
from media.sniff import MediaKind
from media.store import Variant, served_key, transcript_key
from media.workshop import Workshop

_MEMORY = 1536 * MIB
"""Address space: the libraries map three times what they use, which is below 512 MB (tests/media/test_sight.py)."""
_QUEUE = 4
"""Photos at once that wait for the reader. In a flood the others go on unread: photos come first."""
_SECONDS = 10.0
"""For one picture; loading the reader takes a second or two of it, reading half of one."""


class Sight:
    """`workplace` is a folder for pictures under way. Close it when done."""

    def __init__(self, archive: Archive, workplace: Path, *, workshop: Workshop | None = None) -> None:
        self._archive = archive
        self._workplace = workplace
        self._workshop = workshop or Workshop(benches=1, memory=_MEMORY)
        self._waiting = 0
        self.reads = importlib.util.find_spec("rapidocr") is not None
        self.veils = self.reads and discretion.face_model() is not None

    async def read(self, digest: str, *, patience: float = _SECONDS) -> tuple[Line, ...] | None:
        """The lines in a photo; None when nobody reads here, or not within `patience` seconds.

        What was read is kept: a second call costs nothing. Raises NotHeld.
        """
        facts = await self._archive.facts(digest)
        if facts.kind is not MediaKind.PHOTO:
            return None
        key = transcript_key(digest, lettering.NAME)
        known = await self._known(key)
        if known is not None or not self.reads or self._waiting >= _QUEUE:
            return known
        self._waiting += 1
        try:
            async with asyncio.timeout(patience):
                found = await self._asked("read", digest)
        except (TimeoutError, MediaRefused, MediaFault):
            return None  # a photo without its words is still a photo; the next who asks may be luckier
        finally:
            self._waiting -= 1
        await self._archive.store.put_bytes(key, json.dumps(found, ensure_ascii=False).encode())
        return _lines(found)

    async def serve(self, digest: str, *, range_header: str | None = None) -> Served:
        """The PUBLIC form of a photo. Raises NotHeld also when it cannot be made here: then nothing leaves."""
        facts = await self._archive.facts(digest)
        if not await self._is_there(digest):
            await self._make(digest, facts)
        mime = facts.variants[Variant.SCREEN].mime
        return await serving.serve(
            self._archive.store, digest, Variant.PUBLIC, mime=mime, inline=True, range_header=range_header
        )

    async def content(self, digest: str) -> tuple[bytes, str]:
        """All bytes of the PUBLIC form, and their MIME type. Raises NotHeld."""
        served = await self.serve(digest)
        return b"".join([chunk async for chunk in served.body]), served.mime

    async def close(self) -> None:
        await self._workshop.close()

    async def _make(self, digest: str, facts: Facts) -> None:
        if facts.kind is not MediaKind.PHOTO:
            raise NotHeld("no picture that may leave")
        lines, model = await self.read(digest), discretion.face_model()
        if not self.veils or model is None or lines is None:
            raise NotHeld("nobody here hides faces and plates")
        plates = [line.box for line in lines if discretion.looks_like_a_plate(line.text)]
        async with self._picture(digest) as source:
            job = {"source": str(source), "into": str(source.parent), "model": str(model), "plates": plates}
            await self._workshop.do("veil", job, seconds=_SECONDS)
            await self._archive.store.put(
                served_key(digest, Variant.PUBLIC), source.with_name(Variant.PUBLIC.value)
            )

    async def _asked(self, work: str, digest: str) -> dict[str, Any]:
        async with self._picture(digest) as source:
            return await self._workshop.do(work, {"source": str(source)}, seconds=_SECONDS)

    @asynccontextmanager
    async def _picture(self, digest: str) -> AsyncIterator[Path]:
        """The screen's picture as a file, gone afterwards."""
        content, _ = await self._archive.content(digest, Variant.SCREEN)
        self._workplace.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._workplace) as folder:
            source = Path(folder) / "picture"
            await asyncio.to_thread(source.write_bytes, content)
            yield source

    async def _is_there(self, digest: str) -> bool:
        try:
            await self._archive.store.size(served_key(digest, Variant.PUBLIC))
        except NotHeld:
            return False
        return True

    async def _known(self, key: str) -> tuple[Line, ...] | None:
        try:
            content = b"".join([chunk async for chunk in self._archive.store.read(key)])
            return _lines(json.loads(content))
        except (NotHeld, ValueError, MediaFault):
            return None


def _lines(found: Mapping[str, Any]) -> tuple[Line, ...]:
    try:
        return lettering.lines_from(found)
    except (KeyError, TypeError, ValueError) as error:
        raise MediaFault(f"a reader answered nonsense: {error!r}") from error


def words_of(lines: tuple[Line, ...] | None, *, most: int = 400) -> str | None:
    """The lines as one text of at most `most` characters, or None when there is nothing to read."""
    text = "\n".join(line.text for line in lines or ())[:most].strip()
    return text or None
