"""What an upstream passes on, with the layers in front of it: one stack a method, one cache for all of them."""

from __future__ import annotations

from dataclasses import replace

from bridge.app.opening import Surroundings, opening_of
from bridge.call import Call, Reply, Service
from bridge.config.model import UpstreamSettings
from bridge.contracts import Passing, Upstream
from bridge.layers.http_cache.layer import HttpCached, HttpCacheTerms
from bridge.layers.stack import LayerSettings, Shared, build

OTHER = "other"


class PassingService:
    """A service for calls with an `exchange`."""

    def __init__(self, stacks: dict[str, Service], upstream: Passing) -> None:
        self._stacks = stacks
        self.target_of, self.leads_back = upstream.target_of, upstream.leads_back
        self.cache: HttpCached | None = None

    async def __call__(self, call: Call) -> Reply:
        return await (self.cache(call) if self.cache is not None else self.past(call))

    async def past(self, call: Call) -> Reply:
        """The same without the cache."""
        exchange = call.exchange
        assert exchange is not None  # nothing else is led here
        return await self._stacks.get(exchange.method, self._stacks[OTHER])(call)

    async def close(self) -> None:
        if self.cache is not None:
            await self.cache.close()


def passing_service(
    name: str, upstream: Upstream, settings: UpstreamSettings, around: Surroundings, shared: Shared
) -> PassingService | None:
    """None where nothing is passed on."""
    if not isinstance(upstream, Passing) or not upstream.passing:
        return None
    layers = LayerSettings(settings.limits, settings.retry)
    bare = replace(shared, journal=None, ledger=None)  # what is passed on has no arguments that could be written down
    stacks = {method: build(one, upstream.relay(one), layers, bare) for method, one in upstream.passing.items()}
    passing = PassingService(stacks, upstream)
    cache = opening_of(settings).passing_cache
    if cache is not None:
        terms = HttpCacheTerms(name, cache.public, cache.stale_s, upstream.target_of)
        passing.cache = HttpCached(passing.past, terms, around.http_store, around.clock, around.emit)
    return passing
