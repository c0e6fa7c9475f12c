"""Documents are kept byte for byte for download, once they are proven to be one of the few types; never inline."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from media import Archive, MediaFailure, MediaKind, MediaRefused, Variant

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def _zip(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in members.items():
            folder.writestr(name, content)
    return out.getvalue()


def _office(part: str, **more: bytes) -> bytes:
    return _zip({"[Content_Types].xml": b"<Types/>", part: b"<x/>", **more})


def _compound(*names: str) -> bytes:
    """A compound file with a directory of these names and nothing else (MS-CFB 2.2, 2.6)."""
    free, end = (0xFFFFFFFF).to_bytes(4, "little"), (0xFFFFFFFE).to_bytes(4, "little")
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32], header[48:52] = (9).to_bytes(2, "little"), (1).to_bytes(4, "little")
    header[76:512] = bytes(4) + free * 108
    fat = (0xFFFFFFFD).to_bytes(4, "little") + end + free * 126
    directory = b"".join(_entry(name) for name in ("Root Entry", *names)).ljust(512, b"\0")
    return bytes(header) + fat + directory


def _entry(name: str) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0"
    return told.ljust(64, b"\0") + len(told).to_bytes(2, "little") + bytes(62)


async def _refusal(archive: Archive, content: bytes, hint: str | None = "document") -> MediaFailure:
    with pytest.raises(MediaRefused) as refused:
        await archive.take_in(content, hint=hint)
    return refused.value.reason


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (PDF, "application/pdf"),
        (
            _office("word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (_office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            _office("ppt/presentation.xml"),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        (_compound("WordDocument"), "application/msword"),
        (_compound("Workbook"), "application/vnd.ms-excel"),
        (_compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    ],
    ids=["pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt"],
)
async def test_the_types_a_resident_sends_are_kept_as_they_are(
    archive: Archive, content: bytes, mime: str
) -> None:
    taken = await archive.take_in(content, hint="document")
    assert taken.kind is MediaKind.DOCUMENT
    served = await archive.serve(taken.digest, Variant.CLEAN)
    assert (served.mime, served.inline) == (mime, False)
    assert b"".join([chunk async for chunk in served.body]) == content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_text_is_served_as_utf_8(archive: Archive, encoding: str) -> None:
    told = "路灯坏了。\r\n三天没人修，" * 900
    taken = await archive.take_in(told.encode(encoding), hint="document")
    content, mime = await archive.content(taken.digest)
    assert (content.decode(), mime) == (told, "text/plain; charset=utf-8")
    assert not (await archive.serve(taken.digest, "clean")).inline


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (PDF[:-6], MediaFailure.BROKEN),
        (_office("word/document.xml")[:-40], MediaFailure.BROKEN),
        (_zip({"a.txt": b"x"}), MediaFailure.TYPE_NOT_ALLOWED),
        (_zip({"META-INF/MANIFEST.MF": b"x", "A.class": b"\xca\xfe"}), MediaFailure.TYPE_NOT_ALLOWED),
        (_office("word/document.xml", **{"word/vbaProject.bin": b"x"}), MediaFailure.TYPE_NOT_ALLOWED),
        (_office("word/document.xml", **{"word/embeddings/run.EXE": b"MZ"}), MediaFailure.TYPE_NOT_ALLOWED),
        (_office("word/document.xml", big=bytes(60_000_000)), MediaFailure.BOMB),
        (_zip({f"{n}": b"" for n in range(5_001)}), MediaFailure.BOMB),
        (_compound("WordDocument", "Macros"), MediaFailure.TYPE_NOT_ALLOWED),
        (_compound("Installer"), MediaFailure.TYPE_NOT_ALLOWED),
        (_compound("WordDocument")[:700], MediaFailure.BROKEN),
        (b"text " * 2000 + b"\x00binary", MediaFailure.TYPE_NOT_ALLOWED),
        (b"text " * 2000 + b"\xff\xfe\xfd", MediaFailure.TYPE_NOT_ALLOWED),
        (b"text " * 250_000, MediaFailure.TOO_LARGE),
    ],
    ids=[
        *("pdf cut", "zip cut", "plain zip", "jar", "docm", "program inside", "zip bomb", "many members"),
        *("doc with macros", "msi", "doc cut", "late NUL", "late bytes", "long text"),
    ],
)
async def test_what_is_refused(archive: Archive, content: bytes, reason: MediaFailure) -> None:
    assert await _refusal(archive, content) is reason


async def test_a_compound_file_whose_directory_runs_in_a_circle_ends(archive: Archive) -> None:
    body = bytearray(_compound("Nothing"))
    body[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")
    assert await _refusal(archive, bytes(body)) is MediaFailure.BROKEN


async def test_a_member_with_a_wrong_checksum_is_broken(archive: Archive) -> None:
    body = bytearray(_office("word/document.xml", **{"word/a.xml": b"hello hello hello"}))
    body[body.index(b"word/a.xml") + len(b"word/a.xml") + 2] ^= 0xFF
    assert await _refusal(archive, bytes(body)) is MediaFailure.BROKEN


async def test_a_document_is_no_photo(archive: Archive, picture: Callable[..., bytes]) -> None:
    assert await _refusal(archive, PDF, "photo") is MediaFailure.NOT_A_PHOTO
    pdf_in_front_of_a_picture = PDF + picture()
    assert await _refusal(archive, pdf_in_front_of_a_picture, "photo") is MediaFailure.NOT_A_PHOTO
