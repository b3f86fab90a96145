"""What operators did: one row an action, written in the transaction of the action and never changed."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time

audit = Table(
    "audit",
    metadata,
    text("id", key=True),
    time("at"),
    text("who"),
    text("verb"),
    text("target"),
    text("scope"),
    text("reason"),
    text("before"),
    text("after"),
    text("result"),
    binary("change", null=True),
    # Who asked for it, and the key that he gave this request: the same one again is given the first one's result.
    text("once", null=True),
    Index(None, "verb", "id"),
    Index(None, "who", "id"),
    Index(None, "target", "id"),
    Index(None, "once", unique=True),
)
