"""The logs of topics: messages by offset, the last value of each key, and where each topic begins and ends."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time, whole

# `epoch` is of chance and made with the topic: an offset means something only together with it.
topics = Table(
    "topics",
    metadata,
    text("name", key=True),
    text("epoch"),
    whole("first_offset"),
    whole("next_offset"),
    whole("size"),
)
topic_messages = Table(
    "topic_messages",
    metadata,
    text("topic", key=True),
    whole("offset", key=True),
    time("at"),
    text("key"),
    # Where a message came from, by its publisher's own id: the same one again is taken for the one that is there.
    text("source", null=True),
    # Null: from here on its key has no value.
    binary("data", null=True),
    Index(None, "topic", "source", unique=True),
    sqlite_with_rowid=False,
)
# A value of its own, since retention takes the message that brought it.
topic_values = Table(
    "topic_values",
    metadata,
    text("topic", key=True),
    text("key", key=True),
    whole("offset"),
    time("at"),
    binary("data"),
    Index(None, "topic", "offset"),
    sqlite_with_rowid=False,
)
