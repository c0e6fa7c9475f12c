"""Made-up staff, residents and cases in a territory, all made by the product's own acts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casecore import parties
from casecore.acts import handle
from casecore.acts.submit import Registration, submit
from casecore.authority import Actor
from casecore.cases import load
from casecore.clock import ScriptClock
from casecore.ids import new_id, new_secret
from casecore.inbox import receive
from casecore.messages import FileRef, InboundMessage
from casecore.store.engine import Record
from casecore.store.tables import Conversation, Login, WebSession
from casecore.territory.model import Territory
from casecore.vocabulary import MessageKind, Role, Side, Urgency
from dispatch.worker import DispatchWorker


@dataclass(slots=True, kw_only=True)
class World:
    """A record and what was put into it. `people` are staff by the name that a test gave them."""

    record: Record
    territory: Territory
    clock: ScriptClock
    people: dict[str, str] = field(default_factory=dict)
    count: int = 0

    async def staff(self, key: str, role: Role, unit: str, *, name: str = "") -> str:
        """Somebody who serves; `key` finds them again."""
        async with self.record.begin() as uow:
            person = await parties.add_person(uow, name=name or key, lang="en")
            await parties.give_post(uow, person.id, role, unit)
        self.people[key] = person.id
        return person.id

    async def resident(self, name: str = "Robin") -> str:
        """A resident who has written once: the id of their conversation."""
        self.count += 1
        message = InboundMessage(
            channel="web", account="residents", external_id=f"m{self.count}", address=f"a{self.count}",
            side=Side.RESIDENT, kind=MessageKind.TEXT, sent_at=self.clock.now(), text="hello",
            sender_name=name, lang="en",
        )  # fmt: skip
        async with self.record.begin() as uow:
            return (await receive(uow, message)).conversation_id

    async def case(
        self,
        text: str,
        *,
        item: str | None,
        place: str | None,
        place_text: str = "",
        by: str = "Robin",
        urgency: Urgency = Urgency.NORMAL,
        needs_triage: bool = False,
        files: tuple[FileRef, ...] = (),
        send: bool = True,
    ) -> str:
        """A new case, sent out to its unit unless told otherwise: its number."""
        conversation_id = await self.resident(by)
        async with self.record.begin() as uow:
            conversation = await uow.session.get_one(Conversation, conversation_id)
            assert conversation.person_id is not None
            request = Registration(
                conversation_id=conversation_id, requester_id=conversation.person_id, text=text, lang="en",
                item_code=item, item_probability=0.9 if item else None, urgency=urgency, place_unit=place,
                place_text=place_text, place_probability=0.8 if place else None, needs_triage=needs_triage,
                files=files,
                because={"matter": [{"kind": "phrase", "text": text[:12], "weight": 2.5}]},
            )  # fmt: skip
            case = await submit(uow, self.territory, request)
        while send and await DispatchWorker(self.record, self.territory).run_once():
            continue
        return case.number

    async def accept(self, number: str, key: str) -> None:
        async with self.record.begin() as uow:
            case = await load(uow.session, number)
            await handle.accept(uow, self.territory, case, await self.actor(uow.session, key))

    async def progress(self, number: str, key: str, text: str) -> None:
        async with self.record.begin() as uow:
            case = await load(uow.session, number)
            await handle.progress(uow, self.territory, case, await self.actor(uow.session, key), text=text)

    async def finish(self, number: str, key: str, text: str, files: tuple[FileRef, ...] = ()) -> None:
        async with self.record.begin() as uow:
            case = await load(uow.session, number)
            actor = await self.actor(uow.session, key)
            await handle.finish(uow, self.territory, case, actor, text=text, files=files)

    async def actor(self, session: object, key: str) -> Actor:
        person = self.people[key]
        posts = await parties.posts_of(session, person)  # type: ignore[arg-type]
        return Actor(person_id=person, name=key, side=Side.HANDLER, posts=posts, lang="en")

    async def session(self, person_id: str) -> tuple[str, str]:
        """A session without the cost of a password: (token, csrf)."""
        token, csrf, now = new_secret(32), new_secret(24), self.clock.now()
        async with self.record.begin() as uow:
            uow.session.add(
                Login(
                    id=new_id(), person_id=person_id, username=new_secret(8), password_hash="no password",
                    failures=0, disabled=False,
                )
            )  # fmt: skip
            await uow.session.flush()
            uow.session.add(
                WebSession(
                    token_hash=hashlib.sha256(token.encode()).hexdigest(), person_id=person_id, csrf=csrf,
                    created_at=now, seen_at=now, expires_at=now + timedelta(days=7),
                )
            )  # fmt: skip
        return token, csrf


def photo(digest: str) -> FileRef:
    return FileRef(kind=MessageKind.PHOTO, ref="r", digest=digest)


def later(start: datetime, **more: float) -> datetime:
    return start + timedelta(**more)
