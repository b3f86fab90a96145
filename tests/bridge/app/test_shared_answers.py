"""Where answers are shared: nowhere unless it is said, and over a bus that reaches the same nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.app import Application, Gathering
from bridge.app.buses import meeting_over
from bridge.app.shared_answers import shared_answers
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import ConfigError
from bridge.events import Event
from bridge.events_store import SharedCacheChanged

URL = "redis://redis.internal:6379/1"


@pytest.mark.parametrize("written", [{}, {"cache": "memory"}, {"cache": {"memory": "10MB"}}])
async def test_nowhere_unless_it_is_said(written: dict[str, object]) -> None:
    config = Config.model_validate(written)
    assert shared_answers(config.cache, SystemClock(), print) is None
    assert meeting_over(config).within_machine


@pytest.mark.parametrize("written", [URL, {"redis": URL}, {"memory": "10MB", "redis": {"url": URL, "prefix": "b"}}])
async def test_those_who_share_answers_meet_over_the_same(written: object) -> None:
    config = Config.model_validate({"cache": written})
    assert meeting_over(config).url == URL
    other = Config.model_validate({"cache": written, "bus": "redis://other.internal:6379/0"})
    assert meeting_over(other).url == "redis://other.internal:6379/0"


async def test_that_it_is_gone_is_told(tmp_path: Path) -> None:
    told = list[Event]()
    config = Config.model_validate({"cache": f"unix://{tmp_path}/none.sock"})
    shared = shared_answers(config.cache, SystemClock(), told.append)
    assert shared is not None
    assert await shared.find("shop", "a") is None
    assert told == [SharedCacheChanged("gone")]
    await shared.close()


async def test_a_key_that_cannot_be_used_is_found_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    config = Config.model_validate({"cache": {"redis": {"url": URL, "key": f"file:{tmp_path / 'key'}"}}})
    with pytest.raises(ConfigError, match="32 bytes"):
        shared_answers(config.cache, SystemClock(), print)


async def test_only_a_bridge_that_serves_needs_its_secrets() -> None:
    config = Config.model_validate({"cache": {"redis": {"url": URL, "password": "env:NOT_THERE_AT_ALL"}}})
    gathering = Gathering(config, clock=SystemClock(), emit=print)  # as commands have it
    await gathering.close()
    with pytest.raises(ConfigError, match="NOT_THERE_AT_ALL"):
        Application(config, clock=SystemClock(), emit=print, metrics=bytes)
