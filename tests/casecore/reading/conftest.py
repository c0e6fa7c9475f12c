"""Littlebrook with a few people and cases, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.authority import Actor
from casecore.clock import ScriptClock
from casecore.parties import Post
from casecore.reading.scope import Scope, scope_of
from casecore.store.engine import Record
from casecore.territory import read_territory
from casecore.territory.model import Territory
from casecore.vocabulary import Role
from tests.console.world import World

LITTLEBROOK = Path(__file__).parents[3] / "config" / "territory" / "littlebrook"


@pytest.fixture(scope="session")
def territory() -> Territory:
    return read_territory(LITTLEBROOK)


@pytest.fixture
def world(record: Record, territory: Territory, clock: ScriptClock) -> World:
    return World(record=record, territory=territory, clock=clock)


def seen_by(territory: Territory, *posts: tuple[Role, str], person: str | None = "somebody") -> Scope:
    """The scope of somebody with these posts."""
    held = tuple(Post(role=role, unit_id=unit, on_duty=True) for role, unit in posts)
    return scope_of(territory, Actor(person_id=person, posts=held))
