"""Hearing: once per file, honest when nobody listens or nothing is said; and the real model on real speech."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from media import Archive, MediaFailure, MediaFault, MediaRefused, NotHeld, weights
from media.store import transcript_key
from media.transcribe import Hearing, NoTranscriber, Segment, Transcript, Unheard, Untranscribed, dumps, loads
from media.whisper_fast import FasterWhisper, repeats

SPEECH = Path(__file__).resolve().parents[3] / "shared/data/speech"
SAID = Transcript(
    text="路灯坏了",
    language="zh",
    confidence=0.9,
    segments=(Segment(start=0.0, end=1.0, text="路灯坏了"),),
    model="fake",
)


class Fake:
    """A transcriber that answers what it is told to, and counts."""

    name = "fake"

    def __init__(self, answer: Transcript | Untranscribed | Exception = SAID) -> None:
        self.answer, self.heard = answer, list[tuple[bytes, float, str | None, Sequence[str]]]()

    async def transcribe(
        self, sound: Path, *, seconds: float, lang_hint: str | None, hot_words: Sequence[str]
    ) -> Transcript | Untranscribed:
        self.heard.append((sound.read_bytes()[:4], seconds, lang_hint, hot_words))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        return None


@pytest.fixture
async def digest(archive: Archive, tone: Callable[..., bytes]) -> str:
    return (await archive.take_in(tone(), hint="voice")).digest


async def test_a_file_is_heard_once(archive: Archive, digest: str, tmp_path: Path) -> None:
    fake = Fake()
    hearing = Hearing(archive, fake, tmp_path / "under-way")
    first = await hearing.hear(digest, lang_hint="zh", hot_words=["金苑"])
    assert first == SAID == await hearing.hear(digest)
    assert fake.heard == [(b"fLaC", pytest.approx(1.5, abs=0.1), "zh", ["金苑"])]
    await archive.forget(digest)
    with pytest.raises(NotHeld):
        await hearing.hear(digest)


async def test_nobody_listening_is_said_and_not_kept(archive: Archive, digest: str, tmp_path: Path) -> None:
    heard = await Hearing(archive, NoTranscriber(), tmp_path / "under-way").hear(digest)
    assert heard == Untranscribed(reason=Unheard.NO_TRANSCRIBER)
    assert await Hearing(archive, Fake(), tmp_path / "under-way").hear(digest) == SAID


async def test_a_photo_has_nothing_to_hear(
    archive: Archive, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    taken = await archive.take_in(picture(), hint="photo")
    heard = await Hearing(archive, Fake(), tmp_path / "under-way").hear(taken.digest)
    assert heard == Untranscribed(reason=Unheard.NO_SOUND)


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (Untranscribed(reason=Unheard.NO_SPEECH), 1),
        (MediaRefused(MediaFailure.TIMEOUT), 2),
        (MediaFault("the child is gone"), 2),
        (MediaRefused(MediaFailure.BROKEN), 2),
    ],
    ids=["silence is kept", "a time-out is tried again", "a fault too", "a crash too"],
)
async def test_what_is_kept_and_what_is_tried_again(
    archive: Archive, digest: str, tmp_path: Path, answer: Untranscribed | Exception, again: int
) -> None:
    fake = Fake(answer)
    hearing = Hearing(archive, fake, tmp_path / "under-way")
    for _ in range(2):
        try:
            assert isinstance(await hearing.hear(digest), Untranscribed)
        except MediaFault:
            assert isinstance(answer, MediaFault | MediaRefused)
    assert len(fake.heard) == again


async def test_a_damaged_transcript_is_a_fault(archive: Archive, digest: str, tmp_path: Path) -> None:
    for content in (b"", b"{", b"[]", b"{}", b'{"text": "x"}', dumps(SAID)[:-20]):
        await archive.store.put_bytes(transcript_key(digest, "fake"), content)
        with pytest.raises(MediaFault):
            await Hearing(archive, Fake(), tmp_path / "under-way").hear(digest)


@pytest.mark.parametrize("heard", [SAID, Untranscribed(reason=Unheard.NO_SPEECH, model="m")])
def test_what_was_heard_survives_the_store(heard: Transcript | Untranscribed) -> None:
    assert loads(dumps(heard)) == heard


@pytest.mark.parametrize(
    "text", ["谢谢谢谢谢谢谢谢谢谢", "请订阅，请订阅，请订阅，请订阅。", "嗯嗯嗯嗯嗯嗯嗯嗯嗯"]
)
def test_one_phrase_over_and_over_is_invented(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize(
    "text", ["", "好的好的", "路灯坏了三天了，晚上看不见路", "快点快点，水漫进来了，快派人来看看"]
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert not repeats(text)


def test_without_weights_the_model_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(MediaFault, match="minhu voice setup"):
        FasterWhisper(tmp_path)


@pytest.fixture
def model() -> Path:
    """A folder with real weights, or a loud skip: they are 145 MB and fetched once, not by every test run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "minhu" / "whisper-base"
    folder = Path(os.environ.get("MINHU_WHISPER", cache))
    if not weights.present(folder):
        pytest.skip(f"REAL SPEECH MODEL NOT TESTED: run `minhu voice setup` or set MINHU_WHISPER ({folder})")
    return folder


@pytest.fixture
async def whisper(model: Path) -> AsyncIterator[FasterWhisper]:
    made = FasterWhisper(model)
    yield made
    await made.close()


async def test_a_person_s_mandarin_is_heard(archive: Archive, whisper: FasterWhisper, tmp_path: Path) -> None:
    if not SPEECH.is_dir():
        pytest.skip("no speech at hand: shared/data/speech is absent")
    sound = next((SPEECH / "civic_clean").glob("00_*.flac"))
    taken = await archive.take_in(sound.read_bytes(), hint="voice")
    heard = await Hearing(archive, whisper, tmp_path / "under-way").hear(taken.digest, lang_hint="zh")
    assert isinstance(heard, Transcript)
    said = set(sound.with_suffix(".txt").read_text())
    assert len(said & set(heard.text)) / len(said) > 0.6
    assert heard.language == "zh"
    assert 0.3 < heard.confidence <= 1
    assert 0 <= heard.segments[0].start < heard.segments[-1].end <= (taken.facts.duration or 0) + 1


async def test_a_hum_is_no_speech(
    archive: Archive, whisper: FasterWhisper, digest: str, tmp_path: Path
) -> None:
    heard = await Hearing(archive, whisper, tmp_path / "under-way").hear(digest)
    assert isinstance(heard, Untranscribed)
    assert heard.reason is Unheard.NO_SPEECH


async def test_listening_can_be_cancelled(
    archive: Archive, whisper: FasterWhisper, digest: str, tmp_path: Path
) -> None:
    hearing = Hearing(archive, whisper, tmp_path / "under-way")
    listening = asyncio.create_task(hearing.hear(digest))
    await asyncio.sleep(0.1)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert await hearing.heard(digest) is None
