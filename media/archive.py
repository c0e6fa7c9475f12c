"""The room's front desk: takes a stranger's file in, and gives back what may be shown of it.

    stream ─► quarantine folder ─► type by content ─► child process ─► store (original, variants, facts last)

Taking the same bytes in twice costs one hash: the facts are found and nothing is decoded.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Container
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from media import serving
from media.arrival import Arrived, receive
from media.errors import HeldBack, MediaFailure, MediaFault, MediaRefused, NotHeld
from media.facts import Facts, dumps, from_json, loads
from media.limits import Limits
from media.scan import Scanner, ScannerAway
from media.serving import Served
from media.sniff import MediaKind, admit, not_a
from media.store import CHUNK, Store, Variant, facts_key, forget, original_key, served_key, sweep
from media.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file that is kept. `digest` names it for ever; `again` when the same bytes were here before."""

    digest: str
    facts: Facts
    again: bool = False

    @property
    def kind(self) -> MediaKind:
        return self.facts.kind


class Archive:
    """Files by digest. `workplace` is a folder for files under way.

    `zone` (IANA) is the wall clock of a camera that names none. `scanner` looks at what cannot be encoded anew:
    documents. Close it when done.
    """

    def __init__(
        self,
        store: Store,
        workplace: Path,
        *,
        limits: Limits | None = None,
        workshop: Workshop | None = None,
        zone: str = "Asia/Shanghai",
        scanner: Scanner | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.store = store
        self._workplace = workplace
        self._workshop = workshop or Workshop(
            memory=self.limits.memory, output_bytes=self.limits.output_bytes
        )
        self._zone = zone
        self._scanner = scanner

    async def take_in(
        self, stream: AsyncIterable[bytes] | bytes, *, hint: MediaKind | str | None, limit: int | None = None
    ) -> Taken:
        """Keep a file that was sent as `hint` (a message's kind, or None when nobody said).

        `limit` in bytes may only lower the limit of `limits`. Raises MediaRefused with the reason for the
        sender; MediaFault when the storage or a decoder fails; and whatever `stream` raises. In each case
        nothing is kept, and the call may be made again.
        """
        sent_as = MediaKind(hint) if hint else None
        async with self._quarantine() as folder:
            arrived = await receive(stream, folder, self.limits, limit)
            kind = admit(arrived.head, sent_as)
            known = await self._known(arrived.digest)
            if known is not None:
                if sent_as not in (None, MediaKind.DOCUMENT, known.kind):
                    raise MediaRefused(not_a(sent_as), known.kind.value)
                return Taken(digest=arrived.digest, facts=known, again=True)
            facts = await self._clean(arrived, kind.name, sent_as, folder)
            held = facts.kind is MediaKind.DOCUMENT and not await self._passed(_file(arrived.path))
            return await self._keep(arrived, replace(facts, held=held), folder)

    async def facts(self, digest: str) -> Facts:
        """What is known of a file. Raises NotHeld."""
        return loads(b"".join([chunk async for chunk in self.store.read(facts_key(digest))]))

    async def likeness(self, digest: str) -> str | None:
        """The perceptual hash of a photo (media.likeness); None for what is no photo, or is not kept."""
        known = await self._known(digest)
        return known.phash if known is not None else None

    async def serve(self, digest: str, variant: Variant | str, *, range_header: str | None = None) -> Served:
        """A variant for a web route. Raises NotHeld, RangeNotSatisfiable.

        A photo's CLEAN, SCREEN and THUMB, a voice's CLEAN, a video's CLEAN, POSTER and THUMB, a document's
        CLEAN; SPEECH is for the transcriber and not served.
        """
        asked = serving.variant_of(variant)
        facts = await self.facts(digest)
        if facts.held:
            raise HeldBack("no scanner has looked at it yet")
        if asked not in facts.variants or asked is Variant.SPEECH:
            raise NotHeld(f"{facts.kind.value} has no {asked.value}")
        return await serving.serve(
            self.store,
            digest,
            asked,
            mime=facts.variants[asked].mime,
            inline=facts.kind is not MediaKind.DOCUMENT,
            range_header=range_header,
        )

    async def content(self, digest: str, variant: Variant | str = Variant.CLEAN) -> tuple[bytes, str]:
        """All bytes of a variant, and their MIME type: for a channel that sends files. Raises NotHeld."""
        served = await self.serve(digest, variant)
        return b"".join([chunk async for chunk in served.body]), served.mime

    async def pair(self, before: str, after: str) -> Taken:
        """Two photos side by side, kept as one. Raises NotHeld when either is no photo that may be shown."""
        async with self._quarantine() as folder:
            for name, digest in (("before", before), ("after", after)):
                content, _ = await self.content(digest, Variant.SCREEN)
                await asyncio.to_thread((folder / name).write_bytes, content)
            job = {
                "before": str(folder / "before"),
                "after": str(folder / "after"),
                "into": str(folder / "pair"),
            }
            await self._workshop.do("pair", job, seconds=self.limits.seconds)
            return await self.take_in(await asyncio.to_thread((folder / "pair").read_bytes), hint="photo")

    async def look_again(self, digest: str) -> Literal["open", "infected", "held"]:
        """Ask the scanner about a document that was held back. What is infected is deleted. Raises NotHeld."""
        facts = await self.facts(digest)
        if not facts.held:
            return "open"
        try:
            passed = await self._passed(self.store.read(original_key(digest)))
        except MediaRefused:
            await self.forget(digest)
            return "infected"
        if not passed:
            return "held"
        await self.store.put_bytes(facts_key(digest), dumps(replace(facts, held=False)))
        return "open"

    async def scanner_answers(self) -> bool | None:
        """Whether the scanner is there; None when none is set."""
        return await self._scanner.ping() if self._scanner else None

    async def _passed(self, content: AsyncIterable[bytes]) -> bool:
        """Whether a file may be opened; MediaRefused when something was found in it."""
        if self._scanner is None:
            return True
        try:
            found = await self._scanner.scan(content)
        except ScannerAway:
            return False
        if found is not None:
            raise MediaRefused(MediaFailure.INFECTED, found)
        return True

    async def forget(self, digest: str) -> bool:
        """Delete a file and all that was made of it. False when there was nothing."""
        return await forget(self.store, digest) > 0

    async def sweep(self, live: Container[str], *, before: datetime) -> list[str]:
        """Delete files that no record names, older than `before`; also what crashes left behind."""
        await asyncio.to_thread(_sweep_folder, self._workplace, before)
        return await sweep(self.store, live, before=before)

    async def close(self) -> None:
        await self._workshop.close()

    @asynccontextmanager
    async def _quarantine(self) -> AsyncIterator[Path]:
        """A private folder for one file and what is made of it, gone afterwards in every case."""
        self._workplace.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._workplace))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _known(self, digest: str) -> Facts | None:
        try:
            return await self.facts(digest)
        except NotHeld:
            return None

    async def _lies_there(self, arrived: Arrived) -> bool:
        """Was the original put already, as the web chat does before it answers?"""
        try:
            return await self.store.size(original_key(arrived.digest)) == arrived.size
        except NotHeld:
            return False

    async def _clean(self, arrived: Arrived, type_name: str, hint: MediaKind | None, folder: Path) -> Facts:
        film = type_name in ("mp4", "webm") and hint is not MediaKind.VOICE
        job = {
            "source": str(arrived.path),
            "into": str(folder),
            "type": type_name,
            "hint": hint.value if hint else None,
            "zone": self._zone,
            "limits": asdict(self.limits),
        }
        seconds = self.limits.film_seconds if film else self.limits.seconds
        return from_json(await self._workshop.do("clean", job, seconds=seconds, patient=film))

    async def _keep(self, arrived: Arrived, facts: Facts, folder: Path) -> Taken:
        """Original, variants, then facts: whatever is cut short is found as orphan and taken in anew."""
        made = {variant: _made(folder / variant.value) for variant in facts.variants}
        whole = facts.sized(arrived.size, made)
        if not await self._lies_there(arrived):
            await self.store.put(original_key(arrived.digest), arrived.path)
        for variant in made:
            await self.store.put(served_key(arrived.digest, variant), folder / variant.value)
        await self.store.put_bytes(facts_key(arrived.digest), dumps(whole))
        return Taken(digest=arrived.digest, facts=whole)


async def _file(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as stream:
        while chunk := await asyncio.to_thread(stream.read, CHUNK):
            yield chunk


def _made(path: Path) -> int:
    """Bytes of a file that a child wrote. A link in its place is never followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise MediaFault(f"a child process did not write {path.name}") from error
    try:
        return os.fstat(handle).st_size
    finally:
        os.close(handle)


def _sweep_folder(workplace: Path, before: datetime) -> None:
    for folder in workplace.glob("*"):
        if folder.stat().st_mtime < before.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
