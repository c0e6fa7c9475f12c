"""Speech: what a second of it costs with each library, and how long a resident waits for the answer to ten of them.

    libraries   faster-whisper and openai-whisper on the same weights, recordings and one core (bars: the first at least
                3 times as fast at no worse a rate of wrong characters; 0.25 seconds of one core for a second of sound)
    note        a note of ten seconds, from its arrival in the record to the card on its way to the resident, with the
                model loaded and for the first one (bar: 5 seconds on 2 idle cores)

Processor time says the same on a busy machine, as far as neighbours leave the caches alone; waiting does not: run
`note` where nothing else runs. The recordings (FLAC, Ogg, WAV, each with its words in a .txt beside it) are yours.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import resource
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bots.simulator import Simulator
from casecore.messages import FileRef, InboundMessage
from casecore.territory import read_territory
from casecore.vocabulary import MessageKind, Notice, Side
from config.compose import compose
from config.places import TERRITORY, territory_folder
from config.serve import working
from config.settings import Settings
from intake.evaluate_voice import letters
from intake.hot_words import HotWords
from intake.likeness import distance
from media.transcribe import Transcriber, Transcript
from media.voice_activity import RATE, samples
from media.whisper_fast import FasterWhisper
from media.whisper_torch import OpenAIWhisper, installed

SOUNDS = (".flac", ".ogg", ".wav", ".mp3")
NOTE = 10.0
"""Seconds."""
PATIENCE = 20.0


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench voice", description=__doc__)
    parser.add_argument("recordings", type=Path, help="folder of speech with its words")
    parser.add_argument("--model", type=Path, required=True, help="folder of a CTranslate2 Whisper model")
    parser.add_argument("--count", type=int, default=10, help="recordings listened to by each library")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=("libraries", "note"))
    arguments = parser.parse_args(argv)
    sounds = sorted(p for p in arguments.recordings.iterdir() if p.suffix in SOUNDS)
    figures: dict[str, Any] = {}
    if arguments.only != "note":
        figures |= asyncio.run(libraries(arguments.model, sounds[: arguments.count + 1], arguments.threads))
    if arguments.only != "libraries":
        figures |= asyncio.run(note(arguments.model, sounds))
    print(json.dumps(figures, indent=2))


async def libraries(model: Path, sounds: Sequence[Path], threads: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    names = HotWords(read_territory(territory_folder(TERRITORY))).of(None)
    kinds = {"faster": FasterWhisper} | ({"openai": OpenAIWhisper} if installed() else {})
    for name, kind in kinds.items():
        for what, value in (await cost(kind, model, sounds, threads, names)).items():
            figures[f"{name}_{what}"] = value
    if "openai_rtf" in figures:
        figures["times_as_fast"] = round(figures["openai_rtf"] / figures["faster_rtf"], 2)
        figures["times_as_fast_by_the_clock"] = round(figures["openai_clock"] / figures["faster_clock"], 2)
    return figures


async def cost(
    kind: Any, model: Path, sounds: Sequence[Path], threads: int, names: Sequence[str]
) -> dict[str, float]:
    """Seconds for a second of sound: of one core, and by the clock. Start, loading and the first are taken off."""
    spent: list[float] = []
    clock = wrong = said = sounded = 0.0
    for part in (sounds[:1], sounds):
        before = _processor()
        listener: Transcriber = kind(model, threads=threads, patience=50.0)
        for index, sound in enumerate(part):
            began = time.perf_counter()
            heard = await listener.transcribe(sound, seconds=NOTE, lang_hint="zh", hot_words=names)
            if index:
                clock += time.perf_counter() - began
                sounded += len(samples(str(sound))) / RATE
                words = letters(sound.with_suffix(".txt").read_text(encoding="utf-8"))
                wrong += distance(words, letters(heard.text if isinstance(heard, Transcript) else ""))
                said += len(words)
        await listener.close()
        spent.append(_processor() - before)
    return {
        "rtf": round((spent[1] - spent[0]) / sounded, 3),
        "clock": round(clock / sounded, 3),
        "cer": round(wrong / said, 4),
    }


def _processor() -> float:
    """Of children that have ended: ours did all of the listening."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def note(model: Path, sounds: Sequence[Path]) -> dict[str, float]:
    """Seconds from the note's arrival to the answer with its words, through the record and every worker."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(data=Path(place), demo=False, voice_model=model)
        house = await compose(settings)
        channel = Simulator(account="residents", side=Side.RESIDENT)
        house.add(channel)
        waited: list[float] = []
        try:
            async with working(house):
                for number in range(3):
                    channel.files = {"note": _note(sounds[number:])}
                    waited.append(await _answered(house, channel, f"resident-{number}"))
        finally:
            await house.close()
    return {"first_note_seconds": round(waited[0], 2), "note_seconds": round(max(waited[1:]), 2)}


async def _answered(house: Any, channel: Simulator, who: str) -> float:
    began = time.perf_counter()
    await house.receiver.take(
        InboundMessage(
            channel="simulator", account="residents", external_id=who, address=who, side=Side.RESIDENT,
            kind=MessageKind.VOICE, sent_at=house.clock.now(), files=(FileRef(kind=MessageKind.VOICE, ref="note"),),
        )
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE * NOTE):
        while not any(_is_answer(sent, who) for sent in channel.sent):
            await asyncio.sleep(0.01)
    return time.perf_counter() - began


def _is_answer(sent: Any, who: str) -> bool:
    return bool(sent.message.address == who and sent.message.notice != Notice.LISTENING)


def _note(sounds: Sequence[Path]) -> bytes:
    """Recordings one after another until the note is long enough, as a WAV file."""
    out, left = io.BytesIO(), int(NOTE * RATE)
    with wave.open(out, "wb") as target:
        target.setparams((1, 2, RATE, 0, "NONE", ""))
        for sound in sounds:
            piece = samples(str(sound))[:left]
            target.writeframes((piece * 32_767).clip(-32_768, 32_767).astype("int16").tobytes())
            left -= len(piece)
            if left <= 0:
                break
    return out.getvalue()
