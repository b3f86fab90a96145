"""The tables of bridge/store/schema/alerts.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _alerts()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("quiet_s", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_alerts")),
    )
