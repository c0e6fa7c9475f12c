"""Making the book of names from a territory's landmarks and gazetteer, and keeping it in the data folder.

The kept pages are plain arrays (`.npy`, never pickle) in a folder named by what they were made from: another
gazetteer, another territory or another way of making them is another folder, and old ones are cleared away. They are
mapped into memory, so that a start reads nothing and a message only the pages it touches.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casecore.territory import gazetteer
from casecore.territory.gazetteer import NamedPlace, read_gazetteer
from casecore.territory.mistakes import Findings
from casecore.territory.model import Territory
from intake.places.fingerprints import Letters, heard, letters, rows, without_one
from intake.places.namebook import (
    LATIN,
    SHORTEST_ONE_OFF,
    SHORTEST_SPOKEN,
    NameBook,
    Pages,
    Table,
    sieve_of,
    tree_order,
)
from intake.wording import fold

log = logging.getLogger(__name__)

# Counts up with every change of what the pages hold.
FORM = 3
ARRAYS = ("letters", "starts", "unit", "lat", "lon", "lengths")
TABLES = ("written", "spoken", "one_off")
PARTS = ("prints", "rows", "sieve")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_DIGIT = re.compile(r"[0-9]")
# Names folded at one go: one call of the translation costs as much as a few hundred letters.
BATCH = 4096
KEPT = 3


def open_book(territory: Territory, keep: Path | None = None) -> NameBook:
    """The territory's book of names; with a folder to keep it in, made only once for the same names."""
    if keep is None:
        return NameBook(make_pages(territory), territory)
    folder = keep / f"names-{fingerprint(territory)}"
    pages = _read(folder)
    if pages is None:
        _write(make_pages(territory), folder)
        pages = _read(folder)
    if pages is None:
        raise OSError(f"the book of names cannot be kept in {keep}")
    return NameBook(pages, territory)


def fingerprint(territory: Territory) -> str:
    """Names what the pages are made from: the territory's files, the gazetteer's bytes, the form of the pages."""
    whole = hashlib.sha256(f"{FORM} {territory.digest}".encode())
    for mark in territory.landmarks:  # a territory in memory may have learned more than its files say
        whole.update(repr((*mark.names.values(), *mark.aliases, mark.unit, mark.point)).encode())
    try:
        with (territory.folder / gazetteer.FILE).open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    except FileNotFoundError:
        whole.update(b"none")
    return whole.hexdigest()[:20]


def make_pages(territory: Territory) -> Pages:
    """The arrays for every landmark and every row of the gazetteer."""
    number = {unit_id: index for index, unit_id in enumerate(tree_order(territory))}
    names: list[str] = []
    counts, unit = array("I"), array("I")
    lat, lon = array("d"), array("d")
    for place in _places(territory):
        said = _said(place.names)
        names += said
        counts.append(len(said))
        unit.append(number[place.unit])
        lat.append(float("nan") if place.lat is None else place.lat)
        lon.append(float("nan") if place.lon is None else place.lon)
    each = np.repeat(np.arange(len(counts)), np.array(counts, dtype=np.int64))
    return _bound(
        list(_folded(names)), np.array(unit, dtype=np.uint32)[each], np.array(lat)[each], np.array(lon)[each]
    )


def _places(territory: Territory) -> Iterator[NamedPlace]:
    for mark in territory.landmarks:
        point = mark.point
        yield NamedPlace(
            tuple(dict.fromkeys((*mark.names.values(), *mark.aliases))), mark.kind, mark.unit,
            point.lat if point else None, point.lon if point else None,
        )  # fmt: skip
    findings = Findings()
    yield from read_gazetteer(territory.folder, territory.languages, territory.units, findings)
    for mistake in findings.mistakes:
        log.warning("left out of the names: %s", mistake)


def _said(names: Iterable[str]) -> list[str]:
    """As they are looked up: Chinese names as they stand, English ones without spaces, others not at all."""
    found: list[str] = []
    for name in names:
        if _HAN.search(name):
            found.append(name)
        elif name.isascii():
            joined = "".join(_WORD.findall(name)).replace("'", "")
            if len(joined) >= SHORTEST_SPOKEN:
                found.append(LATIN + joined)
    return found


def _folded(names: list[str]) -> Iterator[str]:
    """`fold` of each, many at a time; it keeps the number of characters, unless a strange letter is among them."""
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        together = fold("\n".join(batch)).split("\n")
        yield from together if len(together) == len(batch) else (fold(name) for name in batch)


def _bound(
    names: list[str], unit: NDArray[np.uint32], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> Pages:
    """Rows in the order of the tree, so that in each table the rows of one print are in it too."""
    order = np.argsort(unit, kind="stable")
    names = [names[row] for row in order.tolist()]
    codes = letters("".join(names))
    sizes = np.fromiter(map(len, names), dtype=np.int64, count=len(names))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    chinese = codes[np.minimum(starts[:-1], max(len(codes) - 1, 0))] != ord(LATIN) if names else sizes > 0
    exact = np.fromiter((_DIGIT.search(name) is None for name in names), dtype=bool, count=len(names))
    spoken = chinese & (sizes >= SHORTEST_SPOKEN)
    return Pages(
        letters=codes, starts=starts.astype(np.uint32), unit=unit[order], lat=lat[order], lon=lon[order],
        written=_table(codes, starts, sizes, sizes > 0),
        spoken=_table(heard(codes), starts, sizes, spoken),
        # A number that is wrong by a digit is another number: doors are not guessed.
        one_off=_table(codes, starts, sizes, chinese & exact & (sizes >= SHORTEST_ONE_OFF), off=True),
        lengths=np.unique(sizes[chinese]).astype(np.uint32),
    )  # fmt: skip


def _table(
    codes: Letters,
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    *,
    off: bool = False,
) -> Table:
    """The prints of the wanted names, or of each without each of its letters."""
    prints = [np.empty(0, dtype=np.uint64)]
    owners = [np.empty(0, dtype=np.uint32)]
    for size in np.unique(sizes[wanted]).tolist():
        which = np.flatnonzero(wanted & (sizes == size))
        block = codes[starts[which][:, None] + np.arange(size)]
        for found in without_one(block) if off else [rows(block)]:
            prints.append(found)
            owners.append(which.astype(np.uint32))
    every, row = np.concatenate(prints), np.concatenate(owners)
    order = np.lexsort((row, every))
    every, row = every[order], row[order]
    if off and len(every):  # a doubled letter may go in two ways
        once = np.concatenate(([True], (np.diff(every) != 0) | (np.diff(row) != 0)))
        every, row = every[once], row[once]
    # A misspelled name is looked up by itself, not among all stretches of a message: no sieve is worth its memory.
    return Table(prints=every, rows=row, sieve=sieve_of(every[:0] if off else every))


def _write(pages: Pages, folder: Path) -> None:
    """All or nothing: written beside and then renamed; who comes second throws their own away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".names-", dir=folder.parent))
    try:
        for name in ARRAYS:
            np.save(beside / f"{name}.npy", getattr(pages, name), allow_pickle=False)
        for name in TABLES:
            table: Table = getattr(pages, name)
            for part in PARTS:
                np.save(beside / f"{name}.{part}.npy", getattr(table, part), allow_pickle=False)
        if folder.exists():  # what could not be read
            shutil.rmtree(folder, ignore_errors=True)
        beside.replace(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _clear(folder.parent)


def _clear(keep: Path) -> None:
    """Only the newest stay: what is in use now, and what a house beside it or the version before may open."""
    made = sorted(keep.glob("names-*"), key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
    for old in made[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _read(folder: Path) -> Pages | None:
    """The kept pages, mapped and not read; None when there are none or they are not whole."""
    if not folder.is_dir():
        return None
    try:
        arrays = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
        tables = {
            name: Table(
                prints=_mapped(folder / f"{name}.prints.npy"),
                rows=_mapped(folder / f"{name}.rows.npy"),
                sieve=np.load(folder / f"{name}.sieve.npy", allow_pickle=False),
            )
            for name in TABLES
        }
    except (OSError, ValueError, EOFError) as damage:
        log.warning("the kept names in %s are damaged and made anew: %s", folder.name, damage)
        return None
    return Pages(
        letters=arrays["letters"], starts=arrays["starts"], unit=arrays["unit"], lat=arrays["lat"],
        lon=arrays["lon"], lengths=arrays["lengths"], written=tables["written"], spoken=tables["spoken"],
        one_off=tables["one_off"],
    )  # fmt: skip


def _mapped(path: Path) -> NDArray:  # type: ignore[type-arg]  # each file knows its own type
    if path.stat().st_size == 0:
        raise ValueError(f"{path.name} is empty")
    loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(loaded)
