"""What operators did to dead letters: the payload as it was before an edit, and when one was replayed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from bridge.store.schema.columns import binary, metadata, text, time, whole
from bridge.store.schema.jobs import in_state, jobs

letters = Table(
    "dead_letters",
    metadata,
    Column("job_id", Text(), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    # Null as long as nobody has edited it.
    binary("original", null=True),
    time("edited_at", null=True),
    text("edited_by", null=True),
    time("replayed_at", null=True),
    text("replayed_by", null=True),
    whole("replays"),
)

_DEAD = in_state("dead")
Index("ix_jobs_dead", jobs.c.seq, sqlite_where=_DEAD, postgresql_where=_DEAD)
