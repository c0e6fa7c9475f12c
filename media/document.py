"""A document kept as it is, once it is proven to be one of the few types a resident would send.

It is never rendered and only ever served for download, so nothing in it is interpreted here or in a page; what
could run in the reader's office program (macros, embedded programs) is refused.

    pdf      whole (header and end marker)                       application/pdf
    ooxml    a zip that holds an Office document, no macros      docx, xlsx, pptx
    ole      a compound file that holds one, no macros           doc, xls, ppt
    text     UTF-8 or GB 18030, served as UTF-8                  text/plain
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from media.errors import MediaFailure, MediaRefused
from media.facts import Facts, Form
from media.limits import Limits
from media.sniff import MediaKind, decode_text, sniff
from media.store import Variant

if TYPE_CHECKING:
    from media.piece import Piece

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OOXML = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OLE = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_MACROS = {"_VBA_PROJECT", "VBA", "Macros", "_VBA_PROJECT_CUR"}
_PDF_TAIL = 2048
"""Bytes at the end in which %%EOF must stand; writers add at most a little padding."""
_MEMBERS, _UNPACKED, _RATIO = 5_000, 400 * 1024 * 1024, 300
"""A long report with pictures stays far below; a nested or flat zip bomb does not."""


def clean_document(piece: Piece) -> Facts:
    """Copy what is proven. Raises MediaRefused."""
    target = piece.into / Variant.CLEAN.value
    if piece.type.name == "text":
        mime = "text/plain; charset=utf-8"
        target.write_text(_text(piece.source, piece.limits), encoding="utf-8", newline="")
    else:
        mime = {"pdf": _pdf, "ooxml": _ooxml, "ole": _ole}[piece.type.name](piece.source)
        shutil.copyfile(piece.source, target)
    return Facts(kind=MediaKind.DOCUMENT, mime=mime.split(";")[0], variants={Variant.CLEAN: Form(mime=mime)})


def _text(source: Path, limits: Limits) -> str:
    body = source.read_bytes()
    if len(body) > limits.text_bytes:
        raise MediaRefused(MediaFailure.TOO_LARGE, "text")
    # The sniffer saw the first bytes only; the rest must be text too.
    told = decode_text(body.removeprefix(b"\xef\xbb\xbf"))
    if told is None or sniff(body) is None:
        raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED, "not text throughout")
    return told


def _pdf(source: Path) -> str:
    with source.open("rb") as stream:
        stream.seek(max(0, source.stat().st_size - _PDF_TAIL))
        if b"%%EOF" not in stream.read():
            raise MediaRefused(MediaFailure.BROKEN, "no end of the PDF")
    return "application/pdf"


def _ooxml(source: Path) -> str:
    try:
        with zipfile.ZipFile(source) as folder:
            members = folder.infolist()
            _admit_members(members)
            if folder.testzip() is not None:
                raise MediaRefused(MediaFailure.BROKEN, "a member's checksum")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise MediaRefused(MediaFailure.BROKEN, type(error).__name__) from None
    names = {member.filename for member in members}
    for part, mime in _OOXML.items():
        if part in names and "[Content_Types].xml" in names:
            return mime
    raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED, "a zip that is no Office document")


def _admit_members(members: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if len(members) > _MEMBERS or unpacked > _UNPACKED or unpacked > max(packed, 100_000) * _RATIO:
        raise MediaRefused(MediaFailure.BOMB, "zip")
    for member in members:
        name = member.filename.lower()
        if name.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".ps1", ".bat", ".jar", ".zip")):
            raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED, "a program inside")


def _ole(source: Path) -> str:
    names = set(ole_names(source.read_bytes()))
    if names & _MACROS:
        raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED, "macros")
    for name, mime in _OLE.items():
        if name in names:
            return mime
    raise MediaRefused(MediaFailure.TYPE_NOT_ALLOWED, "a compound file that is no Office document")


def ole_names(body: bytes) -> Iterator[str]:
    """The names in a compound file's directory (MS-CFB 2.2, 2.3, 2.6). Raises MediaRefused when it is torn."""
    size = 1 << int.from_bytes(body[30:32], "little")
    if size not in (512, 4096) or len(body) < size:
        raise MediaRefused(MediaFailure.BROKEN, "sector size")
    sector, seen = int.from_bytes(body[48:52], "little"), set[int]()
    table = _fat(body, size)
    while sector < _LAST_SECTOR:
        block = body[(sector + 1) * size : (sector + 2) * size]
        if sector in seen or len(block) < size or sector >= len(table):
            raise MediaRefused(MediaFailure.BROKEN, "directory chain")
        seen.add(sector)
        for at in range(0, size, 128):
            length = int.from_bytes(block[at + 64 : at + 66], "little")
            if 2 <= length <= 64:
                yield block[at : at + length - 2].decode("utf-16-le", "replace")
        sector = table[sector]


_LAST_SECTOR = 0xFFFFFFFA


def _fat(body: bytes, size: int) -> list[int]:
    """Which sector follows which, from the sectors that the header names: 109 of them, 7 MB at 512 bytes."""
    table: list[int] = []
    for at in range(76, 512, 4):
        sector = int.from_bytes(body[at : at + 4], "little")
        if sector < _LAST_SECTOR:
            block = body[(sector + 1) * size : (sector + 2) * size]
            table += [int.from_bytes(block[i : i + 4], "little") for i in range(0, len(block) - 3, 4)]
    return table
