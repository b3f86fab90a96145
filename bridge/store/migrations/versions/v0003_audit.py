"""The tables of bridge/store/schema/audit.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _audit()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("change", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_once"), "audit", ["once"], unique=True)
    op.create_index(op.f("ix_audit_target_id"), "audit", ["target", "id"], unique=False)
    op.create_index(op.f("ix_audit_verb_id"), "audit", ["verb", "id"], unique=False)
    op.create_index(op.f("ix_audit_who_id"), "audit", ["who", "id"], unique=False)
