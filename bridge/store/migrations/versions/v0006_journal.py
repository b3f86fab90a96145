"""The tables of bridge/store/schema/journal.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _journal()
    _journal_nodes()


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("upstream", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("trail", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_correlation_seq"), "journal", ["correlation", "seq"], unique=False)
    op.create_index(op.f("ix_journal_id"), "journal", ["id"], unique=True)
    op.create_index(
        op.f("ix_journal_idempotency_key_seq"),
        "journal",
        ["idempotency_key", "seq"],
        unique=False,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_journal_key_seq"),
        "journal",
        ["key", "seq"],
        unique=False,
        sqlite_where=sa.text('"key" IS NOT NULL'),
        postgresql_where=sa.text('"key" IS NOT NULL'),
    )
    op.create_index(op.f("ix_journal_kind_seq_state_size"), "journal", ["kind", "seq", "state", "size"], unique=False)
    op.create_index(op.f("ix_journal_operation_seq"), "journal", ["operation", "seq"], unique=False)
    op.create_index(op.f("ix_journal_state_seq"), "journal", ["state", "seq"], unique=False)
    op.create_index(op.f("ix_journal_upstream_seq"), "journal", ["upstream", "seq"], unique=False)


def _journal_nodes() -> None:
    op.create_table(
        "journal_nodes",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_journal_nodes")),
    )
