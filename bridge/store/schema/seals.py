"""The keys with which values of this store are sealed: what is written first, and looked at when it is opened."""

from __future__ import annotations

from sqlalchemy import Table

from bridge.store.schema.columns import binary, metadata, text, time

seals = Table(
    "seals",
    metadata,
    # "" says that there are values that nobody sealed.
    text("key_id", key=True),
    # Something known, sealed: so a key is tried before anything else is.
    binary("proof"),
    time("since"),
)
