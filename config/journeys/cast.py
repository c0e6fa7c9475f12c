"""Who is in the journey, as the record knows them: posts and chats for people, homes and groups for residents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from casecore import parties
from casecore.ids import new_id
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Conversation, Person
from casecore.territory.model import Territory, name_in
from casecore.vocabulary import Side
from config.journeys.script import Member, Neighbour
from config.journeys.theatre import HANDLERS, RESIDENTS, Theatre

CHANNEL = "simulator"


class NoSuchUnit(Exception):
    """A unit that the territory does not have."""


@dataclass(slots=True)
class Cast:
    """Names of the journey → ids of the record. A name keeps its person when the roster changes."""

    theatre: Theatre
    ids: dict[str, str] = field(default_factory=dict)

    def is_staff(self, name: str) -> bool:
        return name in self.ids

    def name_of(self, person_id: str | None) -> str | None:
        return next((name for name, each in self.ids.items() if each == person_id), person_id)

    async def enter(self, people: Mapping[str, Member | None]) -> None:
        """Everybody in `people` gets exactly the posts named; None ends all posts."""
        async with self.theatre.house.record.begin() as uow:
            for name, member in people.items():
                await self._enter(uow, name, member)

    async def _enter(self, uow: UnitOfWork, name: str, member: Member | None) -> None:
        if name in self.ids:
            await parties.end_posts(uow, self.ids[name])
        if member is None:
            return
        territory = self.theatre.territory
        unit = unit_of(territory, member.unit)
        lang = member.lang or territory.languages[0]
        if name not in self.ids:
            self.ids[name] = (await parties.add_person(uow, name=member.name, lang=lang)).id
        for role in member.roles:
            await parties.give_post(uow, self.ids[name], role, unit)
        if member.bound:
            await parties.take_seat(
                uow, channel=CHANNEL, account=HANDLERS, address=name, person_id=self.ids[name], lang=lang
            )

    async def enter_demo(self) -> None:
        """The territory's own demo roster, each post under its key."""
        territory = self.theatre.territory
        lang = territory.languages[0]
        await self.enter(
            {
                post.key: Member(roles=(post.role,), unit=post.unit, name=name_in(post.names, lang))
                for post in territory.roster
            }
        )

    async def code(self, name: str) -> str:
        """A fresh one-time code for somebody of the roster."""
        async with self.theatre.house.record.begin() as uow:
            return await parties.make_binding_code(uow, self.ids[name])

    async def register(self, residents: Mapping[str, Neighbour]) -> None:
        async with self.theatre.house.record.begin() as uow:
            for name, neighbour in residents.items():
                await self._register(uow, name, neighbour)

    async def _register(self, uow: UnitOfWork, name: str, neighbour: Neighbour) -> None:
        person = await parties.add_person(uow, name=neighbour.name, lang=neighbour.lang or "")
        person.key_groups = list(neighbour.groups)
        if neighbour.home is not None:
            person.home_unit, person.home_text = self._home(neighbour.home), neighbour.home
        uow.session.add(
            Conversation(
                id=new_id(), channel=CHANNEL, account=RESIDENTS, address=name, side=Side.RESIDENT,
                person_id=person.id, lang=neighbour.lang, reachable=True, created_at=uow.now, last_in_at=uow.now,
            )
        )  # fmt: skip
        await uow.session.flush()

    def _home(self, words: str) -> str:
        """A path, or an address as people write it: the deepest unit that its words name."""
        try:
            return self.theatre.territory.find_path(words).id
        except KeyError:
            understander = self.theatre.props.understander(self.theatre.folder)
            places = understander.understand(words).places
            if not places or places[0].unit_id is None:
                raise NoSuchUnit(f"nobody can place the home {words!r}") from None
            return places[0].unit_id

    async def person_of(self, name: str) -> str | None:
        """The id behind a name, staff or resident."""
        if name in self.ids:
            return self.ids[name]
        async with self.theatre.house.record.read() as session:
            found: str | None = await session.scalar(
                select(Person.id)
                .join(Conversation, Conversation.person_id == Person.id)
                .where(Conversation.account == RESIDENTS, Conversation.address == name)
            )
        return found


def unit_of(territory: Territory, path: str) -> str:
    """The id of a unit by path, id, department code or `district_centre`. Raises NoSuchUnit."""
    try:
        return territory.find_path(path).id
    except KeyError as error:
        raise NoSuchUnit(str(error.args[0])) from None
