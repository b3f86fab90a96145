"""What is passed on goes through the layers, and through a cache where there is one."""

from __future__ import annotations

import asyncio

import pytest

from adapters.http.opening import open_upstream
from bridge.app.opening import Surroundings
from bridge.app.passing import passing_service
from bridge.clock import SystemClock
from bridge.config.model import UpstreamSettings
from bridge.layers.cache_store import CacheStore
from bridge.layers.limit import Slots
from bridge.layers.stack import Shared


@pytest.mark.parametrize(
    ("passthrough", "served", "cached"),
    [
        (None, False, False),
        (True, True, True),
        ({"cache": None}, True, False),
        ({"cache": {"public": True}}, True, True),
    ],
)
async def test_there_is_a_service_where_something_is_passed_on(passthrough: object, served: bool, cached: bool) -> None:
    settings = UpstreamSettings.model_validate({"http": {"base": "http://127.0.0.1:9", "passthrough": passthrough}})
    clock = SystemClock()
    assert settings.http is not None
    upstream, _ = await open_upstream("up", settings.http, {}, clock=clock, emit=lambda _: None)
    store = CacheStore(1_000_000, clock)
    around = Surroundings(None, store, clock, lambda _: None, asyncio.Semaphore(1))
    shared = Shared(clock, lambda _: None, store, Slots(1, 1, clock))
    passing = passing_service("up", upstream, settings, around, shared)
    assert (passing is not None) is served
    assert (passing is not None and passing.cache is not None) is cached
    if passing is not None:
        await passing.close()
    await upstream.close()
