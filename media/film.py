"""A video made safe: every frame decoded and encoded anew, upright and small, without the phone's metadata.

clean     H.264 and AAC in MP4, at most 1280 px and 30 pictures a second: what every browser plays
poster    one early picture, at most 1280 px
thumb     the same, at most 320 px
speech    its sound for the transcriber, when it has any
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media import containers, photo
from media.errors import MediaFailure, MediaRefused
from media.facts import Facts, Form
from media.limits import Limits
from media.sniff import MediaKind
from media.sound import SPEECH, clean_sound, track, written_sound
from media.store import Variant

if TYPE_CHECKING:
    from media.piece import Piece
    from media.sound import SoundTrack

_CLOCK = Fraction(1, 90_000)
_RATE = 30
_POSTER_AT = 0.5
"""Seconds: the first pictures of a phone's film are often dark or shaken."""
_X264 = {"preset": "superfast", "crf": "27", "profile": "main"}
"""On one core about five times real time at 720p; the file is then about as large as a messenger's own."""
_TURN = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}
_PLACE = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")


def clean_film(piece: Piece) -> Facts:
    """Write the variants and tell what is known; a file with sound only becomes a voice note, unless it was
    sent as a video. Raises MediaRefused, or av's errors on a broken file."""
    with containers.opened(piece.source, piece.type.name) as source:
        pictures = containers.pictures_of(source)
        if pictures is not None:
            _admit(source, pictures, piece.limits)
            return _Filming(piece, source, pictures).run()
    if piece.hint is MediaKind.VIDEO:
        raise MediaRefused(MediaFailure.NOT_A_VIDEO, "no pictures in it")
    return clean_sound(piece)


def _admit(source: InputContainer, pictures: VideoStream, limits: Limits) -> None:
    if source.duration and source.duration / 1e6 > limits.video_seconds * 2:
        raise MediaRefused(MediaFailure.TOO_LONG, "by its header")
    if pictures.width * pictures.height > limits.video_pixels:
        raise MediaRefused(MediaFailure.TOO_LARGE, f"{pictures.width} × {pictures.height}")


class _Filming:
    """One pass over the file: pictures and sound go to the film, sound also to the speech track."""

    def __init__(self, piece: Piece, source: InputContainer, pictures: VideoStream) -> None:
        self._piece, self._limits = piece, piece.limits
        self._source, self._pictures = source, pictures
        self._sound = containers.sound_of(source)
        self._darkroom: _Darkroom | None = None
        self._start: float | None = None
        self._seconds = 0.0
        self._phash: str | None = None
        self._hung = False

    def run(self) -> Facts:
        tracks: list[SoundTrack] = []
        with ExitStack() as open_files:
            into = self._piece.into
            film = open_files.enter_context(containers.written(into / Variant.CLEAN.value, "mp4"))
            stream = film.add_stream("libx264", rate=_RATE, options=_X264)
            assert isinstance(stream, VideoStream)
            if self._sound is not None:
                tracks = [
                    track(film, "mp4"),
                    open_files.enter_context(written_sound(into / Variant.SPEECH.value, "flac")),
                ]
            self._expose(film, stream, tracks)
            if tracks:
                tracks[0].finish()
        return self._facts(stream, heard=tracks[-1].seconds if tracks else 0.0)

    def _expose(self, film: OutputContainer, stream: VideoStream, tracks: list[SoundTrack]) -> None:
        streams = [self._pictures] if self._sound is None else [self._pictures, self._sound]
        latest: VideoFrame | None = None
        for frame in containers.frames(self._source, *streams):
            if isinstance(frame, AudioFrame):
                for sound in tracks:
                    self._within_limit(sound.add(frame))
                continue
            if (drawn := self._draw(frame, stream)) is not None:
                film.mux(stream.encode(drawn))
                latest = drawn
                if not self._hung and self._seconds >= _POSTER_AT:
                    self._hang(drawn)
        if latest is None:
            raise MediaRefused(MediaFailure.BROKEN, "no picture decodes")
        film.mux(stream.encode(None))
        if not self._hung:
            self._hang(latest)

    def _draw(self, frame: VideoFrame, stream: VideoStream) -> VideoFrame | None:
        """The frame upright and small with its time from the start, or None when it comes too soon."""
        at = frame.time
        if at is None:
            return None
        self._start = at if self._start is None else self._start
        seconds = at - self._start
        if self._darkroom is not None and seconds < self._seconds + 0.9 / _RATE:
            return None
        self._seconds = self._within_limit(max(0.0, seconds))
        if self._darkroom is None:
            self._darkroom = _Darkroom(frame, self._limits.video_edge)
            stream.width, stream.height = self._darkroom.size
            stream.pix_fmt, stream.codec_context.time_base = "yuv420p", _CLOCK
            stream.codec_context.thread_count = 1
        drawn = self._darkroom.develop(frame)
        drawn.pts, drawn.time_base = round(self._seconds / _CLOCK), _CLOCK
        return drawn

    def _within_limit(self, seconds: float) -> float:
        if seconds > self._limits.video_seconds:
            raise MediaRefused(MediaFailure.TOO_LONG)
        return seconds

    def _hang(self, drawn: VideoFrame) -> None:
        """Write the poster and its thumb, and keep their likeness."""
        poster = drawn.to_image()  # type: ignore[no-untyped-call]  # av leaves it unannotated
        photo.write_jpeg(poster, self._piece.into / Variant.POSTER.value, Variant.POSTER)
        thumb = photo.fit(poster, self._limits.thumb_edge)
        photo.write_jpeg(thumb, self._piece.into / Variant.THUMB.value, Variant.THUMB)
        self._phash, self._hung = photo.likeness_of(thumb), True

    def _facts(self, stream: VideoStream, *, heard: float) -> Facts:
        place = _place(self._source.metadata)
        variants = {
            Variant.CLEAN: Form(mime="video/mp4"),
            Variant.POSTER: photo.JPEG,
            Variant.THUMB: photo.JPEG,
        }
        return Facts(
            kind=MediaKind.VIDEO,
            mime=self._piece.type.mime,
            width=stream.width,
            height=stream.height,
            duration=round(max(self._seconds, heard), 2),
            lat=place[0] if place else None,
            lon=place[1] if place else None,
            taken_at=_taken_at(self._source.metadata),
            phash=self._phash,
            failures=(MediaFailure.NOT_AUDIO,) if self._sound is not None and not heard else (),
            variants=variants | ({Variant.SPEECH: SPEECH} if heard else {}),
        )


class _Darkroom:
    """Turns and shrinks frames. A source that changes its size midway keeps one size here."""

    def __init__(self, first: VideoFrame, edge: int) -> None:
        self._turn = _TURN.get(first.rotation % 360)
        width, height = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
        scale = min(1.0, edge / max(width, height))
        self.size = (_even(width * scale), _even(height * scale))
        self._graph, self._form = self._filters(first), _form(first)

    def develop(self, frame: VideoFrame) -> VideoFrame:
        if _form(frame) != self._form:
            self._graph, self._form = self._filters(frame), _form(frame)
        self._graph.push(frame)
        return self._graph.vpull()

    def _filters(self, frame: VideoFrame) -> Graph:
        width, height = self.size
        steps = [
            self._turn,
            f"scale={width}:{height}:flags=bilinear:force_original_aspect_ratio=decrease:force_divisible_by=2",
            f"pad={width}:{height}:-1:-1",
            "format=yuv420p",
            "setsar=1",
        ]
        graph = Graph()
        graph.threads = 1
        last = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        for step in ",".join(filter(None, steps)).split(","):
            name, _, arguments = step.partition("=")
            following = graph.add(name, arguments)
            last.link_to(following)
            last = following
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def _form(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name


def _even(value: float) -> int:
    """H.264 halves its colour planes."""
    return max(2, round(value / 2) * 2)


def _place(metadata: dict[str, str]) -> tuple[float, float] | None:
    """ISO 6709 as phones write it into MP4 and QuickTime: +30.0500+119.9600/."""
    told = metadata.get("location") or metadata.get("com.apple.quicktime.location.ISO6709") or ""
    if not (found := _PLACE.match(told)):
        return None
    lat, lon = float(found[1]), float(found[2])
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0) else None


def _taken_at(metadata: dict[str, str]) -> datetime | None:
    try:
        return datetime.fromisoformat(metadata["creation_time"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
