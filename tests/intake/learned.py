"""A record with settled and corrected cases in it, for the tests of learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from casecore import corrections
from casecore.acts.submit import Registration, submit
from casecore.authority import Actor
from casecore.clock import ScriptClock
from casecore.inbox import receive
from casecore.messages import InboundMessage
from casecore.parties import Post
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.store.tables import Case, Conversation
from casecore.territory.model import Territory
from casecore.vocabulary import CloseReason, CorrectionKind, MessageKind, Role, Side, State, Urgency
from intake.evaluate import Line
from intake.learning.course import Course
from intake.understand import Understander

START = datetime(2024, 3, 4, 2, 0, tzinfo=UTC)
# Every so many-th shipped text is enough to see that a matter was unlearned, and takes a second.
SAMPLE = 12

HELD = tuple(
    Line(
        id=f"h{n}", text=text, intent="new_request", codes=(code,), place_text=None, urgency=urgency, note=""
    )
    for n, (text, code, urgency) in enumerate(
        (
            ("路灯不亮了，晚上一片黑", "INF-01", "normal"),
            ("垃圾桶满出来没人收", "ENV-01", "normal"),
            ("家里突然没水了", "UTL-01", "urgent"),
            ("楼道里好大煤气味", "UTL-05", "emergency"),
            ("下水道堵了，污水冒出来", "INF-04", "normal"),
        )
    )
)


@dataclass(slots=True, kw_only=True)
class Files:
    """A record in memory, one understander, and a folder for models."""

    record: Record
    base: Understander
    models: Path
    clock: ScriptClock
    count: int = field(default=0)

    @property
    def territory(self) -> Territory:
        return self.base.territory

    def course(self, *, sample: int = SAMPLE) -> Course:
        return Course(self.record, self.base, self.models, HELD, sample=sample)

    async def case(
        self,
        text: str,
        *,
        judged: str | None,
        right: str | None,
        by: Role = Role.TOWN_DESK,
        person: str = "",
        settled: bool = True,
        kind: CorrectionKind = CorrectionKind.RECLASSIFIED,
        what: corrections.Corrected | None = None,
    ) -> Case:
        """A case judged as `judged`, corrected to `right`, and closed as resolved unless told otherwise."""
        self.count += 1
        said = InboundMessage(
            channel="web", account="residents", external_id=f"m{self.count}", address=person or f"a{self.count}",
            side=Side.RESIDENT, kind=MessageKind.TEXT, sent_at=self.clock.now(), text=text, lang="zh-CN",
        )  # fmt: skip
        async with self.record.begin() as uow:
            conversation = await uow.session.get_one(Conversation, (await receive(uow, said)).conversation_id)
            assert conversation.person_id is not None
            case = await submit(
                uow, self.territory,
                Registration(
                    conversation_id=conversation.id, requester_id=conversation.person_id, text=text, lang="zh-CN",
                    item_code=judged, item_probability=0.7, urgency=Urgency.NORMAL, place_unit=None, place_text="",
                    place_probability=None,
                ),
            )  # fmt: skip
            actor = _actor(by, conversation.person_id)
            if right is not None:
                what = corrections.Corrected(kind=kind, item_before=judged, item_after=right)
                case.item_code = right
            if what is not None:
                await corrections.note(uow, self.territory, case, actor, what)
            if settled:
                case.state, case.close_reason = State.CLOSED, CloseReason.RESOLVED
                case.closed_at = uow.now
            await uow.session.flush()
            return case


def _actor(role: Role, resident: str) -> Actor:
    if role is Role.RESIDENT:
        return Actor(person_id=resident, side=Side.RESIDENT)
    return Actor(person_id=None, side=Side.HANDLER, posts=(Post(role=role, unit_id="x", on_duty=True),))


async def files(base: Understander, folder: Path) -> Files:
    clock = ScriptClock(START)
    record = open_record("sqlite+aiosqlite://", clock=clock)
    await upgrade(record)
    return Files(record=record, base=base, models=folder / "models", clock=clock)
