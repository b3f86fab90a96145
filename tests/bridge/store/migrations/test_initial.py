"""The first revisions, written from the metadata."""

from __future__ import annotations

import ast
from pathlib import Path

from bridge.store.migrations import head
from bridge.store.migrations.initial import rooms, write
from bridge.store.schema import metadata


def test_each_table_has_its_room() -> None:
    assert sorted(table.name for tables in rooms().values() for table in tables) == sorted(metadata.tables)


def test_what_is_written_is_a_chain_of_short_files_without_a_word_of_the_schema_of_today(tmp_path: Path) -> None:
    (tmp_path / "v0009_of_before.py").write_text("")
    files = write(tmp_path)
    assert sorted(tmp_path.glob("*.py")) == files
    assert head(tmp_path) == f"{len(files):04}"
    before = None
    for file in files:
        text = file.read_text("utf-8")
        said = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(text).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        assert said == {"revision": file.name[1:5], "down_revision": before}
        before = said["revision"]
        assert "bridge.store.schema" not in text
        assert text.count("\n") < 400


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    once = {file.name: file.read_bytes() for file in write(tmp_path)}
    assert {file.name: file.read_bytes() for file in write(tmp_path)} == once
