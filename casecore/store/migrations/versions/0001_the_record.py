# ruff: noqa: E501 (a word list is one literal; it is compared letter by letter with the tables)
"""The first schema: people and their chats, the trays, the cases with their file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from casecore.store.migrations.append_only import protect, unprotect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("demo_key", sa.String(length=40), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("home_unit", sa.String(length=40), nullable=True),
        sa.Column("home_text", sa.String(length=200), nullable=True),
        sa.Column("key_groups", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("demo_key", name=op.f("uq_people_demo_key")),
    )
    op.create_table(
        "binding_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_binding_codes_person_id_people")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_binding_codes")),
    )
    with op.batch_alter_table("binding_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binding_codes_person_id"), ["person_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("lang", sa.String(length=10), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('resident', 'handler')", name=op.f("ck_conversations_side_known")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_conversations_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "channel", "account", "address", name=op.f("uq_conversations_channel_account_address")
        ),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversations_person_id"), ["person_id"], unique=False)

    op.create_table(
        "logins",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_logins_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("username", name=op.f("uq_logins_username")),
    )
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_logins_person_id"), ["person_id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('resident', 'micro_lead', 'grid_lead', 'grid_full', 'grid_part', 'grid_guide', 'village_sec', 'village_desk', 'town_cmd', 'town_desk', 'town_lead', 'station', 'dept_liaison', 'dept_head', 'property_mgr', 'owners_com', 'provider', 'society_org', 'volunteer', 'visit_lead', 'visit_member', 'district_cmd', 'district_desk', 'district_leader', 'assessor', 'sensitive_off', 'admin')",
            name=op.f("ck_posts_role_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_posts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posts_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posts_role_unit_id"), ["role", "unit_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id_people")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("needs_triage", sa.Boolean(), nullable=False),
        sa.Column("item_code", sa.String(length=20), nullable=True),
        sa.Column("item_probability", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("because", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("place_unit", sa.String(length=40), nullable=True),
        sa.Column("place_text", sa.String(length=300), nullable=False),
        sa.Column("place_probability", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("requester_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("linked_id", sa.String(length=32), nullable=True),
        sa.Column("master_id", sa.String(length=32), nullable=True),
        sa.Column("cause_id", sa.String(length=32), nullable=True),
        sa.Column("hard_id", sa.String(length=32), nullable=True),
        sa.Column("level", sa.String(40), nullable=True),
        sa.Column("unit_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column("first_unit", sa.String(length=40), nullable=True),
        sa.Column("first_person", sa.String(length=32), nullable=True),
        sa.Column("answer_unit", sa.String(length=40), nullable=True),
        sa.Column("answer_person", sa.String(length=32), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=True),
        sa.Column("t0", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deemed", sa.Boolean(), nullable=False),
        sa.Column("stage_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(40), nullable=True),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("returns_upheld", sa.Integer(), nullable=False),
        sa.Column("designated", sa.Boolean(), nullable=False),
        sa.Column("supervisions", sa.Integer(), nullable=False),
        sa.Column("urges", sa.Integer(), nullable=False),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (close_reason IS NOT NULL)", name=op.f("ck_cases_closed_has_reason")
        ),
        sa.CheckConstraint(
            "close_reason IN ('resolved', 'explained', 'no_contact', 'withdrawn', 'invalid', 'merged')",
            name=op.f("ck_cases_close_reason_known"),
        ),
        sa.CheckConstraint(
            "level IN ('microgrid', 'grid', 'village', 'town', 'district', 'department')",
            name=op.f("ck_cases_level_known"),
        ),
        sa.CheckConstraint("stage IN ('G', 'V', 'U')", name=op.f("ck_cases_stage_known")),
        sa.CheckConstraint(
            "state IN ('closed','merged','done') OR due_at IS NOT NULL", name=op.f("ck_cases_has_deadline")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'dispatched', 'accepted', 'in_progress', 'suspended', 'promised', 'done', 'reopened', 'merged', 'closed')",
            name=op.f("ck_cases_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted','closed','merged') OR (unit_id IS NOT NULL AND assignment_id IS NOT NULL)",
            name=op.f("ck_cases_has_owner"),
        ),
        sa.CheckConstraint(
            "urgency IN ('normal', 'urgent', 'emergency')", name=op.f("ck_cases_urgency_known")
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_cases_rating_range")),
        sa.ForeignKeyConstraint(["answer_person"], ["people.id"], name=op.f("fk_cases_answer_person_people")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["first_person"], ["people.id"], name=op.f("fk_cases_first_person_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_cases_person_id_people")),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_cases_requester_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_item_code"), ["item_code"], unique=False)
        batch_op.create_index(
            "ix_cases_open_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('closed','merged')"),
            postgresql_where=sa.text("state NOT IN ('closed','merged')"),
        )
        batch_op.create_index(batch_op.f("ix_cases_person_id_state"), ["person_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_place_unit"), ["place_unit"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_requester_id_created_at"), ["requester_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_cases_submitted",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        )
        batch_op.create_index(batch_op.f("ix_cases_unit_id_state"), ["unit_id", "state"], unique=False)
        for column in ("cause_id", "hard_id", "master_id"):
            batch_op.create_index(batch_op.f(f"ix_cases_{column}"), [column], unique=False)
        batch_op.create_index(
            "ix_cases_alike",
            ["item_code", "place_unit", "t0"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('closed','merged','done') AND sensitive = false"),
            postgresql_where=sa.text("state NOT IN ('closed','merged','done') AND sensitive = false"),
        )
        batch_op.create_index(
            "ix_cases_alike_point",
            ["item_code", "lat", "lon"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('closed','merged','done') AND sensitive = false"),
            postgresql_where=sa.text("state NOT IN ('closed','merged','done') AND sensitive = false"),
        )

    op.create_table(
        "merge_proposals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("master_id", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_person", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'refused')", name=op.f("ck_merge_proposals_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["asked_person"], ["people.id"], name=op.f("fk_merge_proposals_asked_person_people")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_merge_proposals_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_merge_proposals_decided_by_people")
        ),
        sa.ForeignKeyConstraint(["master_id"], ["cases.id"], name=op.f("fk_merge_proposals_master_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_proposals")),
        sa.UniqueConstraint("case_id", "master_id", name=op.f("uq_merge_proposals_case_id_master_id")),
    )
    with op.batch_alter_table("merge_proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merge_proposals_master_id"), ["master_id"], unique=False)

    op.create_table(
        "hard_matters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("leader_id", sa.String(length=32), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=True),
        sa.Column("plan_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hard_matters_case_id_cases")),
        sa.ForeignKeyConstraint(["leader_id"], ["people.id"], name=op.f("fk_hard_matters_leader_id_people")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_hard_matters_opened_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hard_matters")),
        sa.UniqueConstraint("case_id", name=op.f("uq_hard_matters_case_id")),
    )
    op.create_table(
        "milestones",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("hard_id", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["people.id"], name=op.f("fk_milestones_done_by_people")),
        sa.ForeignKeyConstraint(
            ["hard_id"], ["hard_matters.id"], name=op.f("fk_milestones_hard_id_hard_matters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("hard_id", "n", name=op.f("uq_milestones_hard_id_n")),
    )

    op.create_table(
        "correspondence",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_correspondence_direction_known")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_correspondence_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_correspondence")),
        sa.UniqueConstraint(
            "conversation_id",
            "direction",
            "external_id",
            name=op.f("uq_correspondence_conversation_id_direction_external_id"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("correspondence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correspondence_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_correspondence_conversation_id_seq"), ["conversation_id", "seq"], unique=False
        )

    op.create_table(
        "drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_drafts_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_drafts_conversation_id")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_due_at"), ["due_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "kind IN ('text', 'photo', 'voice', 'video', 'document', 'location', 'contact', 'press', 'start', 'edit', 'unsupported')",
            name=op.f("ck_inbox_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'fetched', 'ready', 'done', 'quarantined')",
            name=op.f("ck_inbox_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_inbox_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "channel", "account", "external_id", name=op.f("uq_inbox_channel_account_external_id")
        ),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_open",
            ["conversation_id", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('received','fetched','ready')"),
            postgresql_where=sa.text("state IN ('received','fetched','ready')"),
        )

    op.create_table(
        "outbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("lane", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("buttons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "notice IN ('welcome', 'help', 'listening', 'summary_card', 'question', 'submitted', 'emergency_help', 'out_of_area', 'accepted', 'progress', 'moved', 'asked', 'status', 'added', 'urged', 'done', 'rating_request', 'rated', 'reopen_offer', 'reopened', 'merged', 'planned', 'contacted', 'extended', 'suspended', 'resumed', 'promised', 'closed', 'cancelled', 'thanks', 'language', 'not_understood', 'media_failed', 'alert', 'task_card', 'task_list', 'task_moved', 'approval_card', 'urge', 'addition', 'withdrawn', 'supervision_order', 'ruled', 'case_file', 'explanation', 'duty', 'bound', 'follow_up', 'joined', 'hard_matter', 'prompt', 'noted', 'reminder', 'refused', 'outdated')",
            name=op.f("ck_outbox_notice_known"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'sent', 'unreachable', 'dead')", name=op.f("ck_outbox_state_known")
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR conversation_id IS NOT NULL", name=op.f("ck_outbox_has_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outbox_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_due",
            ["lane", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_person_id"), ["person_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("first_person", sa.String(length=32), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deemed", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("return_state", sa.String(length=10), nullable=True),
        sa.Column("return_unit", sa.String(length=40), nullable=True),
        sa.Column("return_asked_by", sa.String(length=32), nullable=True),
        sa.Column("dispatched_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('main', 'tracking', 'provider', 'cowork')", name=op.f("ck_assignments_kind_known")
        ),
        sa.CheckConstraint(
            "level IN ('microgrid', 'grid', 'village', 'town', 'district', 'department')",
            name=op.f("ck_assignments_level_known"),
        ),
        sa.CheckConstraint(
            "outcome IN ('open', 'done', 'escalated_ok', 'escalated_overdue', 'returned_upheld', 'transferred', 'sent_down', 'merged_child', 'withdrawn', 'invalid')",
            name=op.f("ck_assignments_outcome_known"),
        ),
        sa.CheckConstraint("stage IN ('G', 'V', 'U')", name=op.f("ck_assignments_stage_known")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_assignments_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["first_person"], ["people.id"], name=op.f("fk_assignments_first_person_people")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assignments_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignments_person_id_arrived_at"), ["person_id", "arrived_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assignments_unit_id_arrived_at"), ["unit_id", "arrived_at"], unique=False
        )
        batch_op.create_index(
            "uq_assignments_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("outcome = 'open' AND kind IN ('main','tracking')"),
            postgresql_where=sa.text("outcome = 'open' AND kind IN ('main','tracking')"),
        )

    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(40), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("asked_of", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extension', 'suspension', 'review', 'promise', 'promise_again', 'exclusion', 'check')",
            name=op.f("ck_approvals_kind_known"),
        ),
        sa.CheckConstraint(
            "role IN ('resident', 'micro_lead', 'grid_lead', 'grid_full', 'grid_part', 'grid_guide', 'village_sec', 'village_desk', 'town_cmd', 'town_desk', 'town_lead', 'station', 'dept_liaison', 'dept_head', 'property_mgr', 'owners_com', 'provider', 'society_org', 'volunteer', 'visit_lead', 'visit_member', 'district_cmd', 'district_desk', 'district_leader', 'assessor', 'sensitive_off', 'admin')",
            name=op.f("ck_approvals_role_known"),
        ),
        sa.CheckConstraint(
            "stage IN ('G', 'V', 'U')",
            name=op.f("ck_approvals_stage_known"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'lapsed')",
            name=op.f("ck_approvals_state_known"),
        ),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_approvals_decided")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_approvals_asked_by_people")),
        sa.ForeignKeyConstraint(["asked_of"], ["people.id"], name=op.f("fk_approvals_asked_of_people")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_approvals_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id_cases")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_approvals_decided_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_asked_of_state"), ["asked_of", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_approvals_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_approvals_asked",
            ["case_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )

    op.create_table(
        "suspensions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("state_before", sa.String(40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_how", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "reason IN ('s1', 's2', 's3', 's4')",
            name=op.f("ck_suspensions_reason_known"),
        ),
        sa.CheckConstraint(
            "state_before IN ('submitted', 'dispatched', 'accepted', 'in_progress', 'suspended', 'promised', 'done', 'reopened', 'merged', 'closed')",
            name=op.f("ck_suspensions_state_before_known"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["people.id"], name=op.f("fk_suspensions_approved_by_people")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_suspensions_asked_by_people")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_suspensions_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_suspensions_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    with op.batch_alter_table("suspensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspensions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_suspensions_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("by_person", sa.String(length=32), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("case_id", "digest", "role", name=op.f("uq_attachments_case_id_digest_role")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachments_digest"), ["digest"], unique=False)

    op.create_table(
        "kept_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("likeness", sa.String(length=16), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'held', 'infected')", name=op.f("ck_kept_files_state_known")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_kept_files")),
    )
    op.create_table(
        "likeness_bands",
        sa.Column("band", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["kept_files.digest"], name=op.f("fk_likeness_bands_digest_kept_files")
        ),
        sa.PrimaryKeyConstraint("band", "digest", name=op.f("pk_likeness_bands")),
    )
    with op.batch_alter_table("likeness_bands", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_likeness_bands_digest"), ["digest"], unique=False)
    op.create_table(
        "file_uses",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_by", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["kept_files.digest"], name=op.f("fk_file_uses_digest_kept_files")
        ),
        sa.PrimaryKeyConstraint("digest", "used_by", name=op.f("pk_file_uses")),
    )
    with op.batch_alter_table("file_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_uses_used_by"), ["used_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_uses_person_id_at"), ["person_id", "at"], unique=False)

    op.create_table(
        "case_events",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("unit_id", sa.String(length=40), nullable=True),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('submitted', 'dispatched', 'accepted', 'deemed_accepted', 'progress', 'asked', 'contacted', 'addition', 'urged', 'reminded', 'return_asked', 'return_upheld', 'return_refused', 'escalated', 'escalated_overdue', 'passed_to_grid', 'sent_down', 'transferred', 'designated', 'supervised', 'reclassified', 'done', 'rated', 'reopened', 'merge_proposed', 'merge_refused', 'merged', 'joined', 'split', 'same_cause', 'hard_opened', 'planned', 'milestone_done', 'approval_asked', 'approved', 'approval_refused', 'approval_lapsed', 'extended', 'suspended', 'resumed', 'promised', 'withdrawn', 'invalidated', 'closed', 'alerted', 'viewed', 'refused')",
            name=op.f("ck_case_events_kind_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id_cases")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_events")),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_case_events_case_id_n")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_deliveries_outbox_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_outbox_id"), ["outbox_id"], unique=False)

    op.create_table(
        "timers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "kind IN ('response_due', 'claim_due', 'remind', 'stage_due', 'ruling_due', 'supervision_due', 'rating_remind', 'rating_closes', 'plan_due', 'milestone_due', 'approval_due', 'suspension_review', 'suspension_ends')",
            name=op.f("ck_timers_kind_known"),
        ),
        sa.CheckConstraint("state IN ('due', 'fired', 'stale')", name=op.f("ck_timers_state_known")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timers_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("key", name=op.f("uq_timers_key")),
    )
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_timers_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_timers_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        )

    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_role", sa.String(length=40), nullable=False),
        sa.Column("by_person", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("item_before", sa.String(length=20), nullable=True),
        sa.Column("item_after", sa.String(length=20), nullable=True),
        sa.Column("unit_before", sa.String(length=40), nullable=True),
        sa.Column("unit_after", sa.String(length=40), nullable=True),
        sa.Column("place_words", sa.String(length=300), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('card_item', 'card_place', 'return', 'triage', 'reclassified')",
            name=op.f("ck_corrections_kind_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_at"), ["at"], unique=False)

    op.create_table(
        "place_aliases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'rejected')", name=op.f("ck_place_aliases_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_place_aliases_decided_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_aliases")),
        sa.UniqueConstraint("words", "unit_id", name=op.f("uq_place_aliases_words_unit_id")),
    )

    op.create_table(
        "model_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data_hash", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("better", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_model_versions")),
    )
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_model_versions_active",
            ["active"],
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        )

    protect("case_events")


def downgrade() -> None:
    unprotect("case_events")
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_model_versions_active", sqlite_where=sa.text("active"), postgresql_where=sa.text("active")
        )

    op.drop_table("model_versions")
    op.drop_table("place_aliases")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrections_at"))
        batch_op.drop_index(batch_op.f("ix_corrections_case_id"))

    op.drop_table("corrections")
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_timers_due", sqlite_where=sa.text("state = 'due'"), postgresql_where=sa.text("state = 'due'")
        )
        batch_op.drop_index(batch_op.f("ix_timers_case_id"))

    op.drop_table("timers")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_outbox_id"))

    op.drop_table("deliveries")
    op.drop_table("case_events")
    with op.batch_alter_table("file_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_uses_person_id_at"))
        batch_op.drop_index(batch_op.f("ix_file_uses_used_by"))

    op.drop_table("file_uses")
    with op.batch_alter_table("likeness_bands", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_likeness_bands_digest"))

    op.drop_table("likeness_bands")
    op.drop_table("kept_files")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_digest"))
        batch_op.drop_index(batch_op.f("ix_attachments_case_id"))

    op.drop_table("attachments")
    with op.batch_alter_table("suspensions", schema=None) as batch_op:
        batch_op.drop_index("uq_suspensions_open")
        batch_op.drop_index(batch_op.f("ix_suspensions_case_id"))

    op.drop_table("suspensions")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index("uq_approvals_asked")
        batch_op.drop_index(batch_op.f("ix_approvals_case_id"))
        batch_op.drop_index(batch_op.f("ix_approvals_asked_of_state"))

    op.drop_table("approvals")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignments_open",
            sqlite_where=sa.text("outcome = 'open' AND kind IN ('main','tracking')"),
            postgresql_where=sa.text("outcome = 'open' AND kind IN ('main','tracking')"),
        )
        batch_op.drop_index(batch_op.f("ix_assignments_unit_id_arrived_at"))
        batch_op.drop_index(batch_op.f("ix_assignments_person_id_arrived_at"))
        batch_op.drop_index(batch_op.f("ix_assignments_case_id"))

    op.drop_table("assignments")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_person_id"))
        batch_op.drop_index(
            "ix_outbox_due", sqlite_where=sa.text("state = 'due'"), postgresql_where=sa.text("state = 'due'")
        )
        batch_op.drop_index(batch_op.f("ix_outbox_case_id"))

    op.drop_table("outbox")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_open",
            sqlite_where=sa.text("state IN ('received','fetched','ready')"),
            postgresql_where=sa.text("state IN ('received','fetched','ready')"),
        )

    op.drop_table("inbox")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_drafts_due_at"))

    op.drop_table("drafts")
    with op.batch_alter_table("correspondence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correspondence_conversation_id_seq"))
        batch_op.drop_index(batch_op.f("ix_correspondence_case_id"))

    op.drop_table("correspondence")
    op.drop_table("milestones")
    op.drop_table("hard_matters")
    op.drop_table("merge_proposals")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for name in ("ix_cases_alike", "ix_cases_alike_point"):
            batch_op.drop_index(name)
        for column in ("cause_id", "hard_id", "master_id"):
            batch_op.drop_index(batch_op.f(f"ix_cases_{column}"))
        batch_op.drop_index(batch_op.f("ix_cases_unit_id_state"))
        batch_op.drop_index(
            "ix_cases_submitted",
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        )
        batch_op.drop_index(batch_op.f("ix_cases_requester_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_cases_place_unit"))
        batch_op.drop_index(batch_op.f("ix_cases_person_id_state"))
        batch_op.drop_index(
            "ix_cases_open_due",
            sqlite_where=sa.text("state NOT IN ('closed','merged')"),
            postgresql_where=sa.text("state NOT IN ('closed','merged')"),
        )
        batch_op.drop_index(batch_op.f("ix_cases_item_code"))
        batch_op.drop_index(batch_op.f("ix_cases_conversation_id"))

    op.drop_table("cases")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_person_id"))
        batch_op.drop_index(batch_op.f("ix_sessions_expires_at"))

    op.drop_table("sessions")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_posts_role_unit_id"))
        batch_op.drop_index(batch_op.f("ix_posts_person_id"))

    op.drop_table("posts")
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_logins_person_id"))

    op.drop_table("logins")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversations_person_id"))

    op.drop_table("conversations")
    with op.batch_alter_table("binding_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binding_codes_person_id"))

    op.drop_table("binding_codes")
    op.drop_table("people")
    op.drop_table("counters")
