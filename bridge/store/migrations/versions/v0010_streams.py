"""The tables of bridge/store/schema/streams.py. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _topic_messages()
    _topic_values()
    _topics()


def _topic_messages() -> None:
    op.create_table(
        "topic_messages",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("topic", "offset", name=op.f("pk_topic_messages")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_topic_messages_topic_source"), "topic_messages", ["topic", "source"], unique=True)


def _topic_values() -> None:
    op.create_table(
        "topic_values",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key", name=op.f("pk_topic_values")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_topic_values_topic_offset"), "topic_values", ["topic", "offset"], unique=False)


def _topics() -> None:
    op.create_table(
        "topics",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_topics")),
    )
