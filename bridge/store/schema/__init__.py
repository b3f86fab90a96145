"""The tables. One module a room of theirs; `metadata` holds all of them.

Times are seconds since the epoch as a double, ids are texts that sort by time (`bridge/store/ids.py`), JSON is text.
"""

from __future__ import annotations

from bridge.store.schema import (
    alerts,
    answers,
    audit,
    dead,
    jobs,
    journal,
    processed,
    schedules,
    seals,
    streams,
    tickets,
)
from bridge.store.schema.columns import extra_ddl, metadata

__all__ = [
    "alerts",
    "answers",
    "audit",
    "dead",
    "extra_ddl",
    "jobs",
    "journal",
    "metadata",
    "processed",
    "schedules",
    "seals",
    "streams",
    "tickets",
]
