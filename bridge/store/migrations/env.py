"""What Alembic runs: the migrations, on the connection and in the transaction that `migrate` hands in."""

from __future__ import annotations

from alembic import context

from bridge.store.migrations import VERSION_TABLE
from bridge.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
