"""A thousand broken files of every type that is taken: each ends in a reason or in a harmless file, never in a fault,
and no child passes its memory or its time. Seeded, so that a failure can be played again by its number."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from media import Archive, Limits, MediaFailure, MediaRefused

Make = Callable[..., bytes]

SEED = 20260305
COUNT = 1000
AT_ONCE = 2
HINT = {"mp4": "video", "webm": "video", "ogg": "voice", "mp3": "voice", "wav": "voice"}
FILMS = ("mp4", "webm")
"""Each of their frames is encoded anew: a tenth of the mutations is theirs, the others share the rest."""


def _seeds(picture: Make, tone: Make, film: Make) -> dict[str, bytes]:
    import pillow_heif

    pillow_heif.register_heif_opener()
    photos = {form.lower(): picture(form, size=(48, 36)) for form in ("JPEG", "PNG", "WEBP", "GIF", "HEIF")}
    sounds = {form: tone(form, 0.3, 8_000 if form == "wav" else 48_000) for form in ("ogg", "mp3", "wav")}
    films = {form: film(form, 0.2, (48, 32)) for form in FILMS}
    return (
        photos | sounds | films | {"docx": _docx(), "pdf": PDF, "text": "三幢楼下的路灯不亮\n".encode() * 9}
    )


PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\ntrailer << /Size 2 >>\nstartxref\n50\n%%EOF\n"


def _docx() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for name in ("[Content_Types].xml", "word/document.xml"):
            folder.writestr(name, "<w>路灯不亮</w>" * 30)
    return packed.getvalue()


def _mutants(seeds: Mapping[str, bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Number, type of the first bytes, content."""
    chance = random.Random(SEED)
    common = [name for name in seeds if name not in FILMS]
    for number in range(COUNT):
        names = FILMS if number % 10 == 0 else common
        name = names[number // 10 % len(names) if number % 10 == 0 else number % len(names)]
        other = seeds[chance.choice(list(seeds))]
        yield number, name, _mutate(seeds[name], other, chance)


def _mutate(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Truncated, spliced with another type, or with one to six wounds."""
    match chance.randrange(8):
        case 0:
            return content[: chance.randrange(len(content))]
        case 1:
            return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]
    body = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        if not body:
            return content[:1]
        _wound(body, chance)
    return bytes(body)


def _wound(body: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(body))
    match chance.randrange(5):
        case 0:
            body[at] ^= 1 << chance.randrange(8)
        case 1:
            body[at] = chance.choice((0, 0xFF, 0x7F, 0x80))
        case 2:
            del body[at : at + chance.randint(1, 40)]
        case 3:
            body[at:at] = chance.randbytes(chance.randint(1, 40))
        case 4:
            body[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4)))


async def test_a_thousand_mutations_end_in_a_reason_or_in_a_harmless_file(
    archive: Archive, picture: Make, tone: Make, film: Make
) -> None:
    mutants, ended, peaks = _mutants(_seeds(picture, tone, film)), Counter[tuple[str, str]](), list[int]()

    async def work() -> None:
        for number, name, content in mutants:
            ended[name, await _end(archive, name, content, number)] += 1
            if number % 50 == 0:
                peaks.extend(_peaks())

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert sum(ended.values()) == COUNT
    types = {name for name, _ in ended}
    assert len(types) == 13
    assert all(sum(count for (name, how), count in ended.items() if name == kind) >= 40 for kind in types)
    assert sum(count for (_, how), count in ended.items() if how == "taken") > 100
    assert sum(count for (_, how), count in ended.items() if how == "broken") > 200
    assert len(peaks) >= 10
    assert max(peaks) < Limits().memory


async def _end(archive: Archive, name: str, content: bytes, number: int) -> str:
    try:
        taken = await archive.take_in(
            content, hint=HINT.get(name, "photo" if name not in DOCUMENTS else "document")
        )
    except MediaRefused as refused:
        assert refused.reason is not MediaFailure.TIMEOUT, f"mutant {number} ({name})"
        return refused.reason.value
    assert all(form.size > 0 for form in taken.facts.variants.values()), f"mutant {number} ({name})"
    return "taken"


DOCUMENTS = ("docx", "pdf", "text")


def _peaks() -> list[int]:
    """The most memory that each media child alive has ever held, in bytes (VmHWM; proc(5)).

    The sum over all children that getrusage gives would count what other tests of this process had started.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "status").read_text()
            ours = f"PPid:\t{os.getpid()}\n" in status
            if ours and b"media.child" in (folder / "cmdline").read_bytes():
                found += [int(x.split()[1]) * 1024 for x in status.splitlines() if x.startswith("VmHWM:")]
    return found
