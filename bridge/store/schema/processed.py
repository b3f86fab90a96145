"""Which events have been taken, so that none has its effect twice."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import metadata, text, time

processed = Table(
    "processed",
    metadata,
    text("scope", key=True),
    text("event_id", key=True),
    time("kept_until"),
)
Index("ix_processed_kept_until", processed.c.kept_until)
