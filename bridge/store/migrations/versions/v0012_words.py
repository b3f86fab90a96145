"""What the metadata has no words for, such as text indexes. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
WORDS: dict[str, list[str]] = {
    "sqlite": [
        (
            "CREATE VIRTUAL TABLE IF NOT EXISTS journal_text USING fts5(\n"
            "  text, content='journal', content_rowid='seq', tokenize=\"ascii tokenchars ':.-_'\", "
            "detail='none', columnsize=0)"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS journal_noted AFTER INSERT ON journal WHEN new.text <> '' BEGIN\n"
            "  INSERT INTO journal_text(rowid, text) VALUES (new.seq, new.text); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS journal_deleted AFTER DELETE ON journal WHEN old.text <> '' BEGIN\n"
            "  INSERT INTO journal_text(journal_text, rowid, text) VALUES ('delete', old.seq, old.text); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS journal_retold AFTER UPDATE OF text ON journal WHEN old.text <> "
            "new.text BEGIN\n"
            "  INSERT INTO journal_text(journal_text, rowid, text) VALUES ('delete', old.seq, old.text);\n"
            "  INSERT INTO journal_text(rowid, text) VALUES (new.seq, new.text); END"
        ),
    ],
    "postgresql": [
        (
            "ALTER TABLE journal ADD COLUMN IF NOT EXISTS search tsvector\n"
            "  GENERATED ALWAYS AS (array_to_tsvector(string_to_array(text, ' '))) STORED"
        ),
        (
            "CREATE INDEX IF NOT EXISTS ix_journal_search ON journal USING gin (search) WITH "
            "(gin_pending_list_limit = 256)"
        ),
    ],
}


def upgrade() -> None:
    for sql in WORDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(sql)
