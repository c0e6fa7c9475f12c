"""What was learned and what waits for an administrator: versions of the model, corrections by kind, proposed names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.store.tables import Correction, ModelVersion, PlaceAlias
from casecore.vocabulary import AliasState, CorrectionKind

# Newest first; older ones are for `minhu learn list`.
VERSIONS_MOST = 20
NAMES_MOST = 100
# How far back the page counts corrections.
LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One run of learning. `report` is what `minhu learn report` prints."""

    number: int
    parent: int
    created_at: datetime
    data_hash: str
    better: bool
    kept: bool
    active: bool
    report: Mapping[str, Any]

    @property
    def lessons(self) -> int:
        """From how many corrections it was learned."""
        return int(self.report.get("lessons", 0))

    @property
    def right_share(self) -> float | None:
        """Share of held-out messages whose matter is right at first; None where none were held out."""
        share = self.report.get("held", {}).get("new", {}).get("item_top1")
        return float(share) if share is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Words that may be a name for a unit."""

    id: str
    words: str
    unit_id: str
    state: AliasState
    seen: int
    proposed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """`corrections` counts (kind, role) of the last ninety days."""

    versions: tuple[Version, ...]
    proposals: tuple[Proposal, ...]
    corrections: tuple[tuple[CorrectionKind, str, int], ...]

    @property
    def active(self) -> int:
        return next((each.number for each in self.versions if each.active), 0)


async def read_learning(session: AsyncSession, now: datetime) -> Learning:
    """Everything for the page; proposals that wait come first."""
    rows = await session.scalars(
        select(ModelVersion)
        .order_by(ModelVersion.active.desc(), ModelVersion.number.desc())
        .limit(VERSIONS_MOST)
    )
    return Learning(
        versions=tuple(sorted(map(_version, rows), key=lambda each: -each.number)),
        proposals=await _proposals(session),
        corrections=await _corrections(session, now - LATELY),
    )


def _version(row: ModelVersion) -> Version:
    return Version(
        number=row.number, parent=row.parent, created_at=row.created_at, data_hash=row.data_hash,
        better=row.better, kept=bool(row.file_sha256), active=row.active, report=row.report,
    )  # fmt: skip


async def _proposals(session: AsyncSession) -> tuple[Proposal, ...]:
    rows = await session.scalars(
        select(PlaceAlias)
        .order_by(PlaceAlias.decided_at.is_not(None), PlaceAlias.seen.desc(), PlaceAlias.words, PlaceAlias.id)
        .limit(NAMES_MOST)
    )
    return tuple(
        Proposal(
            id=row.id, words=row.words, unit_id=row.unit_id, state=row.state, seen=row.seen,
            proposed_at=row.proposed_at,
        )
        for row in rows
    )  # fmt: skip


async def _corrections(session: AsyncSession, start: datetime) -> tuple[tuple[CorrectionKind, str, int], ...]:
    rows = await session.execute(
        select(Correction.kind, Correction.by_role, func.count())
        .where(Correction.at >= start)
        .group_by(Correction.kind, Correction.by_role)
        .order_by(Correction.kind, Correction.by_role)
    )
    return tuple((row[0], row[1], row[2]) for row in rows)
