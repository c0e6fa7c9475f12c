"""Opening a sound or video file of one expected format, with no way out of its own bytes.

The demuxer is named (a playlist cannot choose HLS), decoders are on a list, input is this file's bytes
through a Python file object, and no protocol is allowed: nothing that a file says makes ffmpeg open another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media.errors import MediaFailure, MediaRefused

_DEMUXER = {
    "ogg": "ogg",
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
    "amr": "amr",
    "aac": "aac",
    "webm": "matroska",
    "mp4": "mov",
}
_DECODERS = (
    "libopus,opus,vorbis,flac,mp3,mp3float,aac,amrnb,amrwb,pcm_s16le,pcm_u8,pcm_s24le,pcm_f32le,pcm_alaw,pcm_mulaw"
    ",h264,hevc,vp8,vp9,libvpx,libvpx-vp9,mpeg4,h263,libdav1d,av1"
)
_CLOSED = {"codec_whitelist": _DECODERS, "protocol_whitelist": "none"}
_SPOILED = 500
"""Packets that fail to decode before a file counts as broken: ten seconds of lost sound."""


@contextmanager
def opened(source: Path, type_name: str) -> Iterator[InputContainer]:
    """Raises av's errors for what is no such container; they count as a broken file."""
    with source.open("rb") as stream:
        found = av.open(stream, "r", format=_DEMUXER[type_name], options=_CLOSED)
        with found:
            yield found


@contextmanager
def written(target: Path, form: str) -> Iterator[OutputContainer]:
    """A new file without any metadata; an mp4 starts playing before it is loaded."""
    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if form == "mp4" else {})
    with av.open(str(target), "w", format=form, options=options) as container:
        yield container


def pictures_of(container: InputContainer) -> VideoStream | None:
    """The moving pictures; a cover image inside a sound file is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            stream.codec_context.thread_count = 1
            return stream
    return None


def sound_of(container: InputContainer) -> AudioStream | None:
    return container.streams.audio[0] if container.streams.audio else None


def frames(
    container: InputContainer, *streams: AudioStream | VideoStream
) -> Iterator[AudioFrame | VideoFrame]:
    """Decoded frames of the streams in the file's order; packets that do not decode are left out."""
    spoiled = 0
    for packet in container.demux(*streams):
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            spoiled += 1
            if spoiled > _SPOILED:
                raise MediaRefused(MediaFailure.BROKEN, "too many packets that do not decode") from None
            continue
        for frame in decoded:
            if isinstance(frame, AudioFrame | VideoFrame):
                yield frame
