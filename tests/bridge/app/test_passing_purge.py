"""An operator's purge of a whole upstream ends what is kept of the requests that it passes on, too."""

from __future__ import annotations

import asyncio

import pytest

from bridge.app.member import Member
from bridge.app.opening import Surroundings
from bridge.clock import SystemClock
from bridge.config.model import UpstreamSettings
from bridge.layers.cache_store import CacheStore
from bridge.layers.http_cache import rules
from bridge.layers.http_cache.rules import Asking
from bridge.layers.tags import Tag, name


@pytest.mark.parametrize(("purged", "left"), [(name(), False), (name("up.GetOrder"), True), (Tag("", open=True), True)])
async def test_what_is_passed_on_is_asked_anew(purged: Tag, left: bool) -> None:
    clock = SystemClock()
    around = Surroundings(None, CacheStore(1_000_000, clock), clock, lambda _: None, asyncio.Semaphore(1))
    settings = UpstreamSettings.model_validate({"http": {"base": "http://127.0.0.1:9", "passthrough": True}})
    member = Member("up", settings, around, lambda: None)
    await member.open()
    asking, fields = Asking("GET", "/a", ()), (("Cache-Control", "max-age=60"),)
    now = clock.monotonic()
    answer = rules.keep(asking, 200, fields, b"a", asked=now, mono=now, wall=clock.wall())
    around.http_store.put(("up", "/a"), "", answer)
    assert member.kept is not None
    await member.kept.purge([purged])
    assert (around.http_store.find(("up", "/a"), "", asking) is not None) is left
    await member.close()
