"""Corrections: a judgement that somebody put right becomes an example to learn from, and place words a proposal.

    card, return, triage, reclassification ─► corrections ─► `minhu learn`
                                          └─► place_aliases (proposed) ─► an administrator ─► the finder of places

Nothing of a sensitive case is kept here (R12), and of any other only words without names and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casecore.authority import Actor
from casecore.errors import Refusal
from casecore.ids import new_id
from casecore.redaction import MASK, redacted
from casecore.store.bells import Tray
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case, Correction, Person, PlaceAlias
from casecore.territory.model import Territory
from casecore.vocabulary import AliasState, CorrectionKind, Role, Side

# The roles that correct, the highest first: a person with two posts corrects by the higher.
RANK: tuple[Role, ...] = (
    Role.DISTRICT_CMD, Role.DISTRICT_DESK, Role.TOWN_CMD, Role.TOWN_DESK, Role.DEPT_HEAD, Role.DEPT_LIAISON,
    Role.VILLAGE_SEC, Role.VILLAGE_DESK, Role.GRID_LEAD, Role.GRID_FULL, Role.GRID_PART, Role.MICRO_LEAD,
)  # fmt: skip
# A name people use is short; longer words are a description of the way.
ALIAS_LEAST, ALIAS_MOST = 2, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was judged and what is right. None where that side was not corrected."""

    kind: CorrectionKind
    item_before: str | None = None
    item_after: str | None = None
    unit_before: str | None = None
    unit_after: str | None = None
    place_words: str = ""


async def note(uow: UnitOfWork, territory: Territory, case: Case, by: Actor, what: Corrected) -> None:
    """Keep the example, and propose the place's name if words were understood as another place."""
    if case.sensitive or _sensitive(territory, what.item_before) or _sensitive(territory, what.item_after):
        return
    names = await _names(uow.session, case)
    words = redacted(what.place_words, names=names)[:300]
    uow.session.add(
        Correction(
            id=new_id(), case_id=case.id, kind=what.kind, at=uow.now, by_role=role_of(by), by_person=by.person_id,
            text=redacted(case.text, names=names), item_before=what.item_before, item_after=what.item_after,
            unit_before=what.unit_before, unit_after=what.unit_after, place_words=words,
            model_version=version_of(case),
        )
    )  # fmt: skip
    await uow.session.flush()
    if what.unit_after is not None and what.unit_after != what.unit_before:
        await _propose(uow, territory, words, what.unit_after)


def role_of(by: Actor) -> str:
    """As what somebody corrected: `resident`, a role of roles.csv, or `house`."""
    if by.side is Side.RESIDENT:
        return Role.RESIDENT.value
    held = {post.role for post in by.posts}
    return next((role.value for role in RANK if role in held), "house")


def version_of(case: Case) -> int:
    """The model that understood the case; cases from before versions were counted have the shipped one."""
    version = case.because.get("model", 0)
    return version if isinstance(version, int) else 0


def _sensitive(territory: Territory, code: str | None) -> bool:
    item = territory.items.get(code or "")
    return item is not None and item.sensitive


async def _names(session: AsyncSession, case: Case) -> list[str]:
    """Names of the people of the case."""
    ids = {case.requester_id, case.person_id, case.first_person, case.answer_person} - {None}
    return list(await session.scalars(select(Person.name).where(Person.id.in_(ids))))


async def _propose(uow: UnitOfWork, territory: Territory, words: str, unit_id: str) -> None:
    """`words` may be a name for the unit, unless they are one already or say too much or too little."""
    words = words.strip(" ,，.。!！?？、")
    unit = territory.units.get(unit_id)
    if unit is None or MASK in words or not ALIAS_LEAST <= len(words) <= ALIAS_MOST or _has_digit(words):
        return
    if _is_name(territory, words, unit_id):
        return
    known = await uow.session.scalar(
        select(PlaceAlias).where(PlaceAlias.words == words, PlaceAlias.unit_id == unit_id)
    )
    if known is not None:
        known.seen += 1
        return
    uow.session.add(
        PlaceAlias(
            id=new_id(), words=words, unit_id=unit_id, state=AliasState.PROPOSED, seen=1, proposed_at=uow.now
        )
    )
    await uow.session.flush()


def _has_digit(words: str) -> bool:
    return any(letter.isdigit() for letter in words)


def _is_name(territory: Territory, words: str, unit_id: str) -> bool:
    """Do the words name another unit officially, or this one already?"""
    for unit in territory.units.values():
        if words in unit.names.values():
            return True
        if unit.id == unit_id and words in unit.aliases:
            return True
    return False


# -- reading


async def since(session: AsyncSession, start: datetime) -> Sequence[tuple[Correction, Case]]:
    """Every correction from `start` on with its case as it stands, the oldest first."""
    rows = await session.execute(
        select(Correction, Case)
        .join(Case, Case.id == Correction.case_id)
        .where(Correction.at >= start)
        .order_by(Correction.at, Correction.id)
    )
    return [(row[0], row[1]) for row in rows]


async def recent_cases(session: AsyncSession, most: int) -> Sequence[Case]:
    """The newest cases that are not sensitive: what a new model is tried on before it judges anybody."""
    rows = await session.scalars(
        select(Case)
        .where(Case.sensitive.is_(False))
        .order_by(Case.created_at.desc(), Case.id.desc())
        .limit(most)
    )
    return rows.all()


async def names_of(session: AsyncSession, cases: Sequence[Case]) -> list[str]:
    """Names of everybody in these cases, to be masked."""
    ids = {each for case in cases for each in (case.requester_id, case.person_id) if each}
    return list(await session.scalars(select(Person.name).where(Person.id.in_(ids))))


# -- proposals


async def confirmed(session: AsyncSession) -> Sequence[PlaceAlias]:
    """The names that an administrator has confirmed."""
    rows = await session.scalars(
        select(PlaceAlias)
        .where(PlaceAlias.state == AliasState.CONFIRMED)
        .order_by(PlaceAlias.words, PlaceAlias.unit_id)
    )
    return rows.all()


async def stamp(session: AsyncSession) -> tuple[int, datetime | None]:
    """Changes whenever another name is confirmed or one is taken back."""
    row = (
        await session.execute(
            select(func.count(), func.max(PlaceAlias.decided_at)).where(PlaceAlias.decided_at.is_not(None))
        )
    ).one()
    return int(row[0]), row[1]


async def decide(uow: UnitOfWork, territory: Territory, by: Actor, alias_id: str, *, confirm: bool) -> None:
    """An administrator takes a proposal up or rejects it; a confirmed name may be taken back."""
    if not any(post.role is Role.ADMIN for post in by.posts):
        raise Refusal("not_yours", rule="R12.4")
    alias = await uow.session.get(PlaceAlias, alias_id)
    if alias is None or (confirm and alias.unit_id not in territory.units):
        raise Refusal("alias_unknown")
    alias.state = AliasState.CONFIRMED if confirm else AliasState.REJECTED
    alias.decided_at, alias.decided_by = uow.now, by.person_id
    await uow.session.flush()
    uow.ring(Tray.LEARNED)
