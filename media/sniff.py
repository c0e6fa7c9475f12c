"""What a file really is, told by its first bytes, never by its name or by what the sender declared.

    first bytes ──► FileType (what it is) ──► `admit` (may it come in as what it was sent as?)

A container that may hold either sound or pictures (ogg, webm, mp4) is settled by the decoder, in the child.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media.errors import MediaFailure, MediaRefused

HEAD = 4096
"""Bytes that `sniff` wants to see: enough for every signature and for a text's first lines."""


class MediaKind(StrEnum):
    """What a file is to people. The values are those of a message's kind."""

    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileType:
    """A type on the allow-list. `kinds` are what it may turn out to be, the likeliest first."""

    name: str
    mime: str
    kinds: tuple[MediaKind, ...]


def _type(name: str, mime: str, *kinds: MediaKind) -> tuple[str, FileType]:
    return name, FileType(name=name, mime=mime, kinds=kinds)


_PHOTO, _VOICE, _VIDEO, _DOCUMENT = MediaKind.PHOTO, MediaKind.VOICE, MediaKind.VIDEO, MediaKind.DOCUMENT

TYPES: dict[str, FileType] = dict(
    (
        _type("jpeg", "image/jpeg", _PHOTO),
        _type("png", "image/png", _PHOTO),
        _type("webp", "image/webp", _PHOTO),
        _type("gif", "image/gif", _PHOTO),
        _type("heic", "image/heic", _PHOTO),
        _type("ogg", "audio/ogg", _VOICE),
        _type("mp3", "audio/mpeg", _VOICE),
        _type("wav", "audio/wav", _VOICE),
        _type("flac", "audio/flac", _VOICE),
        _type("amr", "audio/amr", _VOICE),
        _type("aac", "audio/aac", _VOICE),
        _type("webm", "video/webm", _VIDEO, _VOICE),
        _type("mp4", "video/mp4", _VIDEO, _VOICE),
        _type("pdf", "application/pdf", _DOCUMENT),
        # Which office program wrote it stands in the archive's directory; the child looks (media.document).
        _type("ooxml", "application/zip", _DOCUMENT),
        _type("ole", "application/x-ole-storage", _DOCUMENT),
        _type("text", "text/plain", _DOCUMENT),
    )
)

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR", "amr"),
    (0, b"ID3", "mp3"),
    (0, b"\x1aE\xdf\xa3", "webm"),
    (0, b"%PDF-", "pdf"),
    (0, b"PK\x03\x04", "ooxml"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"MSNV", b"qt  "}
    | {b"M4A ", b"M4V ", b"M4B ", b"3gp4", b"3gp5", b"3gp6", b"mmp4"}
)
# Text that some program would run or follow; a playlist names other files (ffmpeg would open them).
_ACTIVE_TEXT = (b"<", b"#!", b"#extm3u", b"ffconcat", b"[playlist]", b"{\\rtf", b"mime-version:")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0c")) + b"\x7f"


def sniff(head: bytes) -> FileType | None:
    """The type of a file that begins with `head` (its first `HEAD` bytes, or all of it), or None."""
    for offset, magic, name in _SIGNATURES:
        if head.startswith(magic, offset):
            return TYPES[name]
    other = _riff(head) or _iso_media(head) or _mpeg_audio(head) or _text(head)
    return TYPES[other] if other else None


def admit(head: bytes, hint: MediaKind | None) -> FileType:
    """The type, if a file sent as `hint` may be one; else MediaRefused with the reason for the sender.

    A photo or a voice note sent as a document is welcome as what it is; a document sent as a photo is not.
    """
    if not head:
        raise MediaRefused(MediaFailure.EMPTY)
    found = sniff(head)
    if hint in (None, MediaKind.DOCUMENT):
        if found is None:
            raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED)
        return found
    if found is None or hint not in found.kinds:
        raise MediaRefused(not_a(hint), found.name if found else "unknown")
    return found


def not_a(kind: MediaKind | None) -> MediaFailure:
    """The refusal for a file that is not what it was sent as."""
    return {
        MediaKind.PHOTO: MediaFailure.NOT_A_PHOTO,
        MediaKind.VOICE: MediaFailure.NOT_AUDIO,
        MediaKind.VIDEO: MediaFailure.NOT_A_VIDEO,
    }.get(kind or MediaKind.DOCUMENT, MediaFailure.TYPE_NOT_ALLOWED)


def _riff(head: bytes) -> str | None:
    if head[:4] != b"RIFF":
        return None
    return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])


def _iso_media(head: bytes) -> str | None:
    """ISO 14496-12: the first box is `ftyp` and names the brand, then the compatible ones."""
    if head[4:8] != b"ftyp" or len(head) < 16:
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return None
    if brands & _HEIC_BRANDS:
        return "heic"
    return "mp4" if brands & _MP4_BRANDS else None


def _mpeg_audio(head: bytes) -> str | None:
    """A bare frame header: eleven set bits, then version, layer, bit rate and sampling rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return "mp3" if version != 1 and layer == 1 and 0 < rate < 15 and sampling != 3 else None


def _text(head: bytes) -> str | None:
    """UTF-8 or GB 18030 without control characters that begins like no program, page or playlist."""
    body = head.removeprefix(b"\xef\xbb\xbf")
    start = body.lstrip().lower()
    if not start or start.startswith(_ACTIVE_TEXT) or body.translate(None, _CONTROL) != body:
        return None
    return "text" if decode_text(body, cut=len(head) >= HEAD) is not None else None


def decode_text(body: bytes, *, cut: bool = False) -> str | None:
    """The text of `body`, or None when it is in neither encoding; `cut` allows a torn last character."""
    for encoding in ("utf-8", "gb18030"):
        for spare in range(4 if cut else 1):
            try:
                return body[: len(body) - spare].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None
