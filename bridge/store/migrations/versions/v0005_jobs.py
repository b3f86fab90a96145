"""The tables of bridge/store/schema/jobs.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _job_attempts()
    _job_dedupes()
    _job_queues()


def _job_attempts() -> None:
    op.create_table(
        "job_attempts",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "fence", name=op.f("pk_job_attempts")),
    )


def _job_dedupes() -> None:
    op.create_table(
        "job_dedupes",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kept_until", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("queue", "dedupe", name=op.f("pk_job_dedupes")),
    )
    op.create_index(
        "ix_job_dedupes_kept_until",
        "job_dedupes",
        ["kept_until"],
        unique=False,
        sqlite_where=sa.text("kept_until IS NOT NULL"),
        postgresql_where=sa.text("kept_until IS NOT NULL"),
    )


def _job_queues() -> None:
    op.create_table(
        "job_queues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("tokens_at", sa.Double(), nullable=False),
        sa.Column("paused", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_queues")),
    )
