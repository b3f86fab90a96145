"""What callers hold for answers that they come back for: one ticket for each job that somebody asked for so."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time

tickets = Table(
    "tickets",
    metadata,
    text("job_id", key=True),
    # The name of the key that asked; "" where there are none.
    text("owner"),
    # Of the request: another one under the same Idempotency-Key is told from it.
    text("fingerprint"),
    # Who is told when it is over: a name of the configuration; "" for nobody.
    text("callback"),
    time("created_at"),
    # Null until the job has ended; then how long its answer is kept.
    time("kept_until", null=True),
    # What makes its address one that nobody guesses; then how the answer looked, and what was too large for the job.
    binary("secret"),
    binary("head", null=True),
    binary("answer", null=True),
)
_OPEN = tickets.c.kept_until.is_(None)
Index("ix_tickets_open", tickets.c.owner, sqlite_where=_OPEN, postgresql_where=_OPEN)
_KEPT = tickets.c.kept_until.is_not(None)
Index("ix_tickets_kept_until", tickets.c.kept_until, sqlite_where=_KEPT, postgresql_where=_KEPT)
