"""The tables of bridge/store/schema/tickets.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _tickets()


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("kept_until", sa.Double(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_tickets")),
    )
    op.create_index(
        "ix_tickets_kept_until",
        "tickets",
        ["kept_until"],
        unique=False,
        sqlite_where=sa.text("kept_until IS NOT NULL"),
        postgresql_where=sa.text("kept_until IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("kept_until IS NULL"),
        postgresql_where=sa.text("kept_until IS NULL"),
    )
