"""Hearing: once per file, honest when nobody listens or nothing is said; and the real model on real speech."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from media import Archive, MediaFailure, MediaFault, MediaRefused, NotHeld
from media.store import transcript_key
from media.transcribe import Hearing, NoTranscriber, Segment, Transcript, Unheard, Untranscribed, dumps, loads
from media.whisper_fast import FasterWhisper

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


def test_without_weights_the_model_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(MediaFault, match="minhu voice setup"):
        FasterWhisper(tmp_path)


@pytest.fixture
async def whisper(speech_model: Path) -> AsyncIterator[FasterWhisper]:
    made = FasterWhisper(speech_model)
    yield made
    await made.close()


async def test_a_person_s_mandarin_is_heard_through_the_archive(
    archive: Archive, whisper: FasterWhisper, shared_data: Path, tmp_path: Path
) -> None:
    """The sound that is listened to is the cleaned one; the transcript is kept beside it."""
    sound = next((shared_data / "speech" / "civic_noisy").glob("01_*.ogg"))
    taken = await archive.take_in(sound.read_bytes(), hint="voice")
    hearing = Hearing(archive, whisper, tmp_path / "under-way")
    heard = await hearing.hear(taken.digest, lang_hint="zh")
    assert isinstance(heard, Transcript)
    said = set(sound.with_suffix(".txt").read_text(encoding="utf-8"))
    assert len(said & set(heard.text)) / len(said) > 0.4
    assert heard.segments[-1].end <= (taken.facts.duration or 0) + 1
    assert await hearing.heard(taken.digest) == heard
