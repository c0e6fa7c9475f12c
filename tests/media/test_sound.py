"""Voice notes of every kind come out as one kind that browsers play, and what is no sound is refused."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import av
import pytest

from media import Archive, Limits, MediaFailure, MediaKind, MediaRefused, NotHeld, Variant
from media.store import served_key

Tone = Callable[..., bytes]


async def _refusal(archive: Archive, content: bytes, hint: str = "voice") -> MediaFailure:
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(content, hint=hint)
    return refused.value.reason


@pytest.mark.parametrize("form", ["ogg", "mp3", "wav", "mp4", "webm", "flac"])
async def test_every_form_becomes_aac_for_people_and_flac_for_the_transcriber(
    form: str, archive: Archive, tone: Tone
) -> None:
    taken = await archive.take_in(tone(form, artist="SECRET-NAME", title="SECRET-TITLE"), hint="voice")
    assert taken.kind is MediaKind.VOICE
    assert taken.facts.duration == pytest.approx(1.5, abs=0.15)
    clean, mime = await archive.content(taken.digest)
    assert mime == "audio/mp4"
    assert b"SECRET" not in clean
    speech = b"".join([c async for c in archive.store.read(served_key(taken.digest, Variant.SPEECH))])
    assert b"SECRET" not in speech
    for content, codec, rate in ((clean, "aac", 24_000), (speech, "flac", 16_000)):
        with av.open(io.BytesIO(content)) as container:
            stream = container.streams.audio[0]
            assert (stream.codec_context.name, stream.rate, stream.layout.name) == (codec, rate, "mono")
            samples = sum(frame.samples for frame in container.decode(audio=0))
            assert samples / rate == pytest.approx(1.5, abs=0.15)


async def test_the_transcriber_s_copy_is_not_served(archive: Archive, tone: Tone) -> None:
    taken = await archive.take_in(tone(), hint="voice")
    with pytest.raises(NotHeld):
        await archive.serve(taken.digest, Variant.SPEECH)


async def test_a_voice_note_that_is_no_audio(archive: Archive, picture: Callable[..., bytes]) -> None:
    for content in (picture(), b"this is just some text", b"\x7fELF" + bytes(99)):
        assert await _refusal(archive, content) is MediaFailure.NOT_AUDIO


async def test_a_sound_file_s_beginning_with_nothing_behind_it_is_broken(
    archive: Archive, tone: Tone
) -> None:
    for content in (b"OggS" + bytes(500), b"ID3" + bytes(500), b"fLaC" + bytes(500), tone("ogg")[:60]):
        assert await _refusal(archive, content) is MediaFailure.BROKEN


async def test_a_note_cut_off_while_it_was_sent_keeps_what_there_is(archive: Archive, tone: Tone) -> None:
    whole = tone("ogg", seconds=4)
    taken = await archive.take_in(whole[: len(whole) // 2], hint="voice")
    assert 0.5 < (taken.facts.duration or 0) < 3.5


async def test_length_is_counted_in_sound_not_read_from_the_header(archive: Archive, tone: Tone) -> None:
    short = Archive(archive.store, archive._workplace, limits=Limits(audio_seconds=2.0))
    assert await _refusal(short, tone("ogg", seconds=2.5)) is MediaFailure.TOO_LONG
    assert await _refusal(short, tone("wav", seconds=8)) is MediaFailure.TOO_LONG
    await short.close()


async def test_a_slip_of_the_finger_is_empty(archive: Archive, tone: Tone) -> None:
    assert await _refusal(archive, tone("wav", seconds=0.05)) is MediaFailure.EMPTY


async def test_sound_sent_as_a_document_is_a_voice_note(archive: Archive, tone: Tone) -> None:
    assert (await archive.take_in(tone("mp3"), hint="document")).kind is MediaKind.VOICE
    assert (await archive.take_in(tone("mp4"), hint=None)).kind is MediaKind.VOICE


async def test_mutated_notes_end_in_a_refusal_or_a_note(archive: Archive, tone: Tone) -> None:
    """Seeded damage to ogg, webm and mp4: no fault and no time-out."""
    chance = random.Random(20260305)
    seeds = [tone(form, seconds=0.4) for form in ("ogg", "webm", "mp4")]
    outcomes: dict[str, int] = {}
    for number in range(150):
        body = bytearray(seeds[number % 3])
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 1, 4))] = chance.randbytes(chance.choice((0, 1, 4)))
        try:
            await archive.take_in(bytes(body), hint="voice")
            outcome = "taken"
        except MediaRefused as refused:
            outcome = refused.reason.value
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert "timeout" not in outcomes
    assert outcomes["taken"] > 30
