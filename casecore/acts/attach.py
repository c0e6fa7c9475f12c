"""Attach: a file joins the case's file, once, as what the resident showed or what the handler proved."""

from __future__ import annotations

from casecore import files
from casecore.ids import new_id
from casecore.messages import FileRef
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Attachment, Case


async def attach(uow: UnitOfWork, case: Case, file: FileRef, *, role: str, by: str | None) -> None:
    """`role` is `evidence` or `proof`. A file that media refused has no digest and is told in the event instead."""
    if file.digest is None:
        return
    values = {
        "id": new_id(), "case_id": case.id, "digest": file.digest, "kind": file.kind, "role": role,
        "round": case.round, "by_person": by, "added_at": uow.now, "words": file.words,
    }  # fmt: skip
    await uow.insert_once(Attachment, values, Attachment.case_id, Attachment.digest, Attachment.role)
    await files.use(uow, file.digest, used_by=f"case/{case.id}")
