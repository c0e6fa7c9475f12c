"""Who may do which act on a case: decided from the posts of the bound person, never from a button.

holder   a handling post that serves the unit which holds the case
ruler    a ruling post of the unit one level up (R5.2, R6, R7)
desk     a desk or command post of any unit above the holder
resident the requester in person
house    Minhu itself (timers, dispatch)
"""

from __future__ import annotations

from dataclasses import dataclass

from casecore.errors import NotAllowed
from casecore.parties import Post
from casecore.store.tables import Case
from casecore.territory.model import Territory, Unit
from casecore.vocabulary import STAGE_OF, Act, Level, Role, Side, Stage

HANDLING: dict[Level, frozenset[Role]] = {
    Level.MICROGRID: frozenset({Role.MICRO_LEAD}),
    Level.GRID: frozenset({Role.GRID_LEAD, Role.GRID_FULL, Role.GRID_PART}),
    Level.VILLAGE: frozenset({Role.VILLAGE_SEC, Role.VILLAGE_DESK}),
    Level.TOWN: frozenset({Role.TOWN_CMD, Role.TOWN_DESK}),
    Level.DISTRICT: frozenset({Role.DISTRICT_CMD, Role.DISTRICT_DESK}),
    Level.DEPARTMENT: frozenset({Role.DEPT_LIAISON, Role.DEPT_HEAD}),
}

# Who decides for the level below (journeys.md: approval_card → one level up).
RULING: dict[Level, Role] = {
    Level.GRID: Role.GRID_LEAD,
    Level.VILLAGE: Role.VILLAGE_SEC,
    Level.TOWN: Role.TOWN_CMD,
    Level.DISTRICT: Role.DISTRICT_CMD,
}

HOLDER_ACTS = frozenset(
    {
        Act.ACCEPT,
        Act.PROGRESS,
        Act.ASK,
        Act.CONTACT,
        Act.DONE,
        Act.RETURN,
        Act.ESCALATE,
        Act.TRANSFER,
        Act.SEND_DOWN,
        Act.MERGE,
        Act.SPLIT,
        Act.EXTEND,
        Act.SUSPEND,
        Act.RESUME,
        Act.PROMISE,
    }
)
RULER_ACTS = frozenset({Act.UPHOLD, Act.REFUSE})
DESK_ACTS = frozenset(
    {
        Act.DESIGNATE,
        Act.RECLASSIFY,
        Act.INVALIDATE,
        Act.SUPERVISE,
        Act.DISPATCH,
        Act.SEND_DOWN,
        Act.MERGE,
        Act.SPLIT,
    }
)
COMMANDERS = frozenset({Role.TOWN_CMD, Role.DISTRICT_CMD})
RESIDENT_ACTS = frozenset({Act.ADD, Act.URGE, Act.WITHDRAW, Act.RATE, Act.REOPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person with the posts they hold now, or the house (no person)."""

    person_id: str | None
    name: str = ""
    side: Side | None = None
    posts: tuple[Post, ...] = ()
    lang: str = ""


HOUSE = Actor(person_id=None, name="minhu")


def superior(territory: Territory, unit_id: str) -> Unit:
    """The unit one level up (R4.1); the district centre is above towns and departments, and above itself nobody."""
    unit = territory.unit(unit_id)
    return territory.unit(unit.parent) if unit.parent else unit


def holds(territory: Territory, actor: Actor, case: Case) -> bool:
    """Does the actor handle for the unit that holds the case? Part-time workers only what was given to them."""
    if case.unit_id is None:
        return False
    level = territory.unit(case.unit_id).level
    return any(
        post.role in HANDLING[level]
        and territory.serves(post.role, post.unit_id, case.unit_id)
        and (post.role is not Role.GRID_PART or case.person_id == actor.person_id)
        for post in actor.posts
    )


def rules_on(territory: Territory, actor: Actor, case: Case) -> bool:
    """Is the actor the one who decides one level above the holder?"""
    if case.unit_id is None:
        return False
    above = superior(territory, case.unit_id)
    role = RULING[above.level]
    return any(post.role is role and territory.serves(role, post.unit_id, above.id) for post in actor.posts)


def oversees(territory: Territory, actor: Actor, case: Case) -> bool:
    """Does the actor sit at a desk above the case: of a unit that contains its holder or its place?"""
    anchor = case.unit_id or case.place_unit or territory.root
    chain = {unit.id: unit.level for unit in territory.lineage(anchor) if unit.id != case.unit_id}
    if case.unit_id is None:
        # Nobody holds it yet: sorting it is for desks, which villages and those above them have.
        chain = {unit_id: level for unit_id, level in chain.items() if STAGE_OF[level] is not Stage.G}
    if case.unit_id == territory.root or not chain:
        chain[territory.root] = Level.DISTRICT
    return any(
        post.role in HANDLING[level] and territory.serves(post.role, post.unit_id, unit_id)
        for unit_id, level in chain.items()
        for post in actor.posts
    )


def commands(territory: Territory, actor: Actor, case: Case) -> bool:
    """Is the actor the commander of the case's town, or of the district (R8.5, R18.3)?"""
    anchor = case.place_unit or case.unit_id or territory.root
    chain = {unit.id for unit in territory.lineage(anchor)} | {territory.root}
    return any(
        post.role in COMMANDERS and territory.serves(post.role, post.unit_id, unit_id)
        for unit_id in chain
        for post in actor.posts
    )


def may(territory: Territory, actor: Actor, act: Act, case: Case) -> bool:
    """Is the actor allowed to do `act` on `case`?"""
    try:
        require(territory, actor, act, case)
    except NotAllowed:
        return False
    return True


def _may_sort(territory: Territory, actor: Actor, case: Case) -> bool:
    """Who holds a case on the spot sees what it is about. A department does not: R5.3 would be walked round."""
    return holds(territory, actor, case) and territory.unit(case.unit_id or "").level is not Level.DEPARTMENT


def require(territory: Territory, actor: Actor, act: Act, case: Case) -> None:
    """NotAllowed unless the actor may do `act` on `case`."""
    if actor is HOUSE:
        return
    if actor.side is Side.RESIDENT:
        allowed = act in RESIDENT_ACTS and actor.person_id == case.requester_id
    else:
        allowed = (
            (act in HOLDER_ACTS and holds(territory, actor, case))
            or (act in RULER_ACTS and rules_on(territory, actor, case))
            or (act in DESK_ACTS and oversees(territory, actor, case))
            or (act is Act.OPEN_HARD and commands(territory, actor, case))
            or (act is Act.RECLASSIFY and _may_sort(territory, actor, case))
        )
    if not allowed:
        raise NotAllowed("not_yours", rule="R1", act=act.value, case=case.number)
