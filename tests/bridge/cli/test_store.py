"""`store`: the commands over a database."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.clock import SystemClock
from bridge.config.check import read_config
from bridge.store.jobs import NewJob, enqueue
from bridge.store.keys import unlock
from bridge.store.migrations import head
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings, log_url


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


def test_topics_are_saved_and_brought_back_with_the_store(config: Path, tmp_path: Path) -> None:
    """And readers can tell that what they have read since is not in them."""
    url = f"sqlite:///{tmp_path}/data/bridge.db"

    async def publish(*words: str) -> str:
        store = await Store.open(StoreSettings(url=log_url(url)), SystemClock())
        log = Log({"t": TopicSettings()}, store, SystemClock(), lambda _: None)
        await log.append("t", [Message(word.encode()) for word in words])
        part = await log.read("t", 0)
        await log.close()
        await store.close()
        return " ".join([part.epoch, *((one.data or b"").decode() for one in part.messages)])

    _run("migrate", "-c", config)
    epoch = asyncio.run(publish("one", "two")).split()[0]
    saved = _run("backup", tmp_path / "saved.db", "-c", config)
    assert saved.stderr.count("checked") == 2
    asyncio.run(publish("missed"))
    brought = _run("restore", tmp_path / "saved.db", "-c", config)
    assert brought.stderr.count("before-restore") == 2
    found = asyncio.run(publish("three")).split()
    assert found[1:] == ["one", "two", "three"]
    assert found[0] != epoch
    (tmp_path / "data" / "bridge-streams.db").unlink()
    refused = _run("backup", tmp_path / "saved.db", "-c", config)
    assert refused.exit_code == 1
    assert "earlier backup" in refused.stderr


def test_a_damaged_file_of_topics_brings_back_neither(config: Path, tmp_path: Path) -> None:
    _run("migrate", "-c", config)
    _run("backup", tmp_path / "saved.db", "-c", config)
    (tmp_path / "saved-streams.db").write_bytes(b"no database" * 1000)
    assert _run("restore", tmp_path / "saved.db", "-c", config).exit_code == 1
    assert not (tmp_path / "data" / "bridge.db.before-restore").exists()


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


def test_a_key_is_changed_for_another(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/data/bridge.db"
    monkeypatch.setenv("OLD", base64.b64encode(bytes(32)).decode())
    monkeypatch.setenv("NEW", base64.b64encode(bytes([1]) * 32).decode())

    def known(text: str) -> Result:
        config.write_text(f"store: {text}\n")
        return _run("reseal", "-c", config)

    config.write_text(f"store: {{url: '{url}', key: env:OLD}}\n")
    _run("migrate", "-c", config)
    settings = read_config(config)[0].store
    asyncio.run(_put(settings))
    told = known(f"{{url: '{url}', key: env:NEW, old_keys: [env:OLD]}}")
    assert (told.exit_code, "1 values sealed anew with the key" in told.stderr) == (0, True)
    assert "0 values" in known(f"{{url: '{url}', key: env:NEW}}").stderr, "the old key is not asked for any more"
    refused = known(f"{{url: '{url}', key: env:OLD}}")
    assert refused.exit_code == 1
    assert "sealed with the key" in refused.stderr
    assert "there is no store.key" in known(url).stderr


async def _put(settings: StoreSettings) -> None:
    store = await Store.open(settings, SystemClock())
    seal = await unlock(store, settings)
    await store.write(lambda tx: enqueue(tx, NewJob("q", "call", b"{}"), seal))
    await store.close()
