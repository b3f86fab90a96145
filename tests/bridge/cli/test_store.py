"""`store`: the commands over a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.store.migrations import head


def _run(*words: object) -> Result:
    result = CliRunner().invoke(app, ["store", *(str(word) for word in words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "bridge.yaml"
    file.write_text(f"store: sqlite:///{tmp_path}/data/bridge.db\n")
    return file


def test_made_saved_checked_and_brought_back(config: Path, tmp_path: Path) -> None:
    made = _run("migrate", "-c", config)
    assert (made.exit_code, made.stdout) == (0, f"{tmp_path}/data/bridge.db: revision {head()}\n")
    saved = _run("backup", tmp_path / "saved.db", "-c", config)
    assert saved.exit_code == 0
    assert "checked" in saved.stderr
    (tmp_path / "data" / "bridge.db").unlink()
    assert _run("restore", tmp_path / "saved.db", "-c", config).exit_code == 0
    found = json.loads(_run("check", "--json", "-c", config).stdout)
    assert (found["revision"], found["newest"]) == (head(), head())
    assert found["bytes"] == (tmp_path / "data" / "bridge.db").stat().st_size


def test_damage_is_found(config: Path, tmp_path: Path) -> None:
    _run("migrate", "-c", config)
    file = tmp_path / "data" / "bridge.db"
    data = file.read_bytes()
    file.write_bytes(data[:5000] + bytes(30_000) + data[35_000:])
    found = _run("check", "-c", config)
    assert found.exit_code == 1
    assert "bridge.db" in found.stderr


@pytest.mark.parametrize("words", [("check",), ("backup", "saved.db")])
def test_a_store_that_is_not_there_is_not_made(config: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    found = _run(*words, "-c", config)
    assert found.exit_code == 1
    assert "there is no store" in found.stderr
    assert not (tmp_path / "data").exists()
