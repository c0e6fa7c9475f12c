"""Submit: the resident confirmed (or silence or danger spoke for them), and a case exists from now on (R1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from casecore import deadlines
from casecore.acts.attach import attach
from casecore.events import record
from casecore.ids import new_id
from casecore.messages import FileRef, Point
from casecore.offers import resident_buttons
from casecore.outbox import owe
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case, Counter
from casecore.telling import cause_of, to_resident
from casecore.territory.model import Territory
from casecore.vocabulary import STAGE_OF, EventKind, Level, Notice, State, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Everything known of a request when it becomes a case. `because` is the evidence of the understanding."""

    conversation_id: str
    requester_id: str
    text: str
    lang: str
    item_code: str | None
    item_probability: float | None
    urgency: Urgency
    place_unit: str | None
    place_text: str
    place_probability: float | None
    point: Point | None = None
    because: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileRef, ...] = ()
    needs_triage: bool = False
    linked_id: str | None = None
    source: str = "chat"
    how: str = "confirmed"
    """`confirmed`, `silence` or `emergency`: what stood for the resident's yes."""


async def submit(uow: UnitOfWork, territory: Territory, request: Registration) -> Case:
    """Open the case, number it, write its first event and owe the receipt."""
    item = territory.items.get(request.item_code or "")
    stage = STAGE_OF[item.start_level if item else Level.DISTRICT]
    case = Case(
        id=new_id(), number=await _next_number(uow, territory), state=State.SUBMITTED, urgency=request.urgency,
        kind=item.kind if item else "request", source=request.source, lang=request.lang,
        sensitive=item.sensitive if item else False, needs_triage=request.needs_triage,
        item_code=request.item_code, item_probability=request.item_probability, text=request.text,
        because=dict(request.because), place_unit=request.place_unit, place_text=request.place_text,
        place_probability=request.place_probability,
        lat=request.point.lat if request.point else None, lon=request.point.lon if request.point else None,
        requester_id=request.requester_id, conversation_id=request.conversation_id, linked_id=request.linked_id,
        stage=stage, t0=uow.now, due_at=deadlines.stage_due(territory.levels, stage, uow.now),
        events=0, head_hash="", epoch=0, round=1, reopenings=0, returns_upheld=0, supervisions=0, urges=0,
        designated=False, result="", created_at=uow.now, updated_at=uow.now,
    )  # fmt: skip
    uow.session.add(case)
    await uow.session.flush()
    for file in request.files:
        await attach(uow, case, file, role="evidence", by=request.requester_id)
    await record(
        uow, case, EventKind.SUBMITTED, actor=request.requester_id, how=request.how, text=request.text,
        item=request.item_code, item_probability=request.item_probability, urgency=request.urgency.value,
        place=request.place_unit, place_text=request.place_text, because=dict(request.because),
        linked=request.linked_id, files=[file.digest for file in request.files if file.digest],
    )  # fmt: skip
    await owe(uow, to_resident(case, Notice.SUBMITTED, cause=cause_of(case), buttons=resident_buttons(case)))
    uow.ring(Tray.CASES)
    return case


async def _next_number(uow: UnitOfWork, territory: Territory) -> str:
    """`MH-20261123-000123`: the local day and a running number; never reused, never the key of a link."""
    day: datetime = uow.now.astimezone(territory.zone)
    name = f"case/{day:%Y%m%d}"
    insert = sqlite_insert if uow.dialect == "sqlite" else pg_insert
    value = await uow.session.scalar(
        insert(Counter)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=[Counter.name], set_={"value": Counter.value + 1})
        .returning(Counter.value)
    )
    return f"MH-{day:%Y%m%d}-{value:06d}"
