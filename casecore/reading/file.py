"""The file of one case (一事一档), as one value: the case, its stays, events, files and letters.

Whoever may not read a sensitive case in full gets the same value with nothing in it beyond number, town,
category and clocks: what is not there cannot be shown by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import ChainBroken
from casecore.events import events_of, verify
from casecore.reading.cases import line_of
from casecore.reading.contents import CaseFile, Details, Happened, Letter, Shown, Stay, Told
from casecore.reading.merging import read_merging
from casecore.reading.pictures import NOTHING, told_of
from casecore.reading.pictures import Told as FileTold
from casecore.reading.scope import Scope, reads_in_full, visible
from casecore.store.tables import (
    Assignment,
    Attachment,
    Case,
    CaseEvent,
    Correspondence,
    OutboxRow,
    Person,
)
from casecore.territory.model import Territory
from casecore.why import explain

# A case with more letters than this is read in the export; the page shows the newest.
LETTERS_MOST = 200


async def read_file(
    session: AsyncSession, territory: Territory, scope: Scope, number: str, now: datetime
) -> CaseFile | None:
    """The file of the case with this number; None when there is none or the person may not know of it."""
    case = await session.scalar(select(Case).where(Case.number == number.strip().upper(), visible(scope)))
    if case is None:
        return None
    events = await events_of(session, case.id)
    names = await _names(session, case, events)
    line = line_of(territory, scope, case, names.get(case.person_id or "", ""), now)
    broken = _broken(case, events)
    if line.masked:
        return CaseFile(id=case.id, line=line, details=None, event_count=case.events, broken=broken)
    return CaseFile(
        id=case.id,
        line=line,
        details=await _details(session, case, names),
        stays=await _stays(session, case, names, now),
        events=tuple(_happened(event, names) for event in events),
        files=await _files(
            session,
            case,
            names,
            await told_of(session, scope, case, now=now, days=territory.levels.same_photo_days),
        ),
        letters=await _letters(session, case),
        told=await _told(session, case),
        event_count=case.events,
        head_hash=case.head_hash,
        broken=broken,
        merging=await read_merging(session, scope, case),
        why=explain(territory, case, events),
    )


async def may_see_file(session: AsyncSession, scope: Scope, number: str, digest: str) -> bool:
    """May this person see this file: does it belong to a case that they read in full?"""
    case = await session.scalar(
        select(Case)
        .join(Attachment, Attachment.case_id == Case.id)
        .where(Case.number == number.upper(), Attachment.digest == digest, visible(scope))
        .limit(1)
    )
    return case is not None and reads_in_full(scope, case)


def masked_phone(phone: str | None) -> str:
    """`138****5678`: enough to recognise, too little to call or to collect."""
    digits = phone or ""
    return f"{digits[:3]}****{digits[-2:]}" if len(digits) > 6 else "*" * len(digits)


def _broken(case: Case, events: Sequence[CaseEvent]) -> str | None:
    try:
        verify(case, events)
    except ChainBroken as broken:
        return str(broken)
    return None


async def _names(session: AsyncSession, case: Case, events: Iterable[CaseEvent]) -> dict[str, str]:
    """Names of everybody whom the file mentions."""
    ids = {case.person_id, case.requester_id, case.first_person}
    for event in events:
        ids.update((event.actor, event.data.get("person")))
        ids.update(event.data.get("people") or ())
    ids.update(
        await session.scalars(select(Attachment.by_person).where(Attachment.case_id == case.id).distinct())
    )
    found = await session.execute(
        select(Person.id, Person.name).where(Person.id.in_({one for one in ids if isinstance(one, str)}))
    )
    return {row.id: row.name for row in found}


async def _details(session: AsyncSession, case: Case, names: Mapping[str, str]) -> Details:
    phone = await session.scalar(select(Person.phone).where(Person.id == case.requester_id))
    linked = None
    if case.linked_id is not None:
        linked = await session.scalar(select(Case.number).where(Case.id == case.linked_id))
    return Details(
        kind=case.kind,
        requester=names.get(case.requester_id, ""),
        phone=masked_phone(phone),
        t0=case.t0,
        response_due=case.response_due,
        responded_at=case.responded_at,
        stage=case.stage,
        stage_due=case.stage_due,
        done_at=case.done_at,
        closed_at=case.closed_at,
        close_reason=case.close_reason,
        round=case.round,
        rating=case.rating,
        solved=case.solved,
        result=case.result,
        urges=case.urges,
        supervisions=case.supervisions,
        designated=case.designated,
        first_unit=case.first_unit,
        first_person=names.get(case.first_person or "", ""),
        item_probability=case.item_probability,
        place_probability=case.place_probability,
        lat=case.lat,
        lon=case.lon,
        because=case.because,
        linked=linked,
    )


async def _stays(
    session: AsyncSession, case: Case, names: Mapping[str, str], now: datetime
) -> tuple[Stay, ...]:
    rows = await session.execute(
        select(Assignment, Person.name)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .where(Assignment.case_id == case.id)
        .order_by(Assignment.arrived_at, Assignment.id)
    )
    return tuple(
        Stay(
            unit_id=row.unit_id,
            level=row.level,
            stage=row.stage,
            person=person or "",
            round=row.round,
            arrived_at=row.arrived_at,
            accepted_at=row.accepted_at,
            deemed=row.deemed,
            due_at=row.due_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            late=(row.ended_at or now) > row.due_at,
        )
        for row, person in rows
    )


def _happened(event: CaseEvent, names: Mapping[str, str]) -> Happened:
    data = dict(event.data)
    if isinstance(data.get("person"), str):
        data["person"] = names.get(data["person"], "")
    if isinstance(data.get("people"), list):
        data["people"] = [names.get(person, "") for person in data["people"]]
    return Happened(
        n=event.n,
        kind=event.kind,
        at=event.at,
        who=names.get(event.actor or "", ""),
        by_house=event.actor is None,
        unit_id=event.unit_id,
        data=data,
        hash=event.hash,
    )


async def _files(
    session: AsyncSession, case: Case, names: Mapping[str, str], told: Mapping[str, FileTold]
) -> tuple[Shown, ...]:
    rows = await session.scalars(
        select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at, Attachment.id)
    )
    return tuple(
        Shown(
            digest=row.digest,
            kind=row.kind,
            role=row.role,
            round=row.round,
            by=names.get(row.by_person or "", ""),
            added_at=row.added_at,
            words=row.words,
            seen=told.get(row.digest, NOTHING).seen,
            state=told.get(row.digest, NOTHING).state,
            same=told.get(row.digest, NOTHING).same,
        )
        for row in rows
    )


async def _letters(session: AsyncSession, case: Case) -> tuple[Letter, ...]:
    rows = await session.scalars(
        select(Correspondence)
        .where(Correspondence.case_id == case.id)
        .order_by(Correspondence.seq.desc())
        .limit(LETTERS_MOST)
    )
    return tuple(
        Letter(
            direction=row.direction,
            at=row.at,
            notice=row.notice,
            text=str(row.body.get("text") or ""),
        )
        for row in reversed(rows.all())
    )


async def _told(session: AsyncSession, case: Case) -> tuple[Told, ...]:
    rows = await session.execute(
        select(OutboxRow, Person.name)
        .outerjoin(Person, Person.id == OutboxRow.person_id)
        .where(OutboxRow.case_id == case.id)
        .order_by(OutboxRow.id.desc())
        .limit(LETTERS_MOST)
    )
    told = [
        Told(notice=row.notice, to=person or "", at=row.created_at, state=row.state, sent_at=row.sent_at)
        for row, person in rows
    ]
    return tuple(reversed(told))
