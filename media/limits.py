"""What a file may be and what looking at it may cost; each number with its reason."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, durations in seconds, photo sizes in pixels. Plain numbers, so they travel as JSON."""

    bytes_in: int = 20 * MIB
    """The Telegram Bot API gives bots files of at most 20 MB, so no channel does worse than another."""
    pixels: int = 40_000_000
    """160 MB as four-byte pixels, which leaves a decoder room within `memory`."""
    pixels_per_byte: int = 400
    """More is no photo: JPEG seldom passes 40, an empty screenshot as PNG about 200, a bomb thousands."""
    full_edge: int = 4096
    """A 12-megapixel photo keeps its size; handlers read signs on it."""
    screen_edge: int = 1600
    thumb_edge: int = 320
    audio_seconds: float = 300.0
    """Longer than any channel's voice note that a person would listen to; bounds transcription too."""
    video_seconds: float = 120.0
    video_edge: int = 1280
    video_pixels: int = 4096 * 2304
    """4K as phones film it. A larger picture would pass `memory` with its reference frames."""
    text_bytes: int = 1 * MIB
    stall_seconds: float = 30.0
    """Without one more byte of a file that is coming in; a phone in a lift comes back before."""
    stream_seconds: float = 300.0
    """For a whole file to come in: the largest at 0.6 Mbit/s."""
    seconds: float = 10.0
    """For a photo, a document or a voice note: measured work is below one second."""
    film_seconds: float = 90.0
    """For a video, whose every frame is encoded again (about three times real time on one slow core)."""
    memory: int = 512 * MIB
    """Address space of a child process."""
    output_bytes: int = 64 * MIB
    """One written file; more is a decoder gone wrong."""
