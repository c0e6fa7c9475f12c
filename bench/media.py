"""Photos, voice notes and speech: what one costs on one core, and how many a minute two cores take in.

    photo     a 12-megapixel JPEG taken in, cleaned, in three sizes (bar: 400 ms of one core)
    flood     photos one after another through the pool (bar: 200 a minute on 2 cores)
    speech    processor seconds for a second of sound with the model in --model (bar: 0.25 on one core)

The pictures and sounds are made here. Photos are counted in processor time, so a busy machine tells
the same; the hardest photo (noise everywhere) stands beside an ordinary one.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import resource
import tempfile
import time
from pathlib import Path

from media import Archive, LocalStore
from media.transcribe import Hearing
from media.whisper_fast import FasterWhisper

SIZE = (4032, 3024)


def photo(noise: int) -> bytes:
    """A 12-megapixel JPEG as a phone writes it; `noise` is the spread of its grain."""
    from PIL import Image

    scene = Image.radial_gradient("L").resize(SIZE).convert("RGB")
    scene.paste((200, 90, 40), (300, 300, 1500, 2500))
    grain = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), noise).resize(SIZE).convert("RGB")
    out = io.BytesIO()
    Image.blend(scene, grain, 0.4).save(out, "JPEG", quality=88)
    return out.getvalue()


async def photos(folder: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of processor time for one photo: children's and parent's, start of the child not counted."""
    figures: dict[str, float] = {}
    for name, noise in (("ordinary", 12), ("hardest", 90)):
        spent, base = [], photo(noise)
        for count in (1, 1 + rounds):
            archive = Archive(LocalStore(folder / f"{name}{count}"), folder / "way")
            contents = [_numbered(base, number) for number in range(count)]
            before = _processor()
            for content in contents:
                await archive.take_in(content, hint="photo")
            await archive.close()
            spent.append(_processor() - before)
        figures[f"photo_{name}_ms"] = round((spent[1] - spent[0]) / rounds * 1000)
    return figures


def _numbered(content: bytes, number: int) -> bytes:
    """The same picture under another digest: bytes after a JPEG's end mean nothing."""
    return content + number.to_bytes(4, "big")


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def flood(folder: Path, count: int) -> dict[str, float]:
    archive = Archive(LocalStore(folder / "flood"), folder / "way")
    base = photo(12)
    await archive.take_in(base, hint="photo")
    start = time.perf_counter()
    await asyncio.gather(*(archive.take_in(_numbered(base, n), hint="photo") for n in range(count)))
    seconds = time.perf_counter() - start
    await archive.close()
    return {"photos_a_minute": round(count / seconds * 60)}


async def speech(folder: Path, model: Path, recordings: list[Path]) -> dict[str, float]:
    """Processor seconds for a second of sound; loading the model is measured alone and taken off."""
    spent, sounded = [], 0.0
    for part in (recordings[:1], recordings):
        archive = Archive(LocalStore(folder / f"speech{len(part)}"), folder / "way")
        hearing = Hearing(archive, FasterWhisper(model, threads=1), folder / "way")
        taken = [await archive.take_in(recording.read_bytes(), hint="voice") for recording in part]
        await archive.close()
        before = _processor()
        for one in taken:
            await hearing.hear(one.digest, lang_hint="zh")
        await hearing.close()
        spent.append(_processor() - before)
        sounded = sum(one.facts.duration or 0.0 for one in taken[1:])
    return {"speech_rtf": round((spent[1] - spent[0]) / sounded, 3)}


async def measure(arguments: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures = await photos(folder, arguments.rounds) | await flood(folder, arguments.photos)
        if arguments.model and arguments.recordings:
            recordings = sorted(
                p for p in arguments.recordings.iterdir() if p.suffix in (".flac", ".ogg", ".wav")
            )
            figures |= await speech(folder, arguments.model, recordings[: arguments.rounds + 1])
    return figures


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench media", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of each single measurement")
    parser.add_argument("--photos", type=int, default=20, help="photos in the flood")
    parser.add_argument("--model", type=Path, help="folder of a CTranslate2 Whisper model")
    parser.add_argument("--recordings", type=Path, help="folder of speech")
    print(json.dumps(asyncio.run(measure(parser.parse_args(argv))), indent=2))
