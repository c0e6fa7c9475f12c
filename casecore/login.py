"""Signing in to the desk and the console: names and passwords, and the sessions that the server can end.

make_login ──► logins        sign_in ──► sessions (token in the cookie, its SHA-256 here)
sign_in    counts the attempt, checks the password outside any transaction, then writes the session
session_of who speaks with this token; None when it is unknown, ended, idle too long or too old
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.errors import Refusal
from casecore.ids import new_id, new_secret
from casecore.store.engine import Record, UnitOfWork
from casecore.store.tables import Login, WebSession

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# OWASP's password storage cheat sheet: Argon2id with 19 MiB, two passes, one lane is as strong as its
# heavier choices. 64 MiB a check would take a small server past its memory with three sign-ins at once.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1

# ASVS 5.0, 6.3.1 asks for a brake on guessing: 5 tries in a quarter of an hour are 480 a day for one name.
FAILURES_MOST = 5
LOCKED_FOR = timedelta(minutes=15)
# A working day with its lunch; and a week, after which everybody says the password again.
IDLE_MOST = timedelta(hours=12)
LASTS_MOST = timedelta(days=7)
# `seen_at` needs no better than a minute; a page with ten pictures must not be ten writes.
TOUCH_AFTER = timedelta(minutes=1)
# ASVS 5.0, 6.2.1 asks for 8 letters at least; two more cost a person little. The upper end (6.2.9 allows
# no less than 64) keeps a megabyte out of the hash.
PASSWORD_LEAST, PASSWORD_MOST = 10, 128
USERNAME_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session. `token` is for the cookie and nowhere else; it cannot be read back from the record."""

    token: str
    csrf: str
    person_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that holds now."""

    person_id: str
    csrf: str
    seen_at: datetime
    expires_at: datetime

    def to_touch(self, now: datetime) -> bool:
        """Is it time to write down that the person is still here?"""
        return now - self.seen_at >= TOUCH_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    login_id: str
    person_id: str
    password_hash: str


async def any_login(session: AsyncSession) -> bool:
    """Can anybody sign in at all?"""
    return bool(await session.scalar(select(exists().where(~Login.disabled))))


async def make_login(uow: UnitOfWork, person_id: str, username: str, password: str) -> Login:
    """Give a person a name and password. Refusal `username_invalid`, `username_taken`, `password_length`."""
    name = _name(username)
    if not name or len(name) > USERNAME_MOST or not all(c.isalnum() or c in "._-@" for c in name):
        raise Refusal("username_invalid", most=str(USERNAME_MOST))
    if await uow.session.scalar(select(Login.id).where(Login.username == name)) is not None:
        raise Refusal("username_taken", username=name)
    login = Login(
        id=new_id(), person_id=person_id, username=name, password_hash=await _hashed(password), failures=0,
        disabled=False,
    )  # fmt: skip
    uow.session.add(login)
    await uow.session.flush()
    return login


async def person_of(session: AsyncSession, username: str) -> str | None:
    """The id of the person who signs in by this name."""
    return await session.scalar(select(Login.person_id).where(Login.username == _name(username)))


async def set_password(uow: UnitOfWork, person_id: str, password: str) -> None:
    """A new password for the person's log-ins; every session of theirs ends, and a lock is lifted."""
    values = {"password_hash": await _hashed(password), "failures": 0, "locked_until": None}
    await uow.session.execute(update(Login).where(Login.person_id == person_id).values(**values))
    await sign_out_everywhere(uow, person_id)


async def set_disabled(uow: UnitOfWork, person_id: str, disabled: bool) -> None:
    """The person may (not) sign in any more; when not, every session of theirs ends at once."""
    await uow.session.execute(update(Login).where(Login.person_id == person_id).values(disabled=disabled))
    if disabled:
        await sign_out_everywhere(uow, person_id)


async def sign_in(record: Record, username: str, password: str) -> SignedIn:
    """A new session for a name and password. Refusal `login_wrong`, `login_locked` (fact `until`, ISO 8601).

    It takes the record, not a transaction: a failure must be kept although the caller gets a Refusal, and
    the hash (tens of milliseconds) must not hold up everybody who writes. The attempt is counted before
    the password is checked, so guesses made at the same time cannot outrun the lock. An unknown name costs
    the same hash as a known one. Known cost: five wrong tries tell a guesser that the name exists.
    """
    async with record.begin() as uow:
        attempt, locked_until = await _count(uow, _name(username))
    if locked_until is not None:
        raise Refusal("login_locked", until=locked_until.isoformat())
    fresh_hash = await asyncio.to_thread(_check, attempt.password_hash if attempt else None, password)
    if attempt is None or fresh_hash is None:
        raise Refusal("login_wrong")
    async with record.begin() as uow:
        return await _open_session(uow, attempt, fresh_hash)


async def session_of(session: AsyncSession, token: str, now: datetime) -> Session | None:
    """Whose session this token is; None unless it holds at `now`."""
    usable = exists().where(Login.person_id == WebSession.person_id, ~Login.disabled)
    row = await session.scalar(select(WebSession).where(WebSession.token_hash == _digest(token), usable))
    if row is None or now >= row.expires_at or now >= row.seen_at + IDLE_MOST:
        return None
    return Session(person_id=row.person_id, csrf=row.csrf, seen_at=row.seen_at, expires_at=row.expires_at)


async def touch(uow: UnitOfWork, token: str) -> None:
    """The person is here: the idle time starts anew. The absolute end stays."""
    await uow.session.execute(
        update(WebSession).where(WebSession.token_hash == _digest(token)).values(seen_at=uow.now)
    )


async def sign_out(uow: UnitOfWork, token: str) -> None:
    """This session ends."""
    await uow.session.execute(delete(WebSession).where(WebSession.token_hash == _digest(token)))


async def sign_out_everywhere(uow: UnitOfWork, person_id: str) -> None:
    """Every session of the person ends."""
    await uow.session.execute(delete(WebSession).where(WebSession.person_id == person_id))


async def _count(uow: UnitOfWork, name: str) -> tuple[_Attempt | None, datetime | None]:
    """Write the attempt down as failed until it is proven right: (what to check, until when it is locked)."""
    query = select(Login).where(Login.username == name, ~Login.disabled).with_for_update()
    login = await uow.session.scalar(query)
    if login is None:
        return None, None
    if login.locked_until is not None:
        if uow.now < login.locked_until:
            return None, login.locked_until
        login.failures, login.locked_until = 0, None
    login.failures += 1
    if login.failures >= FAILURES_MOST:
        login.locked_until = uow.now + LOCKED_FOR
    return _Attempt(login_id=login.id, person_id=login.person_id, password_hash=login.password_hash), None


async def _open_session(uow: UnitOfWork, attempt: _Attempt, fresh_hash: str) -> SignedIn:
    """The password was right: a session, no failures. Refusal when the log-in changed meanwhile."""
    values = {"failures": 0, "locked_until": None, "password_hash": fresh_hash}
    unchanged = await uow.session.scalar(
        update(Login)
        .where(Login.id == attempt.login_id, Login.password_hash == attempt.password_hash, ~Login.disabled)
        .values(**values)
        .returning(Login.id)
    )
    if unchanged is None:
        raise Refusal("login_wrong")
    await uow.session.execute(delete(WebSession).where(WebSession.expires_at <= uow.now))
    token, csrf, ends = new_secret(32), new_secret(24), uow.now + LASTS_MOST
    uow.session.add(
        WebSession(
            token_hash=_digest(token), person_id=attempt.person_id, csrf=csrf, created_at=uow.now,
            seen_at=uow.now, expires_at=ends,
        )
    )  # fmt: skip
    await uow.session.flush()
    return SignedIn(token=token, csrf=csrf, person_id=attempt.person_id, expires_at=ends)


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


async def _hashed(password: str) -> str:
    plain = _plain(password)
    if not PASSWORD_LEAST <= len(plain) <= PASSWORD_MOST:
        raise Refusal("password_length", least=str(PASSWORD_LEAST), most=str(PASSWORD_MOST))
    return await asyncio.to_thread(lambda: _hasher().hash(plain))


def _check(expected: str | None, password: str) -> str | None:
    """The hash to keep when the password fits, else None. Without `expected` it only takes the time."""
    from argon2.exceptions import InvalidHashError, VerificationError

    hasher, plain = _hasher(), _plain(password)
    if expected is None or len(plain) > PASSWORD_MOST:
        hasher.hash(plain[:PASSWORD_MOST])
        return None
    try:
        hasher.verify(expected, plain)
    except (VerificationError, InvalidHashError):
        return None
    return hasher.hash(plain) if hasher.check_needs_rehash(expected) else expected


def _plain(password: str) -> str:
    """One spelling for what different keyboards send (NIST SP 800-63B, 5.1.1.2 asks for NFKC or NFKD)."""
    return unicodedata.normalize("NFKC", password)


def _name(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
