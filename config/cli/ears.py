"""Listening outside of a running Minhu: a file from the disk goes the way of a file that somebody sent."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from config.cli.entry import language, load_words

if TYPE_CHECKING:
    from casecore.territory import Territory
    from config.settings import Settings
    from media import Archive
    from media.transcribe import Hearing, Transcript, Untranscribed


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A file's transcript, the same with its names mended, its length and the seconds that listening took."""

    heard: Transcript | Untranscribed
    words: str
    seconds: float
    took: float


class Ears:
    """The transcriber of the settings, for one territory."""

    def __init__(self, archive: Archive, hearing: Hearing, territory: Territory) -> None:
        from intake.hot_words import HotWords
        from intake.misheard import Mender

        self._archive, self._hearing = archive, hearing
        self._hot_words, self._mender = HotWords(territory), Mender(territory)

    async def warm(self, file: Path) -> None:
        """Load the model on this file, and forget that it was heard."""
        await self.hear(file)
        await self._archive.forget(
            (await self._archive.take_in(await asyncio.to_thread(file.read_bytes), hint=None)).digest
        )

    async def hear(self, file: Path) -> Heard:
        """Raises OSError, MediaRefused, MediaFault."""
        from media.transcribe import Transcript

        taken = await self._archive.take_in(await asyncio.to_thread(file.read_bytes), hint=None)
        began = time.perf_counter()
        heard = await self._hearing.hear(taken.digest, hot_words=self._hot_words.of(None))
        return Heard(
            heard=heard, words=self._mender.mend(heard.text) if isinstance(heard, Transcript) else "",
            seconds=taken.facts.duration or 0.0, took=time.perf_counter() - began,
        )  # fmt: skip


@asynccontextmanager
async def ears(settings: Settings, territory: Territory) -> AsyncIterator[Ears]:
    """Ears that leave nothing behind."""
    from config.voice import transcriber_of
    from media import Archive, LocalStore
    from media.transcribe import Hearing

    with tempfile.TemporaryDirectory(prefix="minhu-ears-") as place:
        archive = Archive(LocalStore(Path(place) / "media"), Path(place) / "work", zone=territory.zone.key)
        hearing = Hearing(archive, transcriber_of(settings), Path(place) / "work")
        try:
            yield Ears(archive, hearing, territory)
        finally:
            await hearing.close()
            await archive.close()


def ears_or_exit(settings: Settings, lang: str | None) -> None:
    """Exit status 2 and the command that mends it when no model is there."""
    if settings.transcriber == "http" or (settings.transcriber != "none" and settings.voice_there):
        return
    words = load_words()
    why = "off" if settings.transcriber == "none" else "absent"
    typer.echo(words.say(language(words, lang), f"cli.voice.{why}"), err=True)
    raise typer.Exit(2)
