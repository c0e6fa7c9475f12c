"""Every table of the record.

who       people · posts · logins · sessions · binding_codes · conversations
trays     inbox · drafts · outbox · deliveries · timers
matter    cases · assignments · approvals · suspensions · case_events · attachments · correspondence · counters
files     kept_files · likeness_bands · file_uses
learning  corrections · place_aliases · model_versions
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from casecore.store.columns import Instant, Json, Word, one_of
from casecore.vocabulary import (
    AliasState,
    ApprovalKind,
    ApprovalState,
    CloseReason,
    CorrectionKind,
    EventKind,
    Level,
    MessageKind,
    Notice,
    Outcome,
    Role,
    Side,
    Stage,
    State,
    StayKind,
    SuspensionReason,
    TimerKind,
    Urgency,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives rowids only to INTEGER keys; PostgreSQL gets eight bytes.
Seq = BigInteger().with_variant(Integer(), "sqlite")
Id = String(32)


class InboxState(StrEnum):
    RECEIVED = "received"  # durable, files not yet fetched
    FETCHED = "fetched"  # files are here, their sounds not yet listened to
    READY = "ready"
    DONE = "done"
    QUARANTINED = "quarantined"


class OutboxState(StrEnum):
    DUE = "due"
    SENT = "sent"
    UNREACHABLE = "unreachable"  # nobody to write to; shown in the console
    DEAD = "dead"  # given up; re-playable in the console


class TimerState(StrEnum):
    DUE = "due"
    FIRED = "fired"
    STALE = "stale"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


# The one stay that holds a case.
HOLDS = "outcome = 'open' AND kind IN ('main','tracking')"
# Cases that another request may be merged into. SQLite uses a partial index only for a query that says the same words.
ALIKE = "state NOT IN ('closed','merged','done') AND sensitive = false"


class ProposalState(StrEnum):
    """What became of the question whether two cases are one."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Leased:
    """Columns of a tray's claim: until when, by whose token, how often tried, not before when."""

    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    lease_token: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(String(500))


class Person(Base):
    """Somebody: a resident or a member of staff. Never deleted while a case names them."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    lang: Mapped[str] = mapped_column(String(10))
    demo_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    home_unit: Mapped[str | None] = mapped_column(String(40))
    home_text: Mapped[str | None] = mapped_column(String(200))
    key_groups: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PostRow(Base):
    """A person serves in a role at a unit, and at each unit of the role's level inside it."""

    __tablename__ = "posts"
    __table_args__ = (one_of("role", Role), Index(None, "role", "unit_id"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    unit_id: Mapped[str] = mapped_column(String(40))
    on_duty: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)


class Login(Base):
    """A name and password for the desk or the console; `door` says which."""

    __tablename__ = "logins"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    disabled: Mapped[bool] = mapped_column(default=False)


class WebSession(Base):
    """A log-in that the server can end. The cookie holds the token, this row its SHA-256."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class BindingCode(Base):
    """A one-time code that binds a chat account to a person; only its SHA-256 is kept."""

    __tablename__ = "binding_codes"
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Conversation(Base):
    """One chat in one channel account. `person_id` is whom it is bound to; a resident's is bound at first sight."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "account", "address"), one_of("side", Side))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(120))
    side: Mapped[Side] = mapped_column(Word(Side))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    lang: Mapped[str | None] = mapped_column(String(10))
    reachable: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_in_at: Mapped[datetime] = mapped_column(Instant)


class InboxRow(Base, Leased):
    """A message received, once for ever."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        one_of("state", InboxState),
        one_of("kind", MessageKind),
        Index("ix_inbox_open", "conversation_id", "id", sqlite_where=text("state IN ('received','fetched','ready')"),
              postgresql_where=text("state IN ('received','fetched','ready')")),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(120))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[MessageKind] = mapped_column(Word(MessageKind))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[InboxState] = mapped_column(Word(InboxState))
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class DraftRow(Base):
    """What is known so far in one conversation; `due_at` is when silence speaks (R1.1, R1.2)."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    __mapper_args__ = {"version_id_col": version}


class Case(Base):
    """A request and its present state. What is owed next is in `due_at`; who owes it is in `unit_id`, `person_id`."""

    __tablename__ = "cases"
    __table_args__ = (
        one_of("state", State),
        one_of("urgency", Urgency),
        one_of("level", Level),
        one_of("stage", Stage),
        one_of("close_reason", CloseReason),
        CheckConstraint("state IN ('closed','merged','done') OR due_at IS NOT NULL", name="has_deadline"),
        CheckConstraint(
            "state IN ('submitted','closed','merged') OR (unit_id IS NOT NULL AND assignment_id IS NOT NULL)",
            name="has_owner",
        ),
        CheckConstraint("(state = 'closed') = (close_reason IS NOT NULL)", name="closed_has_reason"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"),
        Index("ix_cases_open_due", "due_at", sqlite_where=text("state NOT IN ('closed','merged')"),
              postgresql_where=text("state NOT IN ('closed','merged')")),
        Index("ix_cases_submitted", "id", sqlite_where=text("state = 'submitted'"),
              postgresql_where=text("state = 'submitted'")),
        Index(None, "unit_id", "state"),
        Index(None, "person_id", "state"),
        Index(None, "requester_id", "created_at"),
        # What may be the same matter is asked at every filing: by item, place and time, among the open ones (R8.1).
        Index("ix_cases_alike", "item_code", "place_unit", "t0", sqlite_where=text(ALIKE),
              postgresql_where=text(ALIKE)),
        Index("ix_cases_alike_point", "item_code", "lat", "lon", sqlite_where=text(ALIKE),
              postgresql_where=text(ALIKE)),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    version: Mapped[int] = mapped_column(Integer)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the changes of holder or clock: a timer set in another epoch is stale."""
    events: Mapped[int] = mapped_column(Integer, default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[State] = mapped_column(Word(State))
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20), default="chat")
    lang: Mapped[str] = mapped_column(String(10))
    sensitive: Mapped[bool] = mapped_column(default=False)
    needs_triage: Mapped[bool] = mapped_column(default=False)
    item_code: Mapped[str | None] = mapped_column(String(20), index=True)
    item_probability: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text)
    because: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    place_unit: Mapped[str | None] = mapped_column(String(40), index=True)
    place_text: Mapped[str] = mapped_column(String(300), default="")
    place_probability: Mapped[float | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    requester_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    linked_id: Mapped[str | None] = mapped_column(Id)
    master_id: Mapped[str | None] = mapped_column(Id, index=True)
    """The case that it was merged into (R8); kept after the work is done, cleared when it is parted again."""
    cause_id: Mapped[str | None] = mapped_column(Id, index=True)
    """The first of the cases that a person found to have one cause (R8.5)."""
    hard_id: Mapped[str | None] = mapped_column(Id, index=True)
    """The hard matter that it belongs to (R8.5)."""
    # who holds it
    level: Mapped[Level | None] = mapped_column(Word(Level))
    unit_id: Mapped[str | None] = mapped_column(String(40))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    assignment_id: Mapped[str | None] = mapped_column(Id)
    first_unit: Mapped[str | None] = mapped_column(String(40))
    first_person: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    answer_unit: Mapped[str | None] = mapped_column(String(40))
    answer_person: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    # clocks
    round: Mapped[int] = mapped_column(Integer, default=1)
    stage: Mapped[Stage | None] = mapped_column(Word(Stage))
    t0: Mapped[datetime] = mapped_column(Instant)
    response_due: Mapped[datetime | None] = mapped_column(Instant)
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    """The first response by a person (R3); acceptance by silence is none."""
    deemed: Mapped[bool] = mapped_column(default=False)
    """Accepted by silence alone so far (R1.5): a person may still take it up."""
    stage_due: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    told_done_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    close_reason: Mapped[CloseReason | None] = mapped_column(Word(CloseReason))
    # counts and verdict
    reopenings: Mapped[int] = mapped_column(Integer, default=0)
    returns_upheld: Mapped[int] = mapped_column(Integer, default=0)
    designated: Mapped[bool] = mapped_column(default=False)
    supervisions: Mapped[int] = mapped_column(Integer, default=0)
    urges: Mapped[int] = mapped_column(Integer, default=0)
    urged_at: Mapped[datetime | None] = mapped_column(Instant)
    rating: Mapped[int | None] = mapped_column(Integer)
    solved: Mapped[bool | None]
    rated_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    __mapper_args__ = {"version_id_col": version}


class FileState(StrEnum):
    """HELD: nobody may open it until the virus scanner has looked. INFECTED: it found something; the bytes are gone."""

    OPEN = "open"
    HELD = "held"
    INFECTED = "infected"


class MergeProposal(Base):
    """Two cases that may be one matter (R8.1): what speaks for it, who was asked, what they said."""

    __tablename__ = "merge_proposals"
    __table_args__ = (one_of("state", ProposalState), UniqueConstraint("case_id", "master_id"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    master_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    score: Mapped[float]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """Ids and numbers by meaning: metres, hours, same_photo, resident_said."""
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState))
    asked_person: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    """NULL until the newer case has found its unit."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class HardMatter(Base):
    """One cause of many cases (难事, R8.5): its leader, its plan and the dates it owes."""

    __tablename__ = "hard_matters"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), unique=True)
    """The case that carries its clock."""
    unit_id: Mapped[str] = mapped_column(String(40))
    """The town, or the district when its cases lie in several."""
    leader_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    why: Mapped[str] = mapped_column(String(20))
    """`residents`, `cases` or `commander`."""
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    plan_due: Mapped[datetime] = mapped_column(Instant)
    plan: Mapped[str] = mapped_column(Text, default="")
    planned_at: Mapped[datetime | None] = mapped_column(Instant)


class Milestone(Base):
    """A dated step of a hard matter's plan."""

    __tablename__ = "milestones"
    __table_args__ = (UniqueConstraint("hard_id", "n"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    hard_id: Mapped[str] = mapped_column(ForeignKey("hard_matters.id"))
    n: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class Assignment(Base):
    """One stay of a case with one unit and one person (R0); the measures of R15 are counted from these rows."""

    __tablename__ = "assignments"
    __table_args__ = (
        one_of("level", Level),
        one_of("stage", Stage),
        one_of("outcome", Outcome),
        Index(None, "unit_id", "arrived_at"),
        Index(None, "person_id", "arrived_at"),
        one_of("kind", StayKind),
        Index("uq_assignments_open", "case_id", unique=True, sqlite_where=text(HOLDS), postgresql_where=text(HOLDS)),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(40))
    level: Mapped[Level] = mapped_column(Word(Level))
    stage: Mapped[Stage] = mapped_column(Word(Stage))
    kind: Mapped[StayKind] = mapped_column(Word(StayKind), default=StayKind.MAIN)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    first_person: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    round: Mapped[int] = mapped_column(Integer)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    response_due: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    deemed: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    return_state: Mapped[str | None] = mapped_column(String(10))
    return_unit: Mapped[str | None] = mapped_column(String(40))
    return_asked_by: Mapped[str | None] = mapped_column(Id)
    dispatched_by: Mapped[str | None] = mapped_column(String(40))


class Approval(Base):
    """What one person asked another to allow: an extension, a suspension, a promise (R2.4, R6, R7)."""

    __tablename__ = "approvals"
    __table_args__ = (
        one_of("kind", ApprovalKind),
        one_of("state", ApprovalState),
        one_of("role", Role),
        one_of("stage", Stage),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        Index("uq_approvals_asked", "case_id", "kind", unique=True, sqlite_where=text("state = 'asked'"),
              postgresql_where=text("state = 'asked'")),
        Index(None, "asked_of", "state"),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[ApprovalKind] = mapped_column(Word(ApprovalKind))
    assignment_id: Mapped[str | None] = mapped_column(ForeignKey("assignments.id"))
    """The stay that it goes with: when that ends unanswered, so does the request. NULL: it outlives the stay."""
    stage: Mapped[Stage | None] = mapped_column(Word(Stage))
    round: Mapped[int] = mapped_column(Integer)
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    role: Mapped[Role] = mapped_column(Word(Role))
    """Who decides: this role at `unit_id`, and whoever got the card in its place."""
    unit_id: Mapped[str] = mapped_column(String(40))
    asked_of: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What is asked for, by the kind's own names: hours, until, plan."""
    due_at: Mapped[datetime] = mapped_column(Instant)
    """The last instant at which it may be granted."""
    state: Mapped[ApprovalState] = mapped_column(Word(ApprovalState))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    why: Mapped[str] = mapped_column(Text, default="")


class Suspension(Base):
    """A time in which a case's clock stood still (R7, R13.2): from `began_at` until it went on or ran out."""

    __tablename__ = "suspensions"
    __table_args__ = (
        one_of("reason", SuspensionReason),
        one_of("state_before", State),
        Index("uq_suspensions_open", "case_id", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignments.id"))
    reason: Mapped[SuspensionReason] = mapped_column(Word(SuspensionReason))
    state_before: Mapped[State] = mapped_column(Word(State))
    began_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime] = mapped_column(Instant)
    plan: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_how: Mapped[str | None] = mapped_column(String(20))
    """`answered`, `handler`, `ran_out`, `review`, `mode_off`, `no_contact` or `withdrawn`."""


class CaseEvent(Base):
    """A fact about a case. Append-only (triggers refuse UPDATE and DELETE), each row hashed over the one before."""

    __tablename__ = "case_events"
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        one_of("kind", EventKind),
        {"sqlite_autoincrement": True},
    )
    seq: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    n: Mapped[int] = mapped_column(Integer)
    kind: Mapped[EventKind] = mapped_column(Word(EventKind))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str | None] = mapped_column(Id)
    unit_id: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class OutboxRow(Base, Leased):
    """Words owed to someone, by meaning. `lane` orders what goes to one recipient."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("notice", Notice),
        one_of("state", OutboxState),
        CheckConstraint("person_id IS NOT NULL OR conversation_id IS NOT NULL", name="has_recipient"),
        Index("ix_outbox_due", "lane", "id", sqlite_where=text("state = 'due'"),
              postgresql_where=text("state = 'due'")),
        {"sqlite_autoincrement": True},
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    lane: Mapped[str] = mapped_column(String(40))
    notice: Mapped[Notice] = mapped_column(Word(Notice))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    buttons: Mapped[list[Any]] = mapped_column(Json)
    files: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[OutboxState] = mapped_column(Word(OutboxState))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Delivery(Base):
    """One attempt to send one outbox row."""

    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)
    ok: Mapped[bool]
    external_id: Mapped[str | None] = mapped_column(String(120))
    error: Mapped[str | None] = mapped_column(String(500))


class TimerRow(Base, Leased):
    """Something due at a time. It does nothing when the case's epoch is no longer the one it was set in."""

    __tablename__ = "timers"
    __table_args__ = (
        one_of("kind", TimerKind),
        one_of("state", TimerState),
        Index(
            "ix_timers_due",
            "due_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )
    id: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[TimerKind] = mapped_column(Word(TimerKind))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[TimerState] = mapped_column(Word(TimerState))
    fired_at: Mapped[datetime | None] = mapped_column(Instant)


class Attachment(Base):
    """A file that belongs to a case: what the resident showed (`evidence`) or the handler proved (`proof`)."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("case_id", "digest", "role"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[MessageKind] = mapped_column(Word(MessageKind))
    role: Mapped[str] = mapped_column(String(10))
    round: Mapped[int] = mapped_column(Integer)
    by_person: Mapped[str | None] = mapped_column(Id)
    added_at: Mapped[datetime] = mapped_column(Instant)
    words: Mapped[str | None] = mapped_column(Text)
    """What was heard in a sound; NULL when nobody heard it, or there is nothing to hear."""


class KeptFile(Base):
    """A file that media keeps, and what the record needs to know of it. It lives as long as a `FileUse` names it."""

    __tablename__ = "kept_files"
    __table_args__ = (one_of("state", FileState),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[MessageKind] = mapped_column(Word(MessageKind))
    size: Mapped[int] = mapped_column(BigInteger)
    likeness: Mapped[str | None] = mapped_column(String(16))
    """A photo's coarse light and dark, 16 hex digits; the same photo sent again differs in a few bits."""
    seen: Mapped[str | None] = mapped_column(Text)
    """Words read in a picture; NULL when none were, or nobody looked."""
    state: Mapped[FileState] = mapped_column(Word(FileState))
    kept_at: Mapped[datetime] = mapped_column(Instant)


class LikenessBand(Base):
    """The index of likeness: one row for each of a hash's eight bytes, `band` = 256 × place + byte.

    Two hashes that differ in at most seven of their 64 bits have a byte in common, so looking up eight rows
    finds every one of them.
    """

    __tablename__ = "likeness_bands"
    band: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(ForeignKey("kept_files.digest"), primary_key=True, index=True)


class FileUse(Base):
    """Somebody has need of a kept file: its count of references, each told apart so that none counts twice."""

    __tablename__ = "file_uses"
    __table_args__ = (Index(None, "person_id", "at"),)
    digest: Mapped[str] = mapped_column(ForeignKey("kept_files.digest"), primary_key=True)
    used_by: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)
    """`inbox/<id>` or `case/<id>`."""
    person_id: Mapped[str | None] = mapped_column(Id)
    """Who sent it, where a day's allowance is counted."""
    at: Mapped[datetime] = mapped_column(Instant)


class Correspondence(Base):
    """What was said in a conversation, both ways, in order: the chat's history and the reply-to index."""

    __tablename__ = "correspondence"
    __table_args__ = (
        one_of("direction", Direction),
        UniqueConstraint("conversation_id", "direction", "external_id"),
        Index(None, "conversation_id", "seq"),
        {"sqlite_autoincrement": True},
    )
    seq: Mapped[int] = mapped_column(Seq, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    external_id: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    inbox_id: Mapped[int | None] = mapped_column(Seq)
    outbox_id: Mapped[int | None] = mapped_column(Seq)
    notice: Mapped[str] = mapped_column(String(40), default="")
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    """In: kind, text, files, point. Out: text, buttons, files, data."""


class Correction(Base):
    """A judgement that somebody put right: an example for learning. `text` is redacted; the case has the words."""

    __tablename__ = "corrections"
    __table_args__ = (one_of("kind", CorrectionKind),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[CorrectionKind] = mapped_column(Word(CorrectionKind))
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_role: Mapped[str] = mapped_column(String(40))
    by_person: Mapped[str | None] = mapped_column(Id)
    """To count how much one person taught; never shown and never exported."""
    text: Mapped[str] = mapped_column(Text)
    item_before: Mapped[str | None] = mapped_column(String(20))
    item_after: Mapped[str | None] = mapped_column(String(20))
    unit_before: Mapped[str | None] = mapped_column(String(40))
    unit_after: Mapped[str | None] = mapped_column(String(40))
    place_words: Mapped[str] = mapped_column(String(300), default="")
    model_version: Mapped[int] = mapped_column(Integer)
    """Which model had made the judgement; 0 is the shipped one."""


class PlaceAlias(Base):
    """Words that people use for a unit, proposed by corrections and decided by an administrator."""

    __tablename__ = "place_aliases"
    __table_args__ = (one_of("state", AliasState), UniqueConstraint("words", "unit_id"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    words: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[str] = mapped_column(String(40))
    state: Mapped[AliasState] = mapped_column(Word(AliasState))
    seen: Mapped[int] = mapped_column(Integer)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class ModelVersion(Base):
    """One run of `minhu learn`: what was learned from, how it measured, whether it took over. Version 0 has no row."""

    __tablename__ = "model_versions"
    __table_args__ = (
        Index("uq_model_versions_active", "active", unique=True, sqlite_where=text("active"),
              postgresql_where=text("active")),
    )  # fmt: skip
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    parent: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    data_hash: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    """Of the model file; blank when the version was not kept."""
    better: Mapped[bool]
    active: Mapped[bool] = mapped_column(default=False)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    report: Mapped[dict[str, Any]] = mapped_column(Json)


class Counter(Base):
    """A running number, e.g. of a day's cases."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(Seq)
