"""Where this bridge shares kept answers with other nodes, if it does."""

from __future__ import annotations

from typing import Protocol

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import ConfigError, Place
from bridge.events_store import SharedCacheChanged
from bridge.layers.cache_second import SharedAnswers
from bridge.layers.cache_settings import CacheStoreSettings
from bridge.layers.tags import EVERYTHING


class Closing(SharedAnswers, Protocol):
    """`close` once."""

    async def close(self) -> None: ...


def shared_answers(settings: CacheStoreSettings, clock: Clock, emit: Emit) -> Closing | None:
    """None where each node keeps its own. Raises ConfigError when a secret cannot be used."""
    if settings.redis is None:
        return None
    from bridge.store.kept_redis import RedisKept

    try:
        return RedisKept(settings.redis, clock, EVERYTHING, lambda state: emit(SharedCacheChanged(state)))
    except ValueError as error:
        raise ConfigError([Place("cache.redis", 1, 1, str(error))]) from error
