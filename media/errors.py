"""The room's error tree: a refusal carries a reason for the sender, a fault is ours."""

from __future__ import annotations

from enum import StrEnum


class MediaFailure(StrEnum):
    """Why a file was not kept. The locales hold one entry for each, `media.<reason>`."""

    NOT_A_PHOTO = "not_a_photo"
    NOT_AUDIO = "not_audio"
    NOT_A_VIDEO = "not_a_video"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    BROKEN = "broken"
    BOMB = "bomb"
    TIMEOUT = "timeout"
    INFECTED = "infected"
    NOT_FETCHED = "not_fetched"
    """The bytes did not come, or came too slowly; else for the surface whose channel did not give them."""
    QUOTA = "quota"
    """Never raised here: the record counts what a person sends on a day."""


MEMORY = "memory"
"""The detail of a refusal for want of memory: in a child that has worked before, it is tried once more."""


class MediaError(Exception):
    """Root of everything that media raises on purpose."""


class MediaRefused(MediaError):
    """The file is not one we keep; nothing of it was stored. `reason` says why, to the sender."""

    def __init__(self, reason: MediaFailure, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


class NotHeld(MediaError):
    """No such digest, or no such variant of it."""


class HeldBack(NotHeld):
    """It is kept, and opened to nobody before the virus scanner has looked at it."""


class RangeNotSatisfiable(MediaError):
    """The asked range lies outside the file (HTTP 416). `size` is the whole length in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"range outside of {size} bytes")
        self.size = size


class MediaFault(MediaError):
    """Something that should not happen, such as a decoder that is not installed; worth a later try."""
