"""Answers to writes that came with a key, so that the same request again is answered and not done again."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time, whole

answers = Table(
    "answers",
    metadata,
    # A digest of who asked for what under which key.
    text("id", key=True),
    text("operation"),
    # A digest of the request, so that another one under the same key is told from it.
    text("fingerprint"),
    text("state"),
    # Of the one who began it: nobody else may end it.
    text("fence"),
    time("since"),
    time("lease_until"),
    time("kept_until"),
    # Of the first request; what is said of it later names that one.
    text("request_id"),
    text("trace_id"),
    # When somebody is to find out what became of it, and how often that was tried.
    time("due_at", null=True),
    whole("tries"),
    # The last ones, so that a look at the others reads none of them.
    binary("question", null=True),
    binary("answer", null=True),
)
Index("ix_answers_kept_until", answers.c.kept_until)
_DUE = answers.c.due_at.is_not(None)
Index("ix_answers_due_at", answers.c.due_at, sqlite_where=_DUE, postgresql_where=_DUE)
