"""What Alembic runs for each command: our connection, our tables, batch mode for SQLite."""

from __future__ import annotations

from alembic import context

from casecore.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=context.config.attributes.get("render_item"),
    # SQLite alters a table by copying it; with this, revisions are written once for both dialects.
    render_as_batch=True,
    # SQLite does keep DDL in a transaction when the driver lets it (ours does): a revision that
    # fails halfway leaves nothing behind.
    transactional_ddl=True,
)

# The transaction is the caller's (casecore.store.migrate): it begins and it commits.
context.run_migrations()
