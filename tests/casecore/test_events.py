"""The case's file: chained, checked, and closed to the pen that would change it (R12.4, reliability E36)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from casecore.errors import ChainBroken
from casecore.events import digest, events_of, record, verify
from casecore.ids import new_id
from casecore.messages import InboundMessage
from casecore.parties import conversation_for
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Case, CaseEvent
from casecore.vocabulary import EventKind, MessageKind, Side, State, Urgency

SAID: dict[str, Any] = {
    "text": "路灯坏了 🧓 \"quoted\"\n", "score": 1.0, "small": 1e-9, "large": 1e22, "nothing": 0.0, "minus": -0.0,
    "third": 1 / 3, "yes": True, "list": [1, [2.5, None], {}], "nested": {"b": {"z": 1, "a": "é"}, "10": 1, "9": 2},
}  # fmt: skip


async def case_in(uow: UnitOfWork) -> Case:
    message = InboundMessage(
        channel="web", account="r", external_id="0", address="wang", side=Side.RESIDENT, kind=MessageKind.TEXT,
        sent_at=uow.now,
    )  # fmt: skip
    chat = await conversation_for(uow, message)
    case = Case(
        id=new_id(), number=f"MH-{new_id()[-12:]}", state=State.SUBMITTED, urgency=Urgency.NORMAL, kind="request",
        lang="en", text="x", requester_id=chat.person_id, conversation_id=chat.id, t0=uow.now, due_at=uow.now,
        events=0, head_hash="", created_at=uow.now, updated_at=uow.now,
    )  # fmt: skip
    uow.session.add(case)
    await uow.session.flush()
    return case


@pytest.fixture
async def case_id(record: Record) -> str:
    """A case with five events."""
    return await five_events(record)


async def five_events(opened: Record) -> str:
    async with opened.begin() as uow:
        case = await case_in(uow)
        for kind in (
            EventKind.SUBMITTED,
            EventKind.DISPATCHED,
            EventKind.ACCEPTED,
            EventKind.PROGRESS,
            EventKind.DONE,
        ):
            await record(uow, case, kind, actor="p", unit_id="u", left_out=None, **SAID)
    return case.id


async def check(opened: Record, case_id: str) -> None:
    async with opened.read() as session:
        verify(await session.get_one(Case, case_id), await events_of(session, case_id))


async def forge(opened: Record, *statements: Any) -> None:
    """What an intruder with the database's own rights could do: the triggers are taken away first."""
    async with opened.begin() as uow:
        if opened.dialect == "sqlite":
            for verb in ("update", "delete"):
                await uow.session.execute(text(f"DROP TRIGGER case_events_no_{verb}"))
        else:
            await uow.session.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            await uow.session.execute(statement)
        if opened.dialect == "postgresql":
            await uow.session.execute(text("SET session_replication_role = origin"))


async def test_a_chain_verifies_after_a_round_trip(record: Record, case_id: str) -> None:
    """Numbers, keys and letters come back from either database as they were hashed."""
    await check(record, case_id)
    async with record.read() as session:
        event = (await events_of(session, case_id))[0]
    assert "left_out" not in event.data
    assert event.data["nested"] == SAID["nested"]


async def test_an_event_dated_by_rule_is_hashed_in_utc(record: Record) -> None:
    from casecore.events import record as write

    async with record.begin() as uow:
        case = await case_in(uow)
        when = datetime(2024, 3, 4, 14, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
        await write(uow, case, EventKind.DEEMED_ACCEPTED, at=when)
    await check(record, case.id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"actor": "q"}, "event 3 (accepted): was changed"),
        ({"unit_id": None}, "event 3 (accepted): was changed"),
        ({"data": {**SAID, "score": 1.5}}, "event 3 (accepted): was changed"),
        ({"data": {}}, "event 3 (accepted): was changed"),
        ({"kind": EventKind.ASKED}, "event 3 (asked): was changed"),
        ({"at": datetime(2024, 3, 4, tzinfo=ZoneInfo("UTC"))}, "event 3 (accepted): was changed"),
        ({"prev_hash": "0" * 64}, "event 3 (accepted): was changed"),
        ({"hash": "0" * 64}, "event 3 (accepted): was changed"),
        ({"n": 9}, "event 4 (progress): event 3 is missing"),
    ],
)
async def test_a_changed_event_is_named(
    record: Record, case_id: str, change: dict[str, Any], said: str
) -> None:
    await forge(
        record, update(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == 3).values(**change)
    )
    with pytest.raises(ChainBroken) as broken:
        await check(record, case_id)
    assert said in str(broken.value)


async def test_a_change_whose_hash_was_made_anew_is_found_at_the_next_event(
    record: Record, case_id: str
) -> None:
    async with record.read() as session:
        event = (await events_of(session, case_id))[2]
    event.actor = "q"
    changed = {"actor": "q", "hash": digest(event)}
    await forge(
        record, update(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == 3).values(**changed)
    )
    with pytest.raises(ChainBroken, match=r"event 4 \(progress\)"):
        await check(record, case_id)


async def test_a_chain_that_was_hashed_anew_is_found(record: Record, case_id: str) -> None:
    """Repointing the next event breaks that event; rewriting all to the end misses the hash that the case keeps."""
    async with record.read() as session:
        rewritten = (await events_of(session, case_id))[2:]
    rewritten[0].actor = "q"
    steps = []
    for earlier, event in zip([None, *rewritten], rewritten, strict=False):
        event.prev_hash = earlier.hash if earlier else event.prev_hash
        old, event.hash = event.hash, digest(event)
        assert event.hash != old
        place = update(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == event.n)
        steps.append(place.values(actor=event.actor, prev_hash=event.prev_hash, hash=event.hash))
    repointed = update(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == 4)
    await forge(record, steps[0], repointed.values(prev_hash=rewritten[0].hash))
    with pytest.raises(ChainBroken, match=r"event 4 \(progress\): was changed"):
        await check(record, case_id)
    async with record.begin() as uow:
        for step in steps if record.dialect == "sqlite" else ():
            await uow.session.execute(step)
    if record.dialect == "postgresql":
        await forge(record, *steps)
    with pytest.raises(ChainBroken, match="5 events were written"):
        await check(record, case_id)


@pytest.mark.parametrize(
    ("gone", "said"),
    [(1, "event 1 is missing"), (3, "event 3 is missing"), (5, "5 events were written, 4 are there")],
)
async def test_a_removed_event_is_missed(record: Record, case_id: str, gone: int, said: str) -> None:
    await forge(record, delete(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == gone))
    with pytest.raises(ChainBroken, match=said):
        await check(record, case_id)


async def test_an_event_put_in_is_found(record: Record, case_id: str) -> None:
    async with record.read() as session:
        last = (await events_of(session, case_id))[-1]
    forged = CaseEvent(
        case_id=case_id, n=6, kind=EventKind.RATED, at=last.at, actor="p", unit_id=None, data={"stars": 5},
        prev_hash=last.hash, hash="",
    )  # fmt: skip
    values = {
        column: getattr(forged, column)
        for column in ("case_id", "n", "kind", "at", "actor", "data", "prev_hash")
    }
    await forge(record, insert(CaseEvent).values(**values, hash=digest(forged)))
    with pytest.raises(ChainBroken, match="5 events were written, 6 are there"):
        await check(record, case_id)


@pytest.mark.parametrize(
    "attack", ["UPDATE case_events SET actor = 'q'", "DELETE FROM case_events", "TRUNCATE case_events"]
)
async def test_the_database_refuses_to_change_the_file(record: Record, case_id: str, attack: str) -> None:
    if record.dialect == "sqlite" and attack.startswith("TRUNCATE"):
        pytest.skip("SQLite knows no TRUNCATE")
    with pytest.raises(DBAPIError, match="case_events is append-only"):
        async with record.begin() as uow:
            await uow.session.execute(text(attack))
    await check(record, case_id)


async def test_two_cases_have_chains_of_their_own(record: Record, case_id: str) -> None:
    other = await five_events(record)
    await forge(record, delete(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.n == 5))
    await check(record, other)
    async with record.read() as session:
        assert len(list(await session.scalars(select(CaseEvent.seq)))) == 9


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def event_with(data: Any) -> CaseEvent:
    return CaseEvent(
        case_id="c", n=1, kind=EventKind.PROGRESS, at=datetime(2024, 3, 4, tzinfo=ZoneInfo("UTC")), actor=None,
        unit_id=None, data={"said": data}, prev_hash="",
    )  # fmt: skip


@given(JSON, JSON)
def test_different_words_have_different_hashes(one: Any, other: Any) -> None:
    """Equal hashes only for values that a database could confuse (1 and 1.0, 0.0 and -0.0)."""
    same = digest(event_with(one)) == digest(event_with(other))
    assert same == (repr_of(one) == repr_of(other))


def repr_of(value: Any) -> str:
    """A second, independent spelling: types said, whole floats as integers."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{repr_of(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(repr_of, value)) + "]"
    return repr(int(value)) if isinstance(value, float) and value == int(value) else repr(value)
