"""Versions of the model that understands: what each was learned from, how it measured, and which one is in force.

Version 0 is the shipped model: it has no row, and is in force while no row is active. The files lie in the data
folder; the record knows their SHA-256, and is the one place that says which of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import Refusal
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import ModelVersion

SHIPPED = 0


async def active(session: AsyncSession) -> ModelVersion | None:
    """The version in force; None is the shipped one."""
    return await session.scalar(select(ModelVersion).where(ModelVersion.active))


async def versions(session: AsyncSession) -> Sequence[ModelVersion]:
    """All of them, the newest first."""
    return (await session.scalars(select(ModelVersion).order_by(ModelVersion.number.desc()))).all()


async def version(session: AsyncSession, number: int) -> ModelVersion | None:
    return await session.get(ModelVersion, number)


async def next_number(session: AsyncSession) -> int:
    return (await session.scalar(select(func.max(ModelVersion.number))) or SHIPPED) + 1


async def add(
    uow: UnitOfWork, *, number: int, parent: int, data_hash: str, file_sha256: str, better: bool,
    report: dict[str, Any],
) -> ModelVersion:  # fmt: skip
    """Write down a run of learning. It is not in force yet."""
    row = ModelVersion(
        number=number, parent=parent, created_at=uow.now, data_hash=data_hash, file_sha256=file_sha256,
        better=better, active=False, report=report,
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    return row


async def activate(uow: UnitOfWork, number: int) -> None:
    """From now on this version understands; 0 is the shipped one. Refusal for one that is not there or was not kept."""
    row = None if number == SHIPPED else await uow.session.get(ModelVersion, number)
    if number != SHIPPED and (row is None or not row.file_sha256):
        raise Refusal("version_unknown", version=str(number))
    await uow.session.execute(update(ModelVersion).where(ModelVersion.active).values(active=False))
    if row is not None:
        await uow.session.refresh(row)
        row.active, row.activated_at = True, uow.now
    await uow.session.flush()
    uow.ring(Tray.LEARNED)
