"""Alerts that are open and that somebody was told of, so that of all processes, and over restarts, one tells."""

from __future__ import annotations

from sqlalchemy import Table

from bridge.store.schema.columns import metadata, text, time, whole

alerts = Table(
    "alerts",
    metadata,
    text("alert", key=True),
    text("level"),
    text("text"),
    time("since"),
    # When somebody was told last.
    time("told_at"),
    # How often it came.
    whole("count"),
    # It is over when it is not heard of for so long; null: only when somebody says so.
    time("quiet_s", null=True),
)
