"""All tables, as the metadata has them: nothing is released yet. `initial.py` replaces this by what it writes out."""

from __future__ import annotations

from alembic import op

from bridge.store.schema import metadata
from bridge.store.schema.columns import extra_ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    for sql in extra_ddl["sqlite" if op.get_bind().dialect.name == "sqlite" else "postgresql"]:
        op.get_bind().exec_driver_sql(sql)
