"""Signing in: what is kept, who is refused, and when a session ends."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from casecore import login, parties
from casecore.clock import ScriptClock
from casecore.errors import Refusal
from casecore.store.engine import Record
from casecore.store.tables import Login, WebSession

PASSWORD = "correct horse 电池"


@pytest.fixture
async def person(record: Record) -> str:
    """Ann, who signs in as `ann`."""
    async with record.begin() as uow:
        ann = await parties.add_person(uow, name="Ann", lang="en")
        await login.make_login(uow, ann.id, "Ann", PASSWORD)
    return ann.id


async def session_of(record: Record, clock: ScriptClock, token: str) -> login.Session | None:
    async with record.read() as session:
        return await login.session_of(session, token, clock.now())


async def refused(record: Record, username: str, password: str) -> str:
    with pytest.raises(Refusal) as refusal:
        await login.sign_in(record, username, password)
    return refusal.value.reason


async def test_the_right_password_opens_a_session_of_which_only_the_hash_is_kept(
    record: Record, clock: ScriptClock, person: str
) -> None:
    signed_in = await login.sign_in(record, " ANN ", PASSWORD)
    found = await session_of(record, clock, signed_in.token)
    assert found is not None and found.person_id == person and found.csrf == signed_in.csrf
    async with record.read() as session:
        row = (await session.scalars(select(WebSession))).one()
        kept = await session.scalar(select(Login.password_hash))
    assert row.token_hash == hashlib.sha256(signed_in.token.encode()).hexdigest()
    assert kept is not None and kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_composed_and_a_decomposed_password_are_the_same(record: Record) -> None:
    async with record.begin() as uow:
        bo = await parties.add_person(uow, name="Bo", lang="en")
        await login.make_login(uow, bo.id, "bo", "caf\u00e9 caf\u00e9 caf\u00e9")
    assert (await login.sign_in(record, "bo", "cafe\u0301 cafe\u0301 cafe\u0301")).person_id == bo.id


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer_for_the_same_work(
    record: Record, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    real_hash, real_verify = PasswordHasher.hash, PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "hash", lambda *a, **k: work.append("hash") or real_hash(*a, **k))
    monkeypatch.setattr(PasswordHasher, "verify", lambda *a: work.append("verify") or real_verify(*a))
    assert await refused(record, "ann", "wrong wrong wrong") == "login_wrong"
    assert await refused(record, "nobody", "wrong wrong wrong") == "login_wrong"
    assert work == ["verify", "hash"]


async def test_five_failures_lock_the_name_for_a_quarter_of_an_hour(
    record: Record, clock: ScriptClock, person: str
) -> None:
    for _ in range(5):
        assert await refused(record, "ann", "wrong wrong wrong") == "login_wrong"
    assert await refused(record, "ann", PASSWORD) == "login_locked"
    clock.set(clock.now() + timedelta(minutes=15))
    assert (await login.sign_in(record, "ann", PASSWORD)).person_id == person


async def test_a_success_forgets_earlier_failures(record: Record, person: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert await refused(record, "ann", "wrong wrong wrong") == "login_wrong"
        await login.sign_in(record, "ann", PASSWORD)


async def test_guesses_made_at_the_same_time_do_not_outrun_the_lock(
    record: Record, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []
    real = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *a: checked.append(1) or real(*a))
    answers = await asyncio.gather(*(refused(record, "ann", f"guess number {n}") for n in range(12)))
    assert len(checked) == 5
    assert sorted(answers) == ["login_locked"] * 7 + ["login_wrong"] * 5


async def test_a_session_ends_after_twelve_idle_hours(
    record: Record, clock: ScriptClock, person: str
) -> None:
    token = (await login.sign_in(record, "ann", PASSWORD)).token
    clock.set(clock.now() + login.IDLE_MOST - timedelta(seconds=1))
    assert await session_of(record, clock, token) is not None
    clock.set(clock.now() + timedelta(seconds=1))
    assert await session_of(record, clock, token) is None


async def test_use_extends_the_idle_time_but_never_the_week(
    record: Record, clock: ScriptClock, person: str
) -> None:
    token = (await login.sign_in(record, "ann", PASSWORD)).token
    ends = clock.now() + login.LASTS_MOST
    while clock.now() + timedelta(hours=11) < ends:
        clock.set(clock.now() + timedelta(hours=11))
        async with record.begin() as uow:
            await login.touch(uow, token)
        assert await session_of(record, clock, token) is not None
    clock.set(ends)
    assert await session_of(record, clock, token) is None


async def test_each_sign_in_makes_a_token_of_its_own_and_one_can_end_alone(
    record: Record, clock: ScriptClock, person: str
) -> None:
    first, second = [await login.sign_in(record, "ann", PASSWORD) for _ in range(2)]
    assert first.token != second.token and first.csrf != second.csrf
    async with record.begin() as uow:
        await login.sign_out(uow, first.token)
    assert await session_of(record, clock, first.token) is None
    assert await session_of(record, clock, second.token) is not None


@pytest.mark.parametrize("how", ["everywhere", "disabled", "password"])
async def test_what_ends_every_session_of_a_person_at_once(
    record: Record, clock: ScriptClock, person: str, how: str
) -> None:
    tokens = [(await login.sign_in(record, "ann", PASSWORD)).token for _ in range(2)]
    async with record.begin() as uow:
        if how == "everywhere":
            await login.sign_out_everywhere(uow, person)
        elif how == "disabled":
            await login.set_disabled(uow, person, True)
        else:
            await login.set_password(uow, person, "another password")
    assert [await session_of(record, clock, token) for token in tokens] == [None, None]


async def test_who_is_disabled_does_not_sign_in(record: Record, person: str) -> None:
    async with record.begin() as uow:
        await login.set_disabled(uow, person, True)
    assert await refused(record, "ann", PASSWORD) == "login_wrong"


async def test_a_made_up_token_is_nobody(record: Record, clock: ScriptClock, person: str) -> None:
    assert await session_of(record, clock, "x" * 43) is None


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("ANN", PASSWORD, "username_taken"),
        ("", PASSWORD, "username_invalid"),
        ("a b", PASSWORD, "username_invalid"),
        ("<b>", PASSWORD, "username_invalid"),
        ("x" * 61, PASSWORD, "username_invalid"),
        ("bob", "too short", "password_length"),
        ("bob", "x" * 129, "password_length"),
    ],
)
async def test_names_and_passwords_that_are_not_taken(
    record: Record, person: str, username: str, password: str, reason: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        async with record.begin() as uow:
            await login.make_login(uow, person, username, password)
    assert refusal.value.reason == reason
