"""The tables of bridge/store/schema/processed.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _processed()


def _processed() -> None:
    op.create_table(
        "processed",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kept_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "event_id", name=op.f("pk_processed")),
    )
    op.create_index("ix_processed_kept_until", "processed", ["kept_until"], unique=False)
