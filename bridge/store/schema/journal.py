"""What came in and went out: one row a message, found by each of its marks without counting or sorting.

`seq` is a number made from the time and a little chance, so its order is that of time; every list is walked along it,
the newest first, and every index ends in it. It is SQLite's row id as well, which its text index needs. `search` (of
PostgreSQL) and `journal_text` (of SQLite) hold the words of `text`, split by us: both find exactly the same.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from bridge.store.schema.columns import binary, extra_ddl, metadata, text, time, whole
from bridge.store.schema.jobs import in_state, jobs

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    text("id"),
    text("kind"),
    text("upstream"),
    text("operation"),
    text("state"),
    time("at"),
    text("correlation"),
    text("idempotency_key", null=True),
    text("key", null=True),
    text("principal"),
    text("outcome"),
    whole("status"),
    text("code"),
    whole("attempts"),
    time("duration_s"),
    whole("size"),
    # The process that has it under way; "" when none has.
    text("node"),
    text("text"),
    # Last, so that a list reads none of them.
    binary("request", null=True),
    binary("answer", null=True),
    # The tries, and the wire form of the last one, masked.
    binary("trail", null=True),
    Index(None, "id", unique=True),
    # Covers what retention and the counts ask for.
    Index(None, "kind", "seq", "state", "size"),
    Index(None, "upstream", "seq"),
    Index(None, "operation", "seq"),
    Index(None, "state", "seq"),
    Index(None, "correlation", "seq"),
)
for _name in ("idempotency_key", "key"):
    _given = journal.c[_name].is_not(None)
    Index(None, journal.c[_name], journal.c.seq, sqlite_where=_given, postgresql_where=_given)
# A dead letter keeps its story: see `journal_retention`.
Index("ix_jobs_dead_correlation", jobs.c.correlation, sqlite_where=in_state("dead"), postgresql_where=in_state("dead"))

nodes = Table("journal_nodes", metadata, text("node", key=True), time("seen_at"))
"""The processes that write calls down, and when each was last seen alive."""

extra_ddl["sqlite"] += [
    # Our words are separated by blanks alone, marks are words with a colon, and nobody asks where a word stood.
    """CREATE VIRTUAL TABLE IF NOT EXISTS journal_text USING fts5(
  text, content='journal', content_rowid='seq', tokenize="ascii tokenchars ':.-_'", detail='none', columnsize=0)""",
    """CREATE TRIGGER IF NOT EXISTS journal_noted AFTER INSERT ON journal WHEN new.text <> '' BEGIN
  INSERT INTO journal_text(rowid, text) VALUES (new.seq, new.text); END""",
    """CREATE TRIGGER IF NOT EXISTS journal_deleted AFTER DELETE ON journal WHEN old.text <> '' BEGIN
  INSERT INTO journal_text(journal_text, rowid, text) VALUES ('delete', old.seq, old.text); END""",
    """CREATE TRIGGER IF NOT EXISTS journal_retold AFTER UPDATE OF text ON journal WHEN old.text <> new.text BEGIN
  INSERT INTO journal_text(journal_text, rowid, text) VALUES ('delete', old.seq, old.text);
  INSERT INTO journal_text(rowid, text) VALUES (new.seq, new.text); END""",
]
extra_ddl["postgresql"] += [
    """ALTER TABLE journal ADD COLUMN IF NOT EXISTS search tsvector
  GENERATED ALWAYS AS (array_to_tsvector(string_to_array(text, ' '))) STORED""",
    # What is new waits in a list that every search reads: a short one.
    "CREATE INDEX IF NOT EXISTS ix_journal_search ON journal USING gin (search) WITH (gin_pending_list_limit = 256)",
]
