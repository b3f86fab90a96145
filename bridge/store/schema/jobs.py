"""Work that must be done, with its state."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time, whole

jobs = Table(
    "jobs",
    metadata,
    text("id", key=True),
    text("queue"),
    text("state"),
    whole("priority"),
    time("due_at"),
    binary("payload"),
    Index(None, "queue", "state", "priority", "id"),
)
