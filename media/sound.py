"""Sound made safe: decoded within limits and encoded anew, once for people and once for the transcriber.

clean     mono 24 kHz AAC in MP4: the one form that every browser plays, iPhones included
speech    mono 16 kHz FLAC: what speech models listen to, without a second loss
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer

from media import containers
from media.errors import MediaFailure, MediaRefused
from media.facts import Facts, Form
from media.sniff import MediaKind, not_a
from media.store import Variant

if TYPE_CHECKING:
    from pathlib import Path

    from media.piece import Piece

AAC_RATE, SPEECH_RATE = 24_000, 16_000
_AAC_BITS = 48_000
"""Bits a second; speech gains nothing audible above."""
_SHORTEST = 0.1
"""Seconds; a shorter recording is a slip of the finger."""
SPEECH = Form(mime="audio/flac")


def clean_sound(piece: Piece) -> Facts:
    """Write the variants and tell the length. Raises MediaRefused, or av's errors on a broken file."""
    with ExitStack() as open_files:
        source = open_files.enter_context(containers.opened(piece.source, piece.type.name))
        stream = containers.sound_of(source)
        if stream is None:
            raise MediaRefused(not_a(piece.hint or MediaKind.VOICE), "no sound in it")
        if source.duration and source.duration / 1e6 > piece.limits.audio_seconds * 2:
            raise MediaRefused(MediaFailure.TOO_LONG, "by its header")
        clean = open_files.enter_context(written_sound(piece.into / Variant.CLEAN.value, "mp4"))
        speech = open_files.enter_context(written_sound(piece.into / Variant.SPEECH.value, "flac"))
        for frame in containers.frames(source, stream):
            clean.add(cast(AudioFrame, frame))
            if speech.add(cast(AudioFrame, frame)) > piece.limits.audio_seconds:
                raise MediaRefused(MediaFailure.TOO_LONG)
        if speech.seconds < _SHORTEST:
            raise MediaRefused(MediaFailure.EMPTY if speech.seconds else MediaFailure.BROKEN, "no sound")
    return Facts(
        kind=MediaKind.VOICE,
        mime=piece.type.mime.replace("video/", "audio/"),
        duration=round(speech.seconds, 2),
        variants={Variant.CLEAN: Form(mime="audio/mp4"), Variant.SPEECH: SPEECH},
    )


class SoundTrack:
    """One encoded track: takes frames of any rate and layout, keeps its own clock, so gaps and jumps in the
    source's time stamps cannot stretch it."""

    def __init__(self, container: OutputContainer, stream: AudioStream, sample_format: str) -> None:
        self._container, self._stream = container, stream
        self._resampler = AudioResampler(sample_format, stream.layout, stream.rate)
        self._samples = 0

    @property
    def seconds(self) -> float:
        return self._samples / self._stream.rate

    def add(self, frame: AudioFrame | None) -> float:
        """Encode a frame, or what is left when None. Returns the seconds so far."""
        if frame is not None:
            frame.pts = None
        for piece in self._resampler.resample(frame):
            piece.pts, piece.time_base = self._samples, Fraction(1, self._stream.rate)
            self._samples += piece.samples
            self._container.mux(self._stream.encode(piece))
        return self.seconds

    def finish(self) -> None:
        self.add(None)
        self._container.mux(self._stream.encode(None))


def track(container: OutputContainer, form: str) -> SoundTrack:
    """A mono track in `container`: AAC for mp4, FLAC for flac."""
    codec, rate, sample_format = ("aac", AAC_RATE, "fltp") if form == "mp4" else ("flac", SPEECH_RATE, "s16")
    stream = container.add_stream(codec, rate=rate, layout="mono", format=sample_format)
    assert isinstance(stream, AudioStream)
    if codec == "aac":
        stream.bit_rate = _AAC_BITS
    return SoundTrack(container, stream, sample_format)


@contextmanager
def written_sound(target: Path, form: str) -> Iterator[SoundTrack]:
    """A file with one mono track, finished when the block ends without an error."""
    with containers.written(target, form) as container:
        made = track(container, form)
        yield made
        made.finish()
