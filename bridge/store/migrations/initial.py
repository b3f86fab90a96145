"""Writes the first revisions anew from the metadata, one a room of tables and one for what metadata cannot say.

For developers, as long as nothing is released: `python -m bridge.store.migrations.initial`. After that a change is a
new revision, written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from pprint import pformat

from alembic.autogenerate import render_python_code
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table, create_engine

from bridge.store import schema
from bridge.store.migrations import VERSIONS
from bridge.store.schema.columns import extra_ddl, metadata

HEAD = '''"""{title}. Written by `bridge/store/migrations/initial.py`."""

from __future__ import annotations

{imports}

revision = "{number:04}"
down_revision = {before}
'''
WORDS = """

def upgrade() -> None:
    for sql in WORDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(sql)
"""


def write(versions: Path = VERSIONS) -> list[Path]:
    """Replaces what is there; gives the files."""
    for old in versions.glob("v[0-9][0-9][0-9][0-9]_*.py"):
        old.unlink()
    written = []
    for number, (room, text) in enumerate(_revisions(), 1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        file = versions / f"v{number:04}_{room}.py"
        file.write_text(text.replace("{number}", f"{number:04}").replace("{before}", before), "utf-8")
        written.append(file)
    return written


def rooms() -> dict[str, list[Table]]:
    """Tables by the module they stand in."""
    found: dict[str, list[Table]] = {}
    for name in sorted(vars(schema)):
        tables = [one for one in vars(vars(schema)[name]).values() if isinstance(one, Table)] if _is_room(name) else []
        mine = [table for table in tables if not any(table in others for others in found.values())]
        if mine:
            found[name] = sorted(mine, key=metadata.sorted_tables.index)
    return found


def _is_room(name: str) -> bool:
    return getattr(vars(schema)[name], "__name__", "").startswith(f"{schema.__name__}.")


def _revisions() -> Iterator[tuple[str, str]]:
    for room, tables in rooms().items():
        imports = "import sqlalchemy as sa\nfrom alembic import op"
        functions = "".join(f"\n\ndef _{table.name}() -> None:\n{_rendered(table)}\n" for table in tables)
        calls = "\n".join(f"    _{table.name}()" for table in tables)
        title = f"The tables of bridge/store/schema/{room}.py"
        yield room, _headed(title, imports) + f"\n\ndef upgrade() -> None:\n{calls}\n" + functions
    title = "What the metadata has no words for, such as text indexes"
    words = pformat(dict(extra_ddl), width=110, sort_dicts=False)
    yield "words", _headed(title, "from alembic import op") + f"WORDS: dict[str, list[str]] = {words}\n" + WORDS


def _headed(title: str, imports: str) -> str:
    return HEAD.replace("{title}", title).replace("{imports}", imports).replace("{number:04}", "{number}")


def _rendered(table: Table) -> str:
    operations: list[MigrateOperation] = [
        CreateTableOp.from_table(table),
        *(CreateIndexOp.from_index(index) for index in sorted(table.indexes, key=lambda index: str(index.name))),
    ]
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        code = render_python_code(UpgradeOps(operations), migration_context=context)
    engine.dispose()
    lines = [line.rstrip() for line in code.splitlines() if not line.strip().startswith("#")]
    return "\n".join(f"    {line.removeprefix('    ')}" for line in lines)


if __name__ == "__main__":
    for file in write():
        print(file)
