"""Who listens in this house: the transcriber of the settings, and the speech model that comes at the first start.

settings ─► http address ─► HttpWhisper
        └─► a model on this machine ─► FasterWhisper | OpenAIWhisper
                 └─ not there yet ─► Arrival: nobody, until `minhu voice setup` (run beside the house) has brought it
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from config.settings import Settings
from media.transcribe import NoTranscriber, Transcriber, Transcript, Untranscribed

AGAIN = 3600.0
"""Seconds until the model is asked for again: a district office's network may be back in the afternoon."""
LAST_LINES = 3

Fetch = Callable[[], Awaitable[str]]
"""Brings the model; "" or the last words of what failed."""


def transcriber_of(settings: Settings) -> Transcriber:
    """Whoever listens here: as set, if the model is there, else nobody. Raises MediaFault."""
    if settings.transcriber == "http":
        from media.whisper_http import HttpWhisper

        return HttpWhisper(
            settings.voice_address, model=settings.voice_served, key=settings.voice_key.get_secret_value(),
            benches=settings.voice_workers, patience=settings.voice_patience,
        )  # fmt: skip
    if settings.transcriber == "none" or not settings.voice_there:
        return NoTranscriber()
    if settings.transcriber == "openai-whisper":
        from media.whisper_torch import OpenAIWhisper as Local
    else:
        from media.whisper_fast import FasterWhisper as Local  # type: ignore[assignment]
    return Local(
        settings.voice_folder, threads=settings.voice_threads, benches=settings.voice_workers,
        patience=settings.voice_patience,
    )  # fmt: skip


def awaited(settings: Settings) -> Arrival | None:
    """The model's arrival, when one is to be fetched; None when there is nothing to wait for."""
    local = settings.transcriber not in {"http", "none"}
    if settings.voice_there or not local or not settings.voice_fetch or settings.voice_elsewhere:
        return None
    return Arrival(lambda: transcriber_of(settings), lambda: _set_up(settings.data))


class Arrival:
    """A Transcriber that is nobody until the model has come, and from then on the one who runs it."""

    def __init__(self, there: Callable[[], Transcriber], fetch: Fetch, *, again: float = AGAIN) -> None:
        """`there` makes the one who will listen. `again`: seconds between two tries."""
        self._now: Transcriber = NoTranscriber()
        self._there, self._fetch, self._again = there, fetch, again

    @property
    def name(self) -> str:
        return self._now.name

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        return await self._now.transcribe(sound, seconds=seconds, lang_hint=lang_hint, hot_words=hot_words)

    async def close(self) -> None:
        await self._now.close()

    async def come(self, tell: Callable[[str, str], None]) -> None:
        """Fetch until it is there. `tell` gets `arrived`, or `failed` and why, the first time and no more."""
        told = False
        while why := await self._fetch():
            if not told:
                tell("failed", why)
            told = True
            await asyncio.sleep(self._again)
        self._now = self._there()
        tell("arrived", "")


async def _set_up(data: Path) -> str:
    """`minhu voice setup` in a process of its own: it can be ended at any moment, and leaves no half model."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "config.cli", "voice", "setup", "--data", str(data)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # pip is its child: both end together
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
        raise
    if process.returncode == 0:
        return ""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[-LAST_LINES:]) or f"exit status {process.returncode}"
