"""What a case's files tell beside themselves: words read in a picture, a scanner's word, the same photo elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.files import same_photo
from casecore.reading.scope import Scope, readable, visible
from casecore.store.tables import Attachment, Case, FileState, KeptFile
from casecore.vocabulary import MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Of one file. `same` are the numbers of other cases with the same photo, as far as the reader reads them."""

    seen: str | None = None
    state: FileState = FileState.OPEN
    same: tuple[str, ...] = ()


NOTHING = Told()


async def told_of(
    session: AsyncSession, scope: Scope, case: Case, *, now: datetime, days: int
) -> Mapping[str, Told]:
    """By digest. `days` back is looked for the same photo (territory setting `same_photo_days`)."""
    rows = await session.scalars(
        select(KeptFile)
        .join(Attachment, Attachment.digest == KeptFile.digest)
        .where(Attachment.case_id == case.id)
        .distinct()
    )
    told: dict[str, Told] = {}
    for row in rows.all():
        same = (
            await _same(session, scope, case, row, now=now, days=days)
            if row.kind is MessageKind.PHOTO
            else ()
        )
        told[row.digest] = Told(seen=row.seen, state=row.state, same=same)
    return told


async def _same(
    session: AsyncSession, scope: Scope, case: Case, file: KeptFile, *, now: datetime, days: int
) -> tuple[str, ...]:
    found = await same_photo(session, file.digest, now=now, days=days, besides=case.id)
    if not found:
        return ()
    may = await session.scalars(
        select(Case.id).where(Case.id.in_([one.case_id for one in found]), visible(scope), readable(scope))
    )
    seen = set(may)
    return tuple(one.number for one in found if one.case_id in seen)
