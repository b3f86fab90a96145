"""The folder of revisions."""

from __future__ import annotations

import re
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from bridge.store.migrations import FOLDER, VERSIONS, head


def test_there_is_one_newest_revision_and_its_file_says_which() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [head()]
    assert {one.revision for one in scripts.walk_revisions()} == {file.name[1:5] for file in VERSIONS.glob("v0*.py")}


def test_files_are_named_as_they_are_looked_for() -> None:
    names = [file.name for file in VERSIONS.glob("*.py") if file.name != "__init__.py"]
    assert all(re.fullmatch(r"v\d{4}_\w+\.py", name) for name in names)


def test_the_newest_is_found_by_its_number(tmp_path: Path) -> None:
    for name in ("v0001_a.py", "v0010_b.py", "v0002_z.py", "other.py"):
        (tmp_path / name).touch()
    assert head(tmp_path) == "0010"
