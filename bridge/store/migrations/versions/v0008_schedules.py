"""The tables of bridge/store/schema/schedules.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _schedule_runs()
    _schedules()


def _schedule_runs() -> None:
    op.create_table(
        "schedule_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_schedule_runs")),
    )
    op.create_index(op.f("ix_schedule_runs_name_slot_at"), "schedule_runs", ["name", "slot_at"], unique=False)
    op.create_index(op.f("ix_schedule_runs_name_state"), "schedule_runs", ["name", "state"], unique=False)


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Text(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("last_slot", sa.Double(), nullable=False),
        sa.Column("next_due", sa.Double(), nullable=True),
        sa.Column("upcoming", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("attempts_max", sa.BigInteger(), nullable=True),
        sa.Column("keep", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
