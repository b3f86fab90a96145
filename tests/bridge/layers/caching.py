"""A cache layer around a fake service, and what it told of."""

from __future__ import annotations

from typing import Any

from bridge.call import Call, Wish
from bridge.errors import Fault
from bridge.events import CacheUsed
from bridge.layers.cache import Cached
from bridge.layers.cache_settings import CacheSettings
from tests.bridge.layers.world import READ, Inner, World


def cached(world: World, inner: Inner, **settings: Any) -> Cached:
    chosen = CacheSettings.model_validate({"ttl": "60s", **settings})
    shared = world.shared
    return Cached(
        *(inner, READ, chosen, world.store, shared.keys, shared.purges),
        *(world.clock, shared.emit, shared.refreshing),
    )


def results(world: World) -> list[str]:
    return [event.result for event in world.heard(CacheUsed)]


def wishing(world: World, **wish: Any) -> Call:
    return world.call().with_(wish=Wish(**wish))


def not_found() -> Fault:
    return Fault("no such order", status=404, name="OrderNotFound", fault=b'{"orderId":1}')
