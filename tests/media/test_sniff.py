"""A file is what its bytes say: the matrix of types, the refusals, and what pretends to be something else."""

from __future__ import annotations

import pytest

from media.errors import MediaFailure, MediaRefused
from media.sniff import MediaKind, admit, sniff

FTYP = b"\x00\x00\x00\x18ftyp"

KNOWN = [
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
    (b"\x89PNG\r\n\x1a\n\x00", "png"),
    (b"GIF89a\x01\x00", "gif"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
    (FTYP + b"heic\x00\x00\x00\x00mif1heic", "heic"),
    (FTYP + b"mif1\x00\x00\x00\x00heicmif1", "heic"),
    (FTYP + b"isom\x00\x00\x02\x00isomiso2", "mp4"),
    (FTYP + b"M4A \x00\x00\x00\x00M4A mp42", "mp4"),
    (FTYP + b"qt  \x00\x00\x00\x00qt  \0\0\0\0", "mp4"),
    (b"OggS\x00\x02", "ogg"),
    (b"ID3\x04\x00", "mp3"),
    (b"\xff\xfb\x90\x64\x00", "mp3"),
    (b"\xff\xf1\x50\x80\x00", "aac"),
    (b"fLaC\x00", "flac"),
    (b"#!AMR\n", "amr"),
    (b"\x1aE\xdf\xa3\x9f", "webm"),
    (b"%PDF-1.7\n", "pdf"),
    (b"PK\x03\x04\x14\x00", "ooxml"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    ("路灯坏了，三天没人修。\n".encode(), "text"),
    (b"\xef\xbb\xbf" + "路灯坏了".encode(), "text"),
    ("路灯坏了，三天没人修。".encode("gb18030"), "text"),
]

FOREIGN = [
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"  \n<!DOCTYPE html><script>alert(1)</script>",
    b"\xef\xbb\xbf<html>",
    b"<?xml version='1.0'?><svg/>",
    b"#!/bin/sh\nrm -rf /",
    b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    b"ffconcat version 1.0\nfile /etc/passwd",
    b"[playlist]\nFile1=file:///etc/passwd",
    b"{\\rtf1 object}",
    b"MZ\x90\x00\x03\x00\x00\x00",
    b"\x7fELF\x02\x01\x01\x00",
    b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
    b"Rar!\x1a\x07\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08\x00",
    b"BM\x36\x00\x00\x00",
    b"II*\x00\x08\x00",
    b"8BPS\x00\x01",
    b"RIFF\x00\x00\x00\x00AVI LIST",
    b"FLV\x01\x05",
    b"G@\x00\x10\x00",
    FTYP + b"avif\x00\x00\x00\x00mif1avif",
    FTYP + b"zzzz\x00\x00\x00\x00zzzzzzzz",
    b"text with a NUL \x00 in it",
    b"escape \x1b[2J for a terminal",
    b"\xff\xe0\x00\x00",
    b"\xff\xff\xff\xff\xff\xff",
    b" \r\n\t ",
]


@pytest.mark.parametrize(("head", "name"), KNOWN, ids=[name for _, name in KNOWN])
def test_known_types(head: bytes, name: str) -> None:
    found = sniff(head)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("head", FOREIGN, ids=[repr(head[:8]) for head in FOREIGN])
@pytest.mark.parametrize("hint", [None, *MediaKind])
def test_everything_else_is_refused_whatever_it_was_sent_as(head: bytes, hint: MediaKind | None) -> None:
    with pytest.raises(MediaRefused):
        admit(head, hint)


@pytest.mark.parametrize(
    ("name", "hint", "reason"),
    [
        ("pdf", MediaKind.PHOTO, MediaFailure.NOT_A_PHOTO),
        ("ogg", MediaKind.PHOTO, MediaFailure.NOT_A_PHOTO),
        ("jpeg", MediaKind.VOICE, MediaFailure.NOT_AUDIO),
        ("text", MediaKind.VOICE, MediaFailure.NOT_AUDIO),
        ("jpeg", MediaKind.VIDEO, MediaFailure.NOT_A_VIDEO),
        ("mp3", MediaKind.VIDEO, MediaFailure.NOT_A_VIDEO),
    ],
)
def test_what_is_not_what_it_was_sent_as(name: str, hint: MediaKind, reason: MediaFailure) -> None:
    head = next(head for head, known in KNOWN if known == name)
    with pytest.raises(MediaRefused) as refused:
        admit(head, hint)
    assert refused.value.reason is reason


@pytest.mark.parametrize("name", ["jpeg", "ogg", "mp4", "pdf"])
def test_a_document_may_turn_out_to_be_anything_on_the_list(name: str) -> None:
    head = next(head for head, known in KNOWN if known == name)
    assert admit(head, MediaKind.DOCUMENT).name == name


def test_an_empty_file_is_told_so() -> None:
    with pytest.raises(MediaRefused) as refused:
        admit(b"", MediaKind.PHOTO)
    assert refused.value.reason is MediaFailure.EMPTY


@pytest.mark.parametrize("cut", range(12))
def test_a_signature_cut_short_is_no_signature(cut: int) -> None:
    for head, name in KNOWN:
        found = sniff(head[: min(cut, 2)])
        assert found is None or found.name == "text", name
