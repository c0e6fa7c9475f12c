"""The files of the record: which are kept, who has need of each, how much a person has sent, which photos are alike.

A file is kept as long as somebody uses it. Uses are told apart by name, so that a retry counts once, and are counted
when asked; the bytes themselves are media's, swept when the last use is gone (`unused`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.store.engine import UnitOfWork
from casecore.store.tables import Attachment, Case, FileState, FileUse, KeptFile, LikenessBand
from casecore.vocabulary import MessageKind

SAME_PHOTO = 6
"""Bits that may differ between two hashes of one photo sent twice; unrelated photos differ in about 32. The index
finds up to seven."""
_BYTES = 8
_AT_A_TIME = 500
"""Digests named in one statement; SQLite allows some thousands of variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the record notes of a file. `size` in bytes; `likeness` 16 hex digits; `seen` words read in it."""

    digest: str
    kind: MessageKind
    size: int
    likeness: str | None = None
    seen: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many files of how many bytes a person has sent."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePhoto:
    """A case that holds the same photo. `distance` in bits; 0 also for the very same bytes."""

    case_id: str
    number: str
    digest: str
    role: str
    distance: int


async def keep(uow: UnitOfWork, kept: Kept, *, used_by: str, person: str | None = None) -> None:
    """Note a file and that `used_by` has need of it. What is noted already stays as it was."""
    fresh = await uow.insert_once(
        KeptFile,
        {
            "digest": kept.digest, "kind": kept.kind, "size": kept.size, "likeness": kept.likeness,
            "seen": kept.seen, "state": FileState.HELD if kept.held else FileState.OPEN, "kept_at": uow.now,
        },
        KeptFile.digest,
    )  # fmt: skip
    if fresh is not None and kept.likeness is not None:
        rows = [{"band": band, "digest": kept.digest} for band in bands(kept.likeness)]
        await uow.insert_new(
            LikenessBand, rows, (LikenessBand.band, LikenessBand.digest), (LikenessBand.band,)
        )
    await use(uow, kept.digest, used_by=used_by, person=person)


async def use(uow: UnitOfWork, digest: str, *, used_by: str, person: str | None = None) -> None:
    """One more who has need of it, if the file is noted at all."""
    if await uow.session.get(KeptFile, digest) is None:
        return
    values = {"digest": digest, "used_by": used_by, "person_id": person, "at": uow.now}
    await uow.insert_once(FileUse, values, FileUse.digest, FileUse.used_by)


async def release(uow: UnitOfWork, used_by: str) -> None:
    """`used_by` needs none of its files any more (retention, erasure): the last to go lets the sweep have them."""
    await uow.session.execute(delete(FileUse).where(FileUse.used_by == used_by))


async def uses(session: AsyncSession, digest: str) -> int:
    """The count of references."""
    return await session.scalar(select(func.count()).where(FileUse.digest == digest)) or 0


async def in_use(session: AsyncSession, digests: Sequence[str]) -> set[str]:
    """Those of the digests that somebody still needs."""
    found: set[str] = set()
    for at in range(0, len(digests), _AT_A_TIME):
        some = digests[at : at + _AT_A_TIME]
        for column in (FileUse.digest, Attachment.digest):
            found.update(await session.scalars(select(column).where(column.in_(some)).distinct()))
    return found


async def forgotten(uow: UnitOfWork, digests: Collection[str]) -> None:
    """The sweep has deleted these; the record forgets what it knew of them, unless somebody came to need one since."""
    for digest in digests:
        gone = KeptFile.digest == digest, ~exists().where(FileUse.digest == digest)
        if await uow.session.scalar(select(KeptFile.digest).where(*gone)) is not None:
            await uow.session.execute(delete(LikenessBand).where(LikenessBand.digest == digest))
            await uow.session.execute(delete(KeptFile).where(KeptFile.digest == digest))


async def sent_since(session: AsyncSession, person_id: str, since: datetime) -> Sent:
    """What a person has sent since then: each file once a message, also the same one again."""
    row = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(KeptFile.size), 0))
            .select_from(FileUse)
            .join(KeptFile, KeptFile.digest == FileUse.digest)
            .where(FileUse.person_id == person_id, FileUse.at >= since)
        )
    ).one()
    return Sent(files=row[0], bytes=row[1])


async def held(session: AsyncSession, *, most: int = 50) -> list[str]:
    """The digests that wait for the virus scanner, the longest waiting first."""
    rows = (
        select(KeptFile.digest).where(KeptFile.state == FileState.HELD).order_by(KeptFile.kept_at).limit(most)
    )
    return list(await session.scalars(rows))


async def scanned(uow: UnitOfWork, digest: str, *, infected: bool) -> None:
    """The scanner has looked."""
    state = FileState.INFECTED if infected else FileState.OPEN
    await uow.session.execute(update(KeptFile).where(KeptFile.digest == digest).values(state=state))


async def same_photo(
    session: AsyncSession, digest: str, *, now: datetime, days: int, besides: str | None = None
) -> list[SamePhoto]:
    """Cases that hold the same photo as `digest`, newest first; `besides` leaves out one case's id.

    The same by its bytes, or by its coarse light and dark up to SAME_PHOTO bits.
    """
    alike = await photos_like(session, digest)
    if not alike:
        return []
    rows = await session.execute(
        select(Case.id, Case.number, Attachment.digest, Attachment.role)
        .join(Attachment, Attachment.case_id == Case.id)
        .where(
            Attachment.digest.in_(sorted(alike)),
            Attachment.added_at >= now - timedelta(days=days),
            Case.id != (besides or ""),
        )
        .order_by(Attachment.added_at.desc(), Case.id)
    )
    found: dict[str, SamePhoto] = {}
    for case_id, number, other, role in rows:
        same = SamePhoto(case_id=case_id, number=number, digest=other, role=role, distance=alike[other])
        if case_id not in found or same.distance < found[case_id].distance:
            found[case_id] = same
    return list(found.values())


async def photos_like(session: AsyncSession, digest: str) -> dict[str, int]:
    """Digests of kept photos that show the same, itself among them, with the bits in which each differs."""
    kept = await session.get(KeptFile, digest)
    if kept is None or kept.likeness is None:
        return {digest: 0} if kept is not None else {}
    rows = await session.execute(
        select(KeptFile.digest, KeptFile.likeness)
        .join(LikenessBand, LikenessBand.digest == KeptFile.digest)
        .where(LikenessBand.band.in_(bands(kept.likeness)))
        .distinct()
    )
    near = {other: distance(kept.likeness, likeness or "") for other, likeness in rows}
    return {other: bits for other, bits in near.items() if bits <= SAME_PHOTO}


def bands(likeness: str) -> list[int]:
    """The rows under which a hash is indexed: place and value of each of its bytes."""
    return [256 * place + byte for place, byte in enumerate(bytes.fromhex(likeness))]


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two hashes differ; all of them when one is none."""
    if len(one) != len(other):
        return _BYTES * 8
    return (int(one, 16) ^ int(other, 16)).bit_count()
